//! What a head in closed form says of the samples that it was made of: enough to make it again, and one head of two.
//!
//! A discriminant (`learn::lda`) is a function of its classes' means, of how many samples each has, and of the scatter within classes. The
//! scatter is a matrix as wide as the features; of it, [`Statistics::factor`] holds what weighs most, the rest as a sum.

use serde::{Deserialize, Serialize};

use crate::classifier::Part;

/// Rows of a factor, at most: with 32, heads of two were about a point behind those of all photos together, with 16 up to three
/// (docs/experiments.md).
pub const RANK: usize = 32;

/// Of square roots of the features' parts, one after the other: those that a head sees, and what else was known of its samples, which one of
/// two heads may see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    pub parts: Vec<Part>,
    /// `[classes, width]`, in a head's file as a tensor: means of the classes' samples; each number is one of f16.
    #[serde(skip)]
    pub means: Vec<f32>,
    /// `[rows, width]`, as well a tensor: the scatter within classes is about the sum of these rows' products with themselves.
    #[serde(skip)]
    pub factor: Vec<f32>,
    /// Of each part, the sum of squares of all samples about the means of their classes.
    pub within: Vec<f64>,
    /// Of the covariance, the fraction that became a multiple of the identity, above 0 and below 1.
    pub shrinkage: f64,
    /// By what the discriminants' logits were multiplied, above 0.
    pub sharpness: f64,
    /// Of so many heads it was put together; 1 for one that was trained.
    pub heads: u32,
}

impl Statistics {
    /// True where it fits a head of so many classes, of parts that have so many numbers, and gives numbers: what a stranger's file
    /// holds may do neither.
    pub fn is_whole(&self, classes: usize, width: usize) -> bool {
        let positive = |v: f64| v.is_finite() && v > 0.0;
        width > 0
            && self.means.len() == classes * width
            && self.factor.len().is_multiple_of(width)
            && self.factor.len() <= RANK * width
            && self.means.iter().chain(&self.factor).all(|v| v.is_finite())
            && self.within.len() == self.parts.len()
            && self.within.iter().all(|v| v.is_finite() && *v >= 0.0)
            && positive(self.sharpness)
            && positive(self.shrinkage)
            && self.shrinkage < 1.0
    }
}
