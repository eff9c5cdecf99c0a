// First comes which provider runs which model, then photos: RGB bytes in, embeddings out, as with ours.

let ort, session, side;

async function start({ module, provider, model, size }) {
    ort = await import(module);
    ort.env.wasm.wasmPaths = new URL('./', new URL(module, location.href)).href;
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'error';
    side = size;
    session = await ort.InferenceSession.create(model, { executionProviders: [provider], graphOptimizationLevel: 'all' });
}

async function embed(squares) {
    const pixels = side * side;
    const input = new Float32Array(squares.length * 3 * pixels);
    squares.forEach((rgb, n) => {
        for (let channel = 0; channel < 3; channel++) {
            const at = (n * 3 + channel) * pixels;
            for (let p = 0; p < pixels; p++) input[at + p] = rgb[p * 3 + channel] / 127.5 - 1;
        }
    });
    const tensor = new ort.Tensor('float32', input, [squares.length, 3, side, side]);
    const { embedding } = await session.run({ input: tensor });
    const values = await embedding.getData();
    const width = values.length / squares.length;
    return squares.map((_, n) => values.slice(n * width, (n + 1) * width));
}

onmessage = ({ data }) => {
    const answer = Array.isArray(data) ? embed(data) : start(data);
    answer.then(value => postMessage({ value }), why => postMessage({ error: String(why?.message ?? why) }));
};
