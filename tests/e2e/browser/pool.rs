//! Several workers that embed: the same project as with one, and none of them is needed.

use std::path::Path;

use anyhow::ensure;
use e2e::{Device, LONG, ON_CPU, Page, Result, TryResult, before_engines, case_with, photo};

/// The sample set, from a page with so many workers beside the first, trained and tried.
async fn outcome(page: &Page, workers: usize) -> Result<Vec<TryResult>> {
    let query = format!("?device=cpu&fresh&seed=1&workers={workers}");
    page.open(&query).await?;
    page.load_samples("fruit-birds").await?;
    page.train(LONG).await?;
    let photos = [photo("fruit_1.jpg")?, photo("bird_1.jpg")?];
    page.try_photos(&photos, LONG).await
}

/// Each worker tells its name when it starts.
fn telling(site: &Path) -> Result {
    let tell = "new BroadcastChannel('names').postMessage(self.name);";
    before_engines(site, &ON_CPU, tell)
}

const HEAR: &str = "
    window.graftWorkers = [];
    new BroadcastChannel('names').onmessage = event => window.graftWorkers.push(event.data);";

#[test]
fn several_workers_make_the_same_project_as_one() {
    case_with(telling, "pool", Device::Cpu, async |browser| {
        browser.before_every_page(HEAR).await?;
        let page = &browser.page;
        let alone = outcome(page, 0).await?;
        let together = outcome(page, 2).await?;
        let names: Vec<String> = page.ask("return window.graftWorkers;", &[]).await?;
        let embedders = names.iter().filter(|name| *name == "embedder").count();
        ensure!(embedders >= 2, "only {names:?} were started");
        let confidences = |results: &[TryResult]| -> Vec<f64> {
            let all = results.iter().flat_map(|r| &r.predictions);
            all.map(|p| p.confidence).collect()
        };
        ensure!(
            confidences(&alone) == confidences(&together),
            "{alone:?} alone, {together:?} together"
        );
        Ok(())
    });
}

/// Embedders that never come up: this worker does it alone.
#[test]
fn without_the_other_workers_the_first_does_it_alone() {
    let break_embedders = |site: &Path| {
        let script = "if (self.name === 'embedder') throw new Error('broken by the test');";
        before_engines(site, &ON_CPU, script)
    };
    case_with(
        break_embedders,
        "pool-broken",
        Device::Cpu,
        async |browser| {
            browser.expect_error("broken by the test");
            let results = outcome(&browser.page, 2).await?;
            ensure!(results.len() == 2, "{results:?}");
            Ok(())
        },
    );
}
