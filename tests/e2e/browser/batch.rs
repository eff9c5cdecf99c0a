//! Many photos at once: a table of answers and sorted photos, and nothing of the project changes by it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use e2e::{
    Browser, Device, LONG, ON_CPU, Page, Result, SHORT, TempDir, TryResult, before_engines, case,
    case_with, made_photos, sample_classes, until,
};
use serde::Deserialize;

const ADDRESS: &str = "?device=cpu&seed=1&backbone=efficientnet-lite0-160";

async fn trained(page: &Page, query: &str) -> Result {
    page.open(&format!("{ADDRESS}{query}")).await?;
    for (class, photos) in sample_classes("fruit-birds")? {
        page.add_class(&class).await?;
        page.add_photos(&class, &photos[..5]).await?;
    }
    page.embedded(10, LONG).await?;
    page.train(LONG).await?;
    page.ask::<()>("one('batch').open = true;", &[]).await?;
    Ok(())
}

/// Twenty photos in folders, one of them none; each file by its path from the folder's name on.
fn folder(into: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    let mut put = |path: &str, from: Option<&Path>| -> Result {
        let file = into.join(path);
        fs::create_dir_all(file.parent().context("it has a folder")?)?;
        match from {
            Some(from) => drop(fs::copy(from, &file)?),
            None => fs::write(&file, "no photo")?,
        }
        files.insert(path.to_owned(), file);
        Ok(())
    };
    for (number, (_, photos)) in sample_classes("fruit-birds")?.into_iter().enumerate() {
        for (i, photo) in photos[5..].iter().enumerate().take(9) {
            put(&format!("holiday/day {i}/{number}-{i}.jpg"), Some(photo))?;
        }
    }
    put("holiday/broken.jpg", None)?;
    let (_, photos) = &sample_classes("fruit-birds")?[0];
    put("holiday/=1+1.jpg", Some(&photos[5]))?;
    Ok(files)
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Progress {
    done: usize,
    of: usize,
    state: String,
}

async fn progress(page: &Page) -> Result<Option<Progress>> {
    let script = "
        const of = one('batch-progress')?.dataset;
        return of ? { done: Number(of.done), of: Number(of.of), state: of.state } : null;";
    page.ask(script, &[]).await
}

async fn reaches(page: &Page, what: &str, is: impl Fn(&Progress) -> bool) -> Result<Progress> {
    until(what, LONG, async || Ok(progress(page).await?.filter(&is))).await
}

async fn is_done(page: &Page, of: usize) -> Result {
    let done = |p: &Progress| p.state == "done" && p.done == of && p.of == of;
    reaches(page, "the end of the batch", done).await?;
    page.ready().await?;
    Ok(())
}

/// Lines by their first cell.
async fn table(browser: &Browser) -> Result<BTreeMap<String, Vec<String>>> {
    browser.page.click("batch-csv").await?;
    let file = browser.downloaded("answers.csv").await?;
    let text = fs::read_to_string(&file)?;
    fs::remove_file(file)?;
    let lines = text.trim_start_matches('\u{feff}').lines();
    let cells = lines.map(|line| line.split(',').map(str::to_owned).collect());
    Ok(cells
        .map(|line: Vec<String>| (line[0].clone(), line))
        .collect())
}

/// The line says what Try says of a photo.
fn is_tries(header: &[String], line: &[String], tried: &TryResult) -> Result {
    ensure!(line[1] == tried.top, "{line:?} for {tried:?}");
    for prediction in &tried.predictions {
        let column = header.iter().position(|name| *name == prediction.class);
        let cell = &line[column.context("it has a column")?];
        // Other workers embed where there are some, with other instructions.
        let off = (cell.parse::<f64>()? - prediction.confidence).abs();
        ensure!(off < 1e-4, "{line:?} for {tried:?}");
    }
    Ok(())
}

#[test]
fn a_folder_becomes_a_table_of_what_try_says() {
    case("batch", Device::Cpu, async |browser| {
        let page = &browser.page;
        trained(page, "&fresh&workers=2").await?;
        let temp = TempDir::new()?;
        let files = folder(temp.path())?;
        let classes = page.classes().await?;
        page.upload("batch-folder", &[temp.path().join("holiday")])
            .await?;
        is_done(page, 20).await?;
        browser
            .check_accessibility("answers for many photos")
            .await?;
        ensure!(page.classes().await? == classes, "the project changed");
        ensure!(
            page.results().await?.is_empty(),
            "they are no results of Try"
        );
        let found = table(browser).await?;
        ensure!(found.len() == 21, "{found:?}");
        let header = &found["file"];
        let columns = ["file", "answer", "unknown", "seconds", "problem"];
        let (first, last) = (&header[..2], &header[4..]);
        ensure!([first, last].concat() == columns, "{header:?}");
        let broken = &found["holiday/broken.jpg"];
        ensure!(broken[1..6].iter().all(String::is_empty), "{broken:?}");
        ensure!(!broken[6].is_empty(), "it says why: {broken:?}");
        ensure!(
            found.contains_key("holiday/=1+1.jpg"),
            "a path is no formula"
        );
        let photos: Vec<PathBuf> = files
            .iter()
            .filter(|(path, _)| !path.contains("broken"))
            .map(|(_, file)| file.clone())
            .collect();
        let tried = page.try_photos(&photos, LONG).await?;
        for result in &tried {
            let line = found.values().find(|line| line[0].ends_with(&result.file));
            is_tries(header, line.with_context(|| result.file.clone())?, result)?;
        }
        // Sorted, each photo is in the folder of its answer.
        page.click("batch-sorted").await?;
        let zip = browser.downloaded("answers.zip").await?;
        let mut zip = zip::ZipArchive::new(fs::File::open(zip)?)?;
        ensure!(zip.len() == 19, "{} photos", zip.len());
        for i in 0..zip.len() {
            let path = zip.by_index(i)?.name()?.into_owned();
            let (folder, name) = path.split_once('/').context("it is in a folder")?;
            let stem = name.trim_end_matches(".jpg");
            let line = found
                .values()
                .find(|line| line[0].contains(&format!("/{stem}.")));
            let line = line.with_context(|| path.clone())?;
            ensure!(line[1] == folder, "{path}: {line:?}");
        }
        page.click("batch-forget").await?;
        let gone = "return !one('batch-progress');";
        page.wait_for("nothing of it", SHORT, gone).await
    });
}

#[test]
fn a_batch_is_paused_and_goes_on_after_a_reload() {
    case("batch-reload", Device::Cpu, async |browser| {
        let page = &browser.page;
        trained(page, "&workers=0").await?;
        let temp = TempDir::new()?;
        let folder = temp.path().join("many");
        fs::create_dir(&folder)?;
        made_photos(&folder, 120)?;
        page.upload("batch-folder", std::slice::from_ref(&folder))
            .await?;
        reaches(page, "some answers", |p| p.done > 0 && p.of == 120).await?;
        page.click("batch-pause").await?;
        let paused = reaches(page, "the pause", |p| p.state == "paused").await?;
        ensure!(paused.done < 120, "it was too fast: {paused:?}");
        page.ready().await?;
        let half = table(browser).await?;
        ensure!(half.len() == paused.done + 1, "{} lines", half.len());
        ensure!(progress(page).await? == Some(paused.clone()), "it goes on");
        page.click("batch-pause").await?;
        let more = |p: &Progress| p.done > paused.done;
        reaches(page, "more answers", more).await?;
        page.reload().await?;
        let missing = |p: &Progress| p.state == "missing";
        let missing = reaches(page, "what was answered", missing).await?;
        ensure!(
            missing.of == 120 && missing.done >= paused.done,
            "{missing:?}"
        );
        let before = table(browser).await?;
        ensure!(before.len() == missing.done + 1, "{} lines", before.len());
        page.upload("batch-folder", &[folder]).await?;
        is_done(page, 120).await?;
        let whole = table(browser).await?;
        ensure!(whole.len() == 121, "{} lines", whole.len());
        // Its seconds would be others.
        for (path, line) in half.iter().chain(&before) {
            ensure!(&whole[path] == line, "{path} was done twice");
        }
        Ok(())
    });
}

/// Each worker tells how much memory its program has, whenever it is asked.
const MEMORY: &str = "
    const { instantiateStreaming } = WebAssembly;
    WebAssembly.instantiateStreaming = async (...args) => {
        const made = await instantiateStreaming.apply(WebAssembly, args);
        const channel = new BroadcastChannel('memory');
        channel.onmessage = event => {
            if (event.data === 'ask') channel.postMessage(made.instance.exports.memory.buffer.byteLength);
        };
        return made;
    };
";

/// Bytes of all workers.
async fn memory(page: &Page) -> Result<u64> {
    let script = "
        const channel = new BroadcastChannel('memory');
        let sum = 0;
        channel.onmessage = event => (sum += Number(event.data));
        channel.postMessage('ask');
        return new Promise(done => setTimeout(() => { channel.close(); done(sum); }, 1500));";
    page.ask(script, &[]).await
}

#[test]
fn hundreds_of_photos_take_no_more_memory_than_dozens() {
    let tells = |site: &Path| before_engines(site, &ON_CPU, MEMORY);
    case_with(tells, "batch-memory", Device::Cpu, async |browser| {
        let page = &browser.page;
        trained(page, "&fresh&workers=0").await?;
        let temp = TempDir::new()?;
        made_photos(temp.path(), 300)?;
        let mut photos: Vec<PathBuf> = fs::read_dir(temp.path())?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        photos.sort_unstable();
        page.upload("batch-files", &photos[..40]).await?;
        is_done(page, 40).await?;
        let before = memory(page).await?;
        ensure!(before > 1 << 20, "{before} bytes are no program's");
        page.upload("batch-files", &photos[40..]).await?;
        is_done(page, 300).await?;
        let after = memory(page).await?;
        println!("{before} bytes after 40 photos, {after} after 300");
        // A photo is 48 kB here, and 1.4 MB of pixels.
        ensure!(after < before + (4 << 20), "{before} bytes became {after}");
        Ok(())
    });
}

#[test]
#[ignore = "makes pictures, checks nothing"]
fn gallery_of_a_batch() {
    case("gallery-batch", Device::Cpu, async |browser| {
        let page = &browser.page;
        trained(page, "&workers=0").await?;
        let temp = TempDir::new()?;
        folder(temp.path())?;
        let shoot = async |moment: &str| -> Result {
            for scheme in ["light", "dark"] {
                for (size, width, height) in [("wide", 1400, 1000), ("phone", 390, 844)] {
                    browser.prefer(scheme).await?;
                    browser.resize(width, height).await?;
                    let show = "one('batch').scrollIntoView({ block: 'center' });";
                    page.ask::<()>(show, &[]).await?;
                    let name = format!("batch-{moment}-{size}-{scheme}");
                    println!("{}", browser.screenshot(&name).await?.display());
                }
            }
            Ok(())
        };
        shoot("empty").await?;
        page.upload("batch-folder", &[temp.path().join("holiday")])
            .await?;
        is_done(page, 20).await?;
        shoot("done").await?;
        page.reload().await?;
        reaches(page, "the answers", |p| p.done == 20).await?;
        shoot("reloaded").await
    });
}
