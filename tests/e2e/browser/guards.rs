//! Do the harness's own guards bite? Each is shown a page that breaks its rule.

use std::fs;

use anyhow::ensure;
use e2e::{Device, Result, TempDir, outcome};
use xtask::serve::Site;

/// Serves a page with this script, looks at it, and tells what the guards say.
fn verdict(name: &str, script: &str, worker: &str) -> Result<String> {
    let folder = TempDir::new()?;
    let page = "<!doctype html><title>guard</title><p data-testid=\"app\" data-state=\"ready\"></p>\
                <script src=\"./page.js\"></script>";
    for (file, text) in [
        ("index.html", page),
        ("page.js", script),
        ("worker.js", worker),
    ] {
        fs::write(folder.path().join(file), text)?;
    }
    let site = Site::start(folder.path(), "/", 0).map_err(anyhow::Error::msg)?;
    let seen = outcome(name, Device::Cpu, &site.url(), async |browser| {
        browser.page.open("").await?;
        // Time for the request to leave.
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        Ok(())
    });
    Ok(seen.err().map(|why| why.to_string()).unwrap_or_default())
}

#[test]
fn a_good_page_passes() -> Result {
    let said = verdict(
        "guard-good",
        "new Worker('./worker.js');",
        "fetch('./page.js');",
    )?;
    ensure!(said.is_empty(), "{said}");
    Ok(())
}

#[test]
fn a_workers_request_to_another_origin_is_noticed() -> Result {
    // The same machine under another name is another origin; that nobody answers there does not matter.
    let worker = "fetch('http://localhost:9/leak').catch(() => {});";
    let said = verdict("guard-leak", "new Worker('./worker.js');", worker)?;
    ensure!(
        said.contains("localhost:9/leak"),
        "the leak was not noticed: {said:?}"
    );
    Ok(())
}

#[test]
fn an_error_on_the_console_is_noticed() -> Result {
    let said = verdict("guard-console", "console.error('something broke');", "")?;
    ensure!(
        said.contains("something broke"),
        "the error was not noticed: {said:?}"
    );
    Ok(())
}
