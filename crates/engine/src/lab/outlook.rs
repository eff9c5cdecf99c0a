//! What more samples would likely bring.

use data::lab::{CurveSize, Outlook};

/// Fewer points fit any line.
const POINTS: usize = 3;

/// The power law `error = a · samples^-b` through the means, by least squares of the logarithms,
/// read at the samples there are and at twice as many. A mean without an error has no logarithm and
/// is left out; none where too few are left.
pub fn outlook(sizes: &[CurveSize], samples_now: usize) -> Option<Outlook> {
    let points: Vec<(f64, f64)> = sizes
        .iter()
        .filter(|s| s.samples > 0 && s.mean < 1.0)
        .map(|s| ((s.samples as f64).ln(), (1.0 - s.mean).ln()))
        .collect();
    if points.len() < POINTS || samples_now == 0 {
        return None;
    }
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let sum =
        |of: &dyn Fn(f64, f64) -> f64| points.iter().map(|p| of(p.0 - x, p.1 - y)).sum::<f64>();
    let slope = sum(&|dx, dy| dx * dy) / sum(&|dx, _| dx * dx);
    // More samples do not make it worse: such a slope is noise.
    let slope = if slope.is_finite() {
        slope.min(0.0)
    } else {
        0.0
    };
    let accuracy = |samples: usize| {
        let error = (y + slope * ((samples as f64).ln() - x)).exp();
        (1.0 - error).clamp(0.0, 1.0)
    };
    Some(Outlook {
        samples_now,
        accuracy_now: accuracy(samples_now),
        samples_then: 2 * samples_now,
        accuracy_then: accuracy(2 * samples_now),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(samples: usize, mean: f64) -> CurveSize {
        CurveSize {
            samples,
            mean,
            low: mean,
            high: mean,
            draws: 8,
        }
    }

    #[test]
    fn an_exact_power_law_is_found_again() {
        let law = |samples: usize| 1.0 - 0.5 * (samples as f64).powf(-0.4);
        let sizes: Vec<_> = [1, 2, 3, 5, 8, 10, 15, 20].map(|n| size(n, law(n))).into();
        let found = outlook(&sizes, 25).expect("there are points enough");
        assert_eq!((found.samples_now, found.samples_then), (25, 50));
        assert!((found.accuracy_now - law(25)).abs() < 1e-12, "{found:?}");
        assert!((found.accuracy_then - law(50)).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn what_cannot_be_said_is_not_said() {
        let perfect: Vec<_> = [1, 2, 3, 5].map(|n| size(n, 1.0)).into();
        assert_eq!(outlook(&perfect, 8), None);
        assert_eq!(outlook(&[size(1, 0.5), size(2, 0.6)], 3), None);
        // Noise that falls is not taken for a law.
        let falling: Vec<_> = [(1, 0.9), (2, 0.85), (3, 0.8)]
            .map(|(n, m)| size(n, m))
            .into();
        let found = outlook(&falling, 5).expect("there are points enough");
        assert_eq!(found.accuracy_now, found.accuracy_then);
    }
}
