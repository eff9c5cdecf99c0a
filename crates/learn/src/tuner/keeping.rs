//! How what entered at the cut is kept until the run is over.

use std::sync::Arc;

use half::f16;
use serde::{Deserialize, Serialize};

use super::augment::VARIANTS;
use data::transfer::TuneSettings;

/// In how many ways each picture is shown, and how precisely that is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeping {
    /// 1..=[`VARIANTS`]; the first of them.
    pub ways: usize,
    /// As f16, three digits, in half the memory.
    pub half: bool,
}

impl Keeping {
    /// From the best to the smallest.
    fn choices(settings: &TuneSettings) -> impl Iterator<Item = Self> {
        let most = match settings.augment {
            true => VARIANTS,
            false => 1,
        };
        let full = Self {
            ways: most,
            half: false,
        };
        let halves = [most, 2, 1].into_iter().filter(move |ways| *ways <= most);
        let halves = halves.map(|ways| Self { ways, half: true });
        std::iter::once(full).chain(halves)
    }

    /// The best that `bytes` says to fit into so many; none where nothing does.
    pub fn fitting(
        settings: &TuneSettings,
        most: u64,
        bytes: impl Fn(Self) -> u64,
    ) -> Option<Self> {
        Self::choices(settings).find(|keeping| bytes(*keeping) <= most)
    }

    /// All ways, whole.
    pub fn whole(settings: &TuneSettings) -> Self {
        let mut choices = Self::choices(settings);
        choices.next().expect("the list begins with it")
    }

    /// The bytes that one number takes.
    pub fn bytes(self) -> u64 {
        if self.half { 2 } else { 4 }
    }
}

/// What entered at the cut, of one picture in one way.
#[derive(Clone)]
pub(super) enum Plane {
    Full(Arc<[f32]>),
    Half(Arc<[f16]>),
}

impl Plane {
    pub fn new(values: Vec<f32>, half: bool) -> Self {
        match half {
            true => Self::Half(values.into_iter().map(f16::from_f32).collect()),
            false => Self::Full(values.into()),
        }
    }

    /// To learn from.
    pub fn values(&self) -> Arc<[f32]> {
        match self {
            Self::Full(values) => values.clone(),
            Self::Half(values) => values.iter().map(|v| v.to_f32()).collect(),
        }
    }
}
