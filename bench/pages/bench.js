// What the runner (bench/src) asks for, by name. Times are taken here, inside the browser, in milliseconds.

import { Arithmetic } from './arithmetic.js';
import { embeddings, jpeg, pictures } from './data.js';
import { Ort } from './ort.js';
import { Ours } from './ours.js';
import { store } from './project.js';
import { teachableMachine } from './tfjs.js';

const KINDS = { ours: Ours, ort: Ort, arithmetic: Arithmetic };

/** Contenders that are open, by the name that the runner gave them. */
const open = new Map();
/** The samples of the head training under way. */
let samples = null;
/** A photo of 12 megapixels, made once. */
let photo = null;

const jobs = {
    /** Starts a contender; milliseconds until its first embedding. */
    async open(name, kind, options) {
        const input = pictures(1);
        const begun = performance.now();
        const contender = await KINDS[kind].open(options);
        open.set(name, contender);
        await contender.embed(input);
        return performance.now() - begun;
    },

    async close(name) {
        open.get(name)?.close();
        open.delete(name);
    },

    /** Contenders in turns, so that what else the computer does falls on all: milliseconds a photo, of each one's turns. */
    async embed(names, batch, turns) {
        const [input, times] = [pictures(batch), names.map(() => [])];
        for (let i = 0; i < turns; i++) {
            for (const [at, name] of names.entries()) {
                const begun = performance.now();
                const found = await open.get(name).embed(input);
                times[at].push((performance.now() - begun) / batch);
                if (found.length !== batch) throw new Error(`${found.length} embeddings came, not ${batch}`);
            }
        }
        return times;
    },

    /**
     * As many photos one by one as a batch takes, and the batch, in turns: the speed in the batch by the speed alone, of
     * each turn. What else the computer does falls on both.
     */
    async batched(name, batch, turns) {
        const [contender, input, shares] = [open.get(name), pictures(batch), []];
        for (let i = 0; i < turns; i++) {
            const begun = performance.now();
            for (const one of input) await contender.embed([one]);
            const between = performance.now();
            await contender.embed(input);
            shares.push((between - begun) / (performance.now() - between));
        }
        return shares;
    },

    /**
     * Several contenders at once, each of which takes the next photo when it has done one, as the app's pool gives them
     * out; milliseconds a photo over all.
     */
    async together(names, photos) {
        const left = pictures(photos);
        const begun = performance.now();
        await Promise.all(names.map(async name => {
            while (left.length) await open.get(name).embed([left.pop()]);
        }));
        return (performance.now() - begun) / photos;
    },

    /** The least cosine of two contenders' embeddings of the same pictures: who computes something else is not a peer. */
    async compare(first, second) {
        const input = pictures(2);
        const [a, b] = [await open.get(first).embed(input), await open.get(second).embed(input)];
        const dot = (x, y) => x.reduce((sum, v, i) => sum + v * y[i], 0);
        return Math.min(...a.map((x, i) => dot(x, b[i]) / Math.sqrt(dot(x, x) * dot(b[i], b[i]))));
    },

    /**
     * From a JPEG file of 12 megapixels to a prediction's answer, and to a photo that is stored; from one as small as the
     * network's input, where there is next to nothing to decode. The first time apart: V8 runs what it compiled in haste.
     */
    async photo(name, repeats) {
        const address = '/photos/bird_1.jpg';
        photo ??= await jpeg(address, 4000, 3000);
        const tiny = await jpeg(address, 224, 224);
        const [contender, tried, small, added] = [open.get(name), [], [], []];
        const first = await contender.tryPhoto(photo);
        for (let i = 0; i < 2; i++) await contender.tryPhoto(photo);
        for (let i = 0; i < repeats; i++) {
            small.push(await contender.tryPhoto(tiny));
            tried.push(await contender.tryPhoto(photo));
            // A JPEG may be followed by anything: another file, the same work.
            const other = new Blob([photo, crypto.getRandomValues(new Uint8Array(8))]);
            added.push(await contender.addPhoto(other));
        }
        return { bytes: photo.size, first, tried, small, added };
    },

    /** Makes embeddings up and stores them as a project of the app's. */
    async project(options, shape) {
        samples = embeddings(shape);
        const first = await Ours.open(options);
        first.close();
        await store(samples, options.backbone);
    },

    /** Opens the stored project and trains its head with the app's own settings. */
    async train(options) {
        const begun = performance.now();
        const ours = await Ours.open(options);
        const opened = performance.now() - begun;
        const outcome = await ours.train();
        const accuracy = await ours.accuracy(samples);
        // One photo more. A file that is another one each time: the app takes none twice.
        const response = await fetch('/photos/bird_1.jpg');
        await ours.addPhoto(new Blob([await response.blob(), crypto.getRandomValues(new Uint8Array(8))]), 'addToFirst');
        const again = await ours.train();
        ours.close();
        return { opened, ms: outcome.ms, felt: again.felt, again: again.ms, accuracy, heads: [outcome.head, again.head] };
    },

    /** The peer, learning from the same samples, without those kept apart, and judged by the same others. */
    peerTrain: (backend, epochs, apart) => teachableMachine(backend, samples, epochs, apart),

    /** Forgets the stored project. */
    forget: () => new Promise((done, failed) => {
        const request = indexedDB.deleteDatabase('graft');
        request.onsuccess = () => done(null);
        request.onerror = () => failed(request.error);
    }),

    async environment() {
        const adapter = await navigator.gpu?.requestAdapter();
        const { vendor, architecture, device, description } = adapter?.info ?? {};
        return {
            adapter: adapter ? [vendor, architecture, device, description].filter(Boolean).join(' ') : 'none',
            cores: navigator.hardwareConcurrency,
            date: new Date().toISOString().slice(0, 10),
        };
    },
};

/** The runner starts a job, and asks now and then whether it is done: its own requests may not last. */
window.bench = {
    answer: null,
    start(job, ...args) {
        window.bench.answer = null;
        const settle = answer => { window.bench.answer = answer; };
        Promise.resolve().then(() => jobs[job](...args)).then(
            value => settle({ value: value ?? null }),
            why => settle({ error: `${job}: ${why?.message ?? why}`, header: why?.header }),
        );
    },
};
