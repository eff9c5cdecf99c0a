//! Whether another backbone is better: the app's head on the features of several weights files, in the same draws.

use std::fs;
use std::path::Path;
use std::time::Instant;

use network::frozen::Frozen;
use network::weights::Layers;

use crate::photos::{Failure, Set};
use crate::{SIZES, report, runs};

/// As many as the table of Student's distribution serves.
const DRAWS: u64 = 10;

/// `files`: FILE=SIZE, a weights file and the side of its input. Each one's accuracy, and how far it is ahead of the first: for
/// each number of photos, and on the mean of these.
pub fn measure(set: &Path, files: &[&str]) -> Result<(), Failure> {
    println!(
        "| weights | a photo, ms | {} | ahead |",
        SIZES.map(|n| n.to_string()).join(" | ")
    );
    let mut first: Option<Vec<Vec<f64>>> = None;
    for file in files {
        let (file, size) = file.rsplit_once('=').ok_or("a backbone is FILE=SIZE")?;
        let size = size.parse()?;
        let layers = Layers::read(&fs::read(file)?)?;
        let set = Set::read(set, size)?;
        let net = Frozen::new(&layers, size);
        let (mut embeddings, mut best) = (Vec::new(), f64::INFINITY);
        for square in &set.squares {
            let clock = Instant::now();
            embeddings.push(net.embed(square)?);
            best = best.min(clock.elapsed().as_secs_f64() * 1e3);
        }
        let mut accuracies = Vec::new();
        for photos in SIZES {
            let draw = |seed| {
                let (train, test) = set.draw(photos, seed);
                Ok::<_, Failure>(runs::head(&set, &embeddings, &train, &test)?.1.accuracy)
            };
            accuracies.push((1..=DRAWS).map(draw).collect::<Result<Vec<f64>, _>>()?);
        }
        let first = &*first.get_or_insert_with(|| accuracies.clone());
        let differences = accuracies.iter().zip(first).map(|(ours, theirs)| {
            let pairs = ours.iter().zip(theirs);
            pairs.map(|(a, b)| a - b).collect::<Vec<f64>>()
        });
        let differences: Vec<Vec<f64>> = differences.collect();
        // Of each draw, over all numbers of photos.
        let draws = 0..DRAWS as usize;
        let of_draw = |draw: usize| differences.iter().map(move |d| d[draw]).sum::<f64>();
        let mean: Vec<f64> = draws
            .map(|draw| of_draw(draw) / SIZES.len() as f64)
            .collect();
        let ahead = differences.iter().chain([&mean]);
        let ahead: Vec<String> = ahead.map(|d| report::percent(d)).collect();
        let cells: Vec<String> = accuracies.iter().map(|a| report::percent(a)).collect();
        println!(
            "| {}, {file}, {size} px | {best:.0} | {} | {} |",
            set.name,
            cells.join(" | "),
            ahead.join(" · ")
        );
    }
    Ok(())
}
