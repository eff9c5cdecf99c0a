// Says whether the model answers as Graft did on the photos in golden.json:  node check.mjs
// First:  npm install @tensorflow/tfjs

import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';

const here = name => readFile(new URL(name, import.meta.url));
const golden = JSON.parse(await here('golden.json'));
const { modelTopology, weightsManifest } = JSON.parse(await here('model.json'));
const weights = await here('weights.bin');
const weightData = weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength);
const weightSpecs = weightsManifest[0].weights;
const model = await tf.loadLayersModel({ load: async () => ({ modelTopology, weightSpecs, weightData }) });

let worst = 0;
for (const [i, sample] of golden.samples.entries()) {
    const pixels = Buffer.from(sample.pixels, 'base64');
    // As Teachable Machine's library prepares a picture.
    const image = tf.tensor(Float32Array.from(pixels), [1, golden.size, golden.size, 3]).div(127).sub(1);
    const probabilities = Array.from(await model.predict(image).data());
    const off = Math.max(...probabilities.map((p, c) => Math.abs(p - sample.probabilities[c])));
    worst = Math.max(worst, off);
    const best = golden.labels[probabilities.indexOf(Math.max(...probabilities))];
    console.log(`photo ${i + 1}: ${best}, ${off.toFixed(7)} from Graft's answer`);
}
const good = worst <= golden.tolerance;
console.log(`This model ${good ? 'answers' : 'does not answer'} as Graft did.`);
process.exitCode = good ? 0 : 1;
