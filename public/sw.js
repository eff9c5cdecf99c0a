// The site's service worker: keeps what is in use on this computer, so that Graft works without a network.
//
// It asks for nothing but the site's own files, by the list below, and answers with none whose content is not what its build says:
// what is missing or damaged in a cache comes from the network again. A build has a cache of its own; it stays while a page of that
// build is open, so that no page ever gets a file of another one. A new build waits until a page asks for it.
const SITE = {}; // Written by `cargo xtask build` (xtask/src/offline.rs): `build`, `files` with their hashes, and how
                 // those begin that are kept `onDemand`.

const { scope } = registration;
const CACHES = `graft ${scope} `;
const OWN = CACHES + SITE.build;
const HASH = 'graft-hash';

const urlOf = address => new URL(address, scope).href;
/** The address, relative to the page, that a URL asks for. */
const asked = url => {
  const [place] = url.split(/[?#]/);
  return place.startsWith(scope) ? place.slice(scope.length) || 'index.html' : null;
};
/** What a file is called in every build. */
const nameOf = address => address.replace(/-[0-9a-f]{12}/, '');
const first = Object.keys(SITE.files).filter(address => !SITE.onDemand.some(start => address.startsWith(start)));
const own = new Map(Object.keys(SITE.files).map(address => [nameOf(address), address]));
const builds = async () => (await caches.keys()).filter(name => name.startsWith(CACHES));

/** A response anew if its content has this hash: 128 bits of SHA-256, in hexadecimal. */
const whole = async (response, hash) => {
  const bytes = await response.arrayBuffer();
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes), 0, 16);
  const found = Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('');
  const type = response.headers.get('content-type') ?? '';
  return found === hash ? new Response(bytes, { headers: { 'content-type': type, [HASH]: hash } }) : null;
};

const kept = async (address, cacheName) => {
  const found = await caches.match(urlOf(address), { cacheName });
  return found ? whole(found, SITE.files[address] ?? found.headers.get(HASH)) : null;
};

const find = async address => {
  const others = async () => (await builds()).filter(name => name !== OWN);
  const ours = await kept(address, OWN);
  if (ours) return ours;
  for (const name of await others()) {
    const file = await kept(address, name);
    if (file) return file;
  }
  return null;
};

const store = async (address, file) => (await caches.open(OWN)).put(urlOf(address), file);

/** From now on the file is in this build's cache; throws where it cannot be had. */
const keep = async address => {
  if (await kept(address, OWN)) return;
  let file = await find(address);
  for (const cache of ['default', 'reload'])
    file ??= await whole(await fetch(urlOf(address), { cache }), SITE.files[address]);
  if (!file) throw new Error(`${address} is not what this build has there`);
  await store(address, file);
};

/** The engines that take over where a GPU goes away. */
const ON_CPU = /^worker(_relaxed)?(_bg|_loader)?\./;

/** What every browser keeps, and those that have these names. */
const keepAll = async names => {
  const gpu = names.some(name => name.startsWith('worker_gpu'));
  const instead = gpu ? [...own.keys()].filter(name => ON_CPU.test(name)) : [];
  const all = [...names, ...instead].map(name => own.get(name)).filter(Boolean);
  const rest = [...new Set([...first, ...all])];
  const some = async () => {
    while (rest.length > 0) await keep(rest.pop());
  };
  await Promise.all(Array.from({ length: 4 }, some));
};

/** Caches of builds that no page is of any more. */
const forget = async () => {
  if (registration.installing || registration.waiting) return;
  const { held } = await navigator.locks.query();
  const open = new Set(held.map(lock => lock.name));
  for (const name of await builds()) if (name !== OWN && !open.has(name)) await caches.delete(name);
};

addEventListener('install', event => {
  // What the build before this one has kept is in use.
  const used = async () => {
    const all = await Promise.all((await builds()).map(async name => (await caches.open(name)).keys()));
    return all.flat().map(request => nameOf(asked(request.url) ?? ''));
  };
  event.waitUntil(used().then(keepAll));
});

addEventListener('activate', event => event.waitUntil(Promise.all([clients.claim(), forget()])));

addEventListener('message', event => {
  if (event.data === 'activate') return event.waitUntil(skipWaiting());
  // The addresses of what a page uses; the answer is whether all is kept.
  const names = event.data.map(url => nameOf(asked(url) ?? ''));
  const answer = kept => event.ports[0]?.postMessage({ kept, build: SITE.build });
  event.waitUntil(keepAll(names).then(() => answer(true), () => answer(false)).then(forget));
});

const answer = async (event, address) => {
  const file = await find(address);
  if (file) return file;
  const response = await fetch(event.request);
  const hash = SITE.files[address];
  if (response.ok && hash) {
    const copy = whole(response.clone(), hash).then(file => file && store(address, file));
    // A full storage is no reason to fail.
    event.waitUntil(copy.catch(() => {}));
  }
  return response;
};

addEventListener('fetch', event => {
  const { method, url } = event.request;
  const address = method === 'GET' ? asked(url) : null;
  // A file of this build or of another one; all else is none of our business.
  if (address !== null && (address in SITE.files || nameOf(address) !== address)) event.respondWith(answer(event, address));
});
