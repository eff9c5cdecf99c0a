//! Networks that nobody published learn as burn's autodiff has them learn, and as their loss slopes.

use data::classifier::{Dense, Head};
use data::transfer::{Depth, TuneSettings};
use learn::tuner::{Gradients, Picture, TuneStep, Tuner};
use network::Device;
use network::frozen::Frozen;
use network::random::SplitMix64;
use network::weights::Layers;
use pollster::block_on;

use super::{drawn, picture, tiny};

const SIZE: usize = 32;
const CLASSES: usize = 3;

fn photo(class: usize) -> Picture {
    Picture {
        rgb: picture(class as u64, SIZE).into(),
        class,
    }
}

fn head(width: usize) -> Head {
    let mut random = SplitMix64(5);
    let mut values = |n: usize, by: f32| (0..n).map(|_| random.uniform() * by).collect();
    Head {
        input: Default::default(),
        mean: values(width, 0.1),
        scale: 0.6,
        hidden: None,
        out: Dense {
            weight: values(width * CLASSES, 0.3),
            bias: values(CLASSES, 0.2),
        },
    }
}

fn tuner(layers: &Layers, settings: &TuneSettings, in_burn: bool) -> Tuner {
    let new = match in_burn {
        true => Tuner::in_burn,
        false => Tuner::new,
    };
    let photos = (0..CLASSES).map(photo).collect();
    let head = Some(head(layers.width()));
    let device = Device::flex();
    new(
        layers,
        SIZE,
        photos,
        Vec::new(),
        CLASSES,
        settings,
        head,
        &device,
    )
}

fn gradients(layers: &Layers, depth: Depth, in_burn: bool) -> (f32, Gradients) {
    let settings = TuneSettings {
        depth,
        ..TuneSettings::default()
    };
    let photos: Vec<Picture> = (0..CLASSES).map(photo).collect();
    let mut tuner = tuner(layers, &settings, in_burn);
    block_on(tuner.gradients(&photos)).expect("it computes")
}

fn norm(values: &mut dyn Iterator<Item = f32>) -> f32 {
    values.map(|v| v * v).sum::<f32>().sqrt()
}

#[test]
fn every_network_learns_as_burns_autodiff_does() {
    for seed in 0..12 {
        let layers = if seed == 0 { tiny() } else { drawn(seed) };
        for depth in Depth::ALL {
            let of = |in_burn| gradients(&layers, depth, in_burn);
            let (ours, theirs) = (of(false), of(true));
            let what = format!("network {seed}, {depth:?}");
            assert!((ours.0 - theirs.0).abs() < 1e-4, "{what}");
            assert_eq!(ours.1.len(), theirs.1.len(), "{what}");
            for ((name, a), (other, b)) in ours.1.iter().zip(&theirs.1) {
                assert_eq!((name, a.len()), (other, b.len()), "{what}");
                let off = norm(&mut a.iter().zip(b).map(|(a, b)| a - b));
                let length = norm(&mut b.iter().copied());
                // A value that rounds to the other side of a bend of ReLU6 takes its share along.
                assert!(
                    off <= 1e-2 * length + 1e-6,
                    "{what}, {name}: {off} of {length}"
                );
            }
        }
    }
}

/// The loss around a weight against the gradient there, in every layer.
#[test]
fn gradients_are_the_slope_of_the_loss() {
    let start = tiny();
    let of = |layers: &Layers| gradients(layers, Depth::All, false);
    let (_, at_start) = of(&start);
    for (i, conv) in start.convs().iter().enumerate() {
        let name = format!("{}.weight", conv.op.name);
        let found = at_start.iter().find(|(n, _)| *n == name);
        let (_, gradient) = found.expect("every layer learns");
        let steepest = (0..gradient.len())
            .max_by(|a, b| gradient[*a].abs().total_cmp(&gradient[*b].abs()))
            .expect("a layer has weights");
        let moved = |by: f32| {
            let mut layers = start.clone();
            layers.convs_mut()[i].weight[steepest] += by;
            f64::from(of(&layers).0)
        };
        // So little that few values cross a bend of ReLU6 on the way.
        let by = 4e-5 / gradient[steepest].abs();
        let slope = (moved(by) - moved(-by)) / (2.0 * f64::from(by));
        let off = (slope - f64::from(gradient[steepest])).abs() / slope.abs();
        let gradient = gradient[steepest];
        assert!(off < 0.05, "{name}: {gradient}, but the slope is {slope}");
    }
}

#[test]
fn a_network_of_any_width_is_tuned_and_merged() {
    let base = tiny();
    for depth in Depth::ALL {
        let settings = TuneSettings {
            depth,
            epochs: 2,
            batch_size: 2,
            ..TuneSettings::default()
        };
        let mut tuner = tuner(&base, &settings, false);
        while !tuner.done() {
            let step = block_on(tuner.step()).expect("it does not diverge");
            assert!(!matches!(step, TuneStep::Measured { .. }));
        }
        let photos: Vec<Picture> = (0..CLASSES).map(photo).collect();
        let by_tuner = block_on(tuner.predict(&photos)).expect("it computes");
        let tuned = block_on(tuner.tuned()).expect("all weights are numbers");
        let layers = base.with(&tuned.tuned_layers).expect("the layers fit");
        let net = Frozen::new(&layers, SIZE);
        for (photo, row) in photos.iter().zip(by_tuner) {
            let embedding = net.embed(&photo.rgb).expect("it computes");
            for (a, b) in row.iter().zip(tuned.head.predict(&embedding)) {
                // The tuned layers were rounded to f16.
                assert!((a - b).abs() < 1e-2, "{depth:?}: {a}, not {b}");
            }
        }
        let frozen = base.convs().iter().zip(layers.convs());
        let learnt = frozen.filter(|(was, is)| was != is).count();
        let expected = match depth {
            Depth::Head => 0,
            Depth::LastBlock => 2,
            // From the blocks four and two on.
            Depth::LastStage => 12,
            Depth::LastTwoStages => 17,
            Depth::All => 20,
        };
        assert_eq!(learnt, expected, "{depth:?}");
    }
}
