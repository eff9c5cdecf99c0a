// The app's own worker, asked as the page asks it. Headers are bytes that the runner writes and reads. Here only an
// event's first byte is looked at: it tells the kind (`kinds`). The end of a file is one header, byte by byte.

export class Ours {
    #worker;
    #headers;
    /** Who waits, and what for. */
    #waiting = [];

    constructor({ address, headers, kinds, fileDone }) {
        this.#headers = headers;
        this.#worker = new Worker(address, { type: 'module' });
        this.#worker.onerror = event => this.#fail(new Error(event.message || 'the worker does not start'));
        this.#worker.onmessage = ({ data: [header, ...payloads] }) => {
            const [kind] = header;
            if ([kinds.Failed, kinds.Problem, kinds.Refused].includes(kind)) {
                return this.#fail(Object.assign(new Error('the worker says'), { header: [...header] }));
            }
            const ends = fileDone.length === header.length && fileDone.every((byte, i) => byte === header[i]);
            const waits = this.#waiting.findIndex(({ wanted }) => wanted === 'end of file' ? ends : kinds[wanted] === kind);
            if (waits >= 0) this.#waiting.splice(waits, 1)[0].done({ header, payloads });
        };
    }

    #fail(why) {
        for (const { failed } of this.#waiting.splice(0)) failed(why);
    }

    #next(wanted) {
        return new Promise((done, failed) => this.#waiting.push({ wanted, done, failed }));
    }

    #send(header, ...payloads) {
        this.#worker.postMessage([new Uint8Array(this.#headers[header]), ...payloads]);
    }

    /** `headers.start` says on which device, and whether with the stored project. */
    static async open(options) {
        const ours = new Ours(options);
        await ours.#next('Started');
        ours.#send('start');
        await ours.#next('Ready');
        return ours;
    }

    close() {
        this.#worker.terminate();
    }

    /** An embedding for each square of RGB bytes. */
    async embed(squares) {
        this.#send('embed', ...squares);
        const { payloads } = await this.#next('Embedding');
        return payloads.map(bytes => new Float32Array(bytes.slice().buffer));
    }

    async tryPhoto(file) {
        const begun = performance.now();
        this.#send('tryPhoto', file);
        const ended = this.#next('end of file');
        await this.#next('Tried');
        const ms = performance.now() - begun;
        await ended;
        return ms;
    }

    /** The same with all that keeping it takes: thumbnail, storage, embedding. */
    async addPhoto(file, header = 'addPhoto') {
        const begun = performance.now();
        this.#send(header, file);
        await this.#next('end of file');
        return performance.now() - begun;
    }

    /**
     * Trains the project's head. `felt` is when the page has one, which should know all photos: the runner looks into its
     * header. `ms` is when training is over.
     */
    async train() {
        const begun = performance.now();
        this.#send('train');
        const head = this.#next('Head').then(({ header }) => ({ header, felt: performance.now() - begun }));
        await this.#next('TrainingEnded');
        const ms = performance.now() - begun;
        const { header, felt } = await head;
        return { ms, felt, head: [...header] };
    }

    /** The share of the other samples that the head gets right, from its file (docs/head-format.md). */
    async accuracy({ values, labels, photos, others, classes }) {
        this.#send('saveHead');
        const { payloads: [file] } = await this.#next('File');
        const bytes = file.slice().buffer;
        const start = 8 + Number(new DataView(bytes).getBigUint64(0, true));
        const entries = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, start - 8)));
        const [mean, scale, weight, bias] = ['mean', 'scale', 'out.weight', 'out.bias'].map(name => {
            const [from, to] = entries[name].data_offsets;
            return new Float32Array(bytes.slice(start + from, start + to));
        });
        let hits = 0;
        for (let n = photos; n < photos + others; n++) {
            const logits = bias.slice();
            for (let i = 0; i < mean.length; i++) {
                const x = (values[n * mean.length + i] - mean[i]) / scale[0];
                for (let c = 0; c < classes; c++) logits[c] += x * weight[i * classes + c];
            }
            hits += logits.indexOf(Math.max(...logits)) === labels[n];
        }
        return hits / others;
    }
}
