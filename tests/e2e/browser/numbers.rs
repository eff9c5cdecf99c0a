//! What is told beside the accuracy: scores of classes, a diagram of its percentages, the test set, and two classifiers side by side.

use anyhow::{Context, ensure};
use e2e::{Device, LONG, Page, Result, SHORT, TempDir, case, sample_classes, zip_of};
use serde_json::json;

use super::unknown::letters_are_unknown;

const PHOTOS: usize = 8;

async fn trained(page: &Page) -> Result {
    page.open("?device=cpu&seed=1").await?;
    for (class, photos) in sample_classes("fruit-birds")? {
        page.add_class(&class).await?;
        page.add_photos(&class, &photos[..PHOTOS]).await?;
    }
    page.embedded(2 * PHOTOS, LONG).await?;
    page.train(LONG).await?;
    Ok(())
}

/// What `validation-accuracy` says of each measure, in the order of the page.
async fn measures(page: &Page) -> Result<Vec<(String, usize, f64)>> {
    page.ask(
        "return all('validation-accuracy').map(m => [m.dataset.how, Number(m.dataset.n), Number(m.dataset.value)]);",
        &[],
    )
    .await
}

#[test]
fn scores_of_classes_follow_from_the_table() {
    case("class-scores", Device::Cpu, async |browser| {
        let page = &browser.page;
        trained(page).await?;
        page.ask::<()>(
            "one('class-scores').open = true; one('reliability').open = true;",
            &[],
        )
        .await?;
        page.wait_for(
            "the scores",
            SHORT,
            "return all('class-score').length === 2;",
        )
        .await?;
        let wrong: Vec<String> = page
            .ask(
                "const cells = all('confusion-cell').map(c => ({ ...c.dataset, n: Number(c.dataset.count) }));
                 const sum = of => cells.filter(of).reduce((a, c) => a + c.n, 0);
                 return all('class-score').filter(row => {
                     const name = row.dataset.className;
                     const hits = sum(c => c.actual === name && c.predicted === name);
                     const precision = hits / sum(c => c.predicted === name), recall = hits / sum(c => c.actual === name);
                     const f1 = 2 * precision * recall / (precision + recall);
                     const near = (a, b) => Math.abs(Number(a) - b) < 1e-9;
                     return !(near(row.dataset.precision, precision) && near(row.dataset.recall, recall) && near(row.dataset.f1, f1));
                 }).map(row => JSON.stringify(row.dataset));",
                &[],
            )
            .await?;
        ensure!(wrong.is_empty(), "{wrong:?}");
        // Fractions of a row are shown where somebody asks for them.
        page.click("confusion-percent").await?;
        page.wait_for(
            "percentages",
            SHORT,
            "return all('confusion-cell').every(c => c.textContent.includes('%')
                 && c.textContent.replace(/\\D/g, '') === String(Math.round(100 * Number(c.dataset.fraction))));",
        )
        .await?;
        // The diagram, and the same as a table.
        page.wait_for(
            "the diagram",
            SHORT,
            "const of = one('reliability'); const bins = all('reliability-bin', of);
             return !!of.querySelector('.chart svg polyline') && bins.length > 0 && Number(of.dataset.ece) <= 1
                 && bins.reduce((n, bin) => n + Number(bin.lastElementChild.textContent), 0) === 16;",
        )
        .await?;
        browser.screenshot("class-scores").await?;
        Ok(())
    });
}

#[test]
fn a_test_set_is_judged_kept_and_never_learned_from() {
    case("test-set", Device::Cpu, async |browser| {
        let page = &browser.page;
        trained(page).await?;
        let before = measures(page).await?;
        ensure!(
            before.len() == 1 && before[0].0 == "cross-validated",
            "{before:?}"
        );
        // Of one class by choice, and of both by a zip's folders.
        page.ask::<()>("one('test-set').open = true;", &[]).await?;
        let classes = sample_classes("fruit-birds")?;
        let (first, photos) = classes.first().context("there are two")?;
        page.choose("test-class", first).await?;
        page.upload("test-files", &photos[10..12]).await?;
        let tests = |n: usize| {
            format!(
                "const m = one('validation-accuracy').dataset; return m.how === 'test-set' && Number(m.n) === {n};"
            )
        };
        page.wait_for("two test photos to be judged", LONG, &tests(2))
            .await?;
        page.choose("test-class", "").await?;
        let folder = TempDir::new()?;
        let zip = folder.path().join("others.zip");
        let some = classes
            .iter()
            .map(|(class, photos)| (class.clone(), photos[12..15].to_vec()));
        zip_of(&zip, &some.collect::<Vec<_>>())?;
        page.upload("test-files", &[zip]).await?;
        page.wait_for("eight test photos to be judged", LONG, &tests(8))
            .await?;
        let both = measures(page).await?;
        ensure!(both.len() == 2, "{both:?}");
        ensure!(
            both[1] == before[0],
            "the other number has changed: {both:?}, {before:?}"
        );
        ensure!(
            page.count().await? == 2 * PHOTOS,
            "a test photo is in a class"
        );
        let hint: bool = page
            .ask("return one('train-hint').classList.contains('stale');", &[])
            .await?;
        ensure!(!hint, "test photos made the classifier one of before");
        // Cells are those of the test set, with its photos.
        page.wait_for(
            "the test set's table",
            SHORT,
            "return all('confusion-cell').reduce((n, c) => n + Number(c.dataset.count), 0) === 8;",
        )
        .await?;
        // So are what follows: of two classes, no second guess; percentages as they are, and nothing of before the correction.
        page.ask::<()>("one('reliability').open = true;", &[])
            .await?;
        page.wait_for(
            "the test set's diagram",
            SHORT,
            "const of = one('reliability'); const bins = all('reliability-bin', of);
             return !!of.querySelector('.chart svg polyline') && !('eceBefore' in of.dataset) && Number(of.dataset.ece) <= 1
                 && bins.reduce((n, bin) => n + Number(bin.lastElementChild.textContent), 0) === 8;",
        )
        .await?;
        page.click("details-own").await?;
        page.wait_for(
            "the table of the photos that it was trained with",
            SHORT,
            "return all('confusion-cell').reduce((n, c) => n + Number(c.dataset.count), 0) === 16;",
        )
        .await?;
        browser.screenshot("test-set").await?;
        page.reload().await?;
        page.wait_for("the test set after a reload", LONG, &tests(8))
            .await?;
        let counts = "return Object.fromEntries(all('test-of-class').map(c => [c.dataset.className, Number(c.dataset.count)]));";
        let found: serde_json::Value = page.ask(counts, &[]).await?;
        ensure!(found[first.as_str()] == json!(5), "{found}");
        // Deleted, and brought back.
        page.ask::<()>("one('test-set').open = true;", &[]).await?;
        page.click("test-delete").await?;
        page.wait_for("the others alone", SHORT, &tests(3)).await?;
        page.click("undo").await?;
        page.wait_for("all of them", SHORT, &tests(8)).await?;
        // What is learned from tests nothing.
        page.upload("test-files", &photos[..1]).await?;
        page.notice_after(0, "warning").await?;
        page.choose("test-class", first).await?;
        page.upload("test-files", &photos[..1]).await?;
        page.notice_after(0, "info").await?;
        page.wait_for("no more than before", SHORT, &tests(8)).await
    });
}

#[test]
fn two_classifiers_are_compared_on_the_same_photos() {
    case("compare-heads", Device::Cpu, async |browser| {
        let page = &browser.page;
        trained(page).await?;
        // There is but one.
        page.click("compare-heads").await?;
        page.notice_after(0, "info").await?;
        page.ask::<()>(
            "document.querySelectorAll('details').forEach(d => { d.open = true; });",
            &[],
        )
        .await?;
        page.choose("train-optimiser", "lbfgs").await?;
        page.train(LONG).await?;
        page.wait_for(
            "the answers of all folds",
            LONG,
            "const m = one('validation-accuracy'); return m?.dataset.how === 'cross-validated' && !one('train-stop');",
        )
        .await?;
        page.click("compare-heads").await?;
        page.wait_for(
            "the comparison",
            SHORT,
            "const d = one('heads-compared')?.dataset;
             return d?.how === 'cross-validated' && Number(d.n) === 16 && Number(d.p) > 0 && Number(d.p) <= 1
                 && Number(d.onlyFirst) + Number(d.onlySecond) <= 16;",
        )
        .await?;
        // A head by gradients knows what it does not know, too.
        letters_are_unknown(page, 10).await
    });
}

/// For people to look at: all of it unfolded, wide and on a phone, light and dark.
#[test]
#[ignore = "makes pictures, checks nothing"]
fn pictures_of_numbers() {
    case("numbers-pictures", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        page.load_samples("garden").await?;
        page.train(LONG).await?;
        let classes = sample_classes("letters")?;
        let (_, photos) = classes.first().context("letters have classes")?;
        page.ask::<()>("one('test-set').open = true;", &[]).await?;
        let first: String = page
            .ask("return all('class-card')[0].dataset.className;", &[])
            .await?;
        page.choose("test-class", &first).await?;
        page.upload("test-files", &photos[..3]).await?;
        page.wait_for(
            "the test set to be judged",
            LONG,
            "return one('validation-accuracy').dataset.how === 'test-set';",
        )
        .await?;
        page.click("details-own").await?;
        page.click("compare-heads").await?;
        page.ask::<()>(
            "for (const id of ['class-scores', 'reliability']) one(id).open = true;
             one('test-of-class').querySelector('details').open = true;
             for (const d of one('reliability').querySelectorAll('details')) d.open = true;",
            &[],
        )
        .await?;
        for scheme in ["light", "dark"] {
            for (size, width, height) in [("wide", 1440, 2600), ("phone", 390, 5200)] {
                browser.prefer(scheme).await?;
                browser.resize(width, height).await?;
                // What comes by the next timeouts is drawn.
                page.ready().await?;
                page.ask::<()>("one('validation-accuracy').scrollIntoView();", &[])
                    .await?;
                browser
                    .screenshot(&format!("numbers-{size}-{scheme}"))
                    .await?;
            }
        }
        Ok(())
    });
}
