//! The worker for browsers with a GPU: the same program, built with WebGPU in it (the feature `gpu`).

#[path = "worker.rs"]
mod worker;

fn main() {
    worker::main();
}
