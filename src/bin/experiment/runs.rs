//! One training run of each method, measured on photos it never saw.

use std::time::Instant;

use graft::data::classifier::Head;
use graft::data::settings::TrainSettings;
use graft::data::transfer::{Depth, Method, TuneSettings};
use graft::ml::Device;
use graft::ml::backbone::Backbone;
use graft::ml::trainer::{Labelled, Trainer, largest};
use graft::ml::tuner::{Entered, Picture, Tuner};
use graft::ml::weights::Layers;
use pollster::block_on;

use crate::photos::{Failure, Set};

pub struct Outcome {
    pub accuracy: f64,
    pub seconds: f64,
    pub trained_parameters: usize,
    pub multiply_adds: f64,
}

/// Embeddings of every photo of a set.
pub fn embed(backbone: &Backbone, set: &Set) -> Result<Vec<Vec<f32>>, Failure> {
    let mut embeddings = Vec::new();
    for squares in set.squares.chunks(8) {
        let squares: Vec<&[u8]> = squares.iter().map(Vec::as_slice).collect();
        embeddings.extend(block_on(backbone.embed(&squares))?);
    }
    Ok(embeddings)
}

/// The app's own head on given features, with the settings it comes with.
pub fn head(
    set: &Set,
    features: &[Vec<f32>],
    train: &[usize],
    test: &[usize],
) -> Result<(Head, Outcome), Failure> {
    let label = |i: &usize| set.pictures[*i].class;
    let samples: Vec<Labelled> = train
        .iter()
        .map(|i| (features[*i].as_slice(), label(i)))
        .collect();
    let start = Instant::now();
    let settings = TrainSettings::default();
    let mut trainer = Trainer::new(&samples, &[], set.classes.len(), &settings);
    while !trainer.done() {
        block_on(trainer.step())?;
    }
    let head = trainer.into_best().ok_or("no head was trained")?;
    let seconds = start.elapsed().as_secs_f64();
    let hits = test
        .iter()
        .filter(|i| largest(&head.predict(&features[**i])) == label(i));
    let parameters = head.out.weight.len() + head.out.bias.len();
    let outcome = Outcome {
        accuracy: hits.count() as f64 / test.len() as f64,
        seconds,
        trained_parameters: parameters,
        multiply_adds: (3 * parameters * train.len() * settings.epochs) as f64,
    };
    Ok((head, outcome))
}

/// Where tuning begins, and how it goes on.
pub struct Start<'a> {
    pub layers: &'a Layers,
    pub head: Option<Head>,
    pub size: usize,
    pub settings: TuneSettings,
}

/// Photos as they enter at the cut, sent there once for all runs of the same cut: it does not
/// depend on what is learnt.
pub type Entry = Option<Entered>;

pub fn tune(
    set: &Set,
    start: Start,
    train: &[usize],
    test: &[usize],
    entry: &mut Entry,
) -> Result<Outcome, Failure> {
    let began = Instant::now();
    let mut tuner = Tuner::new(
        start.layers,
        start.size,
        set.pick(train),
        Vec::new(),
        set.classes.len(),
        &start.settings,
        start.head,
        &Device::flex(),
    );
    while !tuner.done() {
        block_on(tuner.step())?;
    }
    let seconds = began.elapsed().as_secs_f64();
    if entry.is_none() {
        *entry = Some(block_on(tuner.enter(&set.pictures))?);
    }
    let entered = entry.as_ref().ok_or("nothing entered")?.pick(test);
    let shares = block_on(tuner.predict_entered(&entered))?;
    let pairs = shares.iter().zip(test);
    let hits = pairs.filter(|(row, i)| largest(row) == set.pictures[**i].class);
    Ok(Outcome {
        accuracy: hits.count() as f64 / test.len() as f64,
        seconds,
        trained_parameters: tuner.trained_parameters(),
        multiply_adds: tuner.multiply_adds(),
    })
}

/// The same architecture with random weights, scaled on some of the photos.
pub fn random_layers(like: &Layers, set: &Set, size: usize, seed: u64) -> Layers {
    let some: Vec<Picture> = set.pictures.iter().step_by(40).cloned().collect();
    Layers::random(like, seed, &some, size)
}

/// How a method that trains every layer is set.
pub fn whole(method: Method, epochs: usize) -> TuneSettings {
    TuneSettings {
        depth: Depth::All,
        rate_decay: 1.0,
        epochs,
        patience: 0,
        ..match method {
            Method::FromScratch => TuneSettings {
                learning_rate: 1e-3,
                ..Default::default()
            },
            _ => TuneSettings {
                learning_rate: 3e-4,
                ..Default::default()
            },
        }
    }
}
