// ONNX Runtime Web in a worker of its own, as the app's network is in one.

export class Ort {
    #worker;

    static async open(options) {
        const ort = new Ort();
        ort.#worker = new Worker('ort-worker.js', { type: 'module' });
        await ort.#ask(options);
        return ort;
    }

    #ask(message) {
        return new Promise((done, failed) => {
            this.#worker.onmessage = ({ data: { value, error } }) => (error ? failed(new Error(error)) : done(value));
            this.#worker.onerror = event => failed(new Error(event.message || 'the worker does not start'));
            this.#worker.postMessage(message);
        });
    }

    embed(squares) {
        return this.#ask(squares);
    }

    close() {
        this.#worker.terminate();
    }
}
