//! What a fit sees of a sample: scaled square roots of the parts that count, one after the other.

use data::classifier::Part;
use kernels::scatter::shifted_roots;

use super::Observation;

#[derive(Debug, Clone, Default)]
pub(super) struct Inputs {
    /// Each with its numbers and the factor of their square roots.
    parts: Vec<(Part, usize, f32)>,
}

impl Inputs {
    pub fn new(parts: Vec<(Part, usize, f32)>) -> Self {
        Self { parts }
    }

    pub fn width(&self) -> usize {
        self.parts.iter().map(|(_, width, _)| width).sum()
    }

    pub fn parts(&self) -> impl Iterator<Item = Part> + '_ {
        self.parts.iter().map(|(part, ..)| *part)
    }

    /// The factor of each number.
    pub fn factors(&self) -> impl Iterator<Item = f64> + '_ {
        let parts = self.parts.iter();
        parts.flat_map(|(_, width, factor)| std::iter::repeat_n(f64::from(*factor), *width))
    }

    /// A sample's row less a shift, `[width]`.
    pub fn row(&self, of: &Observation, shift: &[f32], to: &mut [f32]) {
        let mut from = 0;
        for (part, width, factor) in &self.parts {
            let range = from..from + width;
            let values = of.part(*part).unwrap_or_default();
            shifted_roots(values, *factor, &shift[range.clone()], &mut to[range]);
            from += width;
        }
    }
}
