//! The same embeddings to the last bit on every machine, and since the kernels were written: an embedding is computed in
//! one order, without fused multiply-adds, and heads are stored beside embeddings of earlier days.

use data::backbone::{BACKBONES, BackboneSpec};
use network::backbone::Backbone;
use network::random::SplitMix64;
use pollster::block_on;

/// Fowler, Noll and Vo's hash (FNV-1a, 64 bits) of the values' bytes.
fn fingerprint(values: &[f32]) -> u64 {
    let bytes = values.iter().flat_map(|v| v.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Grain, and a picture with edges and gradients.
fn squares(spec: &BackboneSpec) -> [Vec<u8>; 2] {
    let (side, mut random) = (spec.input_size, SplitMix64(7));
    let grain = (0..3 * side * side).map(|_| random.bits() as u8);
    let drawn = |i: usize| {
        let (x, y) = (i / 3 % side, i / 3 / side);
        (x * (i % 3 + 1) + y * (3 - i % 3)) ^ (x / 16 * (y / 16) * 7)
    };
    let drawn = (0..3 * side * side).map(|i| drawn(i) as u8);
    [grain.collect(), drawn.collect()]
}

#[test]
fn embeddings_on_the_cpu_keep_every_bit() {
    let found = BACKBONES.iter().flat_map(|spec| {
        let path = format!("{}/public/{}", env!("CARGO_MANIFEST_DIR"), spec.file);
        let file = std::fs::read(path).expect("the weights are committed");
        let backbone = Backbone::on_cpu(spec, &file).expect("the committed weights are whole");
        squares(spec).map(|square| {
            let features = block_on(backbone.embed(&[&square])).expect("it computes");
            format!("{} {:016x}", spec.id, fingerprint(&features[0].embedding))
        })
    });
    let found: Vec<String> = found.collect();
    assert_eq!(found, EXPECTED);
}

/// Grain and the drawn picture, of each row of the registry.
const EXPECTED: [&str; 6] = [
    "efficientnet-lite0-224 600687016a4ffa00",
    "efficientnet-lite0-224 49cf6353969dc9b0",
    "efficientnet-lite0-160 1aa90c96df4f5606",
    "efficientnet-lite0-160 f2566a6e6e45c2b7",
    "efficientnet-lite1-240 5313c544a54e060a",
    "efficientnet-lite1-240 087d45e2e819ce0f",
];
