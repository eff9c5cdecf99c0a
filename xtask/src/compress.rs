//! Brotli files beside those of the site, for servers that send them: `app-1f.wasm.br` beside `app-1f.wasm`. Remembered by content, as
//! the best of brotli takes a minute for an engine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, addresses, cmd, paths, stages};

/// What brotli makes much smaller. Photos and weights are as good as random.
const ENDINGS: &[&str] = &[
    "css",
    "csv",
    "html",
    "js",
    "json",
    "svg",
    "txt",
    "wasm",
    "webmanifest",
];
/// Files of fewer bytes fit into one packet anyway.
const SMALLEST: u64 = 1000;
const COMPRESSED: &str = "br";

/// Arguments: pairs of a file and where it goes compressed, by quality 11.
const BROTLI: &str = "
    const { readFileSync, writeFileSync } = require('fs');
    const { brotliCompressSync, constants: c } = require('zlib');
    const [, ...files] = process.argv;
    while (files.length > 0) {
        const [from, to] = files.splice(0, 2);
        const bytes = readFileSync(from);
        const params = { [c.BROTLI_PARAM_QUALITY]: 11, [c.BROTLI_PARAM_LGWIN]: 24, [c.BROTLI_PARAM_SIZE_HINT]: bytes.length };
        writeFileSync(to, brotliCompressSync(bytes, { params }));
    }";

/// Compresses what lies in `dist` and has no compressed file beside it.
pub fn all(dist: &Path) -> Result {
    let store = paths::cache().join("brotli");
    let io = |e: std::io::Error| format!("could not compress the site: {e}");
    fs::create_dir_all(&store).map_err(io)?;
    let (mut wanted, mut missing) = (Vec::new(), Vec::new());
    for file in addresses::files(dist)? {
        let path = dist.join(&file);
        let ending = file.rsplit('.').next().unwrap_or_default();
        let size = fs::metadata(&path).map_err(io)?.len();
        // A compressed file would stay what it was when somebody changes the one beside it.
        let beside = file.starts_with(addresses::BESIDE);
        if !ENDINGS.contains(&ending) || size < SMALLEST || beside {
            continue;
        }
        let hash = addresses::hex(&addresses::read(&path)?);
        let kept = store.join(format!("{}.{COMPRESSED}", &hash[..32]));
        // Two files may be the same.
        let asked = missing.iter().any(|(_, to)| *to == kept);
        if !kept.exists() && !asked {
            missing.push((path.clone(), kept.clone()));
        }
        wanted.push((kept, dist.join(format!("{file}.{COMPRESSED}"))));
    }
    if !missing.is_empty() {
        stages::run("Compressing the site", || compress(&missing))?;
    }
    for (kept, beside) in &wanted {
        fs::copy(kept, beside).map_err(io)?;
    }
    forget(&store, &wanted);
    Ok(())
}

fn compress(files: &[(PathBuf, PathBuf)]) -> Result {
    let mut node = Command::new("node");
    node.args(["-e", BROTLI, "--"]);
    for (from, to) in files {
        // Written beside and renamed, so that a broken run leaves nothing that looks finished.
        node.arg(from).arg(to.with_extension("tmp"));
    }
    cmd::run_unseen(&mut node)?;
    for (_, to) in files {
        fs::rename(to.with_extension("tmp"), to)
            .map_err(|e| format!("could not compress the site: {e}"))?;
    }
    Ok(())
}

/// What no file of this site is any more; the next build is mostly the same.
fn forget(store: &Path, wanted: &[(PathBuf, PathBuf)]) {
    for entry in fs::read_dir(store).into_iter().flatten().flatten() {
        let used = wanted.iter().any(|(kept, _)| *kept == entry.path());
        let age = entry.metadata().and_then(|meta| meta.modified());
        let age = age.ok().and_then(|time| time.elapsed().ok());
        // Another checkout may share the folder.
        let old = age.is_some_and(|age| age.as_secs() > 7 * 24 * 3600);
        if !used && old {
            let _ = fs::remove_file(entry.path());
        }
    }
}
