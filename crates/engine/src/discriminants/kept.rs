//! What stays from one training to the next: products of samples, and the head's own numbers, which follow the samples that come and go.

use std::collections::{HashMap, HashSet};

use crate::training::Item;
use data::class::ClassId;
use data::classifier::Part;
use data::head::Choice;
use data::sample::SampleId;
use data::unknown::Unknown;
use learn::lda::{Products, Refused, Running, Sample};
use network::backbone::Backbone;

#[derive(Default)]
pub(crate) struct Kept {
    pub products: Products,
    backbone: &'static str,
    places: HashMap<SampleId, usize>,
    /// Of samples that are gone, until [`Before`] does without them.
    leaving: Vec<usize>,
    before: Option<Before>,
    /// The last head of many samples; then nothing else is kept.
    pub many: Option<super::many::Before>,
}

/// The last head that was made from all of its samples, in the numbers that follow a change.
pub(super) struct Before {
    pub running: Running,
    /// By what its logits are multiplied.
    pub factor: f64,
    /// Of each sample of the fit, in its order.
    pub samples: Vec<SampleId>,
    pub classes: Vec<ClassId>,
    pub choice: Option<Choice>,
    pub unknown: Option<Unknown>,
}

/// A sample that comes or goes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Change {
    /// By its index among the samples that are learned from.
    Come(usize),
    /// With the class that it was of.
    Gone(SampleId, usize),
}

/// Of this many samples one may have changed for the head before to be worth following: an update takes a time that goes with the
/// square of their number, a head from zero with its cube.
const FEW: usize = 50;

impl Kept {
    /// Has these samples; where each has its place.
    pub fn hold(&mut self, items: &[Item], backbone: &Backbone) -> Result<Vec<usize>, Refused> {
        let layers = items.iter().all(|item| item.layers.is_some());
        let parts = parts(backbone, layers);
        if self.products.parts() != parts || self.backbone != backbone.spec().id {
            *self = Self {
                products: Products::new(parts),
                backbone: backbone.spec().id,
                ..Self::default()
            };
        }
        let wanted: HashSet<SampleId> = items.iter().map(|item| item.sample).collect();
        let leaving = &mut self.leaving;
        self.places.retain(|id, place| {
            let stays = wanted.contains(id);
            if !stays {
                leaving.push(*place);
            }
            stays
        });
        if self.before.is_none() {
            self.let_go();
        }
        let products = &mut self.products;
        let place = |item: &Item| match self.places.get(&item.sample) {
            Some(place) => Ok(*place),
            None => {
                let place = products.add(&item.features())?;
                self.places.insert(item.sample, place);
                Ok(place)
            }
        };
        items.iter().map(place).collect()
    }

    /// Samples that are gone are forgotten.
    pub fn let_go(&mut self) {
        let products = &mut self.products;
        self.leaving
            .drain(..)
            .for_each(|place| products.remove(place));
    }

    pub(super) fn keep(&mut self, before: Before) {
        self.before = Some(before);
    }

    /// The head before, and what changed since; none where that is too much, or nothing.
    pub(super) fn follow(
        &mut self,
        items: &[Item],
        classes: &[ClassId],
    ) -> Option<(Before, Vec<Change>)> {
        let before = self
            .before
            .take()
            .filter(|before| before.classes == classes)?;
        let fit = before.running.fit();
        let known = before.samples.iter().copied().zip(fit.samples());
        let changes = changes(known.map(|(id, (_, class))| (id, *class)), items);
        let worth = !changes.is_empty() && changes.len() * FEW <= items.len();
        worth.then_some((before, changes))
    }
}

/// What came and went since there were these samples, with their classes.
pub(super) fn changes(
    before: impl Iterator<Item = (SampleId, usize)>,
    items: &[Item],
) -> Vec<Change> {
    let known: HashMap<SampleId, usize> = before.collect();
    let now: HashMap<SampleId, usize> = items.iter().map(|i| (i.sample, i.class)).collect();
    let come = (0..items.len()).filter(|i| {
        let item = &items[*i];
        known.get(&item.sample) != Some(&item.class)
    });
    let gone = known
        .iter()
        .filter(|(id, class)| now.get(id) != Some(class));
    // In an order of its own, whatever the table's is.
    let mut gone: Vec<(SampleId, usize)> = gone.map(|(id, class)| (*id, *class)).collect();
    gone.sort_unstable();
    // What comes first, so that no class is empty in between.
    let changes = come
        .map(Change::Come)
        .chain(gone.into_iter().map(|(id, class)| Change::Gone(id, class)));
    changes.collect()
}

/// All that a head could see, the embedding last.
pub(crate) fn parts(backbone: &Backbone, layers: bool) -> Vec<Part> {
    let mut to = 0;
    let widths = backbone.layer_widths();
    let pooled = widths.iter().filter(|_| layers).map(|width| {
        let from = to;
        to += width;
        Part::Layers { from, to }
    });
    let mut parts: Vec<Part> = pooled.collect();
    parts.push(Part::Embedding);
    parts
}

impl Before {
    /// One change more. `places`: of the samples that are learned from, with their classes.
    pub fn change(
        &mut self,
        products: &Products,
        change: Change,
        items: &[Item],
        places: &[Sample],
    ) -> Result<(), Refused> {
        match change {
            Change::Come(i) => {
                self.running.put_in(products, places[i])?;
                self.samples.push(items[i].sample);
            }
            Change::Gone(id, class) => {
                let samples = self.samples.iter().zip(self.running.fit().samples());
                let mut is_it = samples.map(|(of, (_, class_of))| *of == id && *class_of == class);
                let at = is_it.position(|is_it| is_it).ok_or(Refused::EmptyClass)?;
                self.running.take_out(products, at)?;
                self.samples.swap_remove(at);
            }
        }
        Ok(())
    }
}
