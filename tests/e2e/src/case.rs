//! A test case from start to end.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use anyhow::Context;
use xtask::serve::Site;

use crate::{Browser, Result, Setup, TempDir};

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
pub fn case(name: &str, setup: impl Into<Setup>, test: impl AsyncFnOnce(&Browser) -> Result) {
    run(name, setup, site(), test);
}

/// The same with the site below a path.
pub fn case_at(
    prefix: &str,
    name: &str,
    setup: impl Into<Setup>,
    test: impl AsyncFnOnce(&Browser) -> Result,
) {
    run(name, setup, &serve(prefix), test);
}

/// The same with a copy of the site in which `change` broke something.
pub fn case_with(
    change: impl FnOnce(&Path) -> Result,
    name: &str,
    setup: impl Into<Setup>,
    test: impl AsyncFnOnce(&Browser) -> Result,
) {
    let copy = TempDir::new().expect("there is room for a copy of the site");
    let served = copy_site(copy.path())
        .and_then(|()| change(copy.path()))
        .and_then(|()| Site::start(copy.path(), "/", 0).map_err(anyhow::Error::msg));
    match served {
        Ok(site) => run(name, setup, &site.url(), test),
        Err(why) => panic!("{name}: {why:#}"),
    }
}

/// The engines that run on the CPU: for browsers without relaxed SIMD, and with it.
pub const ON_CPU: [&str; 2] = ["worker", "worker_relaxed"];

/// Has a script run, in a copy of the site, before each of these engines starts.
pub fn before_engines(site: &Path, engines: &[&str], script: &str) -> Result {
    for engine in engines {
        let start = format!("{engine}_loader-");
        let loader = file_of(site, &start)?;
        let text = fs::read_to_string(&loader)?;
        fs::write(loader, format!("{script}\n{text}"))?;
    }
    Ok(())
}

/// The file whose address, relative to the page, begins so: its end is its content's hash.
pub fn file_of(site: &Path, start: &str) -> Result<PathBuf> {
    let files = xtask::addresses::files(site).map_err(anyhow::Error::msg)?;
    let found = files.into_iter().find(|file| file.starts_with(start));
    let found = found.with_context(|| format!("the site has no file {start}…"))?;
    Ok(site.join(found))
}

/// A copy of the built site, to be changed.
pub fn copy_site(to: &Path) -> Result {
    copy_folder(&xtask::paths::dist(), to)
}

fn copy_folder(from: &Path, to: &Path) -> Result {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (file, copy) = (entry.path(), to.join(entry.file_name()));
        // A copy is there to be changed, and the server would prefer what was compressed before.
        let compressed = file.extension().is_some_and(|ending| ending == "br");
        if file.is_dir() {
            copy_folder(&file, &copy)?;
        } else if !compressed {
            fs::copy(file, copy)?;
        }
    }
    Ok(())
}

fn run(name: &str, setup: impl Into<Setup>, url: &str, test: impl AsyncFnOnce(&Browser) -> Result) {
    if let Err(why) = outcome(name, setup, url, test) {
        panic!("{name}: {why:#}");
    }
}

/// What a test in a browser of its own comes to.
pub fn outcome(
    name: &str,
    setup: impl Into<Setup>,
    url: &str,
    test: impl AsyncFnOnce(&Browser) -> Result,
) -> Result {
    let started = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let outcome = runtime.block_on(async {
        let browser = Browser::launch(setup, url).await?;
        let outcome = test(&browser).await;
        if outcome.is_err() {
            tell(&browser, name).await;
        }
        let closed = browser.close().await;
        outcome.and(closed)
    });
    // Past the test runner's capture of what is printed: the person who waits sees it between
    // the name of the test and its result.
    let _ = write!(
        std::io::stdout(),
        "{:.1} s ... ",
        started.elapsed().as_secs_f32()
    );
    outcome
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
