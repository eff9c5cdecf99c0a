//! Several projects in one browser, and projects as files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use data::problem::{Problem, ProjectProblem, ZipProblem};
use e2e::{
    Browser, Device, LONG, Page, Result, SHORT, TempDir, case, case_file, photo, sample_classes,
    says, site, until, zip_of,
};
use serde::Deserialize;
use serde_json::json;

/// A project in the row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Item {
    name: String,
    current: bool,
}

async fn items(page: &Page) -> Result<Vec<Item>> {
    let script = "return all('project-item', one('project-list')).map(item => ({
        name: item.dataset.projectName, current: item.dataset.current === 'true' }));";
    page.ask(script, &[]).await
}

/// Waits until the row shows these; the one that is open has a star.
async fn shows(page: &Page, wanted: &[&str]) -> Result {
    let starred = |item: Item| format!("{}{}", item.name, if item.current { "*" } else { "" });
    let names = async || -> Result<Vec<String>> {
        Ok(items(page).await?.into_iter().map(starred).collect())
    };
    let what = format!("the projects {wanted:?}");
    let same = until(&what, LONG, async || {
        Ok((names().await? == wanted).then_some(()))
    });
    match same.await {
        Ok(()) => page.ready().await.map(drop),
        Err(why) => Err(why.context(format!("there are {:?}", names().await?))),
    }
}

async fn go_to(page: &Page, name: &str) -> Result {
    let script =
        "const item = all('project-item').find(i => i.dataset.projectName === arguments[0]);
        const can = !!item && !item.disabled; if (can) item.click(); return can;";
    until(&format!("a way to {name}"), SHORT, async || {
        Ok(page
            .ask::<bool>(script, &[json!(name)])
            .await?
            .then_some(()))
    })
    .await
}

/// Presses a button of this project among those that can be managed.
async fn manage(page: &Page, row: &str, name: &str, button: &str) -> Result {
    let script = "
        const manage = one('project-manage').parentElement;
        if (!manage.open) manage.open = true;
        const row = all(arguments[0]).find(r => r.dataset.projectName === arguments[1]);
        const button = row && one(arguments[2], row);
        const can = !!button && !button.disabled; if (can) button.click(); return can;";
    until(&format!("{button} of {name}"), SHORT, async || {
        let arguments = [json!(row), json!(name), json!(button)];
        Ok(page.ask::<bool>(script, &arguments).await?.then_some(()))
    })
    .await
}

/// Two classes of so many photos.
async fn make(page: &Page, photos: usize) -> Result {
    for (class, files) in sample_classes("fruit-birds")? {
        page.add_class(&class).await?;
        page.add_photos(&class, &files[..photos]).await?;
    }
    page.embedded(2 * photos, LONG).await
}

async fn saved(browser: &Browser, folder: &Path) -> Result<PathBuf> {
    browser.page.click("project-save").await?;
    let file = browser.downloaded(".graft.zip").await?;
    let name = file.file_name().context("a download has a name")?;
    let copy = folder.join(name);
    fs::copy(&file, &copy)?;
    fs::remove_file(&file)?;
    Ok(copy)
}

async fn counts(page: &Page) -> Result<Vec<(String, usize)>> {
    let classes = page.classes().await?;
    Ok(classes.into_iter().map(|c| (c.name, c.count)).collect())
}

#[test]
fn a_project_file_gives_the_same_answers_in_a_new_browser() {
    case("project-file", Device::Cpu, async |browser| {
        let folder = TempDir::new()?;
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        make(page, 6).await?;
        page.train(LONG).await?;
        let tried = [photo("fruit_1.jpg")?, photo("bird_1.jpg")?];
        let answers = page.try_photos(&tried, LONG).await?;
        let file = saved(browser, folder.path()).await?;
        // Another program finds the photos in a folder a class.
        let zip = zip::ZipArchive::new(fs::File::open(&file)?)?;
        let photos = zip
            .file_names()
            .filter(|name| !name.as_deref().unwrap_or_default().starts_with("graft/"));
        ensure!(photos.count() == 12, "12 photos were saved");

        for query in ["?device=cpu", "?device=cpu&fresh"] {
            let other = Browser::launch(Device::Cpu, site()).await?;
            let there = &other.page;
            there.open(query).await?;
            there
                .upload("project-open", std::slice::from_ref(&file))
                .await?;
            shows(there, &["My project*"]).await?;
            there.embedded(12, LONG).await?;
            ensure!(counts(there).await? == counts(page).await?);
            ensure!(
                there.most_pending().await? == 0,
                "a photo was embedded anew"
            );
            let again = there.try_photos(&tried, LONG).await?;
            let same = format!("{again:?}") == format!("{answers:?}");
            ensure!(same, "{again:?} instead of {answers:?}");
            let notices = there.notices().await?;
            let bad = notices.iter().any(|notice| notice.kind != "info");
            ensure!(!bad, "{notices:?}");
            // It survives a reload where a project does.
            there.reload().await?;
            let left = if query.contains("fresh") { 0 } else { 12 };
            there.embedded(left, LONG).await?;
            other.close().await?;
        }
        Ok(())
    });
}

#[test]
fn a_file_is_asked_about_and_merged_or_opened_beside_what_is_there() {
    case("project-merge", Device::Cpu, async |browser| {
        let folder = TempDir::new()?;
        let page = &browser.page;
        page.open("?device=cpu").await?;
        make(page, 3).await?;
        let file = saved(browser, folder.path()).await?;
        let (birds, _) = &sample_classes("fruit-birds")?[0];
        page.rename_class(birds, "other").await?;
        let before = counts(page).await?;
        // Nothing happens before somebody says what should.
        page.upload("project-open", std::slice::from_ref(&file))
            .await?;
        page.wait_for("the question", SHORT, "return !!one('project-ask')?.open;")
            .await?;
        browser.screenshot("project-ask").await?;
        page.click("project-cancel").await?;
        ensure!(counts(page).await? == before);
        page.upload("project-open", std::slice::from_ref(&file))
            .await?;
        page.click("project-merge").await?;
        // The class is made anew, and no photo comes twice.
        until("the merged classes", LONG, async || {
            Ok((page.classes().await?.len() == 3).then_some(()))
        })
        .await?;
        page.ready().await?;
        ensure!(page.count().await? == 6, "{:?}", counts(page).await?);
        page.upload("project-open", &[file]).await?;
        page.click("project-own").await?;
        shows(page, &["My project", "My project*"]).await?;
        ensure!(counts(page).await?.iter().all(|(_, count)| *count == 3));
        ensure!(page.classes().await?.len() == 2);
        Ok(())
    });
}

#[test]
fn projects_are_made_named_copied_deleted_and_each_tab_finds_its_own_again() {
    case("projects", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu").await?;
        make(page, 3).await?;
        shows(page, &["My project*"]).await?;
        page.click("project-new").await?;
        shows(page, &["My project", "Project 2*"]).await?;
        ensure!(page.classes().await?.is_empty());
        page.add_class("leaves").await?;
        page.add_photos("leaves", &[photo("fruit_1.jpg")?]).await?;
        page.embedded(1, LONG).await?;
        // The page opens the last one.
        page.reload().await?;
        shows(page, &["My project", "Project 2*"]).await?;
        page.embedded(1, LONG).await?;
        go_to(page, "My project").await?;
        shows(page, &["My project*", "Project 2"]).await?;
        page.embedded(6, LONG).await?;
        let pictures = "const p = all('photo').map(p => p.querySelector('img'));
            return p.length === 6 && p.every(i => i?.complete && i.naturalWidth > 0);";
        page.wait_for("the pictures", SHORT, pictures).await?;

        // Two tabs, two projects, and both may change theirs.
        let first = browser.this_tab().await?;
        let second = browser.another_tab().await?;
        page.open("?device=cpu").await?;
        go_to(page, "Project 2").await?;
        shows(page, &["My project", "Project 2*"]).await?;
        page.add_class("stones").await?;
        browser.turn_to(&first).await?;
        page.add_class("clouds").await?;
        page.reload().await?;
        shows(page, &["My project*", "Project 2"]).await?;
        ensure!(page.classes().await?.len() == 3);
        browser.turn_to(&second).await?;
        page.reload().await?;
        shows(page, &["My project", "Project 2*"]).await?;
        ensure!(page.classes().await?.len() == 2);
        // What another tab has open stays.
        manage(page, "project-row", "My project", "project-delete").await?;
        let said = page.notice_after(0, "error").await?;
        let name = String::new();
        says(
            &said,
            &Problem::Project {
                name,
                why: ProjectProblem::OpenElsewhere,
            },
        )?;
        browser.close_tab(&first).await?;
        browser.turn_to(&first).await?;

        manage(page, "project-row", "My project", "project-copy").await?;
        shows(page, &["My project*", "Project 2", "My project (copy)"]).await?;
        manage(page, "project-row", "My project", "project-delete").await?;
        shows(page, &["Project 2*", "My project (copy)"]).await?;
        page.embedded(1, LONG).await?;
        manage(page, "project-deleted", "My project", "project-restore").await?;
        shows(page, &["My project", "Project 2*", "My project (copy)"]).await?;
        go_to(page, "My project").await?;
        page.embedded(6, LONG).await?;
        let rename =
            "const row = all('project-row').find(r => r.dataset.projectName === 'My project');
            const name = one('project-name', row); name.value = 'Fruit & birds';
            name.dispatchEvent(new Event('change', { bubbles: true }));";
        page.ready().await?;
        page.ask::<()>(rename, &[]).await?;
        shows(page, &["Fruit & birds*", "Project 2", "My project (copy)"]).await?;
        manage(page, "project-row", "Fruit & birds", "project-copy").await?;
        browser.screenshot("projects-managed").await?;
        // A page with ?fresh has none of these.
        page.open("?device=cpu&fresh").await?;
        shows(page, &["My project*"]).await?;
        page.click("project-new").await?;
        // The empty one before it is not kept.
        shows(page, &["Project 2*"]).await?;
        page.open("?device=cpu").await?;
        until("the stored projects", SHORT, async || {
            Ok((items(page).await?.len() == 4).then_some(()))
        })
        .await
    });
}

#[test]
fn a_file_that_is_no_project_or_damaged_costs_nothing() {
    case("project-damaged", Device::Cpu, async |browser| {
        let folder = TempDir::new()?;
        let page = &browser.page;
        page.open("?device=cpu").await?;
        make(page, 3).await?;
        let file = saved(browser, folder.path()).await?;
        let bytes = fs::read(&file)?;
        let cut = folder.path().join("cut.graft.zip");
        fs::write(&cut, &bytes[..bytes.len() / 2])?;
        let before = counts(page).await?;
        let seen = page.notices().await?.len();
        page.upload("project-open", std::slice::from_ref(&cut))
            .await?;
        let said = page.notice_after(seen, "error").await?;
        let file = "cut.graft.zip".into();
        let why = ZipProblem::Damaged;
        says(&said, &Problem::Zip { file, why })?;
        ensure!(counts(page).await? == before);
        page.reload().await?;
        shows(page, &["My project*"]).await?;
        ensure!(counts(page).await? == before);
        Ok(())
    });
}

#[test]
fn data_sets_of_others_open_as_projects() {
    case("project-others", Device::Cpu, async |browser| {
        let folder = TempDir::new()?;
        let page = &browser.page;
        page.open("?device=cpu&fresh").await?;
        // A project of Teachable Machine, in the order of its classes.
        page.upload("project-open", &[case_file("zips/project.tm")?])
            .await?;
        page.embedded(26, LONG).await?;
        let expected = [
            ("glass", 5),
            ("Class 2", 6),
            ("금속", 7),
            ("left-!-right", 8),
        ];
        let expected: Vec<_> = expected.map(|(name, n)| (name.to_owned(), n)).into();
        ensure!(counts(page).await? == expected, "{:?}", counts(page).await?);
        // Folders, into a project of their own.
        let zip = folder.path().join("set.zip");
        let classes: Vec<_> = sample_classes("fruit-birds")?
            .into_iter()
            .map(|(name, files)| (name, files[..2].to_vec()))
            .collect();
        zip_of(&zip, &classes)?;
        page.upload("project-open", &[zip]).await?;
        page.click("project-own").await?;
        shows(page, &["My project", "set*"]).await?;
        page.embedded(4, LONG).await?;
        Ok(())
    });
}
