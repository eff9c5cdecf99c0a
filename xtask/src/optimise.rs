//! wasm-opt over what wasm-bindgen wrote, remembered by content: an unchanged module costs nothing the next time.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use crate::cmd::{self, say};
use crate::{Result, alike, imports, paths, stages};

/// Features are named one by one: with `--all-features` the result does not load in Chromium.
const FLAGS: &[&str] = &[
    "-O1",
    // Constants that are added to an address move into the instruction that reads or writes there. So they may, as nothing
    // lies below 1024: there the stack would end, far below where it begins.
    "--low-memory-unused",
    "--optimize-added-constants",
    // By the names that `alike` gave them.
    "--reorder-functions-by-name",
    "--enable-simd",
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// For the one module that needs it: so wasm-opt refuses any other with such an instruction in it, which some browsers
/// would not load.
const RELAXED: (&str, &str) = ("worker_relaxed", "--enable-relaxed-simd");

/// How many results are kept: six a build, so the last few builds.
const KEPT: usize = 18;

pub fn all(dist: &Path) -> Result {
    let files =
        fs::read_dir(dist).map_err(|e| format!("could not read {}: {e}", dist.display()))?;
    for file in files.flatten().map(|entry| entry.path()) {
        if file.extension().is_some_and(|ext| ext == "wasm") {
            one(&file)?;
            shorten_imports(&file)?;
        }
    }
    forget_old(&store());
    Ok(())
}

fn store() -> PathBuf {
    paths::cache().join("wasm-opt")
}

fn one(file: &Path) -> Result {
    let io = |e: std::io::Error| format!("could not optimise {}: {e}", file.display());
    let before = fs::read(file).map_err(io)?;
    let kept = store().join(format!("{}.wasm", content_hash(&before)));
    fs::create_dir_all(store()).map_err(io)?;
    if !kept.exists() {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        // Written beside and renamed, so that a broken run leaves nothing that looks finished.
        let unfinished = kept.with_extension("tmp");
        let program = paths::node_bin().join("wasm-opt");
        let relaxed = name.starts_with(RELAXED.0).then_some(RELAXED.1);
        // Its name without the hash that Trunk gives the page's.
        let module = name.split(['-', '.']).next().unwrap_or_default();
        stages::run(
            &format!("Optimising {}", module.trim_end_matches("_bg")),
            || {
                fs::write(&unfinished, alike::named(&before)?).map_err(io)?;
                let mut optimise = Command::new(program);
                optimise.args(FLAGS).args(relaxed).arg(&unfinished);
                cmd::run(optimise.arg("-o").arg(&unfinished))
            },
        )?;
        fs::rename(&unfinished, &kept).map_err(io)?;
    }
    fs::copy(&kept, file).map_err(io)?;
    Ok(())
}

/// Rust's conversions between floats and text are in it: their panics name their sources.
fn brings_conversions(module: &[u8]) -> bool {
    let names = |source: &str| module.windows(source.len()).any(|w| w == source.as_bytes());
    names("/flt2dec/") || names("/dec2flt/")
}

/// `app_bg.wasm` and its `app.js` call each other by short names from now on.
fn shorten_imports(wasm: &Path) -> Result {
    let io = |e: std::io::Error| format!("could not shorten the names in {}: {e}", wasm.display());
    let name = wasm.file_name().unwrap_or_default().to_string_lossy();
    let js = wasm.with_file_name(name.replace("_bg.wasm", ".js"));
    let (module, text) = (fs::read(wasm).map_err(io)?, fs::read_to_string(&js));
    if name.starts_with("app") && brings_conversions(&module) {
        say(
            "The page is 15 kB heavier than it need be: something in it writes or reads a float by Rust's own conversions. The crate `decimal` asks the browser.",
        );
    }
    let (module, text) =
        imports::shorten(&module, &text.map_err(io)?).map_err(|why| format!("{name}: {why}"))?;
    fs::write(wasm, module).map_err(io)?;
    fs::write(js, text).map_err(io)
}

/// Names a result by what went in and by what was done to it.
fn content_hash(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    FLAGS.hash(&mut hasher);
    bytes.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn forget_old(store: &Path) {
    let age = |file: &PathBuf| {
        fs::metadata(file)
            .and_then(|meta| meta.modified())
            .unwrap_or(SystemTime::UNIX_EPOCH)
    };
    let mut files: Vec<PathBuf> = fs::read_dir(store)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .collect();
    files.sort_by_key(age);
    for file in files.iter().rev().skip(KEPT) {
        let _ = fs::remove_file(file);
    }
}
