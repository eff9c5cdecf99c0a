//! The page's own wasm: mounts the user interface.

#[cfg(target_arch = "wasm32")]
fn main() {
    leptos::mount::mount_to_body(graft::ui::App);
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    println!("This is a web page: build it with `cargo xtask build`.");
}
