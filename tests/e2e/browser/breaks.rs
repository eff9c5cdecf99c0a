//! Workers that break at a file, or whose memory has grown: the next one goes on with all that is there.

use std::fs::{self, File};
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, ensure};
use e2e::{
    Browser, Device, LONG, Page, Result, SHORT, TempDir, access, case_with, made_photos, photo,
    report, until,
};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::faults::{BREAK, fault, faulty, make};

#[test]
fn a_file_that_breaks_the_worker_is_blamed_by_name_and_the_others_go_on() {
    case_with(faulty, "culprit", Device::Cpu, async |browser: &Browser| {
        browser.expect_error("broken by the test");
        let page = &browser.page;
        let folder = TempDir::new()?;
        let photos = made_photos(folder.path(), 16)?;
        let culprit = &photos[5];
        page.open("?device=cpu&seed=1&workers=0").await?;
        make(page).await?;
        let head = page.head().await?;
        let bytes = std::fs::metadata(culprit)?.len();
        fault(page, &format!("file breaks {bytes}")).await?;
        page.reload().await?;
        page.add_class("things").await?;
        page.add_photos("things", &photos).await?;
        page.embedded(25, LONG).await?;
        page.ready().await?;
        let name = culprit
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let notices = page.notices().await?;
        ensure!(
            notices.iter().any(|n| n.text.contains(&name)),
            "{name} is not named: {notices:?}"
        );
        ensure!(page.head().await? == head, "a photo cost the head");
        // Again and again, as long as something gets done between.
        page.add_photos("things", std::slice::from_ref(culprit))
            .await?;
        page.ready().await?;
        page.embedded(25, LONG).await?;
        page.reload().await?;
        page.embedded(25, SHORT).await?;
        ensure!(page.head().await? == head, "a photo cost the head");
        let stored = report(page).await?;
        ensure!(stored.is_whole() && stored.photos == 25, "{stored:?}");
        Ok(())
    });
}

#[test]
fn a_change_made_by_hand_as_the_worker_breaks_is_made_by_the_next_one() {
    case_with(
        faulty,
        "change-as-it-breaks",
        Device::Cpu,
        async |browser: &Browser| {
            browser.expect_error("broken by the test");
            let page = &browser.page;
            page.open("?device=cpu&seed=1").await?;
            page.add_class("one").await?;
            // The break comes first, and takes what is behind it along.
            let script = format!("{BREAK} one('class-add').click();");
            page.ask::<()>(&script, &[]).await?;
            page.notice_after(0, "error").await?;
            page.ready().await?;
            until("the second class", SHORT, async || {
                Ok((page.classes().await?.len() == 2).then_some(()))
            })
            .await
        },
    );
}

/// A class of photos in a zip, each of so many bytes that reading it takes several calls; where the bytes of the one in
/// the middle lie.
fn zip_of_large(photos: &[PathBuf], file: &Path) -> Result<(String, Range<u64>)> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(File::create(file)?);
    let mut names = Vec::new();
    for photo in photos {
        let name = photo.file_name().context("a file")?.to_string_lossy();
        names.push(format!("things/{name}"));
        zip.start_file(names[names.len() - 1].as_str(), stored)?;
        zip.write_all(&fs::read(photo)?)?;
        // What follows a JPEG's end belongs to nobody.
        zip.write_all(&[0; 600_000])?;
    }
    zip.finish()?;
    let name = names.swap_remove(names.len() / 2);
    let mut zip = ZipArchive::new(File::open(file)?)?;
    let entry = zip.by_name(&name)?;
    let start = entry.data_start().context("it was written")?;
    Ok((name, start + 1..start + entry.size()))
}

#[test]
fn a_photo_of_a_zip_that_breaks_the_worker_is_blamed_by_name_and_the_rest_of_the_zip_goes_on() {
    case_with(
        faulty,
        "culprit-in-zip",
        Device::Cpu,
        async |browser: &Browser| {
            browser.expect_error("broken by the test");
            let page = &browser.page;
            let folder = TempDir::new()?;
            let photos = made_photos(folder.path(), 9)?;
            let file = folder.path().join("photos.zip");
            let (culprit, bytes) = zip_of_large(&photos, &file)?;
            page.open("?device=cpu&seed=1").await?;
            fault(page, &format!("zip {} {}", bytes.start, bytes.end)).await?;
            page.reload().await?;
            page.upload("dataset-files", &[file]).await?;
            page.embedded(8, LONG).await?;
            page.ready().await?;
            let notices = page.notices().await?;
            ensure!(
                notices.iter().any(|n| n.text.contains(&culprit)),
                "{culprit} is not named: {notices:?}"
            );
            browser.screenshot("culprit-in-zip").await?;
            page.reload().await?;
            page.embedded(8, SHORT).await?;
            let stored = report(page).await?;
            ensure!(stored.is_whole() && stored.photos == 8, "{stored:?}");
            Ok(())
        },
    );
}

/// How many workers that have the project were started.
async fn started(page: &Page) -> Result<usize> {
    page.ask(
        "return caches.open('started').then(c => c.keys()).then(k => k.length);",
        &[],
    )
    .await
}

#[test]
fn a_worker_whose_memory_has_grown_is_replaced_when_idle_and_nothing_on_its_way_is_lost() {
    case_with(faulty, "grown", Device::Cpu, async |browser: &Browser| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        fault(page, &format!("grows {} now", 600 << 20)).await?;
        page.reload().await?;
        make(page).await?;
        let head = page.head().await?;
        let before = started(page).await?;
        // It grows; the change wakes it, and is followed by others.
        let script = "
            document.activeElement?.blur();
            new BroadcastChannel('grow').postMessage('now');
            return new Promise(done => setTimeout(done, 200)).then(() => {
                for (let i = 0; i < 3; i += 1) one('class-add').click();
                return true;
            });";
        page.ask::<bool>(script, &[]).await?;
        until("another worker", LONG, async || {
            Ok((started(page).await? > before).then_some(()))
        })
        .await?;
        page.ready().await?;
        page.embedded(10, LONG).await?;
        until("all classes", SHORT, async || {
            Ok((page.classes().await?.len() == 5).then_some(()))
        })
        .await?;
        ensure!(page.head().await? == head, "the head is another");
        let said = page.notices().await?;
        ensure!(said.iter().all(|n| n.kind == "info"), "{said:?}");
        ensure!(access(page).await?.writer, "it lost the project to nobody");
        // The next one works, and stays.
        let class = page.classes().await?[0].name.clone();
        page.add_photos(&class, &[photo("bird_2.jpg")?]).await?;
        page.embedded(11, LONG).await?;
        page.try_photos(&[photo("bird_1.jpg")?], LONG).await?;
        ensure!(started(page).await? == before + 1, "workers come and go");
        page.reload().await?;
        page.embedded(11, SHORT).await?;
        let stored = report(page).await?;
        ensure!(stored.is_whole() && stored.photos == 11, "{stored:?}");
        Ok(())
    });
}

const NETWORK: &str = "efficientnet-lite0-224";
const OTHER_NETWORK: &str = "efficientnet-lite0-160";

/// Work that can be cut off, and how it is begun.
#[derive(Debug, Clone, Copy)]
enum Work {
    AddSamples,
    Train,
    FineTune,
    Compare,
    MeasureCurve,
    ProbeLayers,
    OpenHead,
    ChangeNetwork,
    Try,
}
const ALL_WORK: [Work; 9] = [
    Work::AddSamples,
    Work::Train,
    Work::FineTune,
    Work::Compare,
    Work::MeasureCurve,
    Work::ProbeLayers,
    Work::OpenHead,
    Work::ChangeNetwork,
    Work::Try,
];

impl Work {
    async fn begin(self, page: &Page, more: &[PathBuf], head: &Path) -> Result {
        let class = page.classes().await?[0].name.clone();
        match self {
            Self::AddSamples => page.add_photos(&class, more).await,
            Self::Train => page.click("train").await,
            Self::FineTune => {
                page.click("method-fine-tuning").await?;
                page.choose("tune-depth", "last-block").await?;
                page.click("train").await
            }
            Self::Compare => {
                page.go_to("lab").await?;
                page.fill("lab-photos", "2").await?;
                page.click("lab-run").await
            }
            Self::MeasureCurve => {
                page.go_to("lab").await?;
                page.click("curve-run").await
            }
            Self::ProbeLayers => {
                page.go_to("lab").await?;
                page.click("lab-depth-run").await
            }
            Self::OpenHead => page.upload("head-open", &[head.to_owned()]).await,
            Self::ChangeNetwork => page.choose("backbone-select", OTHER_NETWORK).await,
            Self::Try => page.upload("try-files", more).await,
        }
    }
}

/// The photos of a project with a head, after work was cut off. Those on their way were handed over again or, with the
/// page, are gone; nothing else is.
async fn check_after(page: &Page, photos: Range<usize>) -> Result<usize> {
    page.ready().await?;
    let count = until("the photos", LONG, async || {
        let count = page.count().await?;
        let quiet = page.classes().await?.iter().all(|class| class.pending == 0);
        Ok((quiet && photos.contains(&count)).then_some(count))
    })
    .await?;
    if page.app().await?.backbone != NETWORK {
        page.choose("backbone-select", NETWORK).await?;
        page.embedded(count, LONG).await?;
    }
    until("the head", LONG, async || Ok(page.head().await?)).await?;
    let stored = report(page).await?;
    ensure!(
        stored.is_whole() && stored.photos == count,
        "{count}: {stored:?}"
    );
    Ok(count)
}

#[test]
fn a_break_and_a_closed_tab_in_any_work_cost_no_photo_and_no_head() {
    case_with(faulty, "cut-off", Device::Cpu, async |browser: &Browser| {
        browser.expect_error("broken by the test");
        let page = &browser.page;
        let folder = TempDir::new()?;
        let more = made_photos(folder.path(), 4 * ALL_WORK.len() as u32)?;
        let mut more = more.chunks(2);
        let address = "?device=cpu&seed=1";
        page.open(address).await?;
        make(page).await?;
        page.click("head-save").await?;
        let head = browser.downloaded(".safetensors").await?;
        let mut count = 10;
        for work in ALL_WORK {
            for closed in [false, true] {
                page.open(address).await?;
                page.embedded(count, LONG).await?;
                if !closed {
                    // A page that has lived so long did not break at its start (`src/web/starts.rs`).
                    tokio::time::sleep(Duration::from_millis(3200)).await;
                }
                let more = more.next().unwrap_or_default();
                work.begin(page, more, &head).await?;
                let added = if matches!(work, Work::AddSamples) {
                    more.len()
                } else {
                    0
                };
                tokio::time::sleep(Duration::from_millis(150)).await;
                let least = if closed {
                    page.open(address).await?;
                    count
                } else {
                    let before = page.notices().await?.len();
                    page.ask::<()>(BREAK, &[]).await?;
                    page.notice_after(before, "error").await?;
                    count + added
                };
                let found = check_after(page, least..count + added + 1).await;
                let cut = if closed {
                    "tab closed"
                } else {
                    "worker broken"
                };
                count = found.map_err(|why| why.context(format!("{work:?}, {cut}")))?;
            }
        }
        page.try_photos(&[photo("bird_1.jpg")?], LONG).await?;
        Ok(())
    });
}
