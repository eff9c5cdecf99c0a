//! Probabilities that mean what they say: temperature scaling and reliability diagrams.

use super::{Predicted, Unfit, checked};
use crate::lda::LeftOut;
use crate::lda::temperature::Sharpening;
use data::evaluation::{BINS, Bin, Calibration, Reliability};

/// Temperatures that are looked at. Where every sample is right the likelihood grows without end as the temperature falls.
const TEMPERATURES: (f64, f64) = (0.05, 20.0);

/// The temperature of the largest likelihood, 0.05..=20, and the reliability without and with it.
pub fn calibrate(predictions: &[Predicted]) -> Result<Calibration, Unfit> {
    checked(predictions)?;
    let temperature = temperature(predictions);
    Ok(Calibration {
        temperature,
        before: reliability(predictions, 1.0)?,
        after: reliability(predictions, temperature)?,
    })
}

fn temperature(predictions: &[Predicted]) -> f64 {
    let rows = predictions.iter().flat_map(|p| p.logits);
    let logits = LeftOut {
        classes: predictions.first().map_or(0, |p| p.logits.len()),
        logits: rows.map(|logit| f64::from(*logit)).collect(),
    };
    let labels = predictions.iter().map(|p| p.actual);
    let (coldest, hottest) = TEMPERATURES;
    let factors = (1.0 / hottest, 1.0 / coldest);
    let mut sharpening = Sharpening::of_hard_labels(&logits, labels, factors);
    let found = loop {
        if let Some(found) = sharpening.advance(&logits) {
            break found;
        }
    };
    let temperature = found.map_or(1.0, |found| 1.0 / found.factor);
    temperature.clamp(coldest, hottest)
}

/// Of `logits / temperature`, in f64: differences of the largest f32 stay numbers.
fn softmax(logits: &[f32], temperature: f64) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let scaled = |logit: &f32| (f64::from(*logit) - f64::from(largest)) / temperature;
    let powers: Vec<f64> = logits.iter().map(|logit| scaled(logit).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

/// Mean of `-ln p` of the true class; from the logits, as the probability itself may be too small for a number.
fn loss(prediction: &Predicted, temperature: f64) -> f64 {
    let largest = prediction.logits[prediction.class()];
    let scaled = |logit: f32| (f64::from(logit) - f64::from(largest)) / temperature;
    let sum: f64 = prediction
        .logits
        .iter()
        .map(|logit| scaled(*logit).exp())
        .sum();
    sum.ln() - scaled(prediction.logits[prediction.actual])
}

/// How far probabilities of a temperature, above 0, are from how often they are right.
pub fn reliability(predictions: &[Predicted], temperature: f64) -> Result<Reliability, Unfit> {
    checked(predictions)?;
    let mut sums = [(0usize, 0.0f64, 0usize); BINS];
    for prediction in predictions {
        let confidence = softmax(prediction.logits, temperature)[prediction.class()];
        let (count, sum, hits) = &mut sums[((confidence * BINS as f64) as usize).min(BINS - 1)];
        *count += 1;
        *sum += confidence;
        *hits += usize::from(prediction.is_right());
    }
    let n = predictions.len().max(1) as f64;
    let distances = sums
        .iter()
        .map(|(_, sum, hits)| (sum - *hits as f64).abs() / n);
    let bin = |(count, sum, hits): &(usize, f64, usize)| {
        let of = |sum: f64| sum / *count as f64;
        (*count > 0).then(|| Bin {
            count: *count,
            confidence: of(*sum),
            accuracy: of(*hits as f64),
        })
    };
    Ok(Reliability {
        ece: distances.sum(),
        loss: predictions.iter().map(|p| loss(p, temperature) / n).sum(),
        bins: sums.iter().map(bin).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(n: usize, right: usize, logits: &[f32]) -> Vec<Predicted<'_>> {
        let actual = |i| usize::from(i >= right);
        (0..n)
            .map(|i| Predicted {
                actual: actual(i),
                logits,
            })
            .collect()
    }

    /// Of samples of one pair of logits, the best temperature gives the fraction of the right ones.
    #[test]
    fn confidence_becomes_accuracy() {
        for (right, logit) in [(80, 4.0), (80, 0.5), (60, 1.0)] {
            let logits = [logit, 0.0];
            let found = calibrate(&all(100, right, &logits)).expect("it is whole");
            let accuracy = right as f64 / 100.0;
            let expected = f64::from(logit) / (accuracy / (1.0 - accuracy)).ln();
            assert!(
                (found.temperature / expected - 1.0).abs() < 1e-9,
                "{found:?}"
            );
            assert!(found.after.ece < 1e-9);
            assert!(found.after.loss <= found.before.loss);
        }
    }

    #[test]
    fn a_temperature_stays_in_its_range() {
        let of = |right, logits| {
            calibrate(&all(10, right, logits))
                .expect("it is whole")
                .temperature
        };
        let near = |ours: f64, theirs: f64| (ours / theirs - 1.0).abs() < 1e-9;
        assert!(near(of(10, &[1.0, 0.0]), TEMPERATURES.0));
        assert!(near(of(0, &[1.0, 0.0]), TEMPERATURES.1));
        assert_eq!(of(5, &[0.0, 0.0]), 1.0);
    }

    #[test]
    fn the_ends_of_bins_belong_to_the_upper_one() {
        let found = calibrate(&all(4, 2, &[0.0, 0.0])).expect("it is whole");
        let counts: Vec<usize> = found
            .before
            .bins
            .iter()
            .flatten()
            .map(|b| b.count)
            .collect();
        assert_eq!(counts, [4]);
        assert!(found.before.bins[5].is_some());
    }
}
