//! The wasm target: rustup's own where rustup can fetch it, else Debian's rustc with a standard library that we build.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cmd::{self, say};
use crate::{Result, paths};

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LINKER: &str = "wasm-ld-22";
const DEBIAN_LIB: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";

/// Which compiler makes wasm.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Toolchain {
    /// The same as for everything else.
    Default,
    /// `/usr/bin/rustc` of the package rustc-web, with LLVM's own linker.
    Debian,
}

impl Toolchain {
    /// Tells `command` (cargo, or Trunk which calls cargo) which compiler to use.
    pub fn apply(self, command: &mut Command) {
        if self == Self::Debian {
            command.env("RUSTC", DEBIAN_RUSTC);
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
        }
    }

    /// A cargo whose `clippy` was built with this compiler.
    pub fn clippy(self) -> Result<Command> {
        let mut clippy = cmd::cargo();
        if self == Self::Debian {
            let program = "/usr/bin/cargo-clippy";
            if !Path::new(program).exists() {
                say(
                    "Installing rust-web-clippy with apt: the linter for the compiler that makes wasm here",
                );
                cmd::apt_install(&["rust-web-clippy"])?;
            }
            // It calls the cargo that this variable names; without it, the cargo on PATH.
            let cargo = clippy.get_program().to_owned();
            clippy = Command::new(program);
            clippy.current_dir(paths::root()).env("CARGO", cargo);
        }
        clippy.arg("clippy");
        self.apply(&mut clippy);
        Ok(clippy)
    }
}

pub fn ensure() -> Result<Toolchain> {
    if default_has_target() {
        return Ok(Toolchain::Default);
    }
    if debian_has_target() {
        return Ok(Toolchain::Debian);
    }
    if cmd::which("rustup").is_some() {
        say("Adding the wasm target with rustup");
        let added = cmd::output(
            Command::new("rustup")
                .args(["target", "add", TARGET])
                .current_dir(paths::root()),
        );
        if added.is_some() && default_has_target() {
            return Ok(Toolchain::Default);
        }
        say("rustup could not fetch it here");
    }
    if !cmd::can_apt() {
        return Err(format!(
            "the Rust target {TARGET} is missing. Run `rustup target add {TARGET}`, then try again."
        ));
    }
    from_debian()?;
    Ok(Toolchain::Debian)
}

/// Does the compiler that cargo uses by default hold the target's standard library?
fn default_has_target() -> bool {
    let sysroot = cmd::output(
        Command::new("rustc")
            .args(["--print", "sysroot"])
            .current_dir(paths::root()),
    );
    sysroot.is_some_and(|dir| {
        std_of(&Path::new(&dir).join("lib/rustlib").join(TARGET).join("lib")).is_some()
    })
}

fn debian_has_target() -> bool {
    Path::new(DEBIAN_RUSTC).exists() && cmd::which(DEBIAN_LINKER).is_some() && debian_std_fits()
}

/// The library must come from the very compiler that is there now: apt may have upgraded it since.
fn debian_std_fits() -> bool {
    let Some(version) = debian_version() else {
        return false;
    };
    // A library put there by hand, without our note, is taken as it is, if it can be linked the way the site is.
    let note = fs::read_to_string(version_note()).unwrap_or_else(|_| version.clone());
    note == version && std_of(Path::new(DEBIAN_LIB)).is_some_and(|file| has_bitcode(&file))
}

/// Link-time optimisation reads LLVM's bitcode, which rustc puts into a section of this name.
fn has_bitcode(rlib: &Path) -> bool {
    const SECTION: &[u8] = b".llvmbc";
    fs::read(rlib).is_ok_and(|bytes| bytes.windows(SECTION.len()).any(|part| part == SECTION))
}

fn debian_version() -> Option<String> {
    cmd::output(Command::new(DEBIAN_RUSTC).arg("-vV"))
}

fn version_note() -> PathBuf {
    Path::new(DEBIAN_LIB).join("graft-built-with.txt")
}

fn std_of(lib: &Path) -> Option<PathBuf> {
    let is_std = |file: &PathBuf| {
        file.file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("libstd-"))
    };
    rlibs(lib).into_iter().find(is_std)
}

/// Debian packages no wasm standard library, but it does package std's source: build it once with a scratch crate.
fn from_debian() -> Result {
    say(
        "Installing rustc-web, rust-web-src and lld-22 with apt (a compiler and linker that can make wasm)",
    );
    cmd::apt_install(&["rustc-web", "rust-web-src", "lld-22"])?;
    say("Building Rust's standard library for wasm from Debian's source (about 1 minute)");
    let scratch = paths::cache().join("wasm-std");
    let write = |file: &str, text: &str| {
        let path = scratch.join(file);
        fs::create_dir_all(
            path.parent()
                .expect("a file in the scratch crate has a folder"),
        )
        .and_then(|()| fs::write(&path, text))
        .map_err(|e| format!("could not write {}: {e}", path.display()))
    };
    write(
        "Cargo.toml",
        "[package]\nname = \"scratch\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n",
    )?;
    write("src/lib.rs", "")?;
    let mut build = super::clean_cargo();
    build
        .current_dir(&scratch)
        .args(["build", "--quiet", "--release", "--target", TARGET]);
    build.arg("-Zbuild-std=std,panic_abort,panic_unwind,test,proc_macro");
    // Unstable options on a stable compiler: the std being built is the compiler's own, so they fit each other.
    build
        .env("RUSTC_BOOTSTRAP", "1")
        // The site is linked with link-time optimisation, which needs the bitcode of std too.
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            "-C embed-bitcode=yes",
        )
        .env("CARGO_TARGET_DIR", scratch.join("target"));
    Toolchain::Debian.apply(&mut build);
    cmd::run(&mut build)?;

    put_in_place(&scratch.join("target").join(TARGET).join("release/deps"))?;
    let version = debian_version().ok_or("Debian's rustc does not run.")?;
    fs::write(version_note(), version)
        .map_err(|e| format!("could not write to {DEBIAN_LIB}: {e}"))?;
    let _ = fs::remove_dir_all(scratch);
    Ok(())
}

/// Copies the library's parts to where the compiler looks; those of an older compiler go, two of a kind confuse it.
fn put_in_place(made: &Path) -> Result {
    let io = |e: std::io::Error| format!("could not fill {DEBIAN_LIB}: {e}");
    fs::create_dir_all(DEBIAN_LIB).map_err(io)?;
    for old in rlibs(Path::new(DEBIAN_LIB)) {
        fs::remove_file(old).map_err(io)?;
    }
    for part in rlibs(made) {
        let name = part.file_name().unwrap_or_default();
        if !name.to_string_lossy().starts_with("libscratch-") {
            fs::copy(&part, Path::new(DEBIAN_LIB).join(name)).map_err(io)?;
        }
    }
    Ok(())
}

fn rlibs(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = files.map(|entry| entry.path());
    files
        .filter(|file| file.extension().is_some_and(|ext| ext == "rlib"))
        .collect()
}
