//! Whether one head is better than another, on the same samples.

use super::{Predicted, Unfit, checked};
use data::evaluation::Paired;

/// Both heads' predictions of the same samples in the same order. Their classes may be different in number, as long as the
/// true ones have the same index.
pub fn compare(first: &[Predicted], second: &[Predicted]) -> Result<Paired, Unfit> {
    checked(first)?;
    checked(second)?;
    let pairs = first.iter().zip(second);
    let apart = pairs.clone().position(|(a, b)| a.actual != b.actual);
    let unequal = (first.len() != second.len()).then(|| first.len().min(second.len()));
    if let Some(at) = apart.or(unequal) {
        return Err(Unfit::NotPaired { at });
    }
    Ok(paired(pairs.map(|(a, b)| (a.is_right(), b.is_right()))))
}

/// Whether the first head was right and whether the second one was, for each sample that both judged.
pub fn paired(right: impl Iterator<Item = (bool, bool)>) -> Paired {
    let (mut n, mut only_first, mut only_second) = (0, 0, 0);
    for (first, second) in right {
        n += 1;
        only_first += usize::from(first && !second);
        only_second += usize::from(second && !first);
    }
    Paired {
        n,
        only_first,
        only_second,
        p: two_sided(only_first, only_second),
    }
}

/// Probability that of `a + b` throws of a coin the rarer side comes up as seldom as here or more seldom, whichever side it is.
pub fn two_sided(a: usize, b: usize) -> f64 {
    let (n, least) = (a + b, a.min(b));
    // In logarithms: a half to the power of a thousand is no f64.
    let mut term = -(n as f64) * std::f64::consts::LN_2;
    let mut tail = term.exp();
    for k in 1..=least {
        term += (((n - k + 1) as f64) / k as f64).ln();
        tail += term.exp();
    }
    (2.0 * tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R: `binom.test(c(1, 5))`, and by hand.
    #[test]
    fn tails_are_exact() {
        assert_eq!(two_sided(0, 0), 1.0);
        assert_eq!(two_sided(3, 3), 1.0);
        assert!((two_sided(1, 5) - 0.21875).abs() < 1e-12);
        assert!((two_sided(0, 5) - 0.0625).abs() < 1e-12);
        assert!((two_sided(6, 0) - 0.03125).abs() < 1e-12);
        assert_eq!(two_sided(0, 1_000_000), 0.0);
        assert!((two_sided(5_000, 5_000) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn heads_that_judged_different_samples_are_not_compared() {
        let predicted = |actual| Predicted {
            actual,
            logits: &[0.0, 1.0],
        };
        let (some, others) = ([0, 1, 1].map(predicted), [0, 0, 1].map(predicted));
        assert_eq!(compare(&some, &others), Err(Unfit::NotPaired { at: 1 }));
        assert_eq!(compare(&some, &some[..2]), Err(Unfit::NotPaired { at: 2 }));
        let same = compare(&some, &some).expect("they are the same");
        assert_eq!((same.only_first, same.only_second, same.p), (0, 0, 1.0));
        assert!(same.may_be_chance());
    }
}
