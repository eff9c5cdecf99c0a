//! Photos that stay together when the classifier is tested: shown, changed, and there again after a reload.

use std::path::{Path, PathBuf};

use anyhow::ensure;
use e2e::{Device, LONG, Page, Result, SHORT, TempDir, case, sample_classes};

/// How many photos there are, and in how many groups.
async fn counted(page: &Page) -> Result<(usize, usize)> {
    page.ask(
        "const d = one('groups').dataset; return [Number(d.photos), Number(d.groups)];",
        &[],
    )
    .await
}

async fn until_groups(page: &Page, groups: usize) -> Result {
    let script = format!("return one('groups')?.dataset.groups === '{groups}';");
    page.wait_for(&format!("{groups} groups"), SHORT, &script)
        .await
}

/// Two classes of eight photos, two on each of four mornings, as a phone names its photos; and a classifier.
async fn collect(page: &Page, folder: &Path) -> Result {
    for (number, (class, photos)) in sample_classes("fruit-birds")?.into_iter().enumerate() {
        let mut named: Vec<PathBuf> = Vec::new();
        for (i, photo) in photos.iter().take(8).enumerate() {
            let name = format!("IMG_202611{:02}_10{:02}{number:02}.jpg", 10 + i / 2, i % 2);
            let file = folder.join(name);
            std::fs::copy(photo, &file)?;
            named.push(file);
        }
        page.add_class(&class).await?;
        page.add_photos(&class, &named).await?;
    }
    page.embedded(16, LONG).await?;
    let accuracy = page.train(LONG).await?;
    ensure!(accuracy.n == 16, "{accuracy:?}");
    Ok(())
}

#[test]
#[ignore = "makes pictures, checks nothing"]
fn groups_gallery() {
    let scratch = TempDir::new().expect("there is room for files");
    let folder = scratch.path().to_owned();
    case("groups-gallery", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        collect(page, &folder).await?;
        until_groups(page, 8).await?;
        page.ask::<()>("one('groups').open = true;", &[]).await?;
        page.wait_for("the groups", SHORT, "return all('group').length === 8;")
            .await?;
        page.click("group-split").await?;
        until_groups(page, 9).await?;
        page.ask::<()>(
            "const boxes = all('photo-select'); [0, 3].forEach(i => boxes[i].click());",
            &[],
        )
        .await?;
        for scheme in ["light", "dark"] {
            for (size, width, height) in [("laptop", 1440, 1000), ("phone", 390, 844)] {
                browser.prefer(scheme).await?;
                browser.resize(width, height).await?;
                page.ask::<()>("one('groups').scrollIntoView({ block: 'center' });", &[])
                    .await?;
                browser
                    .screenshot(&format!("groups-{size}-{scheme}"))
                    .await?;
            }
        }
        Ok(())
    });
}

#[test]
fn groups_are_shown_and_changed_by_hand() {
    let scratch = TempDir::new().expect("there is room for files");
    let folder = scratch.path().to_owned();
    case("groups", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        collect(page, &folder).await?;
        until_groups(page, 8).await?;
        ensure!(counted(page).await? == (16, 8));
        page.ask::<()>("one('groups').open = true;", &[]).await?;
        page.wait_for("pictures of each group", LONG,
            "const groups = all('group');
             return groups.length === 8 && groups.every(g => g.dataset.size === '2' && g.querySelectorAll('img').length === 2);",
        )
        .await?;
        browser.check_accessibility("groups").await?;

        page.click("group-split").await?;
        until_groups(page, 9).await?;
        let hint: bool = page
            .ask("return one('train-hint').classList.contains('stale');", &[])
            .await?;
        ensure!(hint, "the accuracy was measured with other groups");
        page.click("undo").await?;
        until_groups(page, 8).await?;

        // Three photos of the first class, of several mornings.
        let choose = "const boxes = all('photo-select', all('class-card')[0]); [0, 3, 5].forEach(i => boxes[i].click());";
        page.ask::<()>(choose, &[]).await?;
        page.click("photos-group").await?;
        // What is left of three pairs are three single photos.
        page.wait_for(
            "a group of three",
            SHORT,
            "return all('group').some(g => g.dataset.size === '3');",
        )
        .await?;
        until_groups(page, 9).await?;
        page.reload().await?;
        page.embedded(16, LONG).await?;
        until_groups(page, 9).await?;
        page.ask::<()>("one('groups').open = true;", &[]).await?;
        page.wait_for(
            "the group of before",
            SHORT,
            "return all('group').some(g => g.dataset.size === '3');",
        )
        .await?;
        page.click("groups-as-found").await?;
        page.wait_for(
            "pairs alone",
            SHORT,
            "return all('group').length === 8 && !one('groups-as-found');",
        )
        .await?;

        browser.resize(390, 844).await?;
        let excess: i64 = page
            .ask("return document.documentElement.scrollWidth - document.documentElement.clientWidth;", &[])
            .await?;
        ensure!(excess <= 0, "groups are {excess} px too wide for a phone");
        Ok(())
    });
}
