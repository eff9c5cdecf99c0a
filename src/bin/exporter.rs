//! The worker that writes exports.

// See bin/app.rs: called here, they do not run again at every call from JavaScript.
#[cfg(target_arch = "wasm32")]
unsafe extern "C" {
    fn __wasm_call_ctors();
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    {
        // SAFETY: made by the linker, without arguments, and called once, before anything else.
        unsafe { __wasm_call_ctors() };
        graft::web::exporter::start();
    }
}
