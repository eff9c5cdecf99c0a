//! The Lab: ways to transfer, side by side on the same samples; and how many samples are enough.

mod arm;
mod bench;
mod comparison;
mod curve;
mod frozen_arm;
mod outlook;
mod probes;
mod reports;
mod tuned_arm;

pub(super) use reports::Labs;
