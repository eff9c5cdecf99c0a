//! What holds of every tuning run, on a made-up task at a small size.

use graft::data::transfer::{Depth, TuneSettings};
use graft::ml::Device;
use graft::ml::tuner::{Picture, TuneStep, Tuner};
use graft::ml::weights::Layers;
use pollster::block_on;

const WEIGHTS: &[u8] = include_bytes!("../../public/model/efficientnet-lite0-224.safetensors");
const SIZE: usize = 48;
const CLASSES: usize = 3;

fn layers() -> Layers {
    Layers::read(WEIGHTS).expect("the committed weights are whole")
}

/// Stripes across for class 0, down for class 1, both for class 2; each picture of its own width,
/// colour and place.
fn pictures(n: usize, side: usize) -> Vec<Picture> {
    let picture = |i: usize| {
        let (class, width) = (i % CLASSES, 4 + i / CLASSES % 5);
        let pixel = |p: usize| {
            let (y, x) = (p / side, p % side);
            let across = (y + i) / width % 2 == 0;
            let down = (x + 2 * i) / width % 2 == 0;
            let on = match class {
                0 => across,
                1 => down,
                _ => across ^ down,
            };
            let bright = if on { 230 } else { 20 };
            [bright, (bright + 31 * i) % 256, 255 - bright].map(|v| v as u8)
        };
        Picture {
            rgb: (0..side * side).flat_map(pixel).collect(),
            class,
        }
    };
    (0..n).map(picture).collect()
}

fn tuner(settings: &TuneSettings, size: usize, n: usize, in_burn: bool) -> Tuner {
    let (layers, train) = (layers(), pictures(n, size));
    let device = Device::flex();
    match in_burn {
        true => Tuner::in_burn(
            &layers,
            size,
            train,
            Vec::new(),
            CLASSES,
            settings,
            None,
            &device,
        ),
        false => Tuner::new(
            &layers,
            size,
            train,
            Vec::new(),
            CLASSES,
            settings,
            None,
            &device,
        ),
    }
}

#[test]
#[ignore]
fn bench() {
    for (depth, size, batch) in [
        (Depth::All, 96, 4),
        (Depth::LastStage, 96, 8),
        (Depth::LastStage, 224, 8),
        (Depth::LastTwoStages, 224, 8),
    ] {
        for burn in [false, true] {
            let settings = TuneSettings {
                depth,
                batch_size: batch,
                augment: false,
                epochs: 3,
                ..Default::default()
            };
            let mut tuner = tuner(&settings, size, batch, burn);
            while !tuner.done() {
                let t = std::time::Instant::now();
                let step = block_on(tuner.step()).expect("ok");
                println!("{depth:?} {size} {burn} {step:?} {:?}", t.elapsed());
            }
        }
    }
}

#[test]
fn burn_and_our_kernels_find_the_same_gradients() {
    for depth in Depth::ALL {
        let gradients = |in_burn| {
            let settings = TuneSettings {
                depth,
                augment: false,
                ..Default::default()
            };
            let mut tuner = tuner(&settings, SIZE, 6, in_burn);
            while !matches!(block_on(tuner.step()), Ok(TuneStep::Batch { .. })) {}
            block_on(tuner.gradients(&pictures(6, SIZE))).expect("it computes")
        };
        let (ours, theirs) = (gradients(false), gradients(true));
        assert!((ours.0 - theirs.0).abs() < 1e-4, "{depth:?}");
        assert_eq!(ours.1.len(), theirs.1.len());
        for ((name, a), (other, b)) in ours.1.iter().zip(&theirs.1) {
            assert_eq!((name, a.len()), (other, b.len()));
            let norm = |v: &mut dyn Iterator<Item = f32>| v.map(|v| v * v).sum::<f32>().sqrt();
            let off = norm(&mut a.iter().zip(b).map(|(a, b)| a - b));
            let length = norm(&mut b.iter().copied());
            println!("{depth:?} {name}: {} of {length}", off / length);
            assert!(off <= 1e-3 * length, "{depth:?} {name}: {off} of {length}");
        }
    }
}
