//! Products of samples with each other, part by part: what costs most, so they stay from one training to the next.

use std::rc::Rc;

use data::classifier::Part;
use data::features::Features;
use kernels::gram::{TILE, Triangle, add_roots, products};

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
    block: Block,
}

/// Samples whose products with all others are on the way: as many as stay in the cache while the others pass.
#[derive(Default)]
struct Block {
    places: Vec<usize>,
    /// The place of the other sample that comes next.
    at: usize,
}

/// Samples of a [`Block`], at most.
const BLOCK: usize = 32;

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
        let mut roots = Vec::with_capacity(widths.iter().sum());
        if !known || !parts.iter().all(|part| add_roots(part, &mut roots)) {
            return Err(Refused::Features);
        }
        self.widths = widths;
        let place = self.free.pop().unwrap_or(self.roots.len());
        if place == self.roots.len() {
            self.roots.push(None);
            self.ready.push(false);
            self.rows.push(vec![0.0; (place + 1) * self.parts.len()]);
        }
        self.roots[place] = Some(roots.into());
        self.pending.push(place);
        Ok(place)
    }

    /// Forgets the sample; a later one may take its place.
    pub fn remove(&mut self, place: usize) {
        if self.roots.get_mut(place).and_then(Option::take).is_some() {
            self.pending.retain(|other| *other != place);
            self.block.places.retain(|other| *other != place);
            self.ready[place] = false;
            self.free.push(place);
        }
    }

    /// A portion of the work; false where all products are there.
    pub fn step(&mut self) -> bool {
        let mut budget = Budget::portion();
        let width: usize = self.widths.iter().sum();
        loop {
            if self.block.places.is_empty() {
                let some = self.pending.len().min(BLOCK);
                let places: Vec<usize> = self.pending.drain(..some).collect();
                places.iter().for_each(|place| self.ready[*place] = true);
                self.block = Block { places, at: 0 };
                if some == 0 {
                    return false;
                }
            }
            let work = TILE * self.block.places.len().next_multiple_of(2) * width;
            while self.block.at < self.roots.len() {
                if !budget.take(work) {
                    return true;
                }
                self.multiply();
                self.block.at += TILE;
            }
            self.block.places.clear();
        }
    }

    /// Products of the block's samples with the next few others.
    fn multiply(&mut self) {
        let others = self.block.at..(self.block.at + TILE).min(self.roots.len());
        let others: Vec<usize> = others.filter(|other| self.ready[*other]).collect();
        let Some(last) = others.last() else {
            return;
        };
        let Self {
            roots,
            rows,
            widths,
            block,
            ..
        } = self;
        let row = |place: usize| roots[place].as_deref().unwrap_or_default();
        // A tile that is not full repeats a sample.
        let theirs: [_; TILE] = std::array::from_fn(|i| row(*others.get(i).unwrap_or(last)));
        for own in block.places.chunks(2) {
            let ours = [row(own[0]), row(own[own.len() - 1])];
            let mut from = 0;
            for (part, width) in widths.iter().enumerate() {
                let range = from..from + width;
                let theirs = theirs.map(|row| &row[range.clone()]);
                let found = products(theirs, ours.map(|row| &row[range.clone()]));
                for (place, found) in own.iter().zip(found) {
                    for (other, found) in others.iter().zip(found) {
                        let (low, high) = (*place.min(other), *place.max(other));
                        rows[high][low * widths.len() + part] = found as f32;
                    }
                }
                from = range.end;
            }
        }
    }

    /// Appends a sample's products with others of the last part, which is the embedding's where there is one.
    pub fn of_last(&self, place: usize, others: &[usize], to: &mut Vec<f32>) {
        let (from, part) = (to.len(), self.parts.len() - 1);
        to.resize(from + others.len(), 0.0);
        let triangle = self.triangle();
        triangle.gather_part(part, place, others, &mut to[from..]);
    }

    pub(super) fn triangle(&self) -> Triangle<'_> {
        let parts = self.parts.len();
        let rows = &self.rows;
        Triangle { rows, parts }
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

    /// What one number of a row costs that is gathered, in multiply-adds.
    pub(super) fn gathering(&self) -> usize {
        NUMBER + self.parts.len()
    }
}
