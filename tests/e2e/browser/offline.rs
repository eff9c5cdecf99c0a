//! Once loaded, the page works without its server; builds never mix; what a cache has lost or damaged is noticed.

use std::path::Path;

use anyhow::{Error, ensure};
use e2e::{
    Browser, Device, LONG, ON_CPU, Page, Result, SHORT, TempDir, before_engines, build_of,
    copy_site, list_again, next_build, outcome, photo, until,
};
use serde_json::json;
use xtask::serve::Site;

use super::faults::{BREAK, make};

/// Runs a test with a copy of the site that can be changed, and a server that can be stopped.
fn served(
    name: &str,
    prefix: &str,
    change: impl FnOnce(&Path) -> Result,
    test: impl AsyncFnOnce(&Browser, &Path, Site) -> Result,
) -> Result {
    let folder = TempDir::new()?;
    copy_site(folder.path())?;
    change(folder.path())?;
    let site = Site::start(folder.path(), prefix, 0).map_err(Error::msg)?;
    let url = site.url();
    outcome(name, Device::Cpu, &url, async |browser| {
        test(browser, folder.path(), site).await
    })
}

fn as_it_is(_: &Path) -> Result {
    Ok(())
}

/// All engines can be broken by [`BREAK`], in a build of its own.
fn breakable(site: &Path) -> Result {
    let script = "new BroadcastChannel('break').onmessage = () => { throw new Error('broken by the test'); };";
    before_engines(site, &ON_CPU, script)?;
    list_again(site)
}

async fn ready_offline(page: &Page) -> Result {
    let script = "return one('app')?.dataset.offline === 'ready';";
    page.wait_for("ready to work offline", LONG, script).await
}

/// The build of the page, and whether its style sheet is that of the next one.
async fn build(page: &Page) -> Result<(String, bool)> {
    let script = "
        const next = getComputedStyle(document.documentElement).getPropertyValue('--next-build') !== '';
        return [document.querySelector('meta[name=build]').content, next];";
    page.ask(script, &[]).await
}

/// Every file that the page and its workers have asked for is of one build.
async fn all_of(page: &Page, build: &str) -> Result<Vec<String>> {
    let script = "
        const names = performance.getEntriesByType('resource').map(e => e.name.match(/(?:boot|_loader)-(\\w+)\\.js/)?.[1]);
        return [...new Set(names.filter(Boolean))];";
    let builds: Vec<String> = page.ask(script, &[]).await?;
    ensure!(builds == [build], "{builds:?} instead of {build} alone");
    Ok(builds)
}

async fn offered(page: &Page) -> Result {
    page.wait_for(
        "the newer build to be offered",
        LONG,
        "return !!one('update-now');",
    )
    .await
}

#[test]
fn a_page_that_was_loaded_once_works_without_its_server() -> Result {
    served(
        "offline",
        "/some/path/",
        as_it_is,
        async |browser, _, site| {
            let page = &browser.page;
            page.open("?device=cpu&seed=1").await?;
            ready_offline(page).await?;
            browser.screenshot("offline-ready").await?;
            site.stop();
            page.reload().await?;
            ensure!(page.count().await? == 0, "where do photos come from?");
            let photos = page.load_samples("fruit-birds").await?;
            page.train(LONG).await?;
            let results = page.try_photos(&[photo("bird_1.jpg")?], LONG).await?;
            ensure!(!results[0].predictions.is_empty(), "{results:?}");
            page.reload().await?;
            page.embedded(photos, LONG).await?;
            // As it is now written down for the next start, too.
            ready_offline(page).await?;
            // The other way to write the page's address, and the lesson plan.
            page.open("index.html?device=cpu").await?;
            browser.expect_error("ERR_CONNECTION_REFUSED");
            let lesson = "return fetch('lesson.html').then(answer => answer.text()).then(text => text.includes('<table'));";
            ensure!(page.ask::<bool>(lesson, &[]).await?, "no lesson plan");
            Ok(())
        },
    )
}

/// Takes the newer build that is offered; all photos are there again.
async fn take(page: &Page, new: &str, photos: usize) -> Result {
    page.click("update-now").await?;
    until("the newer build", LONG, async || {
        Ok((build(page).await.ok() == Some((new.to_owned(), true))).then_some(()))
    })
    .await?;
    page.ready().await?;
    page.embedded(photos, LONG).await
}

#[test]
fn a_newer_build_waits_until_it_is_asked_for_and_never_mixes_with_the_one_before() -> Result {
    served("update", "/", breakable, async |browser, folder, _site| {
        browser.expect_error("broken by the test");
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        make(page).await?;
        ready_offline(page).await?;
        let (old, _) = build(page).await?;
        next_build(folder)?;
        let new = build_of(folder)?;
        ensure!(new != old, "the next build is the same");

        // A page that is opened now is the old one, whole, and is offered the new one.
        page.reload().await?;
        page.embedded(10, SHORT).await?;
        ensure!(build(page).await? == (old.clone(), false), "mixed");
        offered(page).await?;
        browser.screenshot("update-offered").await?;
        // Its files are gone from the server; those of a worker that is replaced are its own all the same.
        page.ask::<()>(BREAK, &[]).await?;
        page.notice_after(0, "error").await?;
        page.ready().await?;
        page.embedded(10, LONG).await?;
        all_of(page, &old).await?;

        // While there is work it is not offered.
        let first = browser.this_tab().await?;
        let photos = [photo("bird_1.jpg")?, photo("bird_2.jpg")?];
        page.add_photos("Birds", &photos).await?;
        let overlap = "return one('app').dataset.state === 'busy' && !!one('update-now');";
        ensure!(!page.ask::<bool>(overlap, &[]).await?, "it would interrupt");
        page.embedded(12, LONG).await?;
        page.ready().await?;
        offered(page).await?;

        // Another tab loads it. The first one goes on as it is.
        browser.another_tab().await?;
        page.open("?device=cpu&seed=1").await?;
        ensure!(build(page).await?.0 == old, "it was not asked for");
        offered(page).await?;
        take(page, &new, 12).await?;
        all_of(page, &new).await?;
        ready_offline(page).await?;

        browser.turn_to(&first).await?;
        ensure!(
            build(page).await? == (old.clone(), false),
            "it was interrupted"
        );
        let before = page.notices().await?.len();
        page.ask::<()>(BREAK, &[]).await?;
        page.notice_after(before, "error").await?;
        page.ready().await?;
        page.embedded(12, LONG).await?;
        all_of(page, &old).await?;
        offered(page).await?;
        take(page, &new, 12).await?;
        // No page is of the old build any more, so it is not kept.
        let caches =
            "return caches.keys().then(all => all.filter(name => name.startsWith('graft ')));";
        until("the old build to be forgotten", SHORT, async || {
            let all: Vec<String> = page.ask(caches, &[]).await?;
            Ok((all.len() == 1 && all[0].ends_with(&new)).then_some(()))
        })
        .await
    })
}

#[test]
fn without_a_service_worker_an_old_page_whose_files_are_gone_says_that_it_must_be_loaded_again()
-> Result {
    served(
        "outdated",
        "/",
        breakable,
        async |browser, folder, _site| {
            browser.expect_error("broken by the test");
            browser.expect_error("404");
            let without = "delete Navigator.prototype.serviceWorker;";
            browser.before_every_page(without).await?;
            let page = &browser.page;
            page.open("?device=cpu&seed=1").await?;
            make(page).await?;
            next_build(folder)?;
            page.ask::<()>(BREAK, &[]).await?;
            let failed = "return one('app').dataset.state === 'failed';";
            page.wait_for("the page to say so", LONG, failed).await?;
            e2e::says(
                &page
                    .notices()
                    .await?
                    .last()
                    .map(|n| n.text.clone())
                    .unwrap_or_default(),
                &data::problem::Problem::Outdated,
            )?;
            browser.screenshot("outdated").await?;
            page.reload().await?;
            page.embedded(10, LONG).await?;
            let (found, _) = build(page).await?;
            all_of(page, &found).await?;
            ensure!(found == build_of(folder)?, "{found}");
            let offline = "return one('app').dataset.offline ?? '';";
            ensure!(page.ask::<String>(offline, &[]).await?.is_empty(), "how?");
            Ok(())
        },
    )
}

/// Changes what the site's cache holds under addresses that match: `damages` or `removes`. How many.
async fn spoil(page: &Page, what: &str, how: &str) -> Result<usize> {
    let script = "
        const [what, how] = arguments;
        return (async () => {
            let count = 0;
            for (const name of (await caches.keys()).filter(name => name.startsWith('graft ')))  {
                const cache = await caches.open(name);
                for (const request of await cache.keys()) {
                    if (!request.url.includes(what)) continue;
                    count += 1;
                    if (how === 'removes') { await cache.delete(request); continue; }
                    const { headers } = await cache.match(request);
                    await cache.put(request, new Response('tampered', { headers }));
                }
            }
            return count;
        })();";
    page.ask(script, &[json!(what), json!(how)]).await
}

#[test]
fn a_cache_that_was_tampered_with_or_is_half_filled_is_mended() -> Result {
    served("tampered", "/", as_it_is, async |browser, _, site| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        ready_offline(page).await?;
        for (what, how) in [
            ("worker", "damages"),
            ("index.html", "damages"),
            ("app", "damages"),
            ("model/", "damages"),
            ("samples", "removes"),
            ("style", "removes"),
            ("", "removes"),
            ("", "damages"),
        ] {
            let count = spoil(page, what, how).await?;
            ensure!(count > 0, "nothing is called {what}");
            page.reload().await?;
            ready_offline(page).await?;
        }
        site.stop();
        page.reload().await?;
        page.load_samples("fruit-birds").await?;
        Ok(())
    })
}

#[test]
fn it_can_be_installed() -> Result {
    served("install", "/some/path/", as_it_is, async |browser, _, _| {
        let page = &browser.page;
        page.open("?device=cpu&fresh").await?;
        ready_offline(page).await?;
        let cdp = browser.driver.cdp();
        let faults = cdp
            .send_raw("Page.getInstallabilityErrors", json!({}))
            .await?;
        // Pages of a browser that keeps nothing cannot be installed, whatever they are.
        let faults: Vec<String> = faults["installabilityErrors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|fault| Some(fault["errorId"].as_str()?.to_owned()))
            .filter(|id| id != "in-incognito")
            .collect();
        ensure!(faults.is_empty(), "{faults:?}");
        let manifest = cdp.send_raw("Page.getAppManifest", json!({})).await?;
        ensure!(
            manifest["errors"].as_array().is_some_and(Vec::is_empty),
            "{manifest}"
        );
        let url = manifest["url"].as_str().unwrap_or_default();
        ensure!(url.contains("/some/path/graft-"), "{url}");
        Ok(())
    })
}
