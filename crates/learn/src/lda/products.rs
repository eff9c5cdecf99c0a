//! Products of samples with each other, part by part: what costs most, so they stay from one training to the next.

use std::rc::Rc;

use data::classifier::Part;
use data::features::Features;
use kernels::gram::{TILE, products};

use super::{Budget, Refused};
use crate::trainer::NUMBER;

/// Square roots of samples' features, and their products with each other. A sample keeps its place until it is removed; what
/// class it is of is of no account here.
#[derive(Default)]
pub struct Products {
    parts: Vec<Part>,
    /// Numbers of each part, known from the first sample on.
    widths: Vec<usize>,
    /// Roots by place, all parts one after the other; none where a sample was removed.
    roots: Vec<Option<Rc<[f32]>>>,
    /// Products with the samples before it and with itself, by place: `[place + 1, parts]`.
    rows: Vec<Vec<f32>>,
    free: Vec<usize>,
    /// Places whose products are not there, in the order in which they will be.
    pending: Vec<usize>,
    /// By place: its products with others that are so are there or on the way.
    ready: Vec<bool>,
    tile: Tile,
}

/// Samples whose products with all others are on the way.
#[derive(Default)]
struct Tile {
    places: Vec<usize>,
    /// The place of the other sample that comes next.
    at: usize,
}

impl Products {
    /// Of samples that have these parts.
    pub fn new(parts: Vec<Part>) -> Self {
        let (widths, roots) = (Vec::new(), Vec::new());
        Self {
            parts,
            widths,
            roots,
            ..Default::default()
        }
    }

    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Numbers of each part; none before the first sample.
    pub fn widths(&self) -> &[usize] {
        &self.widths
    }

    /// A sample more; its place. [`Self::step`] computes its products.
    pub fn add(&mut self, features: &Features) -> Result<usize, Refused> {
        let parts = self.parts.iter().map(|part| part.of(features));
        let parts: Option<Vec<&[f32]>> = parts.collect();
        let parts = parts.ok_or(Refused::Features)?;
        let widths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        let known = self.widths.is_empty() || self.widths == widths;
        let values = || parts.iter().flat_map(|part| part.iter());
        // What is not a number is in no range.
        if !known || !values().all(|v| (0.0..f32::INFINITY).contains(v)) {
            return Err(Refused::Features);
        }
        self.widths = widths;
        let roots: Rc<[f32]> = values().map(|v| v.sqrt()).collect();
        let place = self.free.pop().unwrap_or(self.roots.len());
        if place == self.roots.len() {
            self.roots.push(None);
            self.ready.push(false);
            self.rows.push(vec![0.0; (place + 1) * self.parts.len()]);
        }
        self.roots[place] = Some(roots);
        self.pending.push(place);
        Ok(place)
    }

    /// Forgets the sample; a later one may take its place.
    pub fn remove(&mut self, place: usize) {
        if self.roots.get_mut(place).and_then(Option::take).is_some() {
            self.pending.retain(|other| *other != place);
            self.tile.places.retain(|other| *other != place);
            self.ready[place] = false;
            self.free.push(place);
        }
    }

    /// A portion of the work; false where all products are there.
    pub fn step(&mut self) -> bool {
        let mut budget = Budget::portion();
        let width: usize = self.widths.iter().sum();
        while budget.take(0) {
            if self.tile.places.is_empty() {
                let some = self.pending.len().min(TILE);
                let places: Vec<usize> = self.pending.drain(..some).collect();
                places.iter().for_each(|place| self.ready[*place] = true);
                self.tile = Tile { places, at: 0 };
                if some == 0 {
                    return false;
                }
            }
            while self.tile.at < self.roots.len() {
                if !budget.take(2 * TILE * width) {
                    return true;
                }
                self.multiply();
                self.tile.at += 2;
            }
            self.tile.places.clear();
        }
        true
    }

    /// Products of the tile's samples with the next two others.
    fn multiply(&mut self) {
        let others = self.tile.at..(self.tile.at + 2).min(self.roots.len());
        let others: Vec<usize> = others.filter(|other| self.ready[*other]).collect();
        let Some(last) = others.last() else {
            return;
        };
        let Self { roots, tile, .. } = self;
        let row = |place: usize| roots[place].clone().unwrap_or_default();
        // A tile that is not full repeats a sample.
        let own: [_; TILE] = std::array::from_fn(|i| {
            let places = &tile.places;
            row(places[i.min(places.len() - 1)])
        });
        let theirs = [row(others[0]), row(*last)];
        let mut from = 0;
        for (part, width) in self.widths.iter().enumerate() {
            let range = from..from + width;
            let own = own.each_ref().map(|row| &row[range.clone()]);
            let theirs = theirs.each_ref().map(|row| &row[range.clone()]);
            let found = products(own, theirs);
            for (other, found) in others.iter().zip(found) {
                for (place, found) in self.tile.places.iter().zip(found) {
                    let (low, high) = (*place.min(other), *place.max(other));
                    self.rows[high][low * self.parts.len() + part] = found as f32;
                }
            }
            from = range.end;
        }
    }

    /// The cosine of two samples' roots of the last part, which is the embedding's where there is one.
    pub fn cosine(&self, i: usize, j: usize) -> f32 {
        let last = |i, j| self.of(i, j).last().copied().unwrap_or_default();
        let lengths = (f64::from(last(i, i)) * f64::from(last(j, j))).sqrt();
        (f64::from(last(i, j)) / lengths.max(f64::MIN_POSITIVE)) as f32
    }

    /// Of two samples, part by part.
    pub(super) fn of(&self, i: usize, j: usize) -> &[f32] {
        let parts = self.parts.len();
        &self.rows[i.max(j)][i.min(j) * parts..][..parts]
    }

    /// Square roots of a sample's features, all parts.
    pub(super) fn roots(&self, place: usize) -> &[f32] {
        self.roots[place].as_deref().unwrap_or_default()
    }

    /// Where a part begins and ends among the roots.
    pub(super) fn range(&self, part: usize) -> std::ops::Range<usize> {
        let from = self.widths[..part].iter().sum();
        from..from + self.widths[part]
    }

    /// What one number of a row costs that is gathered for some parts, in multiply-adds.
    pub(super) fn gathering(&self) -> usize {
        NUMBER + self.parts.len()
    }
}
