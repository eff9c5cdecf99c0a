//! Which samples are kept apart to measure accuracy. Samples of one moment, as of a burst, are one group and stay on one side:
//! what was learned from one of them says nothing of how well unseen samples are recognised.

use std::collections::BTreeMap;

mod folds;

use super::sample::{SampleHash, SampleId};
pub use folds::{Round, folds, leak, left_out_together, rounds, untested};

/// A sample to be shared out.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Index of its class.
    pub class: usize,
    pub hash: &'a SampleHash,
    /// The group of samples of one moment that this one belongs to, named by one of them; it counts within a class alone.
    pub group: SampleId,
}

/// True for each sample that is kept apart. Stratified: `fraction` of each class, rounded, in whole groups as far as they fit, and
/// at least one group of a class stays for training. Which ones depends on the seed and the
/// samples' own hashes alone, so a sample added later does not reshuffle the others.
pub fn validation(samples: &[Candidate], fraction: f64, seed: u64) -> Vec<bool> {
    let mut apart = vec![false; samples.len()];
    for groups in grouped(samples, seed) {
        let n: usize = groups.iter().map(Vec::len).sum();
        let mut take = (n as f64 * fraction).round() as usize;
        // Two groups are the least that can be shared out.
        if fraction > 0.0 && groups.len() >= 2 {
            take = take.max(1);
        }
        for i in fitting(&groups, take) {
            apart[i] = true;
        }
    }
    apart
}

/// True for each training sample that decides when tuning stops: a fifth of each class that has
/// three groups or more, so that two are left to learn from.
pub fn deciding(samples: &[Candidate], seed: u64) -> Vec<bool> {
    let mut decides = validation(samples, 0.2, seed);
    let groups: Vec<usize> = grouped(samples, seed).iter().map(Vec::len).collect();
    for (decides, sample) in decides.iter_mut().zip(samples) {
        *decides &= groups[sample.class] >= 3;
    }
    decides
}

/// Indices of the samples of each class, in an order that the seed and the samples' hashes decide:
/// the first `n` are among the first `n + 1`. Groups are of no account.
pub fn ranked(samples: &[Candidate], classes: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut ranked: Vec<Vec<usize>> = vec![Vec::new(); classes];
    for (i, sample) in samples.iter().enumerate() {
        ranked[sample.class].push(i);
    }
    for members in &mut ranked {
        members.sort_by_cached_key(|i| rank(samples[*i].hash, seed));
    }
    ranked
}

/// Indices of the samples of each class and group, both in an order that the seed and the hashes decide. A group stands where
/// its first sample does, so that one that grows leaves the others in their order.
pub fn grouped(samples: &[Candidate], seed: u64) -> Vec<Vec<Vec<usize>>> {
    let classes = samples.iter().map(|p| p.class + 1).max().unwrap_or(0);
    let in_class = |members: Vec<usize>| {
        let mut places = BTreeMap::new();
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for i in members {
            let place = *places.entry(samples[i].group).or_insert(groups.len());
            if place == groups.len() {
                groups.push(Vec::new());
            }
            groups[place].push(i);
        }
        groups
    };
    let ranked = ranked(samples, classes, seed);
    ranked.into_iter().map(in_class).collect()
}

/// The samples of the first groups that fit into `take` samples; of the smallest one where none does. One group is left.
pub fn fitting(groups: &[Vec<usize>], take: usize) -> Vec<usize> {
    let mut taken = Vec::new();
    let mut left = groups.len();
    for group in groups {
        if left > 1 && taken.len() + group.len() <= take {
            taken.extend_from_slice(group);
            left -= 1;
        }
    }
    match groups.iter().min_by_key(|group| group.len()) {
        Some(smallest) if taken.is_empty() && take > 0 && left > 1 => smallest.clone(),
        _ => taken,
    }
}

/// FNV-1a (Fowler, Noll, Vo), 64 bit, over seed and hash; the hash itself, should two come out the same.
fn rank(hash: &SampleHash, seed: u64) -> (u64, &SampleHash) {
    let bytes = seed.to_le_bytes();
    let bytes = bytes.iter().chain(hash.0.as_bytes());
    let number = bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| {
        (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3)
    });
    (number, hash)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub fn hashes(n: usize) -> Vec<SampleHash> {
        // Different from the first digit on, as hashes are.
        let number = |i: usize| (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hash = |i| SampleHash(format!("{:016x}{i:048x}", number(i)));
        (0..n).map(hash).collect()
    }

    /// Samples with the class and group that the functions give.
    pub fn samples(
        hashes: &[SampleHash],
        class: impl Fn(usize) -> usize,
        group: impl Fn(usize) -> usize,
    ) -> Vec<Candidate<'_>> {
        let sample = |(i, hash)| Candidate {
            class: class(i),
            hash,
            group: SampleId(group(i) as u32),
        };
        hashes.iter().enumerate().map(sample).collect()
    }

    fn unlike(hashes: &[SampleHash], class: impl Fn(usize) -> usize) -> Vec<Candidate<'_>> {
        samples(hashes, class, |i| i)
    }

    fn count(marks: &[bool]) -> usize {
        marks.iter().filter(|mark| **mark).count()
    }

    #[test]
    fn every_class_gives_its_share_and_keeps_one() {
        let hashes = hashes(13);
        let all = unlike(&hashes, |i| usize::from(i >= 10) + usize::from(i == 12));
        let apart = validation(&all, 0.2, 1);
        let counts = [&apart[..10], &apart[10..12], &apart[12..]].map(count);
        assert_eq!(counts, [2, 1, 0]);
        assert_eq!(count(&validation(&all, 0.0, 1)), 0);
    }

    #[test]
    fn a_fifth_decides_where_two_are_left() {
        let hashes = hashes(14);
        let class = |i: usize| usize::from(i >= 10) + usize::from(i >= 12);
        let decides = deciding(&unlike(&hashes, class), 1);
        let counts = [&decides[..10], &decides[10..12], &decides[12..]].map(count);
        assert_eq!(counts, [2, 0, 0]);
        assert_eq!(count(&deciding(&unlike(&hashes[..3], |_| 0), 1)), 1);
    }

    #[test]
    fn a_sample_added_later_leaves_the_order_as_it_was() {
        let hashes = hashes(20);
        let all = unlike(&hashes, |_| 0);
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
        for all in [unlike(&hashes, |_| 0), samples(&hashes, |_| 0, |i| i % 15)] {
            let reversed: Vec<_> = all.iter().rev().copied().collect();
            let mut apart = validation(&reversed, 0.25, 7);
            apart.reverse();
            assert_eq!(apart, validation(&all, 0.25, 7));
            assert_ne!(apart, validation(&all, 0.25, 8));
        }
    }

    /// Bursts of different lengths, and samples alone.
    fn bursts(i: usize) -> usize {
        match i {
            0..12 => 0,
            12..15 => 12,
            15..22 => 15,
            _ => i,
        }
    }

    #[test]
    fn a_group_stays_on_one_side_for_every_seed() {
        let hashes = hashes(60);
        // Numbers of groups are the same in both classes, which are still two groups.
        let all = samples(&hashes, |i| i / 30, |i| bursts(i % 30));
        for seed in 0..200 {
            for marks in [
                validation(&all, 0.2, seed),
                validation(&all, 0.5, seed),
                deciding(&all, seed),
            ] {
                for (i, one) in all.iter().enumerate() {
                    let mut others = all.iter().zip(&marks);
                    let same = |o: &Candidate| (o.class, o.group) == (one.class, one.group);
                    assert!(
                        others.all(|(other, mark)| !same(other) || *mark == marks[i]),
                        "seed {seed}, sample {i}"
                    );
                }
                assert!(
                    count(&marks[..30]) >= 1 && count(&marks[30..]) >= 1,
                    "{seed}"
                );
            }
            // Samples alone are there to fill up what bursts leave.
            let apart = validation(&all, 0.2, seed);
            assert_eq!([&apart[..30], &apart[30..]].map(count), [6, 6], "{seed}");
        }
    }

    #[test]
    fn of_large_groups_the_smallest_is_kept_apart() {
        let hashes = hashes(30);
        for seed in 0..20 {
            let all = samples(&hashes, |_| 0, |i| usize::from(i >= 10));
            let apart = validation(&all, 0.2, seed);
            assert_eq!([&apart[..10], &apart[10..]].map(count), [10, 0]);
            // With it, one group alone would be left.
            assert_eq!(count(&deciding(&all, seed)), 0);
        }
    }

    #[test]
    fn a_class_of_one_burst_is_learned_from() {
        let hashes = hashes(30);
        let all = samples(&hashes, |i| i / 20, |i| i.min(20));
        let twins = samples(&hashes, |i| i / 20, |i| i / 20);
        assert_eq!(count(&validation(&all, 0.2, 1)[20..]), 0);
        assert_eq!(count(&validation(&twins, 0.2, 1)), 0);
        assert_eq!(count(&deciding(&twins, 1)), 0);
    }

    #[test]
    fn a_group_that_grows_moves_no_other() {
        let hashes = hashes(41);
        let all = samples(&hashes, |_| 0, |i| if i == 40 { 0 } else { bursts(i) });
        for seed in 0..20 {
            let order = |samples: &[Candidate]| {
                let mut groups = grouped(samples, seed).remove(0);
                groups.retain(|group| !group.contains(&0));
                groups
            };
            assert_eq!(order(&all), order(&all[..40]));
        }
    }
}
