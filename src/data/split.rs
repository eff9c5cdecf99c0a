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

/// True for each training sample that decides when tuning stops: a fifth of each class that has
/// three or more, so that two are left to learn from.
pub fn deciding(samples: &[(usize, &PhotoHash)], seed: u64) -> Vec<bool> {
    let mut decides = validation(samples, 0.2, seed);
    let mut counts = Vec::new();
    for (class, _) in samples {
        counts.resize(counts.len().max(class + 1), 0);
        counts[*class] += 1;
    }
    for (decides, (class, _)) in decides.iter_mut().zip(samples) {
        *decides &= counts[*class] >= 3;
    }
    decides
}

/// Indices of the samples of each class, in an order that the seed and the photos' hashes decide:
/// the first `n` are among the first `n + 1`.
pub fn ranked(samples: &[(usize, &PhotoHash)], classes: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut ranked: Vec<Vec<usize>> = vec![Vec::new(); classes];
    for (i, (class, _)) in samples.iter().enumerate() {
        ranked[*class].push(i);
    }
    for members in &mut ranked {
        members.sort_by_key(|i| (rank(samples[*i].1, seed), samples[*i].1));
    }
    ranked
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
    fn a_fifth_decides_where_two_are_left() {
        let hashes = hashes(14);
        let class = |i: usize| usize::from(i >= 10) + usize::from(i >= 12);
        let samples: Vec<_> = hashes
            .iter()
            .enumerate()
            .map(|(i, h)| (class(i), h))
            .collect();
        let decides = deciding(&samples, 1);
        let count = |range: std::ops::Range<usize>| decides[range].iter().filter(|d| **d).count();
        assert_eq!((count(0..10), count(10..12), count(12..14)), (2, 0, 0));
        let three: Vec<_> = hashes.iter().take(3).map(|h| (0, h)).collect();
        assert_eq!(deciding(&three, 1).iter().filter(|d| **d).count(), 1);
    }

    #[test]
    fn a_photo_added_later_leaves_the_order_as_it_was() {
        let hashes = hashes(20);
        let all: Vec<_> = hashes.iter().map(|h| (0, h)).collect();
        let order = ranked(&all, 2, 3);
        assert_eq!((order[0].len(), order[1].len()), (20, 0));
        let mut fewer = ranked(&all[..19], 1, 3).remove(0);
        let place = order[0].iter().position(|i| *i == 19).expect("it is there");
        fewer.insert(place, 19);
        assert_eq!(fewer, order[0]);
        assert_ne!(order[0], ranked(&all, 2, 4)[0]);
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
