//! What the user made is back after a reload.

use anyhow::ensure;
use data::problem::StorageProblem;
use e2e::{Device, LONG, Page, Result, SHORT, case, photo, sample_classes, says_storage, until};
use graft::text;
use serde::Deserialize;
use serde_json::json;

/// A class as the user sees it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Shown {
    name: String,
    colour: String,
    photos: Vec<String>,
}

/// In the order of the page; the photos in any.
async fn shown(page: &Page) -> Result<Vec<Shown>> {
    let script = "return all('class-card').map(c => ({
        name: c.dataset.className,
        colour: getComputedStyle(c).getPropertyValue('--class-colour').trim(),
        photos: all('photo', c).map(p => p.dataset.photoId).sort() }));";
    page.ask(script, &[]).await
}

/// Waits until the page shows just this; what it shows instead otherwise.
async fn shows(page: &Page, expected: &[Shown]) -> Result {
    let same = until("the classes and photos of before", SHORT, async || {
        Ok((shown(page).await? == expected).then_some(()))
    })
    .await;
    match same {
        Ok(()) => Ok(()),
        Err(why) => Err(why.context(format!("{expected:#?} became {:#?}", shown(page).await?))),
    }
}

/// Gives a class the last colour of those on offer, which no new class begins with.
async fn recolour(page: &Page, class: &str) -> Result {
    let colour = async || -> Result<Option<String>> {
        let shown = shown(page).await?;
        Ok(shown
            .into_iter()
            .find(|c| c.name == class)
            .map(|c| c.colour))
    };
    let before = colour().await?;
    let choose = "
        const select = one('class-colour', card(arguments[0]));
        select.selectedIndex = select.options.length - 1;
        select.dispatchEvent(new Event('change', { bubbles: true }));";
    page.ask::<()>(choose, &[json!(class)]).await?;
    until("the new colour", SHORT, async || {
        Ok((colour().await? != before).then_some(()))
    })
    .await
}

/// Every photo on the page has a picture that can be seen.
async fn thumbnails_load(page: &Page) -> Result {
    let script = "
        const pictures = all('photo').map(p => p.querySelector('img'));
        const missing = pictures.filter(i => !i || !i.complete || i.naturalWidth === 0);
        missing[0]?.scrollIntoView();
        return pictures.length > 0 && missing.length === 0;";
    page.wait_for("a picture of every photo", SHORT, script)
        .await
}

#[test]
fn everything_survives_a_reload_without_new_work() {
    case("persistence", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        ensure!(
            page.classes().await?.iter().all(|class| class.count == 0),
            "a new profile holds photos"
        );
        let classes = sample_classes("fruit-birds")?;
        for (class, photos) in &classes {
            page.add_class(class).await?;
            page.add_photos(class, &photos[..6]).await?;
        }
        page.embedded(12, LONG).await?;
        page.train(LONG).await?;
        let photos = [photo("fruit_1.jpg")?];
        let before = page.try_photos(&photos, LONG).await?;
        // After training: neither may cost the head.
        page.rename_class(&classes[1].0, "Feathered").await?;
        recolour(page, "Feathered").await?;
        let head_before = page.head().await?;
        thumbnails_load(page).await?;
        let shown_before = shown(page).await?;

        page.reload().await?;
        page.embedded(12, LONG).await?;
        shows(page, &shown_before).await?;
        thumbnails_load(page).await?;
        ensure!(
            page.most_pending().await? == 0,
            "photos were embedded again after the reload"
        );
        let head = page.head().await?;
        ensure!(head == head_before, "{head_before:?} became {head:?}");

        let after = page.try_photos(&photos, LONG).await?;
        ensure!(after[0].top == before[0].top, "{before:?} became {after:?}");
        for (p, q) in before[0].predictions.iter().zip(&after[0].predictions) {
            ensure!(
                (p.confidence - q.confidence).abs() <= 1e-6,
                "{before:?} became {after:?}"
            );
        }
        Ok(())
    });
}

#[test]
fn deletions_and_what_was_brought_back_survive_a_reload() {
    case("persistence-undo", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu").await?;
        page.add_class("empty").await?;
        page.add_class("things").await?;
        page.add_photos("things", &[photo("fruit_1.jpg")?, photo("bird_1.jpg")?])
            .await?;
        page.embedded(2, LONG).await?;
        let delete = async || -> Result {
            page.in_class("things", "photo-delete")
                .await?
                .click_when_ready()
                .await?;
            page.embedded(1, SHORT).await
        };
        delete().await?;
        page.click("undo").await?;
        page.embedded(2, SHORT).await?;
        let both = shown(page).await?;
        page.reload().await?;
        page.embedded(2, LONG).await?;
        shows(page, &both).await?;

        delete().await?;
        let one = shown(page).await?;
        page.reload().await?;
        page.embedded(1, LONG).await?;
        shows(page, &one).await?;
        thumbnails_load(page).await?;

        page.in_class("empty", "class-delete")
            .await?
            .click_when_ready()
            .await?;
        page.wait_for("one class", SHORT, "return all('class-card').length === 1;")
            .await?;
        page.reload().await?;
        page.embedded(1, LONG).await?;
        shows(page, &one[1..]).await
    });
}

#[test]
fn fresh_leaves_the_stored_project_alone() {
    case("fresh", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu").await?;
        let (class, photos) = &sample_classes("fruit-birds")?[0];
        page.add_class(class).await?;
        page.add_photos(class, &photos[..3]).await?;
        page.embedded(3, LONG).await?;

        page.open("?device=cpu&fresh").await?;
        ensure!(page.count().await? == 0, "a fresh project holds photos");
        page.add_class("passing").await?;
        page.add_photos("passing", &[photo("bird_1.jpg")?]).await?;
        page.embedded(1, LONG).await?;
        page.open("?device=cpu").await?;
        page.embedded(3, LONG).await?;
        let names: Vec<String> = page.classes().await?.into_iter().map(|c| c.name).collect();
        ensure!(
            names == [class.as_str()],
            "the stored project has {names:?}"
        );
        Ok(())
    });
}

/// Bytes that are left in [`SCARCE`].
const FREE: u64 = 100_000_000;

/// A browser that says no, and has little room left.
const SCARCE: &str = "
    window.persistAsked = 0;
    StorageManager.prototype.persist = async () => { window.persistAsked += 1; return false; };
    StorageManager.prototype.estimate = async () => ({ usage: 1.9e9, quota: 2e9 });";

#[test]
fn the_browser_is_asked_to_keep_the_project_with_its_first_photo_and_little_room_is_said_in_time() {
    case("scarce", Device::Cpu, async |browser| {
        let page = &browser.page;
        browser.before_every_page(SCARCE).await?;
        page.open("?device=cpu&seed=1").await?;
        let asked = async || page.ask::<u32>("return window.persistAsked;", &[]).await;
        let room = page.notice_after(0, "warning").await?;
        says_storage(&room, StorageProblem::NearlyFull { free: FREE })?;
        page.add_class("one").await?;
        ensure!(asked().await? == 0, "it asked with nothing to keep");
        let before = page.notices().await?.len();
        for name in ["bird_1.jpg", "bird_2.jpg"] {
            page.add_photos("one", &[photo(name)?]).await?;
        }
        page.embedded(2, LONG).await?;
        page.notice_after(before, "info").await?;
        page.reload().await?;
        page.embedded(2, LONG).await?;
        let bird = photo("fruit_1.jpg")?;
        page.add_photos("one", &[bird]).await?;
        page.embedded(3, LONG).await?;
        let said = page.notices().await?;
        ensure!(
            asked().await? == 1 && said.iter().all(|notice| notice.kind != "info"),
            "what a no means was said already: {said:?}"
        );
        let shown: String = page
            .ask(
                "const chip = one('storage'); chip.open = true; return chip.innerText;",
                &[],
            )
            .await?;
        ensure!(shown.contains(&text::space(1.9e9, 2e9)), "{shown:?}");
        Ok(())
    });
}

#[test]
fn a_photo_deleted_before_a_reload_is_shown_when_an_undo_brings_it_back() {
    case("undo-after-reload", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        page.add_class("one").await?;
        let birds = ["bird_1.jpg", "bird_2.jpg"].map(photo);
        let birds: Vec<_> = birds.into_iter().collect::<Result<_>>()?;
        page.add_photos("one", &birds).await?;
        page.embedded(2, LONG).await?;
        let before = shown(page).await?;
        page.ask::<()>("one('photo-delete').click();", &[]).await?;
        page.embedded(1, SHORT).await?;
        page.reload().await?;
        page.embedded(1, LONG).await?;
        page.click("undo").await?;
        page.embedded(2, SHORT).await?;
        shows(page, &before).await?;
        let pictures = "return all('photo').every(p => p.querySelector('img').naturalWidth > 0);";
        page.wait_for("the pictures of both", SHORT, pictures).await
    });
}

#[test]
fn settings_of_training_are_there_after_a_reload_and_not_in_another_project() {
    case("settings-stay", Device::Cpu, async |browser| {
        let page = &browser.page;
        let shown = async || -> Result<(String, String, bool)> {
            let script = "
                one('train-seed').closest('details').open = true;
                return [one('train-optimiser').value, one('train-seed').value, one('method-fine-tuning').checked];";
            page.ask(script, &[]).await
        };
        page.open("?device=cpu").await?;
        let usual = shown().await?;
        page.choose("train-optimiser", "adam").await?;
        page.fill("train-seed", "4711").await?;
        page.ask::<()>("one('method-fine-tuning').click();", &[])
            .await?;
        let mine = ("adam".to_owned(), "4711".to_owned(), true);
        ensure!(
            shown().await? == mine && mine != usual,
            "{:?}",
            shown().await?
        );
        page.wait_for(
            "it to be stored",
            SHORT,
            "return one('app').dataset.stored === 'true';",
        )
        .await?;
        page.ready().await?;
        page.reload().await?;
        ensure!(shown().await? == mine, "{:?}", shown().await?);
        // A seed in the address comes first.
        page.open("?device=cpu&seed=5").await?;
        ensure!(shown().await? == ("adam".into(), "5".into(), true));
        page.add_class("one").await?;
        page.click("project-new").await?;
        page.wait_for(
            "another project",
            LONG,
            "return all('project-item').length === 2;",
        )
        .await?;
        page.ready().await?;
        let (optimiser, _, tunes) = shown().await?;
        ensure!(
            (optimiser, tunes) == (usual.0, false),
            "{:?}",
            shown().await?
        );
        Ok(())
    });
}
