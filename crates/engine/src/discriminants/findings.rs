//! What is said of a head in closed form: of each sample, of its probabilities, and of how it was chosen.

use crate::training::Item;
use data::head::{Calibrated, Choice, Reach, TestResult};
use learn::evaluation::{Predicted, reliability, top_two};
use learn::lda::choose::{self, Candidate};
use learn::trainer::largest;

/// What the logits of a sample come to.
pub(crate) fn judged(item: &Item, logits: &[f32]) -> TestResult {
    let predicted = largest(logits);
    let all: f32 = logits.iter().map(|logit| logit.exp()).sum();
    TestResult {
        sample: item.sample,
        actual: item.class,
        predicted,
        confidence: logits[predicted].exp() / all,
    }
}

/// Whether the probabilities of these logits mean what they say. `sharpened`: by how much the logits are sharper than those that
/// the discriminants' own covariance leads to.
pub(crate) fn calibrated(seen: &[(&Item, Vec<f32>)], sharpened: f64) -> Option<Calibrated> {
    let predictions = seen.iter().map(|(item, logits)| Predicted {
        actual: item.class,
        logits,
    });
    let predictions: Vec<Predicted> = predictions.collect();
    let before = reliability(&predictions, sharpened).ok()?;
    let after = reliability(&predictions, 1.0).ok()?;
    Some(Calibrated {
        top2: top_two(&predictions).ok()?.map(|top2| top2.value),
        ece_before: before.ece,
        ece: after.ece,
        bins_before: before.bins,
        bins: after.bins,
    })
}

/// The choice as a head tells it.
pub(super) fn told(choice: &choose::Choice) -> Choice {
    let Candidate { reach, shrinkage } = choice.best().candidate;
    let known = |one: &choose::Judged| one.of_samples.iter().flatten().count().max(1);
    let accuracy = |one: &choose::Judged| one.hits as f64 / known(one) as f64;
    let judged = choice.judged.iter();
    let of_embedding = judged.filter(|one| one.candidate.reach == Reach::Embedding);
    let likeliest = of_embedding.max_by(|a, b| a.log_likelihood.total_cmp(&b.log_likelihood));
    Choice {
        reach,
        shrinkage,
        embedding: likeliest.map_or(0.0, accuracy),
        chosen: accuracy(choice.best()),
    }
}
