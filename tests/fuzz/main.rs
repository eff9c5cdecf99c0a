//! Every parser against files that are damaged or hostile: good and bad ones, changed at random from a seed.
//!
//! A file must not panic, take long, or take more memory than its target states. `cargo test` gives each target some
//! seconds; `cargo xtask fuzz [TARGET] [--seconds N]` gives it longer, with another seed each time.
//!
//! What fails is saved in the target folder, under `tmp/fuzz`, and a file that brings the whole process down (a stack that
//! overflows, say) is left there as `TARGET.running` and tried first the next time. Once mended, it goes to
//! `tests/cases/fuzz/TARGET-what.bin` and is tried in every run.

mod change;
mod corpus;
mod harness;
mod head_file;
#[path = "../engine/host.rs"]
#[allow(dead_code, reason = "other tests ask for more")]
mod host;
mod jpeg;
mod link;
#[path = "../engine/machine.rs"]
#[allow(dead_code, reason = "other tests ask for more")]
mod machine;
mod meter;
mod photo;
mod project;
mod project_file;
mod zip;

#[global_allocator]
static METER: meter::Meter = meter::Meter;
