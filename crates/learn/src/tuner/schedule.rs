//! The learning rate over a run.

/// What the rate is multiplied with at step `step` of `steps`: up in a line over the first tenth
/// (Goyal et al. 2017), then down to 0 as a cosine (Loshchilov and Hutter 2017).
pub(super) fn factor(step: usize, steps: usize) -> f64 {
    let warm_up = (steps / 10).max(1);
    if step < warm_up {
        return (step + 1) as f64 / warm_up as f64;
    }
    let progress = (step - warm_up) as f64 / (steps - warm_up).max(1) as f64;
    0.5 * (1.0 + (std::f64::consts::PI * progress).cos())
}

#[cfg(test)]
mod tests {
    use super::factor;

    #[test]
    fn it_warms_up_and_then_falls() {
        let factors: Vec<f64> = (0..200).map(|step| factor(step, 200)).collect();
        assert_eq!(factors[0], 1.0 / 20.0);
        assert_eq!(factors[19], 1.0);
        assert!(factors[..20].is_sorted());
        assert!(factors[20..].is_sorted_by(|a, b| a > b));
        assert!((factors[110] - 0.5).abs() < 1e-9, "half way down");
        assert!(factors[199] > 0.0 && factors[199] < 1e-3);
        // Fewer steps than a tenth is made of.
        assert_eq!(factor(0, 1), 1.0);
    }
}
