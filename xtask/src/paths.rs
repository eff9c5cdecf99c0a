//! Where things lie: the repository, what is built, and the cache folder that tools go to.

use std::path::PathBuf;

/// The repository's root. Cargo tells at run time where the package lies that it runs: what was known at compile
/// time is wrong where a target folder is shared with another checkout.
pub fn root() -> PathBuf {
    let told = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = told.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    here.ancestors()
        .find(|folder| folder.join("Cargo.lock").is_file())
        .expect("this runs inside the repository")
        .to_owned()
}

pub fn dist() -> PathBuf {
    root().join("dist")
}

/// The site in one file.
pub fn archive() -> PathBuf {
    root().join("graft-site.zip")
}

/// `$GRAFT_CACHE`, else `~/.cache/graft`: nothing of ours ever goes over the user's own tools.
pub fn cache() -> PathBuf {
    if let Some(dir) = std::env::var_os("GRAFT_CACHE") {
        return PathBuf::from(dir);
    }
    match std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")) {
        Some(home) => PathBuf::from(home).join(".cache/graft"),
        None => root().join(".tools"),
    }
}

/// `cargo install --root` puts programs into its `bin`.
pub fn tools() -> PathBuf {
    cache().join("tools")
}

pub fn tools_bin() -> PathBuf {
    tools().join("bin")
}

/// The folder with our `package.json`, hence `node_modules`.
pub fn npm() -> PathBuf {
    tools().join("npm")
}

pub fn node_bin() -> PathBuf {
    npm().join("node_modules/.bin")
}

/// A package from npm.
pub fn package(name: &str) -> PathBuf {
    npm().join("node_modules").join(name)
}
