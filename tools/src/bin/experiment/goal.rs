//! What heads on a frozen network reach beside fine-tuning, and what each costs, in the same draws.

use std::path::Path;

use data::features::Features;
use learn::lda::Sample;
use learn::lda::choose::{MOST, candidates};
use network::backbone::Backbone;

use crate::photos::{self, Failure, Set};
use crate::runs::{self, Clock, Seen};
use crate::{discriminants, report};

/// Photos a class at which fine-tuning is measured, too.
const SIZES: [usize; 2] = [20, 50];
/// The draws that fine-tuning is measured on.
const DRAWS: u64 = 3;

/// Accuracy, seconds, and multiply-adds of one way to make a head.
type Measured = (f64, f64, f64);

/// A line for each way and number of photos: accuracy over the draws, mean seconds and multiply-adds of a training.
pub fn measure(backbone: &Backbone, folder: &Path) -> Result<(), Failure> {
    println!("| | accuracy | CPU seconds | multiply-adds |");
    for path in photos::folders(folder)? {
        let Seen {
            set,
            features,
            embeddings,
        } = runs::seen(backbone, &path)?;
        for photos in SIZES {
            let mut ways: [Vec<Measured>; 3] = Default::default();
            for seed in 1..=DRAWS {
                let (train, test) = set.draw(photos, seed);
                let (_, gradients) = runs::head(&set, &embeddings, &train, &test)?;
                let row = (
                    gradients.accuracy,
                    gradients.seconds,
                    gradients.multiply_adds,
                );
                ways[0].push(row);
                let clock = Clock::start();
                let accuracy = runs::peer(&set, &embeddings, &train, &test, seed);
                // 100 hidden units, 50 passes; a backward pass is two forward ones.
                let weights = 100 * (embeddings[0].len() + set.classes.len());
                let work = (3 * 50 * weights * train.len()) as f64;
                ways[1].push((accuracy, clock.seconds(), work));
                ways[2].push(chosen(backbone, &set, &features, &train, &test)?);
            }
            let names = [
                "gradients on the embedding",
                "Teachable Machine's",
                "closed form, chosen",
            ];
            for (name, draws) in names.iter().zip(ways) {
                let accuracies: Vec<f64> = draws.iter().map(|d| d.0).collect();
                let mean =
                    |of: fn(&Measured) -> f64| draws.iter().map(of).sum::<f64>() / DRAWS as f64;
                println!(
                    "| {}, {photos} a class: {name} | {} | {:.2} | {:.2} G |",
                    set.name,
                    report::percent(&accuracies),
                    mean(|d| d.1),
                    mean(|d| d.2) / 1e9,
                );
            }
        }
    }
    Ok(())
}

/// All that a training does, from features to the head: products, the choice, the fit with its temperature.
fn chosen(
    backbone: &Backbone,
    set: &Set,
    features: &[Features],
    train: &[usize],
    test: &[usize],
) -> Result<Measured, Failure> {
    let clock = Clock::start();
    let picked: Vec<&Features> = train.iter().map(|i| &features[*i]).collect();
    let products = discriminants::products(&discriminants::parts(backbone), &picked)?;
    let classes = train.iter().map(|i| set.pictures[*i].class);
    let samples: Vec<Sample> = classes.enumerate().collect();
    let best = discriminants::choice(&products, &samples, set.classes.len())?
        .best()
        .candidate;
    let head = discriminants::head(&products, &samples, set.classes.len(), best)?;
    let seconds = clock.seconds();
    let right = |i: &&usize| {
        let probabilities = head.predict_features(&features[**i]).unwrap_or_default();
        learn::trainer::largest(&probabilities) == set.pictures[**i].class
    };
    let accuracy = test.iter().filter(right).count() as f64 / test.len() as f64;
    let (n, count) = (train.len() as f64, set.classes.len() as f64);
    let width: usize = products.widths().iter().sum();
    // Half of a symmetric matrix; an inverse is the side cubed, of each candidate and of the head.
    let some = n.min(MOST as f64);
    let inverses = candidates(&products).len() as f64 * some.powi(3) + n.powi(3);
    let work = n * n / 2.0 * width as f64 + inverses + n * count * width as f64;
    Ok((accuracy, seconds, work))
}
