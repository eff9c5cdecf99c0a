//! The worker that tunes networks on a GPU, started when that is asked for: the same program with burn's WebGPU in it (the feature
//! `gpu-tuning`).

#[path = "worker.rs"]
mod worker;

fn main() {
    worker::main();
}
