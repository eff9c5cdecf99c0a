//! The worker for browsers without a GPU that have relaxed SIMD: the same program, which embeds faster (the feature
//! `relaxed-simd`).

#[path = "worker.rs"]
mod worker;

fn main() {
    worker::main();
}
