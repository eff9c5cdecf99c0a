//! Nothing is sent: the whole app behind a proxy that notes every request with content or to elsewhere, and what the page itself
//! counts.

use anyhow::ensure;
use e2e::{
    Browser, Device, LONG, Page, Result, SHORT, Setup, Strict, TempDir, VERY_LONG, case, case_file,
    made_photos, outcome, photo, until,
};

/// What the page says it has sent.
async fn sent(page: &Page) -> Result<f64> {
    page.ask("return Number(one('sent-bytes').dataset.value);", &[])
        .await
}

/// All that a user does, one after the other.
async fn use_all(browser: &Browser) -> Result {
    let page = &browser.page;
    page.open("?device=cpu&seed=1&workers=2").await?;
    let photos = page.load_samples("fruit-birds").await?;
    page.add_class("things").await?;
    let folder = TempDir::new()?;
    let made = made_photos(folder.path(), 12)?;
    page.add_photos("things", &made).await?;
    page.embedded(photos + 12, LONG).await?;
    page.upload("dataset-files", &[case_file("zips/names-cp866.zip")?])
        .await?;
    page.embedded(photos + 20, LONG).await?;
    page.train(LONG).await?;
    page.try_photos(&[photo("fruit_1.jpg")?, photo("bird_1.jpg")?], LONG)
        .await?;
    page.click("results-csv").await?;
    browser.downloaded(".csv").await?;
    page.click("head-save").await?;
    let head = browser.downloaded(".safetensors").await?;
    page.upload("head-open", &[head]).await?;
    page.click("try-camera").await?;
    let live = "return !!document.querySelector('video');";
    page.wait_for("the camera", SHORT, live).await?;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    page.click("try-camera").await?;
    page.go_to("lab").await?;
    page.fill("lab-photos", "2").await?;
    page.click("lab-run").await?;
    let done = "const arms = all('lab-arm'); return arms.length > 0 && arms.every(a => a.dataset.state === 'done');";
    page.wait_for("the comparison", VERY_LONG, done).await?;
    page.go_to("workbench").await?;
    let offline = "return one('app').dataset.offline === 'ready';";
    page.wait_for("ready to work offline", LONG, offline)
        .await?;
    page.reload().await?;
    page.embedded(photos + 20, LONG).await?;
    Ok(())
}

#[test]
fn all_of_the_app_sends_nothing_and_asks_nobody_else() -> Result {
    let strict = Strict::serve(&xtask::paths::dist())?;
    let setup = Setup::behind_proxy(strict.port());
    outcome("sent", setup, &strict.url(), async |browser| {
        use_all(browser).await?;
        ensure!(
            sent(&browser.page).await? == 0.0,
            "the page says it sent something"
        );
        let files = "return Number(one('sent-bytes').dataset.files);";
        let files: usize = browser.page.ask(files, &[]).await?;
        ensure!(files > 5, "the page counts {files} files");
        browser.page.click("sent-bytes").await?;
        browser.screenshot("sent").await?;
        Ok(())
    })?;
    let seen = strict.seen();
    ensure!(seen.files > 50, "only {} files went by here", seen.files);
    ensure!(seen.faults.is_empty(), "{:#?}", seen.faults);
    Ok(())
}

/// The count is none of the page's claims: what somebody else sends from the tab, or from a worker, is in it.
#[test]
fn what_is_sent_all_the_same_is_counted() {
    case("sent-something", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh").await?;
        ensure!(sent(page).await? == 0.0, "it has sent something");
        browser.expect_error("404");
        browser.expect_error("405");
        for (how, bytes) in [
            (
                "fetch('nowhere', { method: 'POST', body: 'a photo' }).catch(() => {});",
                7.0,
            ),
            (
                "fetch(new Request('nowhere', { method: 'POST', body: new Uint8Array(100) })).catch(() => {});",
                107.0,
            ),
            (
                "const r = new XMLHttpRequest(); r.open('POST', 'nowhere'); r.send(new Blob(['1234']));",
                111.0,
            ),
            ("navigator.sendBeacon('nowhere', 'é');", 113.0),
        ] {
            page.ask::<()>(how, &[]).await?;
            until(how, SHORT, async || {
                Ok((sent(page).await? == bytes).then_some(()))
            })
            .await?;
        }
        browser.screenshot("sent-something").await?;
        Ok(())
    });
}
