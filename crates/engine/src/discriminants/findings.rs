//! What is said of a head in closed form: of each sample, of its probabilities, and of how it was chosen.

use crate::training::{Item, Lesson, Measured, test};
use data::classifier::Head;
use data::head::{Calibrated, Choice, How, Reach, TestResult};
use data::settings::Measure;
use learn::evaluation::{Predicted, reliability, top_two};
use learn::lda::LeftOut;
use learn::lda::choose::{self, Candidate};
use learn::trainer::largest;

/// What is said of each sample by a head that had not seen it, in the order of samples; none of those in no fold.
pub(super) fn unseen(
    left_out: &LeftOut,
    factor: f64,
    folds: &[Option<usize>],
) -> Vec<Option<Vec<f32>>> {
    let rows = left_out.rows().zip(folds);
    let unseen = rows.map(|(row, fold)| {
        fold.filter(|_| row.iter().all(|logit| logit.is_finite()))?;
        let largest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let logits = row.iter().map(|v| (factor * (v - largest)) as f32);
        Some(logits.collect())
    });
    unseen.collect()
}

/// What the head, or those that had not seen a sample, say of what they are judged by. `sharpened` as in [`calibrated`].
pub(super) fn measured(
    lesson: &Lesson,
    head: &Head,
    unseen: Vec<Option<Vec<f32>>>,
    sharpened: f64,
) -> Measured {
    if lesson.settings.measure == Measure::HeldOut {
        let apart = lesson.apart.iter();
        let tested = apart.filter_map(|item| test(head, item, &item.features()));
        return Measured::held_out(tested.collect());
    }
    let unseen = unseen.into_iter().zip(&lesson.train);
    let seen = unseen.filter_map(|(logits, item)| Some((item, logits?)));
    let seen: Vec<(&Item, Vec<f32>)> = seen.collect();
    let tested = seen.iter().map(|(item, logits)| judged(item, logits));
    Measured {
        how: How::CrossValidated,
        tested: tested.collect(),
        calibration: calibrated(&seen, sharpened),
    }
}

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
        ece_before: Some(before.ece),
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
