//! Head files that are rare, wrong or hostile: each opens or is refused with a sentence, and the project is as before.

mod made;

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use data::problem::StorageProblem;
use e2e::{
    Device, HeadInfo, LONG, Page, Result, SHORT, TempDir, case, photo, sample_classes,
    says_storage, until,
};
use made::{base64, head_case, of_classes};
use serde_json::json;

/// In `tests/cases/heads`, whether they open, and how many classes they have then.
const CASES: [(&str, Option<usize>); 7] = [
    ("control", Some(3)),
    ("classes-350-measured", Some(350)),
    ("name-of-200000-letters", Some(3)),
    ("odd-names", Some(18)),
    ("logits-overflow", None),
    ("scale-overflows", None),
    ("other-network-wrong-hash", None),
];

/// A project with a head of its own, stored.
async fn trained(page: &Page) -> Result<HeadInfo> {
    page.open("?device=cpu&seed=1").await?;
    for (class, photos) in sample_classes("fruit-birds")? {
        page.add_class(&class).await?;
        page.add_photos(&class, &photos[..5]).await?;
    }
    page.embedded(10, LONG).await?;
    page.train(LONG).await?;
    page.head().await?.context("no head after training")
}

/// Opens a file and waits until it is in use, or refused: then what was said.
async fn open(page: &Page, file: &Path) -> Result<Option<String>> {
    let (before, head) = (page.notices().await?.len(), page.head().await?);
    page.upload("head-open", &[file.to_owned()]).await?;
    let what = format!("{} to open or be refused", file.display());
    until(&what, LONG, async || {
        let later = page.notices().await?.into_iter().skip(before);
        let refused = later
            .into_iter()
            .find(|n| n.kind == "error")
            .map(|n| n.text);
        let opened = page.head().await? != head;
        Ok((opened || refused.is_some()).then_some(refused))
    })
    .await
}

/// How many classes the head in use has; those folded away are not on the page.
async fn classes(page: &Page) -> Result<usize> {
    let script = "
        const info = one('head-info');
        info.querySelectorAll('details').forEach(d => { d.open = true; });
        return info.querySelectorAll('.tag').length;";
    page.ask(script, &[]).await
}

/// Neither wider than the window nor run.
async fn is_sound(page: &Page, name: &str) -> Result {
    let (wide, ran): (bool, bool) = page
        .ask(
            "const root = document.documentElement;
             return [root.scrollWidth > root.clientWidth, window.ran !== undefined];",
            &[],
        )
        .await?;
    ensure!(!wide, "{name} makes the page wider than the window");
    ensure!(!ran, "{name} ran a script");
    Ok(())
}

async fn back_again(page: &Page, own: &HeadInfo) -> Result {
    until("the head that was trained", SHORT, async || {
        Ok((page.head().await?.as_ref() == Some(own)).then_some(()))
    })
    .await
}

#[test]
fn every_case_opens_or_is_refused_and_undo_brings_the_head_back() {
    case("odd-heads", Device::Cpu, async |browser| {
        let page = &browser.page;
        let own = trained(page).await?;
        for (name, expected) in CASES {
            let said = open(page, &head_case(name)?).await?;
            is_sound(page, name).await?;
            match (said, expected) {
                (None, Some(count)) => {
                    until(&format!("all classes of {name}"), SHORT, async || {
                        Ok((classes(page).await? == count).then_some(()))
                    })
                    .await?;
                    is_sound(page, name).await?;
                    let results = page.try_photos(&[photo("bird_1.jpg")?], LONG).await?;
                    let probabilities = results[0].predictions.iter().map(|p| p.confidence);
                    ensure!(
                        probabilities.clone().count() > 0,
                        "{name}: no probability is shown"
                    );
                    for probability in probabilities {
                        ensure!(
                            (0.0..=1.0).contains(&probability),
                            "{name}: a probability of {probability}"
                        );
                    }
                    page.click("results-clear").await?;
                    page.click("undo").await?;
                }
                (Some(said), None) => {
                    ensure!(said.len() > 20 && !said.contains("NaN"), "{name}: {said:?}");
                }
                (said, expected) => anyhow::bail!("{name}: {said:?}, expected {expected:?}"),
            }
            back_again(page, &own)
                .await
                .with_context(|| name.to_owned())?;
            let app = page.app().await?;
            ensure!(
                app.backbone == own.backbone && app.state == "ready",
                "{name}: {app:?}"
            );
        }
        page.reload().await?;
        page.embedded(10, LONG).await?;
        ensure!(
            page.most_pending().await? == 0,
            "photos were embedded again"
        );
        back_again(page, &own).await
    });
}

#[test]
fn an_opened_head_and_the_one_before_it_survive_a_reload() {
    case("head-before", Device::Cpu, async |browser| {
        let page = &browser.page;
        let own = trained(page).await?;
        ensure!(
            open(page, &head_case("odd-names")?).await?.is_none(),
            "it was refused"
        );
        let opened = page.head().await?.context("no head")?;
        page.reload().await?;
        back_again(page, &opened).await?;
        page.click("undo").await?;
        back_again(page, &own).await?;
        page.reload().await?;
        back_again(page, &own).await
    });
}

/// A head for another network takes its network with it, and undo goes back to both.
#[test]
fn a_head_for_another_network_is_taken_back_with_its_network() {
    case("head-other-network", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&backbone=efficientnet-lite0-160&seed=1")
            .await?;
        for (class, photos) in sample_classes("fruit-birds")? {
            page.add_class(&class).await?;
            page.add_photos(&class, &photos[..3]).await?;
        }
        page.embedded(6, LONG).await?;
        page.train(LONG).await?;
        let own = page.head().await?.context("no head after training")?;
        ensure!(
            open(page, &head_case("control")?).await?.is_none(),
            "it was refused"
        );
        page.ready().await?;
        ensure!(
            page.app().await?.backbone == "efficientnet-lite0-224",
            "{:?}",
            page.app().await?
        );
        page.embedded(6, LONG).await?;
        page.click("undo").await?;
        back_again(page, &own).await?;
        page.ready().await?;
        ensure!(
            page.app().await?.backbone == own.backbone,
            "{:?}",
            page.app().await?
        );
        page.embedded(6, LONG).await
    });
}

/// The longest time for which the page did not answer since it was last asked.
const WATCH: &str = "
    self.longest = 0;
    self.watching ??= new PerformanceObserver(list => {
        for (const task of list.getEntries()) self.longest = Math.max(self.longest, task.duration);
    });
    self.watching.observe({ entryTypes: ['longtask'] });";

#[test]
fn a_thousand_classes_are_a_picture_and_the_page_stays_quick() {
    case("thousand-classes", Device::Cpu, async |browser| {
        let page = &browser.page;
        let own = trained(page).await?;
        let folder = TempDir::new()?;
        for count in [350, 1000] {
            page.ask::<()>(WATCH, &[]).await?;
            let started = Instant::now();
            let file = of_classes(count, count * count, folder.path())?;
            let made = started.elapsed();
            ensure!(
                open(page, &file).await?.is_none(),
                "{count} classes were refused"
            );
            page.wait_for("the picture", SHORT, "return !!one('confusion-picture');")
                .await?;
            let took = started.elapsed() - made;
            let drawn: bool = page
                .ask(
                    "const canvas = one('confusion-picture');
                     const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                     return pixels.some(value => value > 0);",
                    &[],
                )
                .await?;
            ensure!(drawn, "the picture of {count} classes is empty");
            let cells: Vec<(String, String, String)> = page
                .ask(
                    "return all('confusion-cell').map(c => [c.dataset.actual, c.dataset.predicted, c.dataset.count]);",
                    &[],
                )
                .await?;
            ensure!(
                (1..=20).contains(&cells.len()),
                "{} confusions are listed",
                cells.len()
            );
            ensure!(
                cells.iter().all(|(a, p, n)| a != p && n == "1"),
                "{cells:?}"
            );
            let results = page.try_photos(&[photo("bird_1.jpg")?], LONG).await?;
            ensure!(
                results[0].top == format!("kind {:05}", count - 1),
                "{:?}",
                results[0].top
            );
            let (elements, longest): (usize, f64) = page
                .ask(
                    "return [document.querySelectorAll('*').length, self.longest];",
                    &[],
                )
                .await?;
            println!(
                "{count} classes: {took:?} until drawn, longest task {longest:.0} ms, {elements} elements"
            );
            ensure!(elements < 3000, "{elements} elements");
            ensure!(longest < 1000.0, "the page did not answer for {longest} ms");
            is_sound(page, "many classes").await?;

            page.reload().await?;
            page.wait_for(
                "the picture again",
                LONG,
                "return !!one('confusion-picture');",
            )
            .await?;
            page.click("undo").await?;
            back_again(page, &own).await?;
        }
        for (classes, table) in [(1001, 4), (65_536, 0), (65_537, 131_073)] {
            let file = of_classes(classes, table, folder.path())?;
            let said = open(page, &file).await?.context("it opened")?;
            ensure!(said.contains(&classes.to_string()), "{said}");
            back_again(page, &own).await?;
        }
        Ok(())
    });
}

/// The cells of a CSV file (RFC 4180).
fn table(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => cell.extend(letters.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell).trim_end_matches('\r').to_owned());
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    rows
}

#[test]
fn the_answers_of_odd_classes_are_a_table_that_runs_nothing() {
    case("odd-csv", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        for (name, tried) in [("odd-names", "bird_1.jpg"), ("control", "fruit_1.jpg")] {
            ensure!(
                open(page, &head_case(name)?).await?.is_none(),
                "{name} was refused"
            );
            page.try_photos(&[photo(tried)?], LONG).await?;
        }
        page.click("results-csv").await?;
        let text = fs::read_to_string(browser.downloaded(".csv").await?)?;
        let text = text
            .strip_prefix('\u{feff}')
            .context("no byte-order mark")?;
        let rows = table(text);
        ensure!(rows.len() == 3, "{} rows", rows.len());
        ensure!(rows[0].len() == 2 + 18 + 3, "{:?}", rows[0]);
        for row in &rows {
            ensure!(row.len() == rows[0].len(), "{row:?}");
            for cell in row {
                let starts = cell.trim_start().starts_with(['=', '+', '-', '@']);
                ensure!(
                    !starts && !cell.starts_with(['\t', '\r', '\n']),
                    "{cell:?} would run"
                );
            }
        }
        Ok(())
    });
}

/// As an earlier Graft would have stored it.
const STORE: &str = "
    const bytes = Uint8Array.from(atob(arguments[0]), c => c.charCodeAt(0));
    return new Promise((resolve, reject) => {
        const opening = indexedDB.open('graft');
        opening.onerror = reject;
        opening.onsuccess = () => {
            const database = opening.result;
            const writing = database.transaction('project', 'readwrite');
            writing.objectStore('project').put(bytes, 'head-file/efficientnet-lite0-224');
            writing.oncomplete = () => { database.close(); resolve(true); };
            writing.onabort = reject;
        };
    });";

#[test]
fn a_stored_head_beyond_the_limits_does_not_keep_the_project_closed() {
    case("stored-odd-head", Device::Cpu, async |browser| {
        let page = &browser.page;
        trained(page).await?;
        let folder = TempDir::new()?;
        let huge = of_classes(1001, 4, folder.path())?;
        let stored: bool = page.ask(STORE, &[json!(base64(&fs::read(huge)?))]).await?;
        ensure!(stored, "it was not stored");
        page.reload().await?;
        page.embedded(10, LONG).await?;
        let said = page.notice_after(0, "warning").await?;
        let unreadable = StorageProblem::Unreadable {
            samples: 0,
            classifier: true,
            others: 0,
            newer: false,
        };
        says_storage(&said, unreadable)?;
        ensure!(page.head().await?.is_none(), "it is in use");
        page.train(LONG).await?;
        let own = page.head().await?.context("no head after training")?;
        page.reload().await?;
        back_again(page, &own).await
    });
}
