//! Makes `dist/`: cargo builds the wasm modules one after the other, Trunk turns them into files for a page and copies `public/`,
//! then the modules are optimised, the languages packed, the lesson plan rendered, files named by their content and the page made safe
//! to serve.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use crate::cmd::{self, say};
use crate::modules::{MODULES, Module};
use crate::setup::Toolchain;
use crate::{Result, compress, lesson, optimise, page, paths, stages};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// What users get.
    Release,
    /// For the developer who waits: cargo's profile `wasm-dev`, and no wasm-opt.
    Fast,
    /// The same without the engines for a GPU.
    FastCpu,
}

/// How much of the site.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What every browser can use.
    ForCpu,
    All,
}

/// The site in `dist/`.
pub fn build(toolchain: Toolchain, profile: Profile) -> Result {
    let part = match profile {
        Profile::FastCpu => Part::ForCpu,
        Profile::Release | Profile::Fast => Part::All,
    };
    let started = Instant::now();
    make(toolchain, profile, part)?;
    let seconds = started.elapsed().as_secs();
    say(&format!("The site is in dist/ ({seconds} s)"));
    Ok(())
}

/// A part of the site takes the place of `dist/` when it is whole.
pub fn make(toolchain: Toolchain, profile: Profile, part: Part) -> Result {
    let modules = MODULES.iter();
    let modules: Vec<_> = modules
        .filter(|module| part == Part::All || !module.for_gpu)
        .collect();
    fetch(toolchain);
    for module in &modules {
        let name = format!("Building {}", module.what);
        stages::run(&name, || compile(toolchain, profile, module))?;
    }
    let next = paths::root().join("dist.next");
    let _ = fs::remove_dir_all(&next);
    stages::run("Putting the site together", || {
        trunk(toolchain, profile, part, &next)
    })?;
    if profile == Profile::Release {
        optimise::all(&next)?;
    }
    locales::write(&paths::root().join("locales"), &next.join("locales"))
        .map_err(|faults| faults.join("\n"))?;
    lesson::write(&next)?;
    page::make_safe(&next)?;
    if profile == Profile::Release {
        compress::all(&next)?;
    }
    replace(&paths::dist(), &next)
}

/// Trunk builds without the network, and so far only what native builds need may be here. Where this fails because
/// there is no network, all may be here nevertheless: cargo says so if not.
fn fetch(toolchain: Toolchain) {
    let mut fetch = cmd::cargo();
    fetch.args(["fetch", "--quiet", "--locked"]);
    fetch.args(["--target", "wasm32-unknown-unknown"]);
    toolchain.apply(&mut fetch);
    let _ = cmd::succeeds(&mut fetch);
}

/// As Trunk will ask for it: it finds all there, where it would build six at once that wait for each other.
fn compile(toolchain: Toolchain, profile: Profile, module: &Module) -> Result {
    let mut cargo = cmd::cargo();
    cargo.args(["build", "--quiet", "--offline"]);
    cargo.args(["--target=wasm32-unknown-unknown", "--bin", module.name]);
    cargo.args(["--no-default-features", "--features", module.features]);
    match profile {
        Profile::Release => cargo.arg("--release"),
        Profile::Fast | Profile::FastCpu => cargo.args(["--profile", "wasm-dev"]),
    };
    toolchain.apply(&mut cargo);
    cmd::run(&mut cargo)
}

fn trunk(toolchain: Toolchain, profile: Profile, part: Part, dist: &Path) -> Result {
    let mut trunk = Command::new(paths::tools_bin().join("trunk"));
    trunk
        .current_dir(paths::root())
        .env("PATH", cmd::path_with_tools());
    let source = (part == Part::ForCpu).then(without_gpu).transpose()?;
    let source = source.as_ref().map(|source| source.0.as_path());
    trunk.args(arguments(profile, source, dist));
    // Trunk reads this variable in its own way and stops at the common value 1.
    trunk.env_remove("NO_COLOR");
    toolchain.apply(&mut trunk);
    cmd::run_unseen(&mut trunk)
}

/// Of Trunk. `--release` is the last of them: Trunk would take what stands behind it for its value.
fn arguments(profile: Profile, source: Option<&Path>, dist: &Path) -> Vec<OsString> {
    let mut all: Vec<OsString> = ["build", "--offline", "--log", "warn"]
        .map(OsString::from)
        .into();
    all.extend(["--skip-version-check", "--dist"].map(OsString::from));
    all.push(dist.into());
    all.extend(source.map(OsString::from));
    match profile {
        Profile::Release => all.push("--release".into()),
        Profile::Fast | Profile::FastCpu => {
            all.extend(["--cargo-profile", "wasm-dev"].map(OsString::from));
        }
    }
    all
}

/// Whoever is served meanwhile finds the old site or the new one.
fn replace(dist: &Path, next: &Path) -> Result {
    let io = |e: std::io::Error| format!("could not put the site into {}: {e}", dist.display());
    let old = paths::root().join("dist.old");
    let _ = fs::remove_dir_all(&old);
    if dist.exists() {
        fs::rename(dist, &old).map_err(io)?;
    }
    fs::rename(next, dist).map_err(io)?;
    // Best effort: git ignores what stays.
    let _ = fs::remove_dir_all(&old);
    Ok(())
}

/// The page's source without the engines for a GPU, beside the whole one as long as it is needed.
struct Source(PathBuf);

impl Drop for Source {
    fn drop(&mut self) {
        // Best effort: git ignores what stays.
        let _ = fs::remove_file(&self.0);
    }
}

fn without_gpu() -> Result<Source> {
    let whole = paths::root().join("index.html");
    let text = fs::read_to_string(&whole).map_err(|e| format!("could not read index.html: {e}"))?;
    let for_gpu = |line: &&str| {
        let of = |module: &Module| line.contains(&format!("data-bin=\"{}\"", module.name));
        MODULES.iter().any(|module| module.for_gpu && of(module))
    };
    let lines: Vec<&str> = text.lines().filter(|line| !for_gpu(line)).collect();
    let source = Source(paths::root().join("index.cpu.html"));
    fs::write(&source.0, lines.join("\n"))
        .map_err(|e| format!("could not write index.cpu.html: {e}"))?;
    Ok(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trunk_takes_nothing_for_the_value_of_release() {
        let (source, dist) = (Path::new("index.cpu.html"), Path::new("dist.next"));
        for source in [None, Some(source)] {
            let all = arguments(Profile::Release, source, dist);
            assert_eq!(all.last(), Some(&OsString::from("--release")), "{all:?}");
        }
        let all = arguments(Profile::Release, Some(source), dist);
        assert!(all.contains(&OsString::from(source)), "{all:?}");
    }
}
