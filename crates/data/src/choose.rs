//! Which samples a comparison learns from, and which measure it.

use std::collections::HashSet;

use crate::split::{self, Candidate};

/// Samples of a class that measure: with more, measuring would take longer than learning. With 50
/// of each of two classes, the 95 % interval is 20 points wide or less.
const MEASURING: usize = 50;

/// Indices of samples, class by class.
#[derive(Debug, PartialEq)]
pub struct Chosen {
    pub train: Vec<usize>,
    /// Never learned from, and of no group that is.
    pub held_out: Vec<usize>,
}

/// What a class lacks.
#[derive(Debug, PartialEq)]
pub enum Lacking {
    Samples {
        class: usize,
    },
    /// Samples that are not of one moment with those that are learned from.
    Groups {
        class: usize,
    },
}

/// The first `samples` of each class in the seed's order learn, so those for 5 are among those for
/// 10. Of the others the last ones measure, so that different numbers are measured on the same
/// samples as far as there are enough.
pub fn choose(
    candidates: &[Candidate],
    classes: usize,
    samples: usize,
    seed: u64,
) -> Result<Chosen, Lacking> {
    let (mut train, mut held_out) = (Vec::new(), Vec::new());
    let mut of_all = split::grouped(candidates, seed);
    of_all.resize(classes, Vec::new());
    let ranks = split::ranked(candidates, classes, seed);
    for (class, (groups, ranked)) in of_all.iter().zip(ranks).enumerate() {
        if ranked.len() <= samples {
            return Err(Lacking::Samples { class });
        }
        let order = order(groups, ranked);
        let (learn, rest) = order.split_at(samples);
        let group = |i: &usize| candidates[*i].group;
        let begun: HashSet<_> = learn.iter().map(group).collect();
        let held = rest.iter().rev().filter(|i| !begun.contains(&group(i)));
        let before = held_out.len();
        held_out.extend(held.take(MEASURING));
        if held_out.len() == before {
            return Err(Lacking::Groups { class });
        }
        train.extend_from_slice(learn);
    }
    Ok(Chosen { train, held_out })
}

/// The first groups, half of the samples, mixed: else few samples to learn from would all be of one burst. Then group by group.
fn order(groups: &[Vec<usize>], ranked: Vec<usize>) -> Vec<usize> {
    let half = ranked.len() / 2;
    let mut seen = 0;
    let first = groups.iter().take_while(|group| {
        let more = seen < half;
        seen += group.len();
        more
    });
    let (first, last) = groups.split_at(first.count());
    let first: HashSet<usize> = first.concat().into_iter().collect();
    let mut order = ranked;
    order.retain(|i| first.contains(i));
    order.extend(last.concat());
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::tests::{hashes, samples};

    #[test]
    fn more_samples_hold_the_fewer_and_nothing_measured_is_learned() {
        let hashes = hashes(150);
        let all = samples(&hashes, |i| i % 2, |i| i);
        let of = |samples, seed| choose(&all, 2, samples, seed).expect("there are enough");
        let (five, ten) = (of(5, 1), of(10, 1));
        assert_eq!((five.train.len(), five.held_out.len()), (10, 100));
        assert!(five.train.iter().all(|i| ten.train.contains(i)));
        assert_eq!(five.held_out, ten.held_out);
        let many = of(70, 1);
        assert_eq!((many.train.len(), many.held_out.len()), (140, 10));
        assert!(many.held_out.iter().all(|i| !many.train.contains(i)));
        assert_ne!(five.train, of(5, 2).train);
        let lacking = Lacking::Samples { class: 0 };
        assert_eq!(choose(&all, 2, 75, 1), Err(lacking));
    }

    #[test]
    fn a_group_is_learned_from_or_measures() {
        let hashes = hashes(120);
        // Bursts of ten.
        let all = samples(&hashes, |i| i % 2, |i| i / 20);
        for seed in 0..50 {
            let of = |samples| choose(&all, 2, samples, seed).expect("there are enough");
            let groups = |some: &[usize]| -> Vec<_> {
                some.iter()
                    .map(|i| (all[*i].class, all[*i].group))
                    .collect()
            };
            let mut before = of(1);
            for samples in 2..=50 {
                let now = of(samples);
                assert_eq!(now.train.len(), 2 * samples);
                assert!(before.train.iter().all(|i| now.train.contains(i)));
                let learned = groups(&now.train);
                assert!(groups(&now.held_out).iter().all(|g| !learned.contains(g)));
                assert!(now.held_out.len() >= 20);
                before = now;
            }
            let mut learned = groups(&of(6).train);
            learned.sort_unstable();
            learned.dedup();
            assert!(
                learned.len() > 2,
                "all of a class are of one burst, seed {seed}"
            );
            assert_eq!(choose(&all, 2, 51, seed), Err(Lacking::Groups { class: 0 }));
        }
    }
}
