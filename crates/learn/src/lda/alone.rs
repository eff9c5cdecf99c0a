//! A head in closed form on the embedding alone, all the way from samples to weights: what tuning a network begins with. What it
//! could see of layers on the way changes while these learn.

use std::rc::Rc;

use data::classifier::{Head, Part};
use data::features::Features;

use super::temperature::{Sharpening, unmeasured};
use super::{
    Fit, Fitting, Heading, LeavingOut, LeftOut, Products, Refused, Sample, Setting, Spreads,
};

/// [`super::choose`] takes the same without a reason for another.
const SHRINKAGE: f64 = 0.6;

/// Such a head on its way.
pub struct Alone {
    products: Products,
    samples: Vec<Sample>,
    groups: Vec<usize>,
    classes: usize,
    stage: Stage,
}

enum Stage {
    Multiply,
    Spread(Spreads),
    Fit(Fitting),
    LeaveOut(Fit, LeavingOut),
    Sharpen(Fit, LeftOut, Sharpening),
    Head(Fit, f64, Heading),
}

impl Alone {
    /// From embeddings with their classes. `groups`: of each sample a number that is the same for those that are left out together,
    /// to find how sure the head may be.
    pub fn new(
        samples: &[(Rc<[f32]>, usize)],
        groups: Vec<usize>,
        classes: usize,
    ) -> Result<Self, Refused> {
        let mut products = Products::new(vec![Part::Embedding]);
        let mut places = Vec::with_capacity(samples.len());
        for (embedding, class) in samples {
            let place = products.add(&Features::from(embedding.to_vec()))?;
            places.push((place, *class));
        }
        Ok(Self {
            products,
            samples: places,
            groups,
            classes,
            stage: Stage::Multiply,
        })
    }

    /// A portion of the work; the head when it is there, and then no more.
    pub fn advance(&mut self) -> Result<Option<Head>, Refused> {
        let products = &mut self.products;
        self.stage = match std::mem::replace(&mut self.stage, Stage::Multiply) {
            Stage::Multiply => match products.step() {
                true => Stage::Multiply,
                false => Stage::Spread(Spreads::new(self.samples.clone(), self.classes)?),
            },
            Stage::Spread(mut spreads) => match spreads.step(products) {
                true => Stage::Spread(spreads),
                false => {
                    let setting = Setting {
                        parts: vec![0],
                        shrinkage: SHRINKAGE,
                    };
                    let scales = spreads.scales(products, &setting);
                    Stage::Fit(Fitting::new(self.samples.clone(), self.classes, scales)?)
                }
            },
            Stage::Fit(mut fitting) => match fitting.advance(products)? {
                None => Stage::Fit(fitting),
                Some(fit) => {
                    let leaving = LeavingOut::new(&fit, &self.groups);
                    Stage::LeaveOut(fit, leaving)
                }
            },
            Stage::LeaveOut(fit, mut leaving) => match leaving.advance(&fit)? {
                None => Stage::LeaveOut(fit, leaving),
                Some(left_out) => {
                    let labels = self.samples.iter().map(|(_, class)| *class);
                    let sharpening = Sharpening::new(&left_out, labels);
                    Stage::Sharpen(fit, left_out, sharpening)
                }
            },
            Stage::Sharpen(fit, left_out, mut sharpening) => match sharpening.advance(&left_out) {
                None => Stage::Sharpen(fit, left_out, sharpening),
                Some(sharpness) => {
                    let factor = sharpness.map_or_else(|| unmeasured(&fit), |found| found.factor);
                    Stage::Head(fit, factor.max(f64::MIN_POSITIVE), Heading::new())
                }
            },
            Stage::Head(fit, factor, mut heading) => match heading.advance(&fit, products) {
                None => Stage::Head(fit, factor, heading),
                Some(weights) => return weights.head(&fit, products, factor).map(Some),
            },
        };
        Ok(None)
    }
}
