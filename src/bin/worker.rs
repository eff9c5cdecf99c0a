//! The worker for browsers without a GPU: everything that computes, on the CPU.

// See bin/app.rs: called here, they do not run again at every call from JavaScript.
#[cfg(target_arch = "wasm32")]
unsafe extern "C" {
    fn __wasm_call_ctors();
}

pub fn main() {
    #[cfg(target_arch = "wasm32")]
    {
        // SAFETY: made by the linker, without arguments, and called once, before anything else.
        unsafe { __wasm_call_ctors() };
        graft::web::worker::start();
    }
}
