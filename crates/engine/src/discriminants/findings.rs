//! What is said of a head in closed form: of each sample, of its probabilities, and of how it was chosen.

use crate::training::Item;
use data::evaluation::Evaluation;
use data::head::{Calibrated, Choice, Reach, TestResult};
use learn::evaluation::{Predicted, evaluate};
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
    let of = |factor: f32| -> Option<Evaluation> {
        let scaled: Vec<Vec<f32>> = seen
            .iter()
            .map(|(_, logits)| logits.iter().map(|logit| logit * factor).collect())
            .collect();
        let pairs = seen.iter().zip(&scaled);
        let predictions = pairs.map(|((item, _), logits)| Predicted {
            actual: item.class,
            logits,
        });
        evaluate(&predictions.collect::<Vec<_>>()).ok()
    };
    let after = of(1.0)?;
    let top2 = after.top2.map(|top2| top2.value);
    let after = after.calibration.before;
    let before = of((1.0 / sharpened) as f32).map(|before| before.calibration.before);
    let before = before.unwrap_or_else(|| after.clone());
    Some(Calibrated {
        top2,
        ece_before: before.ece,
        ece: after.ece,
        bins_before: before.bins,
        bins: after.bins,
    })
}

/// The choice as a head tells it.
pub(super) fn told(choice: &choose::Choice) -> Option<Choice> {
    let Candidate::Lda { reach, shrinkage } = choice.best().candidate else {
        return None;
    };
    let known = |one: &choose::Judged| one.of_samples.iter().flatten().count().max(1);
    let accuracy = |one: &choose::Judged| one.hits as f64 / known(one) as f64;
    let of_embedding = choice.judged.iter().filter(|one| {
        let reach = Reach::Embedding;
        matches!(one.candidate, Candidate::Lda { reach: r, .. } if r == reach)
    });
    let likeliest = of_embedding.max_by(|a, b| a.log_likelihood.total_cmp(&b.log_likelihood));
    Some(Choice {
        reach,
        shrinkage,
        embedding: likeliest.map_or(0.0, accuracy),
        chosen: accuracy(choice.best()),
    })
}
