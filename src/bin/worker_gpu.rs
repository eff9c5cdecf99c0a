//! The worker for browsers with a GPU: the same program, which also embeds on WebGPU (the feature `gpu`).

#[path = "worker.rs"]
mod worker;

fn main() {
    worker::main();
}
