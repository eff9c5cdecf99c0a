//! Heads that Adam trains, against burn's layers, autodiff and optimiser from the same beginning.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::{Device, Int, Tensor, TensorData};
use data::classifier::{Dense, Head};
use data::settings::{Optimiser, TrainSettings};
use learn::trainer::{Labelled, Trainer};
use network::random::SplitMix64;
use network::read;
use pollster::block_on;

const WIDTH: usize = 40;
const CLASSES: usize = 3;

#[derive(Module, Debug)]
struct Layers {
    hidden: Option<Linear>,
    out: Linear,
}

impl Layers {
    fn logits(&self, x: Tensor<2>) -> Tensor<2> {
        match &self.hidden {
            Some(hidden) => self.out.forward(relu(hidden.forward(x))),
            None => self.out.forward(x),
        }
    }
}

fn linear(weight: Vec<f32>, bias: Vec<f32>, device: &Device) -> Linear {
    let outputs = bias.len();
    let shape = [weight.len() / outputs, outputs];
    let weight = Tensor::from_data(TensorData::new(weight, shape), device);
    let bias = Tensor::from_data(TensorData::new(bias, [outputs]), device);
    Linear {
        weight: Param::from_tensor(weight),
        bias: Some(Param::from_tensor(bias)),
    }
}

fn samples() -> Vec<(Vec<f32>, usize)> {
    let mut random = SplitMix64(8);
    let places: Vec<f32> = (0..CLASSES * WIDTH).map(|_| random.normal()).collect();
    let near = |i: usize| {
        let place = &places[i % CLASSES * WIDTH..][..WIDTH];
        place.iter().map(|p| 0.5 * p + random.normal()).collect()
    };
    let all: Vec<Vec<f32>> = (0..50).map(near).collect();
    all.into_iter().zip((0..CLASSES).cycle()).collect()
}

/// What burn makes of the same samples: those that the head saw, centred and scaled as it sees them.
fn by_burn(samples: &[(Vec<f32>, usize)], head: &Head, settings: &TrainSettings) -> Layers {
    let device = Device::flex().autodiff();
    let mut random = SplitMix64(settings.seed);
    let mut values = |n: usize| -> Vec<f32> {
        let bound = 1.0 / (WIDTH as f32).sqrt();
        (0..n).map(|_| random.uniform() * bound).collect()
    };
    let hidden = (settings.hidden > 0).then(|| {
        let weight = values(WIDTH * settings.hidden);
        linear(weight, values(settings.hidden), &device)
    });
    let inputs = if settings.hidden > 0 {
        settings.hidden
    } else {
        WIDTH
    };
    let out = linear(vec![0.0; inputs * CLASSES], vec![0.0; CLASSES], &device);
    let mut layers = Layers { hidden, out };
    let epsilon = kernels::backward::Adam::EPSILON;
    let mut optimiser: ModuleOptimizer = AdamConfig::new().with_epsilon(epsilon).init();
    let n = samples.len();
    let size = if settings.batch_size == 0 {
        n
    } else {
        settings.batch_size
    };
    for epoch in 0..settings.epochs {
        let progress = epoch as f64 / settings.epochs as f64;
        let rate = settings.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * progress).cos());
        let order = match size == n {
            true => (0..n).collect(),
            false => random.shuffled(n),
        };
        for batch in order.chunks(size) {
            let seen = batch.iter().flat_map(|i| {
                let row = samples[*i].0.iter().zip(&head.mean);
                row.map(|(v, m)| (v - m) / head.scale)
            });
            let seen = TensorData::new(seen.collect::<Vec<f32>>(), [batch.len(), WIDTH]);
            let labels: Vec<i32> = batch.iter().map(|i| samples[*i].1 as i32).collect();
            let labels = TensorData::new(labels, [batch.len(), 1]);
            let labels = Tensor::<2, Int>::from_data(labels, &device);
            let logits = layers.logits(Tensor::from_data(seen, &device));
            let mut loss = log_softmax(logits, 1).gather(1, labels).mean().neg();
            for layer in layers.hidden.iter().chain([&layers.out]) {
                let square = layer.weight.val().powi_scalar(2).sum();
                loss = loss + square * (settings.l2 / (2.0 * n as f64));
            }
            let gradients = GradientsParams::from_grads(loss.backward(), &layers);
            layers = optimiser.step(rate, layers, gradients);
        }
    }
    layers
}

fn assert_alike(found: &Dense, truth: &Linear, what: &str) {
    let bias = truth.bias.as_ref().expect("it has one");
    let weight = block_on(read(truth.weight.val()));
    let bias = block_on(read(bias.val()));
    for (found, truth) in [(&found.weight, weight), (&found.bias, bias)] {
        let truth = truth.expect("the CPU reads back");
        let size = truth.iter().fold(0.0f32, |most, v| most.max(v.abs()));
        assert_eq!(found.len(), truth.len());
        for (f, t) in found.iter().zip(&truth) {
            assert!((f - t).abs() <= 1e-3 * size, "{what}: {f}, {t}");
        }
    }
}

#[test]
fn it_is_burns() {
    let samples = samples();
    let labelled: Vec<Labelled> = samples.iter().map(|(e, class)| (&e[..], *class)).collect();
    for (hidden, batch_size) in [(0, 7), (6, 0), (6, 7)] {
        let settings = TrainSettings {
            optimiser: Optimiser::Adam,
            hidden,
            batch_size,
            epochs: 20,
            learning_rate: 0.01,
            ..Default::default()
        }
        .clamped();
        let mut trainer = Trainer::new(&labelled, &[], CLASSES, &settings);
        while !trainer.done() {
            block_on(trainer.step()).expect("it does not diverge");
        }
        let head = block_on(trainer.head()).expect("it is there");
        let truth = by_burn(&samples, &head, &settings);
        let what = format!("{hidden} units, batches of {batch_size}");
        assert_alike(&head.out, &truth.out, &what);
        assert_eq!(head.hidden.is_some(), hidden > 0);
        if let (Some(found), Some(truth)) = (&head.hidden, &truth.hidden) {
            assert_alike(found, truth, &what);
        }
    }
}
