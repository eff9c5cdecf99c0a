//! One training run of each method, measured on photos it never saw.

use std::path::Path;
use std::time::Instant;

use data::classifier::{Dense, Head};
use data::features::Features;
use data::settings::TrainSettings;
use data::transfer::TuneSettings;
use learn::trainer::{Labelled, Trainer, largest};
use learn::tuner::{Entered, Picture, Shown, TuneStep, Tuned, Tuner};
use network::Device;
use network::backbone::Backbone;
use network::weights::Layers;
use pollster::block_on;

use crate::peer::Peer;
use crate::photos::{Failure, Set};

pub struct Outcome {
    pub accuracy: f64,
    /// Of computing by this thread, where the system tells; else on the clock.
    pub seconds: f64,
    pub trained_parameters: usize,
    pub multiply_adds: f64,
}

/// Seconds that this thread has computed, from Linux.
fn computed() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// Seconds of computing by this thread, where the system tells; else on the clock.
pub struct Clock(Instant, Option<f64>);

impl Clock {
    pub fn start() -> Self {
        Self(Instant::now(), computed())
    }

    pub fn seconds(&self) -> f64 {
        let by_system = self.1.zip(computed()).map(|(start, now)| now - start);
        by_system.unwrap_or_else(|| self.0.elapsed().as_secs_f64())
    }
}

/// A set with what the backbone says of it.
pub struct Seen {
    pub set: Set,
    pub features: Vec<Features>,
    pub embeddings: Vec<Vec<f32>>,
}

/// The set in a folder, each photo seen.
pub fn seen(backbone: &Backbone, folder: &Path) -> Result<Seen, Failure> {
    let set = Set::read(folder, backbone.spec().input_size)?;
    let features = features(backbone, &set)?;
    let embeddings = features.iter().map(|f| f.embedding.clone()).collect();
    Ok(Seen {
        set,
        features,
        embeddings,
    })
}

/// Features of every photo of a set.
pub fn features(backbone: &Backbone, set: &Set) -> Result<Vec<Features>, Failure> {
    let mut features = Vec::new();
    for squares in set.squares.chunks(8) {
        let squares: Vec<&[u8]> = squares.iter().map(Vec::as_slice).collect();
        let found = block_on(backbone.embed(&squares))?;
        features.extend(found.into_iter().map(|photo| Features {
            embedding: photo.embedding,
            layers: photo.layers,
        }));
    }
    Ok(features)
}

/// Embeddings of every photo of a set.
pub fn embed(backbone: &Backbone, set: &Set) -> Result<Vec<Vec<f32>>, Failure> {
    let features = features(backbone, set)?;
    Ok(features.into_iter().map(|photo| photo.embedding).collect())
}

/// The app's own head on given features, with the settings it comes with.
pub fn head(
    set: &Set,
    features: &[Vec<f32>],
    train: &[usize],
    test: &[usize],
) -> Result<(Head, Outcome), Failure> {
    let label = |i: &usize| set.pictures[*i].class;
    let samples = train.iter().map(|i| (features[*i].as_slice(), label(i)));
    let samples: Vec<Labelled> = samples.collect();
    let clock = Clock::start();
    let settings = TrainSettings::default();
    let mut trainer = Trainer::new(&samples, &[], set.classes.len(), &settings);
    while !trainer.done() {
        block_on(trainer.step())?;
    }
    let head = trainer.into_best().ok_or("no head was trained")?;
    let seconds = clock.seconds();
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

/// The accuracy of Teachable Machine's head on the same features.
pub fn peer(set: &Set, features: &[Vec<f32>], train: &[usize], test: &[usize], seed: u64) -> f64 {
    let label = |i: &usize| set.pictures[*i].class;
    let samples = train.iter().map(|i| (features[*i].as_slice(), label(i)));
    let samples: Vec<Labelled> = samples.collect();
    let peer = Peer::train(&samples, set.classes.len(), seed);
    let hits = test
        .iter()
        .filter(|i| peer.predict(&features[**i]) == label(i));
    hits.count() as f64 / test.len() as f64
}

/// Where tuning begins, and how it goes on.
#[derive(Clone)]
pub struct Start<'a> {
    pub layers: &'a Layers,
    pub head: Option<Head>,
    pub size: usize,
    pub settings: TuneSettings,
}

/// All photos of a set through the frozen part, once for all runs with the same cut: what comes
/// out does not depend on what is learnt behind it.
pub fn prepare(set: &Set, start: &Start) -> Result<Shown, Failure> {
    let width = start.layers.width();
    let any_head = Head {
        input: Default::default(),
        mean: vec![0.0; width],
        scale: 1.0,
        hidden: None,
        out: Dense {
            weight: vec![0.0; width * set.classes.len()],
            bias: vec![0.0; set.classes.len()],
        },
    };
    let start = Start {
        head: Some(any_head),
        ..start.clone()
    };
    let mut tuner = tuner(set, &start, set.pictures.clone());
    loop {
        match block_on(tuner.step())? {
            TuneStep::Prepared { done, total } if done < total => {}
            _ => return Ok(tuner.shown()),
        }
    }
}

fn tuner(set: &Set, start: &Start, train: Vec<Picture>) -> Tuner {
    Tuner::new(
        start.layers,
        start.size,
        train,
        Vec::new(),
        set.classes.len(),
        &start.settings,
        start.head.clone(),
        &Device::flex(),
    )
}

/// `shown`: all photos of the set as [`prepare`] left them, where something is frozen.
pub fn tune(
    set: &Set,
    start: &Start,
    train: &[usize],
    test: &[usize],
    shown: Option<&Shown>,
) -> Result<Outcome, Failure> {
    let clock = Clock::start();
    let mut tuner = tuner(set, start, set.pick(train));
    if let Some(shown) = shown {
        tuner = tuner.prepared(shown.pick(train));
    }
    while !tuner.done() {
        block_on(tuner.step())?;
    }
    let seconds = clock.seconds();
    let entered: Entered = match shown {
        Some(shown) => shown.pick(test).plain(),
        None => block_on(tuner.enter(&set.pick(test)))?,
    };
    let probabilities = block_on(tuner.predict_entered(&entered))?;
    let pairs = probabilities.iter().zip(test);
    let hits = pairs.filter(|(row, i)| largest(row) == set.pictures[**i].class);
    Ok(Outcome {
        accuracy: hits.count() as f64 / test.len() as f64,
        seconds,
        trained_parameters: tuner.trained_parameters(),
        multiply_adds: tuner.multiply_adds(),
    })
}

/// The network and the head that tuning leads to.
pub fn tuned(set: &Set, start: &Start, train: &[usize], shown: &Shown) -> Result<Tuned, Failure> {
    let mut tuner = tuner(set, start, set.pick(train)).prepared(shown.pick(train));
    while !tuner.done() {
        block_on(tuner.step())?;
    }
    tuner
        .into_best()
        .ok_or_else(|| "nothing good came out".into())
}

/// The same architecture with random weights, scaled on some of the photos.
pub fn random_layers(like: &Layers, set: &Set, size: usize, seed: u64) -> Layers {
    let some: Vec<Picture> = set.pictures.iter().step_by(40).cloned().collect();
    Layers::random(like, seed, &some, size)
}
