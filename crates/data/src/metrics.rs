//! Numbers that say how well a classifier does, with how sure they are.

use std::borrow::Cow;
use std::cmp::Reverse;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::limits::MOST_CLASSES;
use super::order::sort_by_key;

/// A fraction with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// 0..=1
    pub value: f64,
    pub low: f64,
    pub high: f64,
    /// How many it was measured on.
    pub n: usize,
}

impl Interval {
    /// Wilson's score interval (1927): honest for few samples and near 0 or 1.
    pub fn wilson(hits: usize, n: usize) -> Self {
        if n == 0 {
            return Self {
                value: 0.0,
                low: 0.0,
                high: 1.0,
                n,
            };
        }
        const Z: f64 = 1.959_963_984_540_054; // 97.5 % point of the normal distribution
        let (count, p) = (n as f64, hits as f64 / n as f64);
        let z2 = Z * Z / count;
        let centre = (p + z2 / 2.0) / (1.0 + z2);
        let half = Z * (p * (1.0 - p) / count + z2 / (4.0 * count)).sqrt() / (1.0 + z2);
        Self {
            value: p,
            // Rounded, the ends could lie on the wrong side of what they enclose, where nothing or all was a hit.
            // `f64::clamp` between what is no constant brings along what writes numbers.
            low: (centre - half).max(0.0).min(p),
            high: (centre + half).max(p).min(1.0),
            n,
        }
    }
}

/// Counts of (true class, predicted class).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confusion {
    pub classes: usize,
    /// Row by row: `counts[actual * classes + predicted]`.
    pub counts: Vec<u32>,
}

impl Confusion {
    /// From (actual, predicted) pairs.
    pub fn of(classes: usize, pairs: &[(usize, usize)]) -> Self {
        let mut counts = vec![0; classes * classes];
        for (actual, predicted) in pairs {
            counts[actual * classes + predicted] += 1;
        }
        Self { classes, counts }
    }

    /// Cells off the diagonal that are not empty, the fullest first, at most so many: the true class, the predicted one,
    /// samples.
    pub fn mistakes(&self, most: usize) -> Vec<(usize, usize, u32)> {
        let cells = self.filled();
        let cells = cells.map(|(at, count)| (at / self.classes, at % self.classes, count));
        let wrong = cells.filter(|(actual, predicted, _)| actual != predicted);
        let mut wrong: Vec<_> = wrong.collect();
        // Among equals their order stays.
        sort_by_key(&mut wrong, |(.., count)| Reverse(*count));
        wrong.truncate(most);
        wrong
    }

    /// The table as `side` × `side` spots, row by row, each the sums over the cells below it: hits and mistakes. A
    /// table of fewer classes has a spot for each cell.
    pub fn spots(&self, side: usize) -> Vec<(u64, u64)> {
        let side = side.min(self.classes);
        let mut spots = vec![(0, 0); side * side];
        for (at, count) in self.filled() {
            let (actual, predicted) = (at / self.classes, at % self.classes);
            // At most a thousand times a few hundred.
            let place = |class: usize| class * side / self.classes;
            let spot = &mut spots[place(actual) * side + place(predicted)];
            match actual == predicted {
                true => spot.0 += u64::from(count),
                false => spot.1 += u64::from(count),
            }
        }
        spots
    }

    /// Cells that are not empty: of a thousand classes few in a million are.
    pub(crate) fn filled(&self) -> impl Iterator<Item = (usize, u32)> {
        let cells = self.counts.iter().copied().enumerate();
        cells.filter(|(_, count)| *count > 0)
    }

    pub fn accuracy(&self) -> Interval {
        // Counts may come from a stranger's file, so their sum need not fit a u32.
        let sum =
            |counts: &mut dyn Iterator<Item = &u32>| counts.map(|n| u64::from(*n)).sum::<u64>();
        let hits = sum(&mut self.counts.iter().step_by(self.classes + 1));
        let all = sum(&mut self.counts.iter());
        Interval::wilson(hits as usize, all as usize)
    }
}

/// As head files hold it.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Confusion")]
struct Whole<'a> {
    classes: usize,
    counts: Cow<'a, [u32]>,
}

/// As a message holds it: the number of classes, and each cell that is not empty with its place.
type Sparse = (usize, Vec<(usize, u32)>);

impl Serialize for Confusion {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if !to.is_human_readable() {
            return (self.classes, self.filled().collect::<Vec<_>>()).serialize(to);
        }
        let whole = Whole {
            classes: self.classes,
            counts: Cow::Borrowed(&self.counts),
        };
        whole.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Confusion {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            let Whole { classes, counts } = Whole::deserialize(from)?;
            let counts = counts.into_owned();
            return Ok(Self { classes, counts });
        }
        let (classes, cells) = Sparse::deserialize(from)?;
        let count = classes.checked_mul(classes);
        let count = count.filter(|_| classes <= MOST_CLASSES);
        let count = count.ok_or_else(|| D::Error::custom("too many classes"))?;
        let mut counts = vec![0; count];
        for (at, count) in cells {
            let cell = counts.get_mut(at);
            *cell.ok_or_else(|| D::Error::custom("a cell of no class"))? = count;
        }
        Ok(Self { classes, counts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I, method 3.
    #[test]
    fn wilson_matches_newcombes_table() {
        for (hits, n, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let interval = Interval::wilson(hits, n);
            assert!(
                (interval.low - low).abs() < 5e-5,
                "{hits}/{n}: {interval:?}"
            );
            assert!(
                (interval.high - high).abs() < 5e-5,
                "{hits}/{n}: {interval:?}"
            );
        }
    }

    #[test]
    fn accuracy_counts_the_diagonal() {
        let confusion = Confusion::of(2, &[(0, 0), (0, 1), (1, 1), (1, 1)]);
        assert_eq!(confusion.counts, [1, 1, 0, 2]);
        assert_eq!(confusion.accuracy().value, 0.75);
        let counts = vec![u32::MAX, u32::MAX, 0, 0];
        let huge = Confusion { classes: 2, counts };
        assert_eq!(huge.accuracy().value, 0.5);
    }

    #[test]
    fn mistakes_come_the_fullest_first() {
        let pairs = [(0, 0), (0, 2), (1, 0), (1, 0), (2, 1), (2, 2)];
        let confusion = Confusion::of(3, &pairs);
        assert_eq!(confusion.mistakes(2), [(1, 0, 2), (0, 2, 1)]);
        assert_eq!(confusion.mistakes(9).len(), 3);
        assert!(Confusion::of(3, &[(1, 1)]).mistakes(9).is_empty());
    }

    #[test]
    fn spots_lose_no_sample() {
        let pairs: Vec<_> = (0..700).map(|i| (i % 7, (i * i) % 7)).collect();
        let confusion = Confusion::of(7, &pairs);
        for side in [1, 2, 3, 6, 7, 20] {
            let spots = confusion.spots(side);
            assert_eq!(spots.len(), side.min(7).pow(2));
            let hits: u64 = spots.iter().map(|s| s.0).sum();
            let all: u64 = spots.iter().map(|s| s.0 + s.1).sum();
            assert_eq!(hits as f64 / all as f64, confusion.accuracy().value);
            assert_eq!(all, 700);
        }
        let whole = confusion.spots(7);
        let counts: Vec<u64> = whole.iter().map(|s| s.0 + s.1).collect();
        let truth: Vec<u64> = confusion.counts.iter().map(|c| u64::from(*c)).collect();
        assert_eq!(counts, truth);
    }
}
