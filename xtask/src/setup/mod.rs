//! Finds the tools, installs what is missing, one line for each thing it does; the second run does nothing.

mod browser;
mod node;
mod python;
mod tools;
mod wasm;

use std::process::Command;

pub use browser::{Browser, for_tests};
pub use node::{PEERS, ensure_consumers as consumers_in_node};
pub use python::{ensure_consumers as consumers_in_python, ensure_ray as ray};
pub use wasm::Toolchain;

use crate::{Result, cmd};

/// What a build of the site needs.
pub fn for_build() -> Result<Toolchain> {
    let toolchain = wasm::ensure()?;
    tools::ensure_trunk()?;
    tools::ensure_wasm_bindgen()?;
    node::ensure_binaryen()?;
    Ok(toolchain)
}

/// What the bench needs beyond a build.
pub fn for_bench() -> Result<Browser> {
    node::ensure_peers()?;
    for_tests()
}

/// A cargo that must not see what another build was told through the environment.
fn clean_cargo() -> Command {
    let mut cargo = cmd::cargo();
    for name in [
        "RUSTC",
        "RUSTFLAGS",
        "CARGO_ENCODED_RUSTFLAGS",
        "CARGO_BUILD_TARGET",
        "RUSTC_WRAPPER",
    ] {
        cargo.env_remove(name);
    }
    cargo
}
