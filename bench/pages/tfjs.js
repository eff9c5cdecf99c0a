// TensorFlow.js with the head that Teachable Machine trains on its embeddings: Dense(100, relu) and Dense(classes,
// softmax) without bias, Adam at 0.001, batches of 16, 50 epochs (github.com/googlecreativelab/teachablemachine-community,
// libraries/image, teachable-mobilenet.ts).

import { WIDTH } from './data.js';

const load = address => new Promise((done, failed) => {
    const script = document.createElement('script');
    Object.assign(script, { src: address, onload: done, onerror: () => failed(new Error(`no ${address}`)) });
    document.head.append(script);
});

let ready = null;

function library() {
    ready ??= load('/tfjs/tf.min.js')
        .then(() => load('/tfjs-wasm/tf-backend-wasm.min.js'))
        .then(() => tf.wasm.setWasmPaths('/tfjs-wasm/'));
    return ready;
}

/**
 * Trains for so many epochs on all photos but those kept apart; milliseconds of each, and the accuracy on the other samples
 * after the last.
 */
export async function teachableMachine(backend, { values, labels, photos, others, classes }, epochs, apart) {
    await library();
    if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no ${backend} here`);
    await tf.ready();
    const kept = new Set(apart);
    const pick = rows => {
        const inputs = new Float32Array(rows.length * WIDTH);
        rows.forEach((n, i) => inputs.set(values.subarray(n * WIDTH, (n + 1) * WIDTH), i * WIDTH));
        return [
            tf.tensor2d(inputs, [rows.length, WIDTH]),
            tf.oneHot(tf.tensor1d(rows.map(n => labels[n]), 'int32'), classes).toFloat(),
        ];
    };
    const range = (from, length) => Array.from({ length }, (_, n) => from + n);
    const [x, y] = pick(range(0, photos).filter(n => !kept.has(n)));
    const [testX, testY] = pick(range(photos, others));
    const model = tf.sequential({
        layers: [
            tf.layers.dense({ inputShape: [WIDTH], units: 100, activation: 'relu', kernelInitializer: 'varianceScaling', useBias: true }),
            tf.layers.dense({ units: classes, activation: 'softmax', kernelInitializer: 'varianceScaling', useBias: false }),
        ],
    });
    model.compile({ optimizer: tf.train.adam(0.001), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    const times = [];
    let begun = performance.now();
    await model.fit(x, y, {
        epochs,
        batchSize: 16,
        shuffle: true,
        // Its default waits for a frame every 125 ms: time that is not its own. So the page breathes between epochs, unmeasured.
        yieldEvery: 'never',
        callbacks: {
            onEpochEnd: async () => {
                times.push(performance.now() - begun);
                await new Promise(done => setTimeout(done));
                begun = performance.now();
            },
        },
    });
    const [, accuracy] = model.evaluate(testX, testY);
    const found = (await accuracy.data())[0];
    tf.dispose([x, y, testX, testY]);
    model.dispose();
    return { times, accuracy: found, version: tf.version.tfjs };
}
