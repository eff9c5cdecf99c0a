// Inputs, made up the same way every time.

/** Numbers in 0..1: xorshift with Marsaglia's shifts (2003). */
function uniform(seed) {
    let x = (seed * 0x9e3779b1) | 1;
    const next = () => {
        x ^= x << 13;
        x ^= x >>> 17;
        x ^= x << 5;
        return (x >>> 0) / 2 ** 32;
    };
    // The first numbers of neighbouring seeds look alike.
    for (let i = 0; i < 20; i++) next();
    return next;
}

/** Normal numbers by Box and Muller's transform (1958). */
function normal(seed) {
    const next = uniform(seed);
    return () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

const SIDE = 224;

/** RGB bytes of `count` squares with edges and gradients. */
export function pictures(count) {
    return Array.from({ length: count }, (_, n) => {
        const rgb = new Uint8Array(SIDE * SIDE * 3);
        for (let i = 0; i < rgb.length; i++) {
            const [pixel, channel] = [Math.floor(i / 3), i % 3];
            const [x, y] = [pixel % SIDE, Math.floor(pixel / SIDE)];
            rgb[i] = (x * (channel + 1) + y * (3 - channel) + n * 29) ^ ((x >> 4) * (y >> 4) * 7);
        }
        return rgb;
    });
}

/** A JPEG as phones write them (4:2:0): a photo enlarged, with a sensor's grain. */
export async function jpeg(address, width, height) {
    const small = await createImageBitmap(await (await fetch(address)).blob());
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    context.imageSmoothingQuality = 'high';
    context.drawImage(small, 0, 0, canvas.width, canvas.height);
    const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
    const grain = uniform(12);
    for (let i = 0; i < pixels.data.length; i += 4) {
        const by = grain() * 12 - 6;
        for (let channel = 0; channel < 3; channel++) pixels.data[i + channel] += by;
    }
    context.putImageData(pixels, 0, 0);
    return canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
}

/** Length of an embedding. */
export const WIDTH = 1280;
/** What a photo varies in, seen through WIDTH features. */
const FACTORS = 48;

/**
 * Made-up embeddings: a class is a place among FACTORS factors, a photo lies near it, and each feature sees a mix of
 * the factors, cut off at zero as the network's last activation does. `apart` is how far classes lie from each other:
 * with the values that bench/src/training.rs uses, heads get 85 to 95 % right, as they do on photos. `others` follow
 * the photos: nobody learns from them, and there are enough to tell two heads apart.
 */
export function embeddings({ photos, others, classes, apart }) {
    const next = normal(photos + classes);
    const mix = Float32Array.from({ length: WIDTH * FACTORS }, next);
    const places = Array.from({ length: classes }, () => Float32Array.from({ length: FACTORS }, () => apart * next()));
    const all = photos + others;
    const [values, labels] = [new Float32Array(all * WIDTH), new Int32Array(all)];
    for (let n = 0; n < all; n++) {
        labels[n] = n % classes;
        const factors = places[labels[n]].map(v => v + next());
        for (let i = 0; i < WIDTH; i++) {
            let sum = 0;
            for (let f = 0; f < FACTORS; f++) sum += mix[i * FACTORS + f] * factors[f];
            values[n * WIDTH + i] = Math.max(0, 0.1 * sum + 0.3 * next());
        }
    }
    return { values, labels, photos, others, classes };
}
