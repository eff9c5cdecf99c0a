//! What learns from embeddings and samples: heads, and networks whose layers near the output go on learning.
//!
//! ```
//! use data::settings::TrainSettings;
//! use learn::trainer::{Labelled, Trainer};
//!
//! // Embeddings with the numbers of their classes.
//! let samples: [Labelled; 4] = [(&[0.0, 1.0], 0), (&[0.2, 0.9], 0), (&[1.0, 0.1], 1), (&[0.8, 0.0], 1)];
//! let mut trainer = Trainer::new(&samples, &[], 2, &TrainSettings::default());
//! while !trainer.done() {
//!     pollster::block_on(trainer.step())?;
//! }
//! let head = trainer.into_best().expect("it was trained");
//! assert!(head.predict(&[0.1, 0.8])[0] > 0.5);
//! # Ok::<(), network::ComputeError>(())
//! ```

mod curvature;
pub mod evaluation;
pub mod gram;
pub mod lda;
pub mod memory;
mod standardise;
pub mod trainer;
pub mod tuner;
pub mod unknown;
