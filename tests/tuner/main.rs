//! What holds of every tuning run, on a made-up task at a small size.

mod elsewhere;
mod kept;
mod pytorch;
mod service;

use data::backbone::find_backbone;
use data::classifier::{Dense, Head};
use data::settings::EpochReport;
use data::transfer::{Depth, TuneSettings};
use learn::tuner::{Gradients, Picture, TuneStep, Tuned, Tuner, augment};
use network::Device;
use network::backbone::Backbone;
use network::random::SplitMix64;
use network::weights::Layers;
use pollster::block_on;

const WEIGHTS: &[u8] = include_bytes!("../../public/model/efficientnet-lite0-224.safetensors");
const SIZE: usize = 48;
/// Nothing to measure the scale of random layers on.
const NO_PICTURES: &[Picture] = &[];
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
            let across = ((y + i) / width).is_multiple_of(2);
            let down = ((x + 2 * i) / width).is_multiple_of(2);
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

/// The same on square roots of embeddings, as the closed form makes heads.
fn on_roots() -> Head {
    let mut head = made_up_head();
    head.input.root = true;
    head.mean.iter_mut().for_each(|v| *v = v.abs().sqrt());
    head
}

/// A head of made-up numbers.
fn made_up_head() -> Head {
    let mut random = SplitMix64(5);
    let mut values = |n: usize, by: f32| (0..n).map(|_| random.uniform() * by).collect();
    Head {
        input: Default::default(),
        mean: values(1280, 0.1),
        scale: 0.6,
        hidden: None,
        out: Dense {
            weight: values(1280 * CLASSES, 0.05),
            bias: values(CLASSES, 0.2),
        },
    }
}

fn gradients(
    start: &Layers,
    depth: Depth,
    pictures: &[Picture],
    head: Head,
    in_burn: bool,
) -> (f32, Gradients) {
    let settings = TuneSettings {
        depth,
        ..Default::default()
    };
    let new = match in_burn {
        true => Tuner::in_burn,
        false => Tuner::new,
    };
    let mut tuner = new(
        start,
        SIZE,
        pictures.to_vec(),
        Vec::new(),
        CLASSES,
        &settings,
        Some(head),
        &Device::flex(),
    );
    block_on(tuner.gradients(pictures)).expect("it computes")
}

#[test]
fn burn_and_our_kernels_find_the_same_gradients() {
    let start = layers();
    let plain = Depth::ALL.map(|depth| (depth, made_up_head()));
    let roots = (Depth::LastStage, on_roots());
    for (depth, head) in plain.into_iter().chain([roots]) {
        let of = |in_burn| gradients(&start, depth, &pictures(5, SIZE), head.clone(), in_burn);
        let (ours, theirs) = (of(false), of(true));
        assert!((ours.0 - theirs.0).abs() < 1e-4, "{depth:?}");
        assert_eq!(ours.1.len(), theirs.1.len());
        for ((name, a), (other, b)) in ours.1.iter().zip(&theirs.1) {
            assert_eq!((name, a.len()), (other, b.len()));
            let norm = |v: &mut dyn Iterator<Item = f32>| v.map(|v| v * v).sum::<f32>().sqrt();
            let off = norm(&mut a.iter().zip(b).map(|(a, b)| a - b));
            let length = norm(&mut b.iter().copied());
            // A value that rounds to the other side of a bend of ReLU6 takes its share along
            // (measured: 1.1e-3 at most).
            assert!(off <= 1e-2 * length, "{depth:?} {name}: {off} of {length}");
        }
    }
}

fn settings(depth: Depth) -> TuneSettings {
    TuneSettings {
        depth,
        epochs: 3,
        batch_size: 4,
        ..Default::default()
    }
}

fn finish(tuner: &mut Tuner) -> Vec<EpochReport> {
    let mut reports = Vec::new();
    while !tuner.done() {
        if let TuneStep::Epoch(report) = block_on(tuner.step()).expect("it does not diverge") {
            reports.push(report);
        }
    }
    reports
}

fn run(settings: &TuneSettings) -> (Vec<EpochReport>, Tuned) {
    let mut tuner = tuner(settings, SIZE, 7, false);
    let reports = finish(&mut tuner);
    (reports, tuner.into_best().expect("it was tuned"))
}

#[test]
fn the_same_seed_gives_the_same_weights_bit_for_bit() {
    for depth in [Depth::Head, Depth::LastBlock, Depth::All] {
        let settings = settings(depth);
        let (reports, tuned) = run(&settings);
        assert_eq!(run(&settings), (reports, tuned.clone()), "{depth:?}");
        let other = TuneSettings {
            seed: 2,
            ..settings
        };
        assert_ne!(run(&other).1, tuned, "{depth:?}");
    }
}

/// Steps count photos, batches and epochs without a gap, and the accounts fit.
#[test]
fn steps_tell_what_they_did() {
    let settings = settings(Depth::LastStage);
    let mut tuner = tuner(&settings, SIZE, 7, false);
    let (mut prepared, mut batches, mut epochs) = (0, 0, 0);
    let mut spent = 0.0;
    while !tuner.done() {
        match block_on(tuner.step()).expect("it does not diverge") {
            TuneStep::Prepared { done, total } => {
                assert!(done > prepared && total == 7 * 4 && batches == 0);
                prepared = done;
            }
            TuneStep::Batch { done, total } => {
                assert_eq!((done, total), (batches + 1, 2 * 3));
                batches = done;
            }
            TuneStep::Measured { .. } => panic!("there is no validation"),
            TuneStep::Epoch(report) => {
                epochs += 1;
                assert_eq!((report.epoch, report.epochs), (epochs, 3));
                assert_eq!(report.validation_loss, None);
                assert_eq!(batches, 2 * epochs);
            }
        }
        assert!(tuner.multiply_adds() >= spent);
        spent = tuner.multiply_adds();
    }
    assert_eq!((prepared, epochs), (28, 3));
    assert!(
        block_on(tuner.step()).is_err(),
        "there is nothing left to do"
    );
    // Blocks 11 to 15 and the convolution behind them, from the table of EfficientNet-Lite0, biases too.
    let block = |input: usize, taps: usize, out: usize| {
        let wide = 6 * input;
        wide * (input + 1) + wide * (taps + 1) + out * (wide + 1)
    };
    let layers = block(112, 25, 192) + 3 * block(192, 25, 192) + block(192, 9, 320);
    let expected = layers + 1280 * 321 + 1281 * CLASSES;
    assert_eq!(tuner.trained_parameters(), expected);
}

#[test]
fn what_is_frozen_stays_bit_for_bit() {
    let start = layers();
    for (depth, first) in [(Depth::LastBlock, 15), (Depth::LastStage, 11)] {
        let (_, tuned) = run(&settings(depth));
        let now = start.with(&tuned.tuned_layers).expect("the layers fit");
        for (was, is) in start.convs().iter().zip(now.convs()) {
            let name = &was.op.name;
            let block = name.strip_prefix("blocks.").and_then(|rest| {
                let (number, _) = rest.split_once('.')?;
                number.parse::<usize>().ok()
            });
            let learns = name == "head" || block.is_some_and(|block| block >= first);
            let same = was.weight == is.weight && was.bias == is.bias;
            assert_eq!(same, !learns, "{depth:?}: {name}");
        }
    }
    assert!(run(&settings(Depth::Head)).1.tuned_layers.is_empty());
}

/// Training works on what the frozen part made of a photo once; predictions of the whole tuned
/// network must be the same.
#[test]
fn a_tuned_backbone_predicts_as_its_tuner_does() {
    let spec = find_backbone("efficientnet-lite0-160").expect("the registry has it");
    let base = Backbone::on_cpu(spec, WEIGHTS).expect("the committed weights are whole");
    let pictures = pictures(5, spec.input_size);
    let squares: Vec<&[u8]> = pictures.iter().map(|p| &p.rgb[..]).collect();
    for depth in Depth::ALL {
        let settings = TuneSettings {
            epochs: 1,
            ..settings(depth)
        };
        let mut tuner = tuner(&settings, spec.input_size, 4, false);
        finish(&mut tuner);
        let by_tuner = block_on(tuner.predict(&pictures)).expect("it computes");
        let tuned = block_on(tuner.tuned()).expect("all weights are numbers");
        let backbone = base.tuned(&tuned.tuned_layers).expect("the layers fit");
        let features = block_on(backbone.embed(&squares)).expect("it computes");
        for (ours, photo) in by_tuner.iter().zip(&features) {
            for (a, b) in ours.iter().zip(tuned.head.predict(&photo.embedding)) {
                // The tuned layers were rounded to f16.
                assert!((a - b).abs() < 1e-2, "{depth:?}: {a}, not {b}");
            }
        }
    }
}

#[test]
fn patience_ends_a_run_and_the_best_is_kept() {
    let settings = TuneSettings {
        depth: Depth::LastBlock,
        epochs: 60,
        patience: 2,
        learning_rate: 3e-3,
        augment: false,
        ..Default::default()
    };
    // Classes that validation calls by each other's names: learning makes it worse.
    let mut validation = pictures(7, SIZE);
    for picture in &mut validation {
        picture.class = (picture.class + 1) % CLASSES;
    }
    let train = pictures(7, SIZE);
    let (layers, device) = (layers(), Device::flex());
    let mut tuner = Tuner::new(
        &layers, SIZE, train, validation, CLASSES, &settings, None, &device,
    );
    let reports = finish(&mut tuner);
    let losses: Vec<f32> = reports.iter().filter_map(|r| r.validation_loss).collect();
    assert_eq!(losses.len(), reports.len());
    let best = (0..losses.len()).min_by(|a, b| losses[*a].total_cmp(&losses[*b]));
    assert_eq!(
        best.map(|best| best + 1 + 2),
        Some(losses.len()),
        "{losses:?}"
    );
    let last = block_on(tuner.tuned()).expect("all weights are numbers");
    let kept = tuner.into_best().expect("it was tuned");
    assert_ne!(kept, last, "the best was two epochs ago");
}

#[test]
fn a_rate_too_high_is_an_error_and_ends_the_run() {
    let settings = TuneSettings {
        depth: Depth::All,
        learning_rate: 0.1,
        rate_decay: 1.0,
        epochs: 200,
        augment: false,
        ..Default::default()
    };
    let start = Layers::random(&layers(), 3, NO_PICTURES, SIZE);
    let train = pictures(6, SIZE);
    let device = Device::flex();
    let mut tuner = Tuner::new(
        &start,
        SIZE,
        train,
        Vec::new(),
        CLASSES,
        &settings,
        None,
        &device,
    );
    let failed = (0..2000).find_map(|_| block_on(tuner.step()).err());
    assert!(
        failed.is_some(),
        "a rate of 0.1 without batch norm cannot work"
    );
    assert!(tuner.done());
}

#[test]
fn a_flip_is_a_flip() {
    let square: Vec<u8> = (0..4 * 4 * 3).collect();
    let flipped = augment::flipped(&square, 4);
    let pixel = |square: &[u8], y: usize, x: usize| square[(y * 4 + x) * 3..][..3].to_vec();
    for (y, x) in (0..4).flat_map(|y| (0..4).map(move |x| (y, x))) {
        assert_eq!(pixel(&flipped, y, x), pixel(&square, y, 3 - x));
    }
    assert_eq!(augment::flipped(&flipped, 4), square);
}

/// Half of a normal distribution of deviation 1 has the mean 0.4: without batch norm, nothing but the
/// scaling on pictures keeps the signal of fifty random layers there.
#[test]
fn random_weights_answer_at_a_sane_scale() {
    let spec = find_backbone("efficientnet-lite0-160").expect("the registry has it");
    let size = spec.input_size;
    let base = Backbone::on_cpu(spec, WEIGHTS).expect("the committed weights are whole");
    let pictures = pictures(6, size);
    let squares: Vec<&[u8]> = pictures.iter().map(|p| &p.rgb[..]).collect();
    let embed = |layers| -> Vec<Vec<f32>> {
        let features = block_on(base.with_layers(layers).embed(&squares));
        let photos = features.expect("it computes").into_iter();
        photos.map(|photo| photo.embedding).collect()
    };
    let random = || Layers::random(base.layers(), 1, &pictures, size);
    let embeddings = embed(random());
    let mean = embeddings.iter().flatten().sum::<f32>() / (6.0 * 1280.0);
    assert!((0.3..0.5).contains(&mean), "{mean}");
    assert_eq!(embeddings, embed(random()), "the same seed");
    let unscaled = embed(Layers::random(base.layers(), 1, NO_PICTURES, size));
    let mean = unscaled.iter().flatten().sum::<f32>() / (6.0 * 1280.0);
    assert!(
        !(0.3..0.5).contains(&mean),
        "scaling changes nothing: {mean}"
    );
}

/// The loss around a weight against the gradient there, one weight of each kind of layer.
#[test]
fn gradients_are_the_slope_of_the_loss() {
    let start = layers();
    let pictures = pictures(5, SIZE);
    // A root bends near 0, where many embeddings are.
    for (head, most) in [(made_up_head(), 0.05), (on_roots(), 0.15)] {
        let of = |layers: &Layers| gradients(layers, Depth::All, &pictures, head.clone(), false);
        slopes(&start, of, most);
    }
}

fn slopes(start: &Layers, of: impl Fn(&Layers) -> (f32, Gradients), most: f64) {
    let (_, at_start) = of(start);
    for name in [
        "stem.weight",
        "stem.bias",
        "blocks.0.depthwise.weight",
        "blocks.5.expand.weight",
        "blocks.11.depthwise.weight",
        "blocks.11.depthwise.bias",
        "blocks.13.project.weight",
        "blocks.15.project.bias",
        "head.weight",
        "head.bias",
    ] {
        let (_, gradient) = at_start
            .iter()
            .find(|(n, _)| n == name)
            .expect("every layer learns");
        // The steepest one: f32 leaves the fewest digits of a small difference.
        let steepest = (0..gradient.len())
            .max_by(|a, b| gradient[*a].abs().total_cmp(&gradient[*b].abs()))
            .expect("a layer has weights");
        let (layer, part) = name.rsplit_once('.').expect("a layer and a part");
        let moved = |by: f32| {
            let mut layers = start.clone();
            for conv in layers.convs_mut() {
                if conv.op.name == layer {
                    let values = match part {
                        "weight" => &mut conv.weight,
                        _ => &mut conv.bias,
                    };
                    values[steepest] += by;
                }
            }
            f64::from(of(&layers).0)
        };
        // So little that few values cross a bend of ReLU6 on the way.
        let by = 1.5e-4 / gradient[steepest].abs();
        let slope = (moved(by) - moved(-by)) / (2.0 * f64::from(by));
        let off = (slope - f64::from(gradient[steepest])).abs() / slope.abs();
        assert!(
            off < most,
            "{name}: {}, but the slope is {slope}",
            gradient[steepest]
        );
    }
}
