//! What comes from npm: wasm-opt (in the package binaryen), for the tests axe-core, and for the bench the peers.

use std::fs;
use std::process::Command;

use crate::cmd::{self, say};
use crate::{Result, paths};

/// Debian's own wasm-opt is too old for what rustc writes today.
const BINARYEN: &str = "132.0.0";
const AXE: &str = "4.14.1";
/// What the bench measures us against.
pub const PEERS: &[(&str, &str)] = &[
    ("onnxruntime-web", "1.30.0"),
    ("@tensorflow/tfjs", "4.22.0"),
    ("@tensorflow/tfjs-backend-wasm", "4.22.0"),
];

/// What runs exported models: their packages, under these names of our own where two versions of one are there.
const CONSUMERS: &[(&str, &str, &str)] = &[
    ("onnxruntime-web", "onnxruntime-web", "1.30.0"),
    ("@tensorflow/tfjs", "@tensorflow/tfjs", "4.22.0"),
    ("tfjs-1.3.1", "@tensorflow/tfjs", "1.3.1"),
    (
        "@teachablemachine/image",
        "@teachablemachine/image",
        "0.8.5",
    ),
];

pub fn ensure_binaryen() -> Result {
    ensure(
        "binaryen",
        BINARYEN,
        "wasm-opt, which makes the site smaller and faster",
    )
}

pub fn ensure_axe() -> Result {
    ensure("axe-core", AXE, "the accessibility checker of the tests")
}

pub fn ensure_consumers() -> Result {
    let what = "runs what is exported";
    CONSUMERS
        .iter()
        .try_for_each(|(name, package, version)| ensure_as(name, package, version, what))
}

pub fn ensure_peers() -> Result {
    PEERS
        .iter()
        .try_for_each(|(package, version)| ensure(package, version, "a peer of the bench"))
}

fn ensure(package: &str, version: &str, what: &str) -> Result {
    ensure_as(package, package, version, what)
}

/// The package under a name of our own.
fn ensure_as(name: &str, package: &str, version: &str, what: &str) -> Result {
    let manifest = paths::npm()
        .join("node_modules")
        .join(name)
        .join("package.json");
    let installed = fs::read_to_string(&manifest).unwrap_or_default();
    if installed.contains(&format!("\"version\": \"{version}\"")) && cmd::which("node").is_some() {
        return Ok(());
    }
    for program in ["node", "npm"] {
        if cmd::which(program).is_none() {
            return Err(format!(
                "{program} is missing. Install Node.js 18 or newer (on Debian: `apt-get install nodejs npm`)."
            ));
        }
    }
    say(&format!("Installing {package} {version} from npm ({what})"));
    fs::create_dir_all(paths::npm())
        .map_err(|e| format!("could not make {}: {e}", paths::npm().display()))?;
    let mut npm = Command::new("npm");
    npm.args([
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        // Teachable Machine's library wants another TensorFlow.js than the one that is measured.
        "--legacy-peer-deps",
        "--prefix",
    ])
    .arg(paths::npm());
    npm.arg(match name == package {
        true => format!("{package}@{version}"),
        false => format!("{name}@npm:{package}@{version}"),
    });
    cmd::run(&mut npm)
}
