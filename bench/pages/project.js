// A project of the app's, written into its storage (`src/engine/store.rs` says how it is kept): embeddings that no
// photo was needed for, trained by the app like any other.

import { WIDTH } from './data.js';

const json = value => new TextEncoder().encode(JSON.stringify(value));
/** Photos a transaction: the embeddings of so many are 2.5 MB. */
const CHUNK = 500;

/** The database is there: a worker has opened it before. */
export async function store({ values, labels, photos, classes }, backbone) {
    const database = await new Promise((done, failed) => {
        const request = indexedDB.open('graft');
        request.onsuccess = () => done(request.result);
        request.onerror = () => failed(request.error);
    });
    const write = rows => new Promise((done, failed) => {
        const tables = [...new Set(rows.map(([table]) => table))];
        const transaction = database.transaction(tables, 'readwrite');
        for (const [table, key, value] of rows) transaction.objectStore(table).put(value, key);
        transaction.oncomplete = done;
        transaction.onabort = () => failed(transaction.error);
    });
    const list = Array.from({ length: classes }, (_, id) => ({ id, name: `Class ${id}`, colour: [0, 114, 178] }));
    await write([['project', 'classes', json({ classes: list, next: classes, backbone })]]);
    for (let start = 0; start < photos; start += CHUNK) {
        const rows = [];
        for (let id = start; id < Math.min(start + CHUNK, photos); id++) {
            const hash = scattered(id);
            rows.push(['photos', String(id).padStart(10, '0'), json({ id, class: labels[id], name: `${id}.jpg`, hash })]);
            const embedding = values.slice(id * WIDTH, (id + 1) * WIDTH);
            rows.push(['embeddings', `${backbone}/${hash}`, new Uint8Array(embedding.buffer)]);
        }
        await write(rows);
    }
    database.close();
}

/** Stands for the SHA-256 of a photo: 64 digits that differ everywhere, as the split ranks photos by them. */
function scattered(id) {
    let [x, digits] = [(id + 1) * 0x9e3779b1 | 1, ''];
    while (digits.length < 56) {
        x ^= x << 13;
        x ^= x >>> 17;
        x ^= x << 5;
        digits += (x >>> 0).toString(16).padStart(8, '0');
    }
    return digits + id.toString(16).padStart(8, '0');
}
