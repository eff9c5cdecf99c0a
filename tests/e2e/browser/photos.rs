//! Photos of a class: dropped, pasted, moved, deleted and brought back.

use std::time::Duration;

use anyhow::ensure;
use e2e::{Device, LONG, Page, Result, SHORT, case, photo, until};

const IDS: &str = "return all('photo').map(p => p.dataset.photoId).sort();";

async fn ids(page: &Page) -> Result<Vec<String>> {
    page.ask(IDS, &[]).await
}

/// Two classes, `fruit` with three photos and `birds` with one.
async fn two_classes(page: &Page) -> Result {
    page.open("?device=cpu&fresh").await?;
    page.add_class("fruit").await?;
    page.add_class("birds").await?;
    let fruit = [1, 2, 3].map(|i| photo(&format!("fruit_{i}.jpg")));
    page.add_photos("fruit", &fruit.into_iter().collect::<Result<Vec<_>>>()?)
        .await?;
    page.add_photos("birds", &[photo("bird_1.jpg")?]).await?;
    page.embedded(4, LONG).await
}

async fn wait_for_counts(page: &Page, fruit: usize, birds: usize) -> Result {
    let wanted = format!("{fruit} photos in fruit and {birds} in birds");
    until(&wanted, SHORT, async || {
        let classes = page.classes().await?;
        let count = |name| classes.iter().find(|c| c.name == name).map(|c| c.count);
        Ok((count("fruit") == Some(fruit) && count("birds") == Some(birds)).then_some(()))
    })
    .await
}

#[test]
fn a_photo_is_deleted_and_brought_back() {
    case("photo-delete", Device::Cpu, async |browser| {
        let page = &browser.page;
        two_classes(page).await?;
        let before = ids(page).await?;
        ensure!(before.len() == 4, "the page shows {} photos", before.len());

        page.in_class("fruit", "photo-delete")
            .await?
            .click_when_ready()
            .await?;
        wait_for_counts(page, 2, 1).await?;
        page.wait_for("three photos", SHORT, "return all('photo').length === 3;")
            .await?;
        page.click("undo").await?;
        wait_for_counts(page, 3, 1).await?;
        until("the same photos as before", SHORT, async || {
            Ok((ids(page).await? == before).then_some(()))
        })
        .await
    });
}

#[test]
fn chosen_photos_are_moved_to_another_class() {
    case("photos-move", Device::Cpu, async |browser| {
        let page = &browser.page;
        two_classes(page).await?;
        let before = ids(page).await?;
        page.forget_pending().await?;
        page.ask::<()>(
            "all('photo-select', card('fruit')).slice(0, 2).forEach(box => box.click());",
            &[],
        )
        .await?;
        page.choose("photos-move", "birds").await?;
        wait_for_counts(page, 1, 3).await?;
        ensure!(
            ids(page).await? == before,
            "{before:?} became {:?}",
            ids(page).await?
        );
        ensure!(
            page.most_pending().await? == 0,
            "a photo was embedded again because it moved"
        );
        Ok(())
    });
}

#[test]
fn files_dropped_on_a_class_become_its_photos() {
    case("drop", Device::Cpu, async |browser| {
        let page = &browser.page;
        two_classes(page).await?;
        page.drop_on("birds", &[photo("bird_2.jpg")?, photo("bird_3.jpg")?])
            .await?;
        page.embedded(6, LONG).await?;
        wait_for_counts(page, 3, 3).await
    });
}

#[test]
fn a_pasted_picture_becomes_a_photo() {
    case("paste", Device::Cpu, async |browser| {
        let page = &browser.page;
        two_classes(page).await?;
        page.paste_on("birds", &[photo("bird_2.jpg")?]).await?;
        page.embedded(5, LONG).await?;
        wait_for_counts(page, 3, 2).await?;
        // A second one shows that a browser's name for pasted pictures, always the same, is no trouble.
        page.paste_on("birds", &[photo("bird_3.jpg")?]).await?;
        page.embedded(6, Duration::from_secs(60)).await?;
        wait_for_counts(page, 3, 3).await
    });
}
