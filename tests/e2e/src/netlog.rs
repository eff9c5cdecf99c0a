//! Who asked for what: Chromium's own network log.
//!
//! It sees the requests of workers too, which neither the page's policy nor WebDriver's performance log covers.

use std::fs;
use std::path::Path;

use anyhow::{Context, ensure};
use serde::Deserialize;

use crate::Result;

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    params: Params,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Params {
    url: String,
    initiator: String,
}

/// Fails when anything that `origin` served asked for something elsewhere.
pub fn check(log: &Path, origin: &str) -> Result {
    let text =
        fs::read_to_string(log).with_context(|| format!("no network log at {}", log.display()))?;
    // One event a line; the lines that are not events (the constants, the brackets) do not parse, nor must they.
    let events = text
        .lines()
        .filter_map(|line| serde_json::from_str::<Event>(line.trim_end_matches(',')).ok());
    let (mut own, mut foreign) = (0, Vec::new());
    for Params { url, initiator } in events.map(|event| event.params) {
        if initiator.trim_end_matches('/') != origin || url.is_empty() {
            continue;
        }
        if url.starts_with(&format!("{origin}/")) {
            own += 1
        } else {
            foreign.push(url)
        }
    }
    ensure!(
        own > 0,
        "the network log shows no request at all: it proves nothing"
    );
    ensure!(foreign.is_empty(), "requests left the origin: {foreign:?}");
    Ok(())
}
