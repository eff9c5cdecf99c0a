//! The worker: everything that computes.

fn main() {
    #[cfg(target_arch = "wasm32")]
    graft::web::worker::start();
}
