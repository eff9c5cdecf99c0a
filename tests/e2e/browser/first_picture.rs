//! What shows before the page's program is there stands where the page will have it.

use anyhow::ensure;
use e2e::{Browser, Device, Result, SHORT, case};
use serde_json::json;

/// Where things are in whole pixels, and what they say; the page's own have test ids around them.
const PLACES: &str = "
    const parts = ['.topbar', '.topbar h1', '.topbar img', '.pages a', '.tagline', '.chip', '.heading', '.heading .number', 'h2',
        '.about', '.lead', '.steps', '.steps button'];
    const place = e => {
        const { x, y, width, height } = e.getBoundingClientRect();
        const { color, backgroundColor } = getComputedStyle(e);
        return [...[x, y, width, height].map(Math.round).map(String), color, backgroundColor];
    };
    const seen = e => e.checkVisibility() && e.getBoundingClientRect().y < innerHeight;
    return parts.map(part => [part, [...document.querySelectorAll(`.app ${part}`)].filter(seen).map(place)]);";

type Places = Vec<(String, Vec<Vec<String>>)>;

async fn places(browser: &Browser, size: (u32, u32), scheme: &str) -> Result<Places> {
    browser.resize(size.0, size.1).await?;
    browser.prefer(scheme).await?;
    browser.page.ask(PLACES, &[]).await
}

/// These addresses cannot be had.
async fn block(browser: &Browser, urls: &[&str]) -> Result {
    let urls = json!({ "urls": urls });
    browser.devtools("Network.setBlockedURLs", urls).await
}

#[test]
fn what_shows_first_is_where_the_page_will_have_it() {
    case("first-picture", Device::Cpu, async |browser| {
        // The program does not come.
        browser.expect_error("ERR_BLOCKED_BY_CLIENT");
        browser.devtools("Network.enable", json!({})).await?;
        block(browser, &["*/boot-*"]).await?;
        let page = &browser.page;
        let views = [
            ((1440, 900), "light"),
            ((1440, 900), "dark"),
            ((390, 844), "light"),
            ((390, 844), "dark"),
        ];
        let drawn = "return document.querySelectorAll('#first h2').length === 3;";
        browser.driver.goto(page.address()).await?;
        page.wait_for("the first picture", SHORT, drawn).await?;
        let mut first = Vec::new();
        for (size, scheme) in views {
            first.push(places(browser, size, scheme).await?);
            browser
                .screenshot(&format!("first-{}-{scheme}", size.0))
                .await?;
        }
        // It comes, and does not know its device yet.
        block(browser, &[]).await?;
        let slow = "GPU.prototype.requestAdapter = () => new Promise(() => {});";
        browser.before_every_page(slow).await?;
        browser
            .driver
            .goto(format!("{}?fresh", page.address()))
            .await?;
        let there = "return !document.getElementById('first') && !!one('class-add') && one('app').dataset.state === 'loading';";
        page.wait_for("the page", SHORT, there).await?;
        for ((size, scheme), first) in views.into_iter().zip(first) {
            let then = places(browser, size, scheme).await?;
            for ((part, before), (_, after)) in first.into_iter().zip(then) {
                ensure!(
                    !before.is_empty() || part == ".tagline" || part.starts_with(".steps"),
                    "no {part}"
                );
                // What follows may be more.
                let after = &after[..before.len().min(after.len())];
                ensure!(
                    before == after,
                    "{part} at {size:?}, {scheme}: {}",
                    json!([before, after])
                );
            }
        }
        Ok(())
    });
}
