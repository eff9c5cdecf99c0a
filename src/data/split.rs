//! Which photos are kept apart to measure accuracy.

use super::photo::PhotoHash;

/// True for each sample that is kept apart. Stratified: `share` of each class, rounded, and at
/// least one photo of a class stays for training. Which ones depends on the seed and the
/// photo's own hash alone, so a photo added later does not reshuffle the others.
pub fn validation(samples: &[(usize, &PhotoHash)], share: f64, seed: u64) -> Vec<bool> {
    let mut apart = vec![false; samples.len()];
    let classes = samples
        .iter()
        .map(|(class, _)| class + 1)
        .max()
        .unwrap_or(0);
    for class in 0..classes {
        let mut members: Vec<(u64, usize)> = samples
            .iter()
            .enumerate()
            .filter(|(_, (c, _))| *c == class)
            .map(|(i, (_, hash))| (rank(hash, seed), i))
            .collect();
        members.sort_unstable();
        let n = members.len();
        let mut take = (n as f64 * share).round() as usize;
        // Two photos are the least that can be shared out.
        if share > 0.0 && n >= 2 {
            take = take.max(1);
        }
        for (_, i) in members.iter().take(take.min(n.saturating_sub(1))) {
            apart[*i] = true;
        }
    }
    apart
}

/// FNV-1a (Fowler, Noll, Vo), 64 bit, over seed and hash.
fn rank(hash: &PhotoHash, seed: u64) -> u64 {
    seed.to_le_bytes()
        .iter()
        .chain(hash.0.as_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |h, b| {
            (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(n: usize) -> Vec<PhotoHash> {
        (0..n).map(|i| PhotoHash(format!("{i:064x}"))).collect()
    }

    #[test]
    fn every_class_gives_its_share_and_keeps_one() {
        let hashes = hashes(13);
        let samples: Vec<_> = hashes
            .iter()
            .enumerate()
            .map(|(i, h)| (usize::from(i >= 10) + usize::from(i == 12), h))
            .collect();
        let apart = validation(&samples, 0.2, 1);
        let count = |range: std::ops::Range<usize>| apart[range].iter().filter(|a| **a).count();
        assert_eq!((count(0..10), count(10..12), count(12..13)), (2, 1, 0));
        assert!(validation(&samples, 0.0, 1).iter().all(|a| !a));
    }

    #[test]
    fn the_seed_decides_and_order_does_not() {
        let hashes = hashes(40);
        let samples: Vec<_> = hashes.iter().map(|h| (0, h)).collect();
        let reversed: Vec<_> = samples.iter().rev().copied().collect();
        let mut apart = validation(&reversed, 0.25, 7);
        apart.reverse();
        assert_eq!(apart, validation(&samples, 0.25, 7));
        assert_ne!(apart, validation(&samples, 0.25, 8));
    }
}
