//! The page's own wasm: mounts the user interface.

// Crates that register things before `main` (burn's kernel compiler does, thousands of them) leave constructors. Where nothing
// in the program calls them, the linker takes it for a command that runs once and puts a call of all of them in front of *every*
// export, so that each call from JavaScript into wasm would run them again.
#[cfg(target_arch = "wasm32")]
unsafe extern "C" {
    fn __wasm_call_ctors();
}

#[cfg(target_arch = "wasm32")]
fn main() {
    // SAFETY: made by the linker, without arguments, and called once, before anything else.
    unsafe { __wasm_call_ctors() };
    graft::ui::start();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    println!("This is a web page: build it with `cargo xtask build`.");
}
