//! Pictures as they come out of the frozen part, and predictions from there.

use std::sync::Arc;

use super::{Picture, Plane, TOGETHER, Tuner, augment};
use data::classifier::softmax;
use network::ComputeError;

/// Pictures as they enter at the cut; see [`Tuner::enter`].
#[derive(Clone)]
pub struct Entered(pub(super) Vec<Plane>);

impl Entered {
    /// Some of them, in this order.
    pub fn pick(&self, indices: &[usize]) -> Self {
        Self(indices.iter().map(|i| self.0[*i].clone()).collect())
    }
}

/// Pictures as they enter at the cut in all the ways they are shown; see [`Tuner::shown`].
#[derive(Clone)]
pub struct Shown(pub(super) Vec<Vec<Plane>>);

impl Shown {
    /// Some of the pictures, in this order.
    pub fn pick(&self, indices: &[usize]) -> Self {
        Self(indices.iter().map(|i| self.0[*i].clone()).collect())
    }

    /// As predictions show them.
    pub fn plain(&self) -> Entered {
        Entered(self.0.iter().map(|ways| ways[0].clone()).collect())
    }
}

impl Tuner {
    /// Sends pictures through the frozen part, as predictions show them. What comes out stays good
    /// for the whole run.
    pub async fn enter(&self, pictures: &[Picture]) -> Result<Entered, ComputeError> {
        let mut entered = Vec::new();
        for pictures in pictures.chunks(TOGETHER) {
            let squares: Vec<Vec<u8>> = pictures
                .iter()
                .map(|picture| augment::plain(picture, self.size))
                .collect();
            let planes = self.frozen.run(&squares).await?;
            let half = self.keeping.half;
            entered.extend(planes.into_iter().map(|plane| Plane::new(plane, half)));
        }
        Ok(Entered(entered))
    }

    pub(super) async fn logits(&self, entered: &[Plane]) -> Result<Vec<f32>, ComputeError> {
        let mut logits = Vec::new();
        for planes in entered.chunks(TOGETHER) {
            let planes: Vec<Arc<[f32]>> = planes.iter().map(Plane::values).collect();
            let planes: Vec<&[f32]> = planes.iter().map(|plane| &**plane).collect();
            logits.extend(self.learner.logits(&planes).await?);
        }
        Ok(logits)
    }

    /// Predicts pictures that entered: one probability a class, as the network is now.
    pub async fn predict_entered(&self, entered: &Entered) -> Result<Vec<Vec<f32>>, ComputeError> {
        let logits = self.logits(&entered.0).await?;
        Ok(logits.chunks_exact(self.classes).map(softmax).collect())
    }

    /// One probability a class for each picture, as the network is now.
    pub async fn predict(&self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, ComputeError> {
        let entered = self.enter(pictures).await?;
        self.predict_entered(&entered).await
    }
}
