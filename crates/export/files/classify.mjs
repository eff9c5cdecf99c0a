// Classifies photos (JPEG, PNG):  node classify.mjs photo.jpg another.png
// node classify.mjs --check  says whether the model answers as Graft did.
// First:  npm install

import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-web';

const here = name => readFile(new URL(name, import.meta.url));
const labels = (await here('labels.txt')).toString().trimEnd().split('\n');
const golden = JSON.parse(await here('golden.json'));
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(await here('model.onnx'));

/** Bytes, RGB, row by row; the model cuts out the centre square and resizes it itself. */
async function classify(rgb, width, height) {
    const image = new ort.Tensor('uint8', rgb, [1, height, width, 3]);
    const { probabilities, strangeness } = await session.run({ image });
    const strange = strangeness !== undefined && golden.strangeness_limit < strangeness.data[0];
    return { probabilities: Array.from(probabilities.data), strange };
}

async function photo(file) {
    const bytes = await readFile(file);
    if (bytes[0] === 0x89) {
        const { PNG } = await import('pngjs');
        return PNG.sync.read(bytes);
    }
    const { default: jpeg } = await import('jpeg-js');
    return jpeg.decode(bytes, { useTArray: true, maxMemoryUsageInMB: 2048 });
}

const withoutAlpha = rgba => rgba.filter((_, i) => i % 4 < 3);

async function check() {
    let worst = 0;
    for (const sample of golden.samples) {
        const rgb = new Uint8Array(Buffer.from(sample.pixels, 'base64'));
        const { probabilities } = await classify(rgb, golden.size, golden.size);
        probabilities.forEach((p, i) => (worst = Math.max(worst, Math.abs(p - sample.probabilities[i]))));
    }
    const good = worst <= golden.tolerance;
    console.log(`This model ${good ? 'answers' : 'does not answer'} as Graft did: ${worst.toFixed(7)} off at most.`);
    return good;
}

const files = process.argv.slice(2);
if (files[0] === '--check') {
    process.exitCode = (await check()) ? 0 : 1;
} else {
    for (const file of files) {
        const { data, width, height } = await photo(file);
        const { probabilities, strange } = await classify(withoutAlpha(new Uint8Array(data)), width, height);
        const best = probabilities.map((p, i) => [p, labels[i]]).sort((a, b) => b[0] - a[0]);
        console.log(`${file}: ${strange ? 'I don’t know' : best[0][1]}`);
        for (const [p, label] of best.slice(0, 5)) console.log(`  ${(100 * p).toFixed(1).padStart(5)} %  ${label}`);
    }
}
