//! What learns from embeddings and photos: heads, and networks whose layers near the output go on learning.

mod centring;
mod curvature;
pub mod gram;
pub mod memory;
pub mod trainer;
pub mod tuner;
