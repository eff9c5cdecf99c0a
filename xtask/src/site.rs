//! Makes `dist/`: Trunk builds the wasm modules and copies `public/`, then the modules are optimised, the page
//! settled and the lesson plan rendered.

use std::process::Command;
use std::time::Instant;

use crate::cmd::{self, say};
use crate::setup::Toolchain;
use crate::{Result, lesson, optimise, page, paths};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// What users get.
    Release,
    /// For the developer who waits: cargo's profile `wasm-dev`, and no wasm-opt.
    Fast,
}

pub fn build(toolchain: Toolchain, profile: Profile) -> Result {
    let started = Instant::now();
    say(match profile {
        Profile::Release => {
            "Building the site into dist/ (the first time takes 15 to 30 minutes, later ones less)"
        }
        Profile::Fast => "Building the site into dist/ the fast way (larger and slower to run)",
    });
    // Trunk builds without the network, and so far only what native builds need may be here. Where this fails because
    // there is no network, all may be here nevertheless: Trunk says so if not.
    let mut fetch = cmd::cargo();
    fetch.args(["fetch", "--quiet", "--locked"]);
    fetch.args(["--target", "wasm32-unknown-unknown"]);
    toolchain.apply(&mut fetch);
    let _ = cmd::succeeds(&mut fetch);

    let mut trunk = Command::new(paths::tools_bin().join("trunk"));
    trunk
        .current_dir(paths::root())
        .env("PATH", cmd::path_with_tools());
    trunk.args([
        "build",
        "--offline",
        "--log",
        "warn",
        "--skip-version-check",
    ]);
    match profile {
        Profile::Release => trunk.arg("--release"),
        Profile::Fast => trunk.args(["--cargo-profile", "wasm-dev"]),
    };
    // Trunk reads this variable in its own way and stops at the common value 1.
    trunk.env_remove("NO_COLOR");
    toolchain.apply(&mut trunk);
    cmd::run(&mut trunk)?;

    let dist = paths::dist();
    if profile == Profile::Release {
        optimise::all(&dist)?;
    }
    page::settle(&dist)?;
    lesson::write(&dist)?;
    say(&format!(
        "The site is in dist/ ({} s)",
        started.elapsed().as_secs()
    ));
    Ok(())
}
