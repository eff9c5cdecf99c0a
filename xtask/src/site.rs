//! Makes `dist/`: Trunk builds the wasm modules and copies `public/`, then the modules are optimised, the languages packed, the page
//! settled and the lesson plan rendered.

use std::fs;
use std::path::PathBuf;
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
    /// The same without the engines for a GPU.
    FastCpu,
}

pub fn build(toolchain: Toolchain, profile: Profile) -> Result {
    let started = Instant::now();
    say(match profile {
        Profile::Release => {
            "Building the site into dist/ (the first time takes 15 to 30 minutes, later ones less)"
        }
        Profile::Fast => "Building the site into dist/ the fast way (larger and slower to run)",
        Profile::FastCpu => "Building the site into dist/ the fast way, for browsers without a GPU",
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
        Profile::Fast | Profile::FastCpu => trunk.args(["--cargo-profile", "wasm-dev"]),
    };
    let part = (profile == Profile::FastCpu)
        .then(without_gpu)
        .transpose()?;
    trunk.args(part.as_ref().map(|part| &part.0));
    // Trunk reads this variable in its own way and stops at the common value 1.
    trunk.env_remove("NO_COLOR");
    toolchain.apply(&mut trunk);
    cmd::run(&mut trunk)?;

    let dist = paths::dist();
    if profile == Profile::Release {
        optimise::all(&dist)?;
    }
    locales::write(&paths::root().join("locales"), &dist.join("locales"))
        .map_err(|faults| faults.join("\n"))?;
    page::settle(&dist)?;
    lesson::write(&dist)?;
    say(&format!(
        "The site is in dist/ ({} s)",
        started.elapsed().as_secs()
    ));
    Ok(())
}

/// The page's source without the engines for a GPU, beside the whole one as long as it is needed.
struct Part(PathBuf);

impl Drop for Part {
    fn drop(&mut self) {
        // Best effort: git ignores what stays.
        let _ = fs::remove_file(&self.0);
    }
}

fn without_gpu() -> Result<Part> {
    let whole = paths::root().join("index.html");
    let text = fs::read_to_string(&whole).map_err(|e| format!("could not read index.html: {e}"))?;
    let for_gpu = |line: &&str| line.contains("worker_gpu") || line.contains("worker_tune");
    let lines: Vec<&str> = text.lines().filter(|line| !for_gpu(line)).collect();
    let part = Part(paths::root().join("index.cpu.html"));
    fs::write(&part.0, lines.join("\n"))
        .map_err(|e| format!("could not write index.cpu.html: {e}"))?;
    Ok(part)
}
