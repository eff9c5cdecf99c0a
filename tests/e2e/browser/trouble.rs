//! What the page does when something around it breaks.

use std::fs;
use std::path::Path;

use anyhow::ensure;
use data::problem::StorageProblem;
use e2e::{
    Device, LONG, ON_CPU, Page, Result, Setup, TempDir, VERY_LONG, before_engines, case, case_with,
    file_of, made_photos, photo, sample_classes, says_storage, until,
};
use serde_json::json;

const WEIGHTS: &str = "model/efficientnet-lite0-224-";

/// What is wrong and what to do, in words for a person: no program's.
fn is_sentence(said: &str) -> Result {
    const PROGRAMS: [&str; 9] = [
        "panicked",
        "unwrap",
        "::",
        "Err(",
        "Some(",
        "undefined",
        "[object",
        "{",
        "\n",
    ];
    // The button that takes it away.
    let said = said.trim_end_matches('×');
    let begins = said.chars().next().is_some_and(char::is_uppercase);
    let program = PROGRAMS.iter().find(|word| said.contains(**word));
    ensure!(
        begins && said.ends_with('.') && program.is_none(),
        "{said:?} is no sentence"
    );
    ensure!(said.contains(". "), "{said:?} does not say what to do");
    Ok(())
}

#[test]
fn without_its_weights_the_page_says_that_it_failed() {
    let remove = |site: &Path| Ok(fs::remove_file(file_of(site, WEIGHTS)?)?);
    case_with(remove, "no-weights", Device::Cpu, async |browser| {
        // The browser's own words on the 404.
        browser.expect_error(WEIGHTS);
        is_sentence(&browser.page.open_to_fail("?device=cpu&fresh").await?)
    });
}

#[test]
fn with_damaged_weights_the_page_says_that_it_failed() {
    let damage = |site: &Path| {
        let file = file_of(site, WEIGHTS)?;
        let weights = fs::read(&file)?;
        Ok(fs::write(file, &weights[..weights.len() / 2])?)
    };
    case_with(damage, "bad-weights", Device::Cpu, async |browser| {
        is_sentence(&browser.page.open_to_fail("?device=cpu&fresh").await?)
    });
}

#[test]
fn a_gpu_that_never_answers_leaves_the_cpu() {
    // As where the browser's GPU process fails again and again.
    const SILENT: &str = "GPU.prototype.requestAdapter = () => new Promise(() => {});\n";
    let silence = |site: &Path| before_engines(site, &ON_CPU, SILENT);
    case_with(silence, "silent-gpu", Device::WebGpu, async |browser| {
        browser.before_every_page(SILENT).await?;
        let page = &browser.page;
        let app = page.open("?fresh&seed=1").await?;
        ensure!(app.device == "cpu", "it runs on {}", app.device);
        use_it(page).await
    });
}

#[test]
fn a_gpu_that_is_gone_for_a_moment_is_asked_again() {
    // As where the browser's GPU process has just ended; the second time the real one answers.
    const GONE: &str = "{
const real = GPU.prototype.requestAdapter;
let asked = false;
GPU.prototype.requestAdapter = function () {
    if (asked) return real.call(this);
    asked = true;
    return Promise.resolve(null);
};
}";
    case("gone-gpu", Device::WebGpu, async |browser| {
        browser.before_every_page(GONE).await?;
        let app = browser.page.open("?fresh&seed=1&device=webgpu").await?;
        ensure!(app.device == "webgpu", "it runs on {}", app.device);
        Ok(())
    });
}

/// Two classes of five photos, trained and tried.
async fn use_it(page: &Page) -> Result {
    for (class, photos) in sample_classes("fruit-birds")? {
        page.add_class(&class).await?;
        page.add_photos(&class, &photos[..5]).await?;
    }
    page.embedded(10, LONG).await?;
    page.train(LONG).await?;
    let results = page.try_photos(&[photo("bird_1.jpg")?], LONG).await?;
    ensure!(results[0].top == "Birds", "{results:?}");
    Ok(())
}

#[test]
fn without_storage_the_page_warns_and_works_in_memory() {
    case("no-storage", Setup::storage_forbidden(), async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        is_sentence(&page.notice_after(0, "warning").await?)?;
        use_it(page).await?;
        // As the warning says, the project can be saved as a file: one that opens.
        page.click("project-save").await?;
        let file = browser.downloaded(".graft.zip").await?;
        let names = zip::ZipArchive::new(std::fs::File::open(file)?)?;
        let photos = names
            .file_names()
            .flatten()
            .filter(|name| name.ends_with(".jpg"));
        let (saved, shown) = (photos.count(), page.count().await?);
        ensure!(
            saved == shown && shown > 0,
            "{saved} of {shown} photos were saved"
        );
        Ok(())
    });
}

#[test]
fn when_storage_is_full_the_page_warns_once_and_goes_on_in_memory() {
    case("full-storage", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        // Enough for the tables, not for a photo.
        browser.limit_storage(20_000).await?;
        use_it(page).await?;
        let warnings = page.notices().await?;
        let warnings: Vec<_> = warnings.iter().filter(|n| n.kind == "warning").collect();
        ensure!(warnings.len() == 1, "not one warning: {warnings:?}");
        says_storage(&warnings[0].text, StorageProblem::Full)
    });
}

/// The worker's start script, which also breaks the worker when the test says so: an error that nobody catches, as a defect in the
/// program would be. That the new worker, from the same script, is not broken shows that the page replaced it.
fn breakable(site: &Path) -> Result {
    let breaks = "new BroadcastChannel('break').onmessage = () => { throw new Error('broken by the test'); };";
    before_engines(site, &ON_CPU, breaks)
}

const BREAK: &str = "new BroadcastChannel('break').postMessage('now');";

#[test]
fn a_broken_worker_is_replaced_and_nothing_is_lost() {
    case_with(breakable, "broken-worker", Device::Cpu, async |browser| {
        browser.expect_error("broken by the test");
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        page.add_class("things").await?;
        let folder = TempDir::new()?;
        let photos = made_photos(folder.path(), 40)?;
        page.add_photos("things", &photos).await?;
        until("some photos to be embedded", LONG, async || {
            Ok((page.count().await? >= 3).then_some(()))
        })
        .await?;
        let before = page.count().await?;
        ensure!(before < 40, "all was done before the worker could break");
        page.ask::<()>(BREAK, &[]).await?;
        page.notice_after(0, "error").await?;
        page.embedded(40, LONG).await?;
        page.ready().await?;
        let shown: usize = page
            .ask(
                "return new Set(all('photo').map(p => p.dataset.photoId)).size;",
                &[],
            )
            .await?;
        ensure!(shown == 40, "{shown} photos are shown");
        Ok(())
    });
}

#[test]
fn a_worker_broken_in_a_fresh_project_loses_nothing_either() {
    case_with(breakable, "broken-fresh", Device::Cpu, async |browser| {
        browser.expect_error("broken by the test");
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        use_it(page).await?;
        page.ask::<()>(BREAK, &[]).await?;
        page.notice_after(0, "error").await?;
        page.embedded(10, LONG).await?;
        page.ready().await?;
        page.try_photos(&[photo("fruit_1.jpg")?], LONG).await?;
        Ok(())
    });
}

#[test]
fn a_gpu_lost_in_the_middle_is_said_and_the_cpu_goes_on() {
    case("gpu-lost", Device::WebGpu, async |browser| {
        let page = &browser.page;
        let app = page.open("?device=webgpu&fresh&seed=1").await?;
        ensure!(app.device == "webgpu", "it runs on {}", app.device);
        page.add_class("things").await?;
        let folder = TempDir::new()?;
        page.add_photos("things", &made_photos(folder.path(), 30)?)
            .await?;
        until("the first photo", VERY_LONG, async || {
            Ok((page.count().await? >= 1).then_some(()))
        })
        .await?;
        let before = page.notices().await?.len();
        let pending = page.classes().await?[0].pending;
        ensure!(pending > 0, "all was done before the GPU could go");
        browser
            .devtools("Browser.crashGpuProcess", json!({}))
            .await?;
        until("a word on the lost GPU", LONG, async || {
            Ok((page.notices().await?.len() > before).then_some(()))
        })
        .await?;
        page.embedded(30, LONG).await?;
        let app = page.ready().await?;
        ensure!(app.device == "cpu", "it now runs on {}", app.device);
        Ok(())
    });
}
