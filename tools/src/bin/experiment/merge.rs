//! A head that was put together from two, each of half of the classes, beside the head of all photos together, in the same draws.

use std::path::Path;

use data::classifier::{Head, Part, softmax};
use data::features::Features;
use data::statistics::Statistics;
use learn::lda::merge::{Source, merged};
use learn::lda::temperature::unmeasured;
use learn::lda::{Products, Sample, Setting, Spreads, Summing};
use network::backbone::Backbone;

use crate::discriminants::{choice, fit, heading, left_out, outcome, parts, products, sharpness};
use crate::photos::{self, Failure};
use crate::runs::{self, Seen};
use crate::{SIZES, report};

const DRAWS: u64 = 10;

/// A head as the app makes it, and what it says of its samples.
fn made(
    parts: &[Part],
    features: &[&Features],
    classes: &[usize],
) -> Result<(Head, Statistics), Failure> {
    let samples: Vec<Sample> = classes.iter().copied().enumerate().collect();
    let count = classes.iter().max().map_or(0, |most| most + 1);
    let products: Products = products(parts, features)?;
    let candidate = choice(&products, &samples, count)?.best().candidate;
    let fit = fit(&products, &samples, count, &candidate.setting(&products))?;
    let alone: Vec<usize> = (0..samples.len()).collect();
    let factor = sharpness(&left_out(&fit, &alone)?, &samples)?;
    let factor = factor.map_or_else(|| unmeasured(&fit), |found| found.factor);
    let mut spreads = Spreads::new(samples, count).map_err(|why| format!("{why:?}"))?;
    while spreads.step(&products) {}
    let whole = Setting {
        parts: (0..parts.len()).collect(),
        shrinkage: candidate.shrinkage,
    };
    let mut summing = Summing::new(&fit, spreads.scales(&products, &whole));
    let statistics = loop {
        let numbers = (candidate.shrinkage, factor);
        if let Some(found) = summing.advance(&fit, &products, numbers) {
            break found;
        }
    };
    Ok((heading(&fit, &products, factor)?, statistics))
}

pub fn measure(backbone: &Backbone, folder: &Path, first: u64) -> Result<(), Failure> {
    let parts = parts(backbone);
    let width = |part: &Part| match part {
        Part::Embedding => backbone.spec().width,
        Part::Layers { from, to } => to - from,
    };
    let widths: Vec<usize> = parts.iter().map(width).collect();
    println!(
        "| | all photos together | merged | merged ahead | both heads' answers as one | cross-entropy: together, merged |"
    );
    for path in photos::folders(folder)? {
        let Seen { set, features, .. } = runs::seen(backbone, &path)?;
        let all = set.classes.len();
        for photos in SIZES {
            let mut columns: [Vec<f64>; 4] = Default::default();
            let mut losses: [Vec<f64>; 2] = Default::default();
            for seed in first..first + DRAWS {
                let (train, test) = set.draw(photos, seed);
                let of = |which: &dyn Fn(usize) -> Option<usize>| {
                    let known = train.iter().filter_map(|i| {
                        let class = which(set.pictures[*i].class)?;
                        Some((&features[*i], class))
                    });
                    let (seen, classes): (Vec<&Features>, Vec<usize>) = known.unzip();
                    made(&parts, &seen, &classes)
                };
                let (together, _) = of(&Some)?;
                let halves =
                    [0, 1].map(|half| of(&|class| (class % 2 == half).then_some(class / 2)));
                let [one, two] = halves;
                let (one, two) = (one?, two?);
                let source = |i: usize| {
                    let (head, statistics) = [&one, &two][i];
                    let count = head.classes();
                    Source {
                        statistics,
                        widths: &widths,
                        sees: &head.input.parts,
                        samples: vec![photos; count],
                        classes: (0..count).map(|class| 2 * class + i).collect(),
                    }
                };
                let found = merged([&source(0), &source(1)], all);
                let (merged, _) = found.ok_or("no head of both")?;
                let said =
                    |head: &Head, i: usize| head.predict_features(&features[i]).unwrap_or_default();
                let plain = |i: usize| {
                    let logits =
                        [&one.0, &two.0].map(|head| head.logits(&features[i]).unwrap_or_default());
                    softmax(&(0..all).map(|c| logits[c % 2][c / 2]).collect::<Vec<f32>>())
                };
                let joint = outcome(&set, &test, |i| said(&together, i));
                let ours = outcome(&set, &test, |i| said(&merged, i));
                let plain = outcome(&set, &test, plain);
                let row = [
                    joint.accuracy,
                    ours.accuracy,
                    ours.accuracy - joint.accuracy,
                    plain.accuracy,
                ];
                columns.iter_mut().zip(row).for_each(|(c, v)| c.push(v));
                losses[0].push(joint.loss);
                losses[1].push(ours.loss);
            }
            let cells: Vec<String> = columns.iter().map(|c| report::percent(c)).collect();
            let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
            println!(
                "| {}, {photos} a class | {} | {:.2}, {:.2} |",
                set.name,
                cells.join(" | "),
                mean(&losses[0]),
                mean(&losses[1]),
            );
        }
    }
    Ok(())
}
