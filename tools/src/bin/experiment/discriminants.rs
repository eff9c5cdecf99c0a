//! Heads in closed form beside today's and Teachable Machine's, in the same draws.

use std::path::Path;

use data::classifier::{Head, Part};
use data::features::Features;
use learn::lda::choose::{Candidate, Choice, Choosing, Reach, candidates, subset};
use learn::lda::temperature::{Sharpening, Sharpness, unmeasured};
use learn::lda::{
    Fit, Fitting, Heading, LeavingOut, LeftOut, Products, Refused, Sample, Setting, Spreads,
};
use learn::trainer::largest;
use network::backbone::Backbone;

use crate::photos::{self, Failure, Set};
use crate::runs::{Clock, Seen};
use crate::{SIZES, report, runs};

const DRAWS: u64 = 10;

/// The parts of the backbone's features: each layer, then the embedding.
pub fn parts(backbone: &Backbone) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut from = 0;
    for width in backbone.layer_widths() {
        let to = from + width;
        parts.push(Part::Layers { from, to });
        from = to;
    }
    parts.push(Part::Embedding);
    parts
}

/// All of the work of something that goes in portions.
fn whole<T>(mut step: impl FnMut() -> Result<Option<T>, Refused>) -> Result<T, Failure> {
    loop {
        if let Some(done) = step().map_err(|why| format!("{why:?}"))? {
            return Ok(done);
        }
    }
}

fn refused(why: Refused) -> Failure {
    format!("{why:?}").into()
}

pub fn products(parts: &[Part], features: &[&Features]) -> Result<Products, Failure> {
    let mut products = Products::new(parts.to_vec());
    for features in features {
        products.add(features).map_err(refused)?;
    }
    while products.step() {}
    Ok(products)
}

pub fn fit(
    products: &Products,
    samples: &[Sample],
    classes: usize,
    setting: &Setting,
) -> Result<Fit, Failure> {
    let mut spreads = Spreads::new(samples.to_vec(), classes).map_err(refused)?;
    while spreads.step(products) {}
    let scales = spreads.scales(products, setting);
    let mut fitting = Fitting::new(samples.to_vec(), classes, scales).map_err(refused)?;
    whole(|| fitting.advance(products))
}

pub fn left_out(fit: &Fit, groups: &[usize]) -> Result<LeftOut, Failure> {
    let mut leaving = LeavingOut::new(fit, groups);
    whole(|| leaving.advance(fit))
}

pub fn sharpness(left_out: &LeftOut, samples: &[Sample]) -> Result<Option<Sharpness>, Failure> {
    let mut sharpening = Sharpening::new(left_out, samples.iter().map(|(_, class)| *class));
    whole(|| Ok(sharpening.advance(left_out)))
}

/// The head of a candidate, with the temperature that samples left out give it.
pub fn head(
    products: &Products,
    samples: &[Sample],
    classes: usize,
    candidate: Candidate,
) -> Result<Head, Failure> {
    let setting = candidate.setting(products);
    let fit = fit(products, samples, classes, &setting)?;
    let groups: Vec<usize> = (0..samples.len()).collect();
    let left_out = left_out(&fit, &groups)?;
    let factor =
        sharpness(&left_out, samples)?.map_or_else(|| unmeasured(&fit), |found| found.factor);
    heading(&fit, products, factor)
}

/// The head of a fit whose logits are multiplied by this.
pub fn heading(fit: &Fit, products: &Products, factor: f64) -> Result<Head, Failure> {
    let mut heading = Heading::new();
    let weights = whole(|| Ok(heading.advance(fit, products)))?;
    weights.head(fit, products, factor).map_err(refused)
}

pub fn choice(products: &Products, samples: &[Sample], classes: usize) -> Result<Choice, Failure> {
    let alone: Vec<usize> = (0..samples.len()).collect();
    let some = subset(samples, &alone, classes);
    let picked: Vec<Sample> = some.iter().map(|i| samples[*i]).collect();
    let choosing = Choosing::new(picked, some, classes, candidates(products));
    let mut choosing = choosing.map_err(refused)?;
    let choice = whole(|| choosing.advance(products))?;
    choice.ok_or_else(|| "there is nothing to choose by".into())
}

/// Accuracy and mean cross-entropy on the test photos.
pub struct Outcome {
    pub accuracy: f64,
    pub loss: f64,
}

pub fn outcome(set: &Set, test: &[usize], shares: impl Fn(usize) -> Vec<f32>) -> Outcome {
    let (mut hits, mut loss) = (0, 0.0);
    for i in test {
        let (row, class) = (shares(*i), set.pictures[*i].class);
        hits += usize::from(largest(&row) == class);
        loss -= f64::from(row[class].max(f32::MIN_POSITIVE)).ln();
    }
    Outcome {
        accuracy: hits as f64 / test.len() as f64,
        loss: loss / test.len() as f64,
    }
}

/// Ten draws from seed `first` on.
pub fn measure(backbone: &Backbone, folder: &Path, first: u64) -> Result<(), Failure> {
    let parts = parts(backbone);
    println!(
        "| | today's | Teachable Machine's | discriminants on the embedding | chosen | chosen ahead of today's | of Teachable Machine's | chosen: embedding, late, all | cross-entropy: today's, chosen |"
    );
    for path in photos::folders(folder)? {
        let Seen {
            set,
            features,
            embeddings,
        } = runs::seen(backbone, &path)?;
        for photos in SIZES {
            let mut columns: [Vec<f64>; 6] = Default::default();
            let mut losses: [Vec<f64>; 2] = Default::default();
            let mut reaches = [0; 3];
            for seed in first..first + DRAWS {
                let (train, test) = set.draw(photos, seed);
                let (today, _) = runs::head(&set, &embeddings, &train, &test)?;
                let today = outcome(&set, &test, |i| today.predict(&embeddings[i]));
                let peer = runs::peer(&set, &embeddings, &train, &test, seed);
                let picked: Vec<&Features> = train.iter().map(|i| &features[*i]).collect();
                let products = products(&parts, &picked)?;
                let classes = train.iter().map(|i| set.pictures[*i].class);
                let samples: Vec<Sample> = classes.enumerate().collect();
                let of = |candidate| {
                    let head = head(&products, &samples, set.classes.len(), candidate)?;
                    let shares = |i: usize| head.predict_features(&features[i]).unwrap_or_default();
                    Ok::<_, Failure>(outcome(&set, &test, shares))
                };
                let alone = of(Candidate {
                    reach: Reach::Embedding,
                    shrinkage: 0.6,
                })?;
                let best = choice(&products, &samples, set.classes.len())?
                    .best()
                    .candidate;
                reaches[best.reach as usize] += 1;
                let chosen = of(best)?;
                let row = [
                    today.accuracy,
                    peer,
                    alone.accuracy,
                    chosen.accuracy,
                    chosen.accuracy - today.accuracy,
                    chosen.accuracy - peer,
                ];
                columns.iter_mut().zip(row).for_each(|(c, v)| c.push(v));
                losses[0].push(today.loss);
                losses[1].push(chosen.loss);
            }
            let cells: Vec<String> = columns.iter().map(|c| report::percent(c)).collect();
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            println!(
                "| {}, {photos} a class | {} | {} | {:.2}, {:.2} |",
                set.name,
                cells.join(" | "),
                reaches.map(|n| n.to_string()).join(", "),
                mean(&losses[0]),
                mean(&losses[1]),
            );
        }
    }
    Ok(())
}

/// Milliseconds that the parts of a fit take, on made-up features of the backbone's widths.
pub fn time(backbone: &Backbone) -> Result<(), Failure> {
    const CLASSES: usize = 10;
    let parts = parts(backbone);
    let layers: usize = backbone.layer_widths().iter().sum();
    let mut random = network::random::SplitMix64(1);
    println!(
        "| samples | products | inverse and what follows | leaving out each | temperature | head | one more |"
    );
    for n in [200, 1_000, 2_000] {
        let mut values = |class: usize, width: usize| -> Vec<f32> {
            let shift = |d: usize| if d % CLASSES == class { 0.4 } else { 0.0 };
            let value = |d| (random.normal() + shift(d)).powi(2).min(6.0);
            (0..width).map(value).collect()
        };
        let all = (0..n + 1).map(|i| Features {
            embedding: values(i % CLASSES, backbone.spec().width),
            layers: values(i % CLASSES, layers),
        });
        let all: Vec<Features> = all.collect();
        let clock = Clock::start();
        let mut laps = Vec::new();
        let mut lap = || laps.push(clock.seconds() * 1e3);
        let all: Vec<&Features> = all.iter().collect();
        lap();
        let products = products(&parts, &all)?;
        lap();
        let samples: Vec<Sample> = (0..n).map(|i| (i, i % CLASSES)).collect();
        let candidate = Candidate {
            reach: Reach::All,
            shrinkage: 0.6,
        };
        let setting = candidate.setting(&products);
        let mut fit = fit(&products, &samples, CLASSES, &setting)?;
        lap();
        let groups: Vec<usize> = (0..n).collect();
        let left_out = left_out(&fit, &groups)?;
        lap();
        sharpness(&left_out, &samples)?;
        lap();
        let mut heading = Heading::new();
        let weights = whole(|| Ok(heading.advance(&fit, &products)))?;
        weights.head(&fit, &products, 1.0).map_err(refused)?;
        lap();
        fit.put_in(&products, (n, n % CLASSES)).map_err(refused)?;
        lap();
        let cells: Vec<String> = laps
            .windows(2)
            .map(|l| format!("{:.1}", l[1] - l[0]))
            .collect();
        println!("| {n} | {} |", cells.join(" | "));
    }
    Ok(())
}
