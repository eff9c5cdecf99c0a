//! Whether softmax regression is worth being a candidate beside heads in closed form: judged as they are, by photos left out.

use std::path::Path;

use data::features::Features;
use data::settings::TrainSettings;
use learn::lda::choose::{Judged, judge, simplest};
use learn::lda::{LeftOut, Sample};
use learn::trainer::{Labelled, Trainer, largest};
use network::backbone::Backbone;

use crate::discriminants::{choice, head, parts, products, sharpness};
use crate::photos::{self, Failure};
use crate::runs::{self, Clock, Seen};
use crate::{SIZES, report};

const DRAWS: u64 = 5;
/// As the app's folds of more than fifty samples.
const FOLDS: usize = 10;

/// Out-of-fold logits; samples of a class are next to each other, so that each fold has some of each.
fn left_out(embeddings: &[&[f32]], samples: &[Sample], classes: usize) -> Result<LeftOut, Failure> {
    let mut logits = vec![0.0; samples.len() * classes];
    for fold in 0..FOLDS {
        let is_out = |i: &usize| i % FOLDS == fold;
        let learned = (0..samples.len()).filter(|i| !is_out(i));
        let learned: Vec<Labelled> = learned.map(|i| (embeddings[i], samples[i].1)).collect();
        let mut trainer = Trainer::new(&learned, &[], classes, &TrainSettings::default());
        while !trainer.done() {
            pollster::block_on(trainer.step())?;
        }
        let head = trainer.into_best().ok_or("no head was trained")?;
        for i in (0..samples.len()).filter(is_out) {
            let features = Features {
                embedding: embeddings[i].to_vec(),
                layers: Vec::new(),
            };
            let found = head.logits(&features).ok_or("a head of other features")?;
            let row = &mut logits[i * classes..][..classes];
            row.iter_mut()
                .zip(found)
                .for_each(|(to, logit)| *to = f64::from(logit));
        }
    }
    Ok(LeftOut { classes, logits })
}

/// Five draws from seed `first` on.
pub fn measure(backbone: &Backbone, folder: &Path, first: u64) -> Result<(), Failure> {
    let parts = parts(backbone);
    println!(
        "| | log-likelihood left out: closed form, regression | regression is the likeliest, would be taken | test accuracy: closed form, regression | seconds: choosing among the closed forms, judging the regression |"
    );
    for path in photos::folders(folder)? {
        let Seen {
            set,
            features,
            embeddings,
        } = runs::seen(backbone, &path)?;
        for photos in SIZES {
            let (mut columns, mut counts) = (<[Vec<f64>; 6]>::default(), [0; 2]);
            for seed in first..first + DRAWS {
                let (train, test) = set.draw(photos, seed);
                let picked: Vec<&Features> = train.iter().map(|i| &features[*i]).collect();
                let products = products(&parts, &picked)?;
                let label = |i: &usize| set.pictures[*i].class;
                let samples: Vec<Sample> = train.iter().map(label).enumerate().collect();
                let classes = set.classes.len();
                let clock = Clock::start();
                let choice = choice(&products, &samples, classes)?;
                let closed_seconds = clock.seconds();
                let clock = Clock::start();
                let own: Vec<&[f32]> = train.iter().map(|i| &embeddings[*i][..]).collect();
                let left_out = left_out(&own, &samples, classes)?;
                let sharpness = sharpness(&left_out, &samples)?.ok_or("nothing was left out")?;
                let labels: Vec<usize> = samples.iter().map(|(_, class)| *class).collect();
                // It is no candidate: what stands here is not looked at.
                let Some(none) = choice.judged.first().map(|one| one.candidate) else {
                    continue;
                };
                let regression = judge(none, &left_out, &labels, sharpness);
                let seconds = clock.seconds();
                let closed = choice.best().log_likelihood;
                // The choice is made on at most 300 samples, the regression is judged by all of the draw: where these differ
                // only the means can be compared.
                let mut judged: Vec<Judged> = vec![regression.clone()];
                judged.extend(choice.judged.iter().cloned());
                if regression.of_samples.len() == choice.samples {
                    let groups: Vec<usize> = (0..choice.samples).collect();
                    counts[1] += usize::from(simplest(&judged, &groups) == Some(0));
                }
                let best = choice.judged.iter().map(|j| j.log_likelihood);
                let best = best.fold(f64::NEG_INFINITY, f64::max);
                counts[0] += usize::from(regression.log_likelihood > best);
                let chosen = head(&products, &samples, classes, choice.best().candidate)?;
                let hits = test.iter().filter(|i| {
                    let found = chosen.predict_features(&features[**i]).unwrap_or_default();
                    largest(&found) == label(i)
                });
                let accuracy = hits.count() as f64 / test.len() as f64;
                let (_, today) = runs::head(&set, &embeddings, &train, &test)?;
                let row = [
                    closed,
                    regression.log_likelihood,
                    accuracy,
                    today.accuracy,
                    closed_seconds,
                    seconds,
                ];
                columns.iter_mut().zip(row).for_each(|(c, v)| c.push(v));
            }
            let mean = |values: &Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
            println!(
                "| {}, {photos} a class | {:.2}, {:.2} | {} and {} of {DRAWS} | {}, {} | {:.2}, {:.2} |",
                set.name,
                mean(&columns[0]),
                mean(&columns[1]),
                counts[0],
                counts[1],
                report::percent(&columns[2]),
                report::percent(&columns[3]),
                mean(&columns[4]),
                mean(&columns[5]),
            );
        }
    }
    Ok(())
}
