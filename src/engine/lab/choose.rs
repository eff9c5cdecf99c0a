//! Which photos a comparison learns from, and which measure it.

use crate::data::photo::PhotoHash;
use crate::data::split;

/// Photos of a class that measure: with more, measuring would take longer than learning. With 50
/// of each of two classes, the 95 % interval is 20 points wide or less.
const MEASURING: usize = 50;

/// Indices of photos, class by class.
#[derive(Debug, PartialEq)]
pub struct Chosen {
    pub train: Vec<usize>,
    /// Never learned from.
    pub held_out: Vec<usize>,
}

/// The first `photos` of each class in the seed's order learn, so those for 5 are among those for
/// 10. Of the others the last ones measure, so that different numbers are measured on the same
/// photos as far as there are enough. An error is the class with too few photos.
pub fn choose(
    samples: &[(usize, &PhotoHash)],
    classes: usize,
    photos: usize,
    seed: u64,
) -> Result<Chosen, usize> {
    let (mut train, mut held_out) = (Vec::new(), Vec::new());
    for (class, members) in split::ranked(samples, classes, seed).iter().enumerate() {
        if members.len() <= photos {
            return Err(class);
        }
        let (learn, rest) = members.split_at(photos);
        train.extend_from_slice(learn);
        held_out.extend(rest.iter().rev().take(MEASURING));
    }
    Ok(Chosen { train, held_out })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_photos_hold_the_fewer_and_nothing_measured_is_learned() {
        let hashes: Vec<_> = (0..150).map(|i| PhotoHash(format!("{i:064x}"))).collect();
        let samples: Vec<_> = hashes.iter().enumerate().map(|(i, h)| (i % 2, h)).collect();
        let of = |photos, seed| choose(&samples, 2, photos, seed).expect("there are enough");
        let (five, ten) = (of(5, 1), of(10, 1));
        assert_eq!((five.train.len(), five.held_out.len()), (10, 100));
        assert!(five.train.iter().all(|i| ten.train.contains(i)));
        assert_eq!(five.held_out, ten.held_out);
        let all = of(70, 1);
        assert_eq!((all.train.len(), all.held_out.len()), (140, 10));
        assert!(all.held_out.iter().all(|i| !all.train.contains(i)));
        assert_ne!(five.train, of(5, 2).train);
        assert_eq!(choose(&samples, 2, 75, 1), Err(0));
    }
}
