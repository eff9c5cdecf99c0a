//! Plain types that every layer speaks. No burn, no browser, no files.

pub mod backbone;
pub mod choose;
pub mod class;
pub mod classifier;
pub mod csv;
pub mod evaluation;
pub mod features;
pub mod folders;
pub mod head;
pub mod lab;
pub mod limits;
pub mod metrics;
pub mod names;
pub mod network;
pub mod photo;
pub mod prediction;
pub mod problem;
pub mod protocol;
pub mod ranges;
pub mod sample;
pub mod settings;
pub mod split;
pub mod transfer;
pub mod tuned_layers;
pub mod unknown;
pub mod verdict;
