//! Cross-validation: every sample is tested once, by a head that learned from none of its group.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::{Candidate, grouped};

/// Up to so many samples each group is a fold of its own: then a head learns from nearly all there is.
const EACH_ALONE: usize = 50;
/// Folds of more samples: each costs a training.
const FOLDS: usize = 10;

/// The fold in which each sample is tested, counted from 0; a group is in one fold. Up to 50 samples every group is a fold (leave
/// one group out), with more there are ten folds, each with its share of every class as far as groups allow
/// (stratified), or as many as there are groups.
///
/// `None` for the samples of a class that has one group alone. They are never left out and so never tested: a head that learned from
/// none of the class could not name it, and its mistakes on the other classes would be too few. [`untested`] tells which
/// classes these are. Folds follow from the seed and the hashes, whatever the order of the samples; a sample added later may
/// move others to another fold.
pub fn folds(samples: &[Candidate], seed: u64) -> Vec<Option<usize>> {
    let mut classes = grouped(samples, seed);
    classes.retain(|groups| groups.len() >= 2);
    let groups: usize = classes.iter().map(Vec::len).sum();
    let count = match samples.len() <= EACH_ALONE {
        true => groups,
        false => groups.min(FOLDS),
    };
    let mut fold_of = vec![None; samples.len()];
    let mut sizes = vec![0; count];
    for mut groups in classes {
        // A large group that comes last would find no room.
        groups.sort_by_key(|group| Reverse(group.len()));
        let mut of_class = vec![0; count];
        for group in groups {
            let emptiest = (0..count).min_by_key(|fold| (of_class[*fold], sizes[*fold]));
            let Some(fold) = emptiest else { continue };
            of_class[fold] += group.len();
            sizes[fold] += group.len();
            group.into_iter().for_each(|i| fold_of[i] = Some(fold));
        }
    }
    fold_of
}

/// Classes that no fold tests, since all of their samples are of one group. In ascending order.
pub fn untested(samples: &[Candidate], folds: &[Option<usize>]) -> Vec<usize> {
    let of = |tested: bool| {
        let pairs = samples.iter().zip(folds);
        pairs.filter(move |(_, fold)| fold.is_some() == tested)
    };
    let mut classes: Vec<usize> = of(false).map(|(sample, _)| sample.class).collect();
    classes.sort_unstable();
    classes.dedup();
    classes.retain(|class| of(true).all(|(sample, _)| sample.class != *class));
    classes
}

/// Of each sample the number of its fold; one of its group's own, behind those, where it is in none.
pub fn left_out_together(samples: &[Candidate], folds: &[Option<usize>]) -> Vec<usize> {
    let count = folds.iter().flatten().max().map_or(0, |last| last + 1);
    let mut groups = HashMap::new();
    let number = |(sample, fold): (&Candidate, &Option<usize>)| {
        let next = count + groups.len();
        let own = *groups.entry((sample.class, sample.group)).or_insert(next);
        fold.unwrap_or(own)
    };
    samples.iter().zip(folds).map(number).collect()
}

/// Indices of samples: what one fold learns from, and what it is tested on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    pub train: Vec<usize>,
    pub test: Vec<usize>,
}

/// One round for each fold, in their order.
pub fn rounds(folds: &[Option<usize>]) -> Vec<Round> {
    let count = folds.iter().flatten().max().map_or(0, |last| last + 1);
    let indices = |keep: &dyn Fn(Option<usize>) -> bool| {
        let all = 0..folds.len();
        all.filter(|i| keep(folds[*i])).collect()
    };
    let round = |fold| Round {
        train: indices(&|of| of != Some(fold)),
        test: indices(&|of| of == Some(fold)),
    };
    (0..count).map(round).collect()
}

/// Two samples of one class and group of which one is learned from where the other is tested: what is measured with such folds
/// says nothing. `None` where there are none; [`folds`] never leaves one.
pub fn leak(samples: &[Candidate], folds: &[Option<usize>]) -> Option<(usize, usize)> {
    let mut first = HashMap::new();
    samples
        .iter()
        .zip(folds)
        .enumerate()
        .find_map(|(i, (sample, fold))| {
            let begun = *first.entry((sample.class, sample.group)).or_insert(i);
            (folds[begun] != *fold).then_some((begun, i))
        })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{hashes, samples};
    use super::*;

    fn count(folds: &[Option<usize>]) -> usize {
        rounds(folds).len()
    }

    #[test]
    fn few_samples_are_left_out_group_by_group() {
        let hashes = hashes(50);
        // Bursts of three in the first class, samples alone in the other.
        let all = samples(&hashes, |i| i / 30, |i| if i < 30 { i / 3 } else { i });
        let folds = folds(&all, 1);
        assert_eq!(count(&folds), 10 + 20);
        assert_eq!(leak(&all, &folds), None);
        assert!(folds.iter().all(Option::is_some));
        for round in rounds(&folds) {
            assert!(matches!(round.test.len(), 1 | 3));
            assert_eq!(round.train.len() + round.test.len(), 50);
        }
    }

    #[test]
    fn ten_folds_have_their_share_of_each_class() {
        let hashes = hashes(230);
        // 100, 100 and 30 samples; pairs in the second class.
        let class = |i: usize| (i / 100).min(2);
        let all = samples(&hashes, class, |i| if i / 100 == 1 { i / 2 } else { i });
        for seed in 0..20 {
            let folds = folds(&all, seed);
            assert_eq!(leak(&all, &folds), None);
            for Round { train, test } in rounds(&folds) {
                let of = |wanted| test.iter().filter(|i| class(**i) == wanted).count();
                assert_eq!([of(0), of(1), of(2)], [10, 10, 3], "seed {seed}");
                assert!(train.iter().all(|i| !test.contains(i)));
            }
        }
    }

    #[test]
    fn the_seed_decides_folds_and_the_order_does_not() {
        let hashes = hashes(90);
        let all = samples(&hashes, |i| i % 3, |i| i / 2);
        let reversed: Vec<_> = all.iter().rev().copied().collect();
        let mut turned = folds(&reversed, 7);
        turned.reverse();
        assert_eq!(turned, folds(&all, 7));
        assert_ne!(turned, folds(&all, 8));
    }

    #[test]
    fn folds_are_as_many_as_there_are_groups() {
        let hashes = hashes(80);
        let all = samples(&hashes, |i| i / 40, |i| i % 3);
        let folds = folds(&all, 1);
        assert_eq!(count(&folds), 6);
        assert!(rounds(&folds).iter().all(|round| !round.test.is_empty()));
        assert_eq!(rounds(&[]), []);
    }

    /// It would be learned from in no round that tests it.
    #[test]
    fn a_class_of_one_group_is_never_left_out() {
        for n in [40, 100] {
            let hashes = hashes(n);
            let all = samples(&hashes, |i| i % 2, |i| if i % 2 == 0 { 0 } else { i });
            let folds = folds(&all, 1);
            assert_eq!(untested(&all, &folds), [0]);
            let together = left_out_together(&all, &folds);
            for (i, fold) in folds.iter().enumerate() {
                assert!(together[i] == fold.unwrap_or(together[0]));
                assert!(fold.is_none_or(|fold| fold < together[0]));
            }
            for round in rounds(&folds) {
                assert!(round.test.iter().all(|i| i % 2 == 1));
                let learned = round.train.iter().filter(|i| *i % 2 == 0);
                assert_eq!(learned.count(), n / 2);
            }
        }
        let hashes = hashes(9);
        let lonely = samples(&hashes, |i| i % 3, |i| i % 3);
        assert_eq!(count(&folds(&lonely, 1)), 0);
        assert_eq!(untested(&lonely, &folds(&lonely, 1)), [0, 1, 2]);
    }

    #[test]
    fn a_group_on_both_sides_is_found() {
        let hashes = hashes(60);
        // Someone took bursts of two for samples that are alone.
        let apart = samples(&hashes, |i| i % 2, |i| i);
        let bursts = samples(&hashes, |i| i % 2, |i| i / 4);
        let careless = folds(&apart, 3);
        assert_eq!(leak(&apart, &careless), None);
        let (one, other) = leak(&bursts, &careless).expect("ten folds part some of thirty pairs");
        assert_eq!((one / 4, one % 2), (other / 4, other % 2));
        assert_ne!(careless[one], careless[other]);
        // One sample alone on the wrong side.
        let mut planted = folds(&bursts, 3);
        assert_eq!(leak(&bursts, &planted), None);
        planted[17] = planted[17].map(|fold| (fold + 1) % 10);
        let (one, other) = leak(&bursts, &planted).expect("it is on both sides");
        assert!(one == 17 || other == 17);
        // Never tested, but learned from where its group is.
        let mut planted = folds(&bursts, 3);
        planted[17] = None;
        assert!(leak(&bursts, &planted).is_some());
    }
}
