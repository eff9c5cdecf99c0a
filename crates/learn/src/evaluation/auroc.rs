//! How well scores part two kinds of samples.

/// Area under the receiver operating characteristic: the probability that an unknown sample has a higher score than a known one, ties
/// counting half (Mann and Whitney 1947). 0.5 is chance. `None` where one kind is missing or a score is not finite.
pub fn auroc(known: &[f32], unknown: &[f32]) -> Option<f64> {
    let all = known.iter().chain(unknown);
    if known.is_empty() || unknown.is_empty() || all.clone().any(|score| !score.is_finite()) {
        return None;
    }
    let mut sorted = known.to_vec();
    sorted.sort_by(f32::total_cmp);
    let below = |score: &f32| {
        let lower = sorted.partition_point(|known| known < score);
        let not_above = sorted.partition_point(|known| known <= score);
        (lower + not_above) as f64 / 2.0
    };
    let pairs = known.len() as f64 * unknown.len() as f64;
    Some(unknown.iter().map(below).sum::<f64>() / pairs)
}

#[cfg(test)]
mod tests {
    use super::auroc;

    #[test]
    fn it_counts_pairs() {
        assert_eq!(auroc(&[0.0, 1.0], &[2.0, 3.0]), Some(1.0));
        assert_eq!(auroc(&[0.0, 1.0], &[0.0, 1.0]), Some(0.5));
        assert_eq!(auroc(&[0.0, -0.0], &[0.0]), Some(0.5));
        assert_eq!(auroc(&[2.0, 4.0], &[1.0, 3.0, 5.0]), Some(0.5));
        assert_eq!(auroc(&[], &[1.0]), None);
        assert_eq!(auroc(&[f32::NAN], &[1.0]), None);
    }
}
