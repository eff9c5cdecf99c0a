//! Large projects: added, trained, changed and opened again, with what each took.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::ensure;
use e2e::{Device, Page, Result, SHORT, TempDir, case, small_photo, until, zip_of};

use super::state::{app, app_says, quiet, stored};

/// For all photos of a project.
const PATIENCE: Duration = Duration::from_secs(3600);

/// The longest that the page was busy without a break, in milliseconds, since this ran the last time, and what it did in the
/// longest frame (the Long Tasks and Long Animation Frames specifications); it watches on.
const LONGEST: &str = "
    const seen = window.soakSeen ?? { busy: 0, frame: 0, what: '', script: 0, who: '' };
    window.soakSeen = { busy: 0, frame: 0, what: '', script: 0, who: '' };
    window.soakWatch ??= ['longtask', 'long-animation-frame'].map(type => {
        const watch = new PerformanceObserver(list => list.getEntries().forEach(entry => {
            const now = window.soakSeen;
            if (type === 'longtask') { now.busy = Math.max(now.busy, entry.duration); return; }
            for (const s of entry.scripts) {
                if (s.duration > now.script) { now.script = s.duration; now.who = s.invoker; }
            }
            if (entry.duration <= now.frame) return;
            now.frame = entry.duration;
            const end = entry.startTime + entry.duration;
            const layout = entry.styleAndLayoutStart ? end - entry.styleAndLayoutStart : 0;
            const scripts = entry.scripts.map(s => `${s.invoker} ${Math.round(s.duration)}`).join(', ');
            now.what = `${Math.round(layout)} ms style and layout; ${scripts}`;
        }));
        watch.observe({ type });
        return watch;
    });
    return [Math.round(seen.busy), Math.round(seen.frame), `${seen.what}; longest script: ${seen.who} ${Math.round(seen.script)}`];";

struct Size<'a> {
    page: &'a Page,
    name: &'a str,
    started: Instant,
}

impl Size<'_> {
    /// Prints what a part took, and begins the next.
    async fn took(&mut self, what: &str) -> Result {
        let (busy, frame, did): (u64, u64, String) = self.page.ask(LONGEST, &[]).await?;
        println!(
            "{}: {what} took {:.1} s; the page was busy for {busy} ms at most (longest frame: {frame} ms, {did})",
            self.name,
            self.started.elapsed().as_secs_f64()
        );
        self.started = Instant::now();
        Ok(())
    }

    async fn counts(&self, classes: usize, photos: usize) -> Result {
        until(
            &format!("{photos} photos in {classes} classes"),
            PATIENCE,
            async || {
                // To look at a thousand cards keeps the page busy: once, at the end.
                if app(self.page, "state").await?.as_deref() != Some("ready") {
                    return Ok(None);
                }
                let cards = self.page.classes().await?;
                let count: usize = cards.iter().map(|card| card.count).sum();
                let done = cards.len() == classes
                    && count == photos
                    && cards.iter().all(|card| card.pending == 0);
                Ok(done.then_some(()))
            },
        )
        .await
    }
}

/// A project out of a zip with so many classes of so many photos each.
fn size(name: &str, classes: usize, photos: usize) {
    case(name, Device::Cpu, async |browser| {
        let page = &browser.page;
        let folder = TempDir::new()?;
        let mut number = 0;
        let mut class = |of: usize| -> Result<(String, Vec<PathBuf>)> {
            let files = (0..photos).map(|_| {
                number += 1;
                small_photo(folder.path(), number)
            });
            Ok((format!("class {of:04}"), files.collect::<Result<_>>()?))
        };
        let made: Vec<_> = (0..classes).map(&mut class).collect::<Result<_>>()?;
        let zip = folder.path().join("project.zip");
        zip_of(&zip, &made)?;
        let all = classes * photos;

        page.open("?device=cpu&seed=1").await?;
        let knows_tabs = app(page, "writer").await?.is_some();
        let started = Instant::now();
        let mut size = Size {
            page,
            name,
            started,
        };
        size.took("nothing").await?;
        page.upload("dataset-files", &[zip]).await?;
        size.counts(classes, all).await?;
        quiet(page).await?;
        size.took("adding").await?;
        page.ask::<()>("one('train').click();", &[]).await?;
        until("the head", PATIENCE, async || {
            let running: bool = page.ask("return !!one('train-stop');", &[]).await?;
            Ok(page.head().await?.filter(|_| !running))
        })
        .await?;
        size.took("training").await?;

        // Still usable: a class renamed, a photo ticked, gone and back.
        page.rename_class("class 0000", "the first").await?;
        size.took("renaming a class").await?;
        page.ask::<()>("one('photo-select', card('the first')).click();", &[])
            .await?;
        page.wait_for("the tick", SHORT, "return !!one('photos-delete');")
            .await?;
        size.took("ticking a photo").await?;
        page.ask::<()>("one('photos-unselect').click();", &[])
            .await?;
        let delete = "one('photo-delete', card('the first')).click();";
        page.ask::<()>(delete, &[]).await?;
        size.counts(classes, all - 1).await?;
        size.took("deleting a photo").await?;
        page.ask::<()>("one('undo').click();", &[]).await?;
        size.counts(classes, all).await?;
        size.took("bringing it back").await?;

        if knows_tabs {
            app_says(page, "stored", "true").await?;
        }
        size.started = Instant::now();
        page.reload().await?;
        size.counts(classes, all).await?;
        size.took("opening it again").await?;
        let found = until("the stored photos", SHORT, async || {
            stored(page).await.map(Some)
        })
        .await?;
        let there = found.classes.iter().map(|class| class.photos.len());
        ensure!(
            there.clone().sum::<usize>() == all,
            "{} are stored",
            there.sum::<usize>()
        );
        ensure!(found.is_whole(), "{found:?}");
        Ok(())
    });
}

#[test]
#[ignore = "takes half an hour"]
fn ten_thousand_photos() {
    size("10,000 photos", 10, 1000);
}

#[test]
#[ignore = "takes five minutes"]
fn two_hundred_classes() {
    size("200 classes of 10", 200, 10);
}

#[test]
#[ignore = "takes half an hour"]
fn a_thousand_classes() {
    size("1,000 classes of 10", 1000, 10);
}
