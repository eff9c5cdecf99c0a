//! A test case from start to end.

use std::sync::OnceLock;
use std::time::Instant;

use xtask::serve::Site;

use crate::{Browser, Device, Result};

/// The built site, served from the root of an origin; one for all tests.
pub fn site() -> &'static str {
    static SITE: OnceLock<String> = OnceLock::new();
    SITE.get_or_init(|| serve("/"))
}

/// The built site, served below `prefix`.
fn serve(prefix: &str) -> String {
    match Site::start(&xtask::paths::dist(), prefix, 0) {
        Ok(site) => site.url(),
        Err(why) => panic!("{why}"),
    }
}

/// Runs `test` in a browser of its own.
pub fn case(name: &str, device: Device, test: impl AsyncFnOnce(&Browser) -> Result) {
    run(name, device, site(), test);
}

/// The same with the site below a path.
pub fn case_at(
    prefix: &str,
    name: &str,
    device: Device,
    test: impl AsyncFnOnce(&Browser) -> Result,
) {
    run(name, device, &serve(prefix), test);
}

fn run(name: &str, device: Device, url: &str, test: impl AsyncFnOnce(&Browser) -> Result) {
    let started = Instant::now();
    match outcome(name, device, url, test) {
        Ok(()) => println!("{name}: {:.1} s", started.elapsed().as_secs_f32()),
        Err(why) => panic!("{name}: {why:#}"),
    }
}

/// What a test in a browser of its own comes to.
pub fn outcome(
    name: &str,
    device: Device,
    url: &str,
    test: impl AsyncFnOnce(&Browser) -> Result,
) -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let browser = Browser::launch(device, url).await?;
        let outcome = test(&browser).await;
        if outcome.is_err() {
            tell(&browser, name).await;
        }
        let closed = browser.close().await;
        outcome.and(closed)
    })
}

/// Everything that helps to see why a test failed.
async fn tell(browser: &Browser, name: &str) {
    match browser.screenshot(name).await {
        Ok(file) => println!("{name}: the page as it was then: {}", file.display()),
        Err(why) => println!("{name}: no screenshot: {why}"),
    }
    match browser.page.describe().await {
        Ok(text) => println!("{name}: the page says: {text}"),
        Err(why) => println!("{name}: the page says nothing: {why}"),
    }
    if let Ok(errors) = browser.console_errors().await
        && !errors.is_empty()
    {
        println!("{name}: the console says: {errors:#?}");
    }
}
