//! How long a head in closed form of many photos takes: on embeddings of real photos with noise.

use std::path::Path;
use std::rc::Rc;

use data::classifier::Part;
use data::features::Features;
use learn::lda::Refused;
use learn::lda::primal::{Fitting, LeavingOut, Observation};
use network::backbone::Backbone;
use network::random::SplitMix64;

use crate::discriminants;
use crate::photos::{self, Failure};
use crate::runs::{self, Clock};

const CLASSES: usize = 20;
/// Of the exponent by which each number is multiplied: photos of a class differ by about as much.
const NOISE: f32 = 0.3;
/// Photos that come one by one, the quickest of which counts: other work disturbs.
const MORE: usize = 9;

pub fn measure(backbone: &Backbone, folder: &Path, samples: usize) -> Result<(), Failure> {
    let mut classes: Vec<Vec<Features>> = Vec::new();
    for path in photos::folders(folder)? {
        let seen = runs::seen(backbone, &path)?;
        let from = classes.len();
        classes.resize_with(from + seen.set.classes.len(), Vec::new);
        for (picture, features) in seen.set.pictures.iter().zip(seen.features) {
            classes[from + picture.class].push(features);
        }
    }
    // Where there are fewer classes, halves of some stand for more.
    let mut at = 0;
    while classes.len() < CLASSES {
        let half = classes[at].len() / 2;
        let other = classes[at].split_off(half);
        classes.push(other);
        at += 1;
    }
    classes.truncate(CLASSES);
    let mut random = SplitMix64(1);
    let all: Vec<Observation> = (0..samples + MORE)
        .map(|i| {
            let class = i % CLASSES;
            let photo = &classes[class][random.below(classes[class].len())];
            let mut noisy = |values: &[f32]| -> Rc<[f32]> {
                let numbers = values.iter().map(|v| v * (NOISE * random.normal()).exp());
                numbers.collect()
            };
            Observation {
                embedding: noisy(&photo.embedding),
                layers: noisy(&photo.layers),
                class,
            }
        })
        .collect();
    let parts = discriminants::parts(backbone);
    println!(
        "| numbers of a photo | scatter, inverse, weights | leaving out each | head | one photo more | leaving out each anew, and the head |"
    );
    println!("|---|---|---|---|---|---|");
    for from in [parts.len() - 1, parts.len() - 4, 0] {
        time(&parts[from..], &all, samples)?;
    }
    Ok(())
}

fn time(parts: &[Part], all: &[Observation], samples: usize) -> Result<(), Failure> {
    let refused = |why: Refused| -> Failure { format!("{why:?}").into() };
    let clock = Clock::start();
    let fitting = Fitting::new(all[..samples].to_vec(), CLASSES, parts, 0.6);
    let mut fitting = fitting.map_err(refused)?;
    let mut fit = loop {
        if let Some(fit) = fitting.advance().map_err(refused)? {
            break fit;
        }
    };
    drop(fitting);
    let fitted = clock.seconds();
    let clock = Clock::start();
    let groups: Vec<Option<usize>> = (0..samples + MORE).map(Some).collect();
    let mut leaving = LeavingOut::new(&fit, &groups[..samples]);
    while leaving.advance(&mut fit).map_err(refused)?.is_none() {}
    drop(leaving);
    let left_out = clock.seconds();
    let clock = Clock::start();
    fit.head(1.0).map_err(refused)?;
    let head = clock.seconds();
    let (mut more, mut anew) = (f64::MAX, f64::MAX);
    for sample in &all[samples..] {
        // By the wall: the system tells computing time in steps of 4 ms.
        let begun = std::time::Instant::now();
        fit.put_in(sample.clone()).map_err(refused)?;
        more = more.min(begun.elapsed().as_secs_f64());
        let begun = std::time::Instant::now();
        let n = fit.samples().len();
        let mut leaving = LeavingOut::new(&fit, &groups[..n]);
        while leaving.advance(&mut fit).map_err(refused)?.is_none() {}
        fit.head(1.0).map_err(refused)?;
        anew = anew.min(begun.elapsed().as_secs_f64());
    }
    let widths = parts.iter().map(|part| match part {
        Part::Embedding => all[0].embedding.len(),
        Part::Layers { from, to } => to - from,
    });
    let width: usize = widths.sum();
    println!(
        "| {width} | {fitted:.2} s | {left_out:.2} s | {:.0} ms | {:.1} ms | {:.1} ms |",
        1e3 * head,
        1e3 * more,
        1e3 * anew
    );
    Ok(())
}
