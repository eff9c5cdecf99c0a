// What a program for JavaScript makes of exports:  node consume.mjs CONSUMER FOLDER...
// CONSUMER is the package that runs the model; $GRAFT_NPM names the folder whose node_modules has it. Each folder is an unpacked
// export. A line of JSON for each: { probabilities: [[…]], strangeness: […] or null } on the inputs of its golden.json.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [consumer, ...folders] = process.argv.slice(2);
const require = createRequire(join(process.env.GRAFT_NPM, 'package.json'));

async function onnx(folder, golden) {
    const ort = require('onnxruntime-web');
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'error';
    const session = await ort.InferenceSession.create(await readFile(join(folder, 'model.onnx')));
    const all = { probabilities: [], strangeness: session.outputNames.includes('strangeness') ? [] : null };
    for (const sample of golden.samples) {
        const pixels = new Uint8Array(Buffer.from(sample.pixels, 'base64'));
        const image = new ort.Tensor('uint8', pixels, [1, golden.size, golden.size, 3]);
        const answer = await session.run({ image });
        all.probabilities.push(Array.from(answer.probabilities.data));
        all.strangeness?.push(answer.strangeness.data[0]);
    }
    await session.release();
    return all;
}

async function layers(folder, golden) {
    const tf = require(consumer);
    const { modelTopology, weightsManifest } = JSON.parse(await readFile(join(folder, 'model.json')));
    const weights = await readFile(join(folder, 'weights.bin'));
    const weightData = weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength);
    const weightSpecs = weightsManifest.flatMap(group => group.weights);
    const model = await tf.loadLayersModel({ load: async () => ({ modelTopology, weightSpecs, weightData }) });
    const probabilities = [];
    for (const sample of golden.samples) {
        const pixels = Float32Array.from(Buffer.from(sample.pixels, 'base64'));
        // As `capture` in @teachablemachine/image prepares the pixels of its canvas.
        const image = tf.tensor(pixels, [1, golden.size, golden.size, 3]).div(tf.scalar(127)).sub(tf.scalar(1));
        probabilities.push(Array.from(await model.predict(image).data()));
    }
    model.dispose();
    return { probabilities, strangeness: null };
}

// What these libraries advise would stand between the lines.
console.warn = console.info = console.debug = () => {};
const log = console.log;
console.log = () => {};
for (const folder of folders) {
    const golden = JSON.parse(await readFile(join(folder, 'golden.json')));
    const answer = await (consumer === 'onnxruntime-web' ? onnx : layers)(folder, golden);
    log(JSON.stringify(answer));
}
process.exit(0);
