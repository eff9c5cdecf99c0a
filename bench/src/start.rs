//! How soon the page is there: from the address to something to click, and to a device that is ready.

use std::time::Duration;

use anyhow::Result;
use e2e::{Browser, until};
use serde::Deserialize;
use serde_json::json;

use crate::report::{Row, Section, Unit};

/// Runs before the page's own scripts and writes down when its states first came. In a block: the harness has a script of its
/// own there.
const WATCH: &str = r#"{
    const seen = window.graftStart = { shell: null, ready: null };
    const look = () => {
        const now = performance.now();
        if (document.querySelector('[data-testid="class-add"]')) seen.shell ??= now;
        if (document.querySelector('[data-testid="app"]')?.dataset.state === 'ready') seen.ready ??= now;
    };
    new MutationObserver(look).observe(document, { subtree: true, childList: true, attributeFilter: ['data-state'] });
}"#;

#[derive(Deserialize)]
struct Seen {
    shell: Option<f64>,
    ready: Option<f64>,
}

/// One load: milliseconds to the shell and to ready.
async fn load(browser: &Browser, address: &str) -> Result<(f64, f64)> {
    browser.driver.goto("about:blank").await?;
    browser.driver.goto(address).await?;
    until(
        "the page to be ready",
        Duration::from_secs(90),
        async || {
            let seen = browser
                .driver
                .execute("return window.graftStart;", vec![])
                .await?;
            let Seen { shell, ready } = seen.convert()?;
            Ok(shell.zip(ready))
        },
    )
    .await
}

pub async fn measure(browser: &Browser, site: &str, loads: usize) -> Result<Section> {
    browser.before_every_page(WATCH).await?;
    let address = format!("{site}?device=cpu");
    let (mut cold, mut warm) = (Vec::new(), Vec::new());
    for _ in 0..loads {
        let origin = site.split('/').take(3).collect::<Vec<_>>().join("/");
        browser
            .devtools("Network.clearBrowserCache", json!({}))
            .await?;
        let everything = json!({ "origin": origin, "storageTypes": "all" });
        browser
            .devtools("Storage.clearDataForOrigin", everything)
            .await?;
        cold.push(load(browser, &address).await?);
        warm.push(load(browser, &address).await?);
    }
    let mut section = Section::new(
        "Start of the page",
        "From the navigation until there is a button to add a class, and until photos can be embedded on the CPU. The server is on the \
         same machine: what a network adds follows from the sizes below.",
    );
    for (name, loads) in [("cold cache", cold), ("warm cache", warm)] {
        let shell = loads.iter().map(|(shell, _)| *shell).collect();
        let ready = loads.iter().map(|(_, ready)| *ready).collect();
        section.rows.push(Row::new(
            format!("something to click, {name}"),
            Unit::Milliseconds,
            shell,
        ));
        section.rows.push(Row::new(
            format!("ready, {name}"),
            Unit::Milliseconds,
            ready,
        ));
    }
    Ok(section)
}
