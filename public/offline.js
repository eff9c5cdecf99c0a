// The page's side of the service worker (sw.js): has it keep what this tab uses, and hears of new builds.

const HOUR = 3600e3;

/** `site` is what the page knows of the site, `watch` counts what its tab asks for (traffic.js). What happens is told to the page in
 *  `site.told`: `sent` bytes, so many `files` of the site and requests to `elsewhere`, `offline` when all that is used is kept, and
 *  `update` when there is another build. */
export const begin = (site, watch) => {
  const { build } = site;
  const told = (site.told = { sent: 0, files: 0, elsewhere: 0, offline: false, update: false });
  const tell = change => {
    Object.assign(told, change);
    dispatchEvent(new Event('graft-told'));
  };
  let used = new Set();
  let keep = () => {};
  let waits;
  watch(new URL(site.here).hash, ({ urls, ...sums }) => {
    if (urls.size > used.size) {
      clearTimeout(waits);
      waits = setTimeout(() => keep(), 1000);
    }
    used = new Set(urls);
    tell(sums);
  });
  const start = async () => {
    // There is none where the connection is not secure, or the person lets no site store anything.
    const { serviceWorker, locks } = navigator;
    const registration = await serviceWorker.register('sw.js');
    // As long as it is held, so are the files of this page's build.
    const held = locks.request(`graft ${registration.scope} ${build}`, { mode: 'shared' }, () => new Promise(() => {}));
    held.catch(() => {});
    const offer = () => registration.waiting && serviceWorker.controller && tell({ update: true });
    registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', offer));
    offer();
    let wanted = false;
    addEventListener('graft-update', () => {
      wanted = true;
      if (registration.waiting) registration.waiting.postMessage('activate');
      else location.reload();
    });
    let controlled = !!serviceWorker.controller;
    serviceWorker.addEventListener('controllerchange', () => {
      if (wanted) location.reload();
      // Another tab asked for the new build. This one stays what it is until somebody says so here.
      else if (controlled) tell({ update: true });
      controlled = true;
    });
    // The browser looks for a newer build at each load; for a page that stays open, whoever comes back to it does.
    let looked = Date.now();
    document.addEventListener('visibilitychange', () => {
      if (document.hidden || Date.now() - looked < HOUR) return;
      looked = Date.now();
      registration.update().catch(() => {});
    });
    const { active } = await serviceWorker.ready;
    keep = () => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => tell(data.build === build ? { offline: data.kept } : { offline: data.kept, update: true });
      (serviceWorker.controller ?? active).postMessage([...used], [port2]);
    };
    keep();
  };
  // Not before the page has what it needs itself.
  addEventListener('graft-ready', () => start().catch(() => {}), { once: true });
};
