//! Memory while photos are added: the browser's processes as the system counts them, in a browser of its own, because a
//! peak is never forgotten.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use e2e::{Browser, Device, TempDir, made_photos};

use crate::report::{Row, Section, Unit};

/// A photo takes a tenth of a second or two on the CPU.
const A_PHOTO: Duration = Duration::from_secs(2);
/// Keeps the longest task of the page's thread, milliseconds; Chromium tells of those from 50 ms on (W3C Long Tasks).
const WATCH_TASKS: &str = "window.longest = 0;
    new PerformanceObserver(list => {
        for (const task of list.getEntries()) longest = Math.max(longest, task.duration);
    }).observe({ type: 'longtask' });";
/// Files that are handed over at once, as a person would choose them.
const AT_ONCE: usize = 250;

pub async fn measure(site: &str, photos: u32) -> Result<Section> {
    let folder = TempDir::new()?;
    let files = many(folder.path(), photos)?;
    let browser = Browser::launch(Device::Cpu, site).await?;
    let outcome = watch(&browser, &files).await;
    browser.driver.clone().quit().await?;
    outcome
}

/// Files that the app takes for as many photos: a picture's file may be followed by anything, and is another one then.
fn many(folder: &Path, photos: u32) -> Result<Vec<PathBuf>> {
    const PICTURES: u32 = 100;
    let mut files = made_photos(folder, photos.min(PICTURES))?;
    for number in PICTURES..photos {
        let mut bytes = fs::read(&files[(number % PICTURES) as usize])?;
        bytes.extend(number.to_le_bytes());
        let file = folder.join(format!("made-{number:05}.jpg"));
        fs::write(&file, bytes)?;
        files.push(file);
    }
    Ok(files)
}

async fn watch(browser: &Browser, files: &[PathBuf]) -> Result<Section> {
    let page = &browser.page;
    page.open("?device=cpu&fresh").await?;
    let renderer = renderer(&page_process_marker(browser).await?)?;
    let before = peak(renderer)?;
    browser.driver.execute(WATCH_TASKS, Vec::new()).await?;
    page.add_class("Stripes").await?;
    let begun = Instant::now();
    let mut done = 0;
    for part in files.chunks(AT_ONCE) {
        page.add_photos("Stripes", part).await?;
        done += part.len();
        page.embedded(done, A_PHOTO * part.len() as u32).await?;
    }
    let seconds = begun.elapsed().as_secs_f64();
    let n = files.len();
    let mut section = Section::new(
        &format!("Memory with {n} photos"),
        "The page's process (page, worker and all they compute with): its largest resident size, as the system counts it. Photos of \
         800 × 600 are added to one class through the page.",
    );
    let megabytes = |what: String, value: f64| Row::new(what, Unit::Megabytes, vec![value]);
    section
        .rows
        .push(megabytes("ready, no photo".into(), before));
    section
        .rows
        .push(megabytes(format!("peak with {n} photos"), peak(renderer)?));
    section.rows.push(megabytes(
        format!("resident afterwards, {n} photos"),
        resident(renderer)?,
    ));
    let longest = browser
        .driver
        .execute("return longest;", Vec::new())
        .await?;
    section.rows.push(Row::new(
        "the longest that the page could not answer meanwhile",
        Unit::Milliseconds,
        vec![longest.convert()?],
    ));
    let each = seconds * 1000.0 / n as f64;
    section.rows.push(Row::new(
        "a photo, from file to stored sample",
        Unit::Milliseconds,
        vec![each],
    ));
    page.click("class-add").await?;
    Ok(section)
}

/// The part of a command line that only this browser's processes have: its profile folder.
async fn page_process_marker(browser: &Browser) -> Result<String> {
    let capabilities = browser.driver.capabilities();
    let folder = capabilities
        .get("chrome")
        .and_then(|chrome| chrome["userDataDir"].as_str())
        .context("the browser does not name its profile")?;
    Ok(folder.to_owned())
}

/// The renderer with the most memory among the processes of the browser with this profile.
fn renderer(profile: &str) -> Result<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").context("memory is read from /proc, which only Linux has")? {
        let name = entry?.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let line = fs::read_to_string(format!("/proc/{id}/cmdline")).unwrap_or_default();
        if line.contains("--type=renderer") && line.contains(profile) {
            found.push((resident(id)? as u64, id));
        }
    }
    let largest = found.into_iter().max();
    Ok(largest.context("the browser has no renderer")?.1)
}

/// Megabytes.
fn peak(process: u32) -> Result<f64> {
    status(process, "VmHWM:")
}

fn resident(process: u32) -> Result<f64> {
    status(process, "VmRSS:")
}

fn status(process: u32, field: &str) -> Result<f64> {
    let text = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    Ok(kilobytes.with_context(|| format!("no {field} of the process"))? * 1024.0 / 1e6)
}
