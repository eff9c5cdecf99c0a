//! Stands for networks in burn's own operations where a build has none: the site's engines that tune on no GPU. They
//! make up a tenth of such an engine, and nothing in it would ever call them.

use std::convert::Infallible;

use burn::tensor::Device;

use super::ComputeError;
use super::backbone::Features;
use super::weights::Layers;

/// There is no value of it, so that whatever is done with one is left out of the build.
pub struct BurnNet(Infallible);

impl BurnNet {
    pub fn new(_: &Layers, _: &Device) -> Self {
        unreachable!("this build computes networks in its own kernels alone")
    }

    pub fn device(&self) -> &Device {
        match self.0 {}
    }

    pub async fn embed(
        &self,
        _: Vec<f32>,
        _: usize,
        _: usize,
    ) -> Result<Vec<Features>, ComputeError> {
        match self.0 {}
    }

    pub async fn until(
        &self,
        _: Vec<f32>,
        _: usize,
        _: usize,
        _: usize,
    ) -> Result<Vec<f32>, ComputeError> {
        match self.0 {}
    }
}
