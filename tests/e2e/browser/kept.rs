//! Classifiers that a project keeps: one comes into use, goes, comes back, is merged with another, and goes along with the project.

use std::fs;

use anyhow::{Context, ensure};
use data::problem::{KeptProblem, Problem};
use e2e::{
    Browser, Device, LONG, Page, Result, SHORT, TempDir, case, photo, sample_classes, says, until,
};
use serde::Deserialize;
use serde_json::json;

/// One of the list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    name: String,
    current: bool,
    accuracy: Option<f64>,
    n: Option<usize>,
    classes: String,
}

async fn items(page: &Page) -> Result<Vec<Item>> {
    let script = "return all('head-item').map(i => ({ name: i.dataset.name, current: i.dataset.current === 'true',
        accuracy: i.dataset.accuracy ? +i.dataset.accuracy : null, n: i.dataset.n ? +i.dataset.n : null,
        classes: i.dataset.classes }));";
    page.ask(script, &[]).await
}

/// Waits until the list shows these, the one in use with a star.
async fn shows(page: &Page, wanted: &[&str]) -> Result {
    let starred = |item: Item| format!("{}{}", item.name, if item.current { "*" } else { "" });
    let names = async || -> Result<Vec<String>> {
        Ok(items(page).await?.into_iter().map(starred).collect())
    };
    let what = format!("the classifiers {wanted:?}");
    let same = until(&what, LONG, async || {
        Ok((names().await? == wanted).then_some(()))
    });
    match same.await {
        Ok(()) => page.ready().await.map(drop),
        Err(why) => Err(why.context(format!("there are {:?}", names().await?))),
    }
}

async fn press(page: &Page, name: &str, button: &str) -> Result {
    let script = "const item = all('head-item').find(i => i.dataset.name === arguments[0]);
        const button = item && one(arguments[1], item);
        const can = !!button && !button.disabled; if (can) button.click(); return can;";
    until(&format!("{button} of {name}"), SHORT, async || {
        let arguments = [json!(name), json!(button)];
        Ok(page.ask::<bool>(script, &arguments).await?.then_some(()))
    })
    .await
}

async fn rename(page: &Page, name: &str, to: &str) -> Result {
    let script = "const item = all('head-item').find(i => i.dataset.name === arguments[0]);
        const input = one('head-rename', item); input.value = arguments[1];
        input.dispatchEvent(new Event('change', { bubbles: true }));";
    page.ask::<()>(script, &[json!(name), json!(to)]).await
}

async fn in_use(page: &Page, classes: &str) -> Result {
    until(&format!("a classifier of {classes}"), LONG, async || {
        let head = page.head().await?;
        Ok(head
            .is_some_and(|head| head.classes == classes)
            .then_some(()))
    })
    .await
}

/// Classes of the set, with so many photos each.
async fn add(page: &Page, set: &str, photos: usize) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for (class, files) in sample_classes(set)? {
        page.add_class(&class).await?;
        page.add_photos(&class, &files[..photos]).await?;
        names.push(class);
    }
    page.ready().await?;
    Ok(names)
}

const START: &str = "?device=cpu&seed=1&backbone=efficientnet-lite0-160";

#[test]
fn classifiers_are_kept_used_renamed_deleted_and_come_back() {
    case("kept", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open(START).await?;
        let names = add(page, "fruit-birds", 6).await?;
        page.embedded(12, LONG).await?;
        let first = page.train(LONG).await?;
        page.click("head-keep").await?;
        shows(page, &["Classifier 1*"]).await?;
        let of_first = items(page).await?.remove(0);
        ensure!(of_first.accuracy == Some(first.value) && of_first.n == Some(first.n));
        ensure!(of_first.classes == names.join(","), "{of_first:?}");
        let (_, files) = &sample_classes("fruit-birds")?[0];
        page.add_photos(&names[0], &files[6..9]).await?;
        page.embedded(15, LONG).await?;
        page.train(LONG).await?;
        shows(page, &["Classifier 1"]).await?;
        page.click("head-keep").await?;
        shows(page, &["Classifier 2*", "Classifier 1"]).await?;
        rename(page, "Classifier 1", "Six of each").await?;
        shows(page, &["Classifier 2*", "Six of each"]).await?;
        // All of it is there after a reload.
        page.reload().await?;
        shows(page, &["Classifier 2*", "Six of each"]).await?;
        press(page, "Six of each", "head-use").await?;
        shows(page, &["Classifier 2", "Six of each*"]).await?;
        let answers = page.try_photos(&[photo("fruit_1.jpg")?], LONG).await?;
        ensure!(!answers.is_empty());
        page.click("head-undo").await?;
        shows(page, &["Classifier 2*", "Six of each"]).await?;
        press(page, "Classifier 2", "head-delete").await?;
        shows(page, &["Six of each"]).await?;
        ensure!(page.head().await?.is_some(), "the one in use stays");
        page.reload().await?;
        shows(page, &["Six of each"]).await?;
        page.click("head-undo").await?;
        shows(page, &["Classifier 2*", "Six of each"]).await?;
        // A file of one that is not in use.
        press(page, "Six of each", "head-item-save").await?;
        let file = browser.downloaded(".safetensors").await?;
        let name = file.file_name().context("a download has a name")?;
        ensure!(name == "Six of each.graft.safetensors", "{name:?}");
        pictures(browser, "kept").await?;

        // The project's file carries them.
        let folder = TempDir::new()?;
        page.click("project-save").await?;
        let file = browser.downloaded(".graft.zip").await?;
        let copy = folder.path().join("kept.graft.zip");
        fs::copy(&file, &copy)?;
        page.click("project-new").await?;
        shows(page, &[]).await?;
        page.upload("project-open", &[copy]).await?;
        shows(page, &["Classifier 2*", "Six of each"]).await
    });
}

/// Wide and narrow, light and dark.
async fn pictures(browser: &Browser, name: &str) -> Result {
    for (size, width, height) in [("wide", 1440, 900), ("narrow", 390, 844)] {
        for scheme in ["light", "dark"] {
            browser.prefer(scheme).await?;
            browser.resize(width, height).await?;
            let scroll = "one('head-keep').scrollIntoView();";
            browser.page.ask::<()>(scroll, &[]).await?;
            browser
                .screenshot(&format!("{name}-{size}-{scheme}"))
                .await?;
        }
    }
    browser.prefer("light").await?;
    browser.resize(1440, 900).await
}

#[test]
fn two_classifiers_are_merged_and_one_is_trained_on() {
    case("kept-merged", Device::Cpu, async |browser| {
        let folder = TempDir::new()?;
        let page = &browser.page;
        // Somebody else's, as a file.
        page.open(&format!("{START}&fresh")).await?;
        let theirs = add(page, "letters", 8).await?;
        page.train(LONG).await?;
        page.click("head-save").await?;
        let file = browser.downloaded(".safetensors").await?;
        let friend = folder.path().join("friend.graft.safetensors");
        fs::copy(&file, &friend)?;

        page.open(START).await?;
        let ours = add(page, "fruit-birds", 8).await?;
        page.train(LONG).await?;
        page.click("head-keep").await?;
        shows(page, &["Classifier 1*"]).await?;
        page.upload("head-open", std::slice::from_ref(&friend))
            .await?;
        in_use(page, &theirs.join(",")).await?;
        press(page, "Classifier 1", "head-merge").await?;
        let all = format!("{},{}", theirs.join(","), ours.join(","));
        in_use(page, &all).await?;
        let answers = page
            .try_photos(&[photo("fruit_1.jpg")?, photo("bird_1.jpg")?], LONG)
            .await?;
        for answer in &answers {
            ensure!(answer.predictions.len() == theirs.len() + ours.len());
            ensure!(ours.contains(&answer.top), "{answer:?}");
        }
        page.click("head-keep").await?;
        shows(page, &["Classifier 2*", "Classifier 1"]).await?;
        ensure!(
            items(page).await?[0].accuracy.is_none(),
            "nobody measured it"
        );
        pictures(browser, "merged").await?;
        page.reload().await?;
        in_use(page, &all).await?;
        page.click("head-undo").await?;
        in_use(page, &theirs.join(",")).await?;

        // Trained on, it has to have photos of all of its classes.
        page.click("head-go-on").await?;
        let said = page.notice_after(0, "error").await?;
        let why = KeptProblem::OtherClasses(theirs.clone());
        says(&said, &Problem::Kept(why))?;
        in_use(page, &theirs.join(",")).await?;
        press(page, "Classifier 1", "head-item-save").await?;
        let own = browser.downloaded("1.graft.safetensors").await?;
        let copy = folder.path().join("own.graft.safetensors");
        fs::copy(&own, &copy)?;
        page.upload("head-open", &[copy]).await?;
        in_use(page, &ours.join(",")).await?;
        page.click("head-go-on").await?;
        let measured =
            "const a = one('validation-accuracy'); return a?.dataset.how === 'held-out';";
        page.wait_for("its accuracy", LONG, measured).await?;
        in_use(page, &ours.join(",")).await
    });
}

#[test]
fn what_cannot_be_merged_is_refused_and_nothing_changes() {
    case("kept-apart", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open(START).await?;
        let names = add(page, "fruit-birds", 5).await?;
        page.train(LONG).await?;
        page.click("head-keep").await?;
        shows(page, &["Classifier 1*"]).await?;
        page.choose("backbone-select", "efficientnet-lite0-224")
            .await?;
        page.ready().await?;
        page.embedded(10, LONG).await?;
        page.train(LONG).await?;
        let seen = page.notices().await?.len();
        press(page, "Classifier 1", "head-merge").await?;
        let said = page.notice_after(seen, "error").await?;
        says(&said, &Problem::Kept(KeptProblem::OtherBackbone))?;
        in_use(page, &names.join(",")).await?;
        shows(page, &["Classifier 1"]).await
    });
}
