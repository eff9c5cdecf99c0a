//! Several workers that embed: the same project as with one, and none of them is needed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use e2e::{
    Device, LONG, ON_CPU, Page, Result, TempDir, TryResult, before_engines, case_with, made_photos,
    photo,
};

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

/// How many workers that embed were started.
async fn embedders(page: &Page) -> Result<usize> {
    let names: Vec<String> = page.ask("return window.graftWorkers;", &[]).await?;
    Ok(names.iter().filter(|name| *name == "embedder").count())
}

#[test]
fn several_workers_make_the_same_project_as_one() {
    case_with(telling, "pool", Device::Cpu, async |browser| {
        browser.before_every_page(HEAR).await?;
        let page = &browser.page;
        let alone = outcome(page, 0).await?;
        let together = outcome(page, 2).await?;
        let started = embedders(page).await?;
        ensure!(started >= 2, "only {started} were started");
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

/// A photo of 35 megapixels, which takes 200 MB.
fn large_photo(folder: &Path) -> Result<PathBuf> {
    // A bitmap (BITMAPINFOHEADER, Microsoft) of one bit a pixel, rows of whole four bytes.
    let (width, height) = (6144_u32, 5632_u32);
    let mut bytes = b"BM".to_vec();
    let words = |words: &[u32]| -> Vec<u8> { words.iter().flat_map(|w| w.to_le_bytes()).collect() };
    // Its length, reserved, where the pixels begin; the header's length, sizes, planes and bits, and six that may be 0.
    let pixels = width / 8 * height;
    bytes.extend(words(&[62 + pixels, 0, 62, 40, width, height, 1 | 1 << 16]));
    bytes.extend(words(&[0; 6]));
    bytes.extend(words(&[0x0020_4060, 0x00e0_d0c0]));
    bytes.extend((0..pixels).map(|i| if i / 3072 % 2 == 0 { 0xf0 } else { 0x3c }));
    let file = folder.join("large.bmp");
    fs::write(&file, bytes)?;
    Ok(file)
}

/// WebAssembly gives no memory back.
#[test]
fn a_worker_that_took_much_memory_is_replaced() {
    case_with(telling, "pool-memory", Device::Cpu, async |browser| {
        browser.before_every_page(HEAR).await?;
        let page = &browser.page;
        let folder = TempDir::new()?;
        let small = made_photos(folder.path(), 24)?;
        page.open("?device=cpu&fresh&workers=1").await?;
        page.add_class("things").await?;
        page.add_photos("things", &small[..12]).await?;
        page.embedded(12, LONG).await?;
        let started = embedders(page).await?;
        ensure!(started == 1, "small photos took {started} workers");
        let mut photos = vec![large_photo(folder.path())?];
        photos.extend_from_slice(&small[12..]);
        page.add_photos("things", &photos).await?;
        page.embedded(25, LONG).await?;
        // One for these photos, and the one that came after the large one.
        let started = embedders(page).await? - started;
        ensure!(started == 2, "{started} workers were started for the rest");
        Ok(())
    });
}
