// Counts what this tab asks for and sends, its page and its workers alike: by the browser's own list of requests (Resource Timing),
// and at the doors through which content could leave. The page shows it (src/ui/sent.rs).

/** Of each door: who has it, its name, and what would leave by a call. */
const doors = [
  [globalThis, 'fetch', (input, init) => init?.body ?? (input instanceof Request && input.method !== 'GET' ? input.clone().blob() : null)],
  [globalThis.XMLHttpRequest?.prototype, 'send', body => body],
  [globalThis.Navigator?.prototype, 'sendBeacon', (_, body) => body],
  [globalThis.WebSocket?.prototype, 'send', body => body],
  [globalThis.RTCDataChannel?.prototype, 'send', body => body],
];

const size = body => body.size ?? body.byteLength ?? new Blob([body]).size;

/** Calls back with each change: `{ sent }`, in bytes, or `{ urls }`, of what was asked for. */
const count = changed => {
  for (const [owner, name, content] of doors) {
    const real = owner?.[name];
    if (!real) continue;
    owner[name] = function (...given) {
      Promise.resolve(content(...given)).then(body => body != null && changed({ sent: size(body) }), () => {});
      return real.apply(this, given);
    };
  }
  const asked = list => changed({ urls: list.getEntries().map(entry => entry.name).filter(url => /^(http|ws)/.test(url)) });
  new PerformanceObserver(asked).observe({ type: 'resource', buffered: true });
};

/** Tells the page of the tab whose number stands behind this `#`; in that page, adds up and calls back with the sums. */
export const watch = (tab, changed) => {
  const channel = new BroadcastChannel(`graft-traffic${tab}`);
  if (!changed) return count(change => channel.postMessage(change));
  const all = { sent: 0, files: 0, elsewhere: 0, urls: new Set() };
  const add = ({ sent = 0, urls = [] }) => {
    const ours = urls.filter(url => new URL(url).origin === origin);
    all.sent += sent;
    all.files += ours.length;
    all.elsewhere += urls.length - ours.length;
    for (const url of ours) all.urls.add(url);
    changed(all);
  };
  channel.onmessage = event => add(event.data);
  count(add);
};
