//! Bytes that a visitor downloads, as they are and by brotli at its best (what a site compressed beforehand sends).

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::report::{Row, Section, Unit};

/// Prints a JSON array: the length of each file by brotli, quality 11.
const BROTLI: &str = "
    const { readFileSync } = require('fs');
    const { brotliCompressSync, constants: c } = require('zlib');
    const size = file => {
        const bytes = readFileSync(file);
        const params = { [c.BROTLI_PARAM_QUALITY]: 11, [c.BROTLI_PARAM_SIZE_HINT]: bytes.length };
        return brotliCompressSync(bytes, { params }).length;
    };
    console.log(JSON.stringify(process.argv.slice(1).map(size)));";

/// Raw and compressed bytes of these files.
fn sizes(files: &[&Path]) -> Result<(f64, f64)> {
    let raw = files
        .iter()
        .map(|file| Ok(fs::metadata(file)?.len() as f64))
        .sum::<Result<f64>>()?;
    let node = Command::new("node")
        .arg("-e")
        .arg(BROTLI)
        .args(files)
        .output()
        .context("could not start node")?;
    ensure!(
        node.status.success(),
        "node: {}",
        String::from_utf8_lossy(&node.stderr)
    );
    let compressed: Vec<f64> = serde_json::from_slice(&node.stdout)?;
    Ok((raw, compressed.iter().sum()))
}

/// What few need is fetched by those few, the lesson plan is a page of its own, and the service worker comes when the page is in use.
const LATER: [&str; 4] = ["names", "exporter", "lesson", "sw"];

/// What the page itself loads, what its worker loads, and the weights.
pub fn measure(dist: &Path) -> Result<Section> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dist)? {
        files.push(entry?.path());
    }
    files.sort();
    // Of a worker by name, or of none.
    let with = |endings: &[&str], worker: Option<&str>| -> Vec<&Path> {
        let fits = |file: &&Path| {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let ending = file.extension().unwrap_or_default().to_string_lossy();
            let name = name.split('.').next().unwrap_or_default();
            // Behind it stands the hash of the content.
            let name = name.rsplit_once('-').map_or(name, |(name, _)| name);
            let name = name.trim_end_matches("_bg").trim_end_matches("_loader");
            let fits = match worker {
                Some(worker) => name == worker,
                None => !name.starts_with("worker") && !LATER.contains(&name),
            };
            fits && endings.contains(&&*ending)
        };
        files
            .iter()
            .map(|file| file.as_path())
            .filter(fits)
            .collect()
    };
    let weights = e2e::file_of(dist, "model/efficientnet-lite0-224-")?;
    let mut section = Section::new(
        "Bytes transferred",
        "Brotli at quality 11, file by file. The app is what the page needs to be used, an engine what a worker runs: the page starts the one that fits the browser, and another one when networks are to be tuned on a GPU.",
    );
    let mut part = |name: &str, files: &[&Path], most: [Option<f64>; 2]| -> Result<()> {
        let (raw, compressed) = sizes(files)?;
        for (kind, bytes, most) in [("brotli", compressed, most[0]), ("raw", raw, most[1])] {
            let row = Row::new(
                format!("{name}, {kind}"),
                Unit::Kilobytes,
                vec![bytes / 1e3],
            );
            section.rows.push(match most {
                Some(limit) => row.at_most(limit),
                None => row,
            });
        }
        Ok(())
    };
    let app = with(&["html", "css", "js", "wasm", "svg"], None);
    part("app (html, css, js, wasm)", &app, [Some(350.0), None])?;
    let lesson = with(&["html", "css"], Some("lesson"));
    part("lesson plan (html, css), on demand", &lesson, [None, None])?;
    let service = with(&["js"], Some("sw"));
    part(
        "service worker with the list of all files, afterwards",
        &service,
        [None, None],
    )?;
    let most = [Some(1400.0), Some(8000.0)];
    for (name, worker, most) in [
        ("engine without a GPU", "worker", most),
        (
            "engine without a GPU, with relaxed SIMD",
            "worker_relaxed",
            most,
        ),
        ("engine with WebGPU", "worker_gpu", most),
        (
            "engine that tunes on WebGPU, on demand",
            "worker_tune",
            [None, None],
        ),
    ] {
        let wasm = with(&["wasm"], Some(worker));
        part(&format!("{name} (wasm)"), &wasm, most)?;
        let js = with(&["js"], Some(worker));
        part(&format!("{name} (js)"), &js, [None, None])?;
    }
    part("weights", &[&weights], [None, None])?;
    Ok(section)
}
