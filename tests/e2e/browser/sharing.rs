//! Classifiers that are handed on: as links, and as files beside the site.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, ensure};
use data::problem::{HeadProblem, Problem};
use data::share::{KEY, LONGEST_LINK, LinkProblem};
use e2e::{
    Browser, Device, LONG, Page, Result, SHORT, TempDir, TryResult, case, case_at, copy_site,
    file_of, outcome, photo, sample_classes, says, until,
};
use serde_json::json;
use xtask::serve::Site;

const SMALL: &str = "backbone=efficientnet-lite0-160";

/// Two classes of six photos, trained.
async fn trained(page: &Page, query: &str) -> Result {
    page.open(query).await?;
    for (class, files) in sample_classes("fruit-birds")? {
        page.add_class(&class).await?;
        page.add_photos(&class, &files[..6]).await?;
    }
    page.embedded(12, LONG).await?;
    page.train(LONG).await?;
    page.ready().await.map(drop)
}

/// The link to the classifier in use.
async fn link(page: &Page) -> Result<String> {
    page.click("head-link").await?;
    let made = "return one('head-link')?.dataset.link ?? null;";
    until("the link", LONG, async || page.ask(made, &[]).await).await
}

async fn asked(page: &Page) -> Result {
    page.wait_for(
        "the question",
        LONG,
        "return !!one('head-found-ask')?.open;",
    )
    .await
}

async fn hash(page: &Page) -> Result<String> {
    page.ask("return location.search + location.hash;", &[])
        .await
}

fn near(after: &[TryResult], before: &[TryResult]) -> Result {
    for (a, b) in after.iter().zip(before) {
        ensure!(a.top == b.top, "{a:?} instead of {b:?}");
        for (a, b) in a.predictions.iter().zip(&b.predictions) {
            let moved = (a.confidence - b.confidence).abs();
            ensure!(a.class == b.class && moved < 0.02, "{a:?} instead of {b:?}");
        }
    }
    ensure!(after.len() == before.len());
    Ok(())
}

/// Below a path and behind a query, as links are handed on.
#[test]
fn a_link_gives_the_same_answers_in_a_fresh_browser() {
    case_at("/some/path/", "link", Device::Cpu, async |browser| {
        let page = &browser.page;
        trained(page, &format!("?device=cpu&seed=1&{SMALL}")).await?;
        let tried = [photo("fruit_1.jpg")?, photo("bird_1.jpg")?];
        let answers = page.try_photos(&tried, LONG).await?;
        let url = link(page).await?;
        let start = format!("{}#{KEY}", page.address());
        ensure!(url.starts_with(&start), "{url:.80}");
        let says = "return [one('head-link-length').dataset.length, one('head-link-same').dataset.samples].map(Number);";
        let told: (usize, usize) = page.ask(says, &[]).await?;
        ensure!(told == (url.len(), 12), "{told:?}");
        let hands_on: bool = page.ask("return !!one('head-link-share');", &[]).await?;
        ensure!(!hands_on, "this browser hands nothing on");
        browser.screenshot("link-made").await?;

        let other = Browser::launch(Device::Cpu, page.address()).await?;
        let there = &other.page;
        let text = url
            .strip_prefix(page.address())
            .context("its own address")?;
        for query in ["?device=cpu", "?device=cpu&fresh"] {
            other.driver.goto("about:blank").await?;
            there.open(&format!("{query}{text}")).await?;
            asked(there).await?;
            // Nothing happens before somebody says so, and a reload does not ask again.
            ensure!(there.head().await?.is_none());
            ensure!(hash(there).await? == query, "{}", hash(there).await?);
            let found = "return one('head-found').dataset.classes.split(',').length;";
            ensure!(there.ask::<usize>(found, &[]).await? == 2);
            other.screenshot("link-found").await?;
            there.click("head-found-use").await?;
            until("the classifier", LONG, async || there.head().await).await?;
            there.ready().await?;
            let head = there.head().await?.context("it is in use")?;
            ensure!(head.backbone == "efficientnet-lite0-160", "{head:?}");
            near(&there.try_photos(&tried, LONG).await?, &answers)?;
            let notices = there.notices().await?;
            ensure!(notices.iter().all(|n| n.kind == "info"), "{notices:?}");
        }
        there.reload().await?;
        let open: bool = there.ask("return one('head-found-ask').open;", &[]).await?;
        ensure!(!open, "a reload asks again");
        other.close().await
    });
}

#[test]
fn a_link_takes_no_classifier_away_without_undo() {
    case("link-undo", Device::Cpu, async |browser| {
        let page = &browser.page;
        // As on phones, which ask whom to give it to.
        browser
            .before_every_page("navigator.share = async what => { window.handedOn = what; };")
            .await?;
        trained(page, &format!("?device=cpu&seed=1&{SMALL}")).await?;
        let url = link(page).await?;
        let (_, text) = url.split_once('#').context("it is a link")?;
        page.click("head-link-share").await?;
        let handed_on: String = page.ask("return window.handedOn.url;", &[]).await?;
        ensure!(handed_on == url, "{handed_on:.80}");
        let names: Vec<String> = sample_classes("fruit-birds")?
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        page.rename_class(&names[0], "mine").await?;
        let own = page.head().await?.context("there is one")?.classes;
        // Into an open page: somebody pastes it into the address.
        page.ask::<()>("location.hash = arguments[0];", &[json!(text)])
            .await?;
        asked(page).await?;
        page.click("head-found-leave").await?;
        ensure!(page.head().await?.context("there is one")?.classes == own);
        ensure!(!hash(page).await?.contains(KEY));
        page.ask::<()>("location.hash = arguments[0];", &[json!(text)])
            .await?;
        asked(page).await?;
        page.click("head-found-use").await?;
        until("the other classifier", LONG, async || {
            let head = page.head().await?.context("there is one")?;
            Ok((head.classes == names.join(",")).then_some(()))
        })
        .await?;
        page.click("head-undo").await?;
        until("the own classifier", LONG, async || {
            let head = page.head().await?.context("there is one")?;
            Ok((head.classes == own).then_some(()))
        })
        .await?;
        ensure!(page.count().await? == 12);
        table_tells_nothing_of_the_photo(browser).await
    });
}

/// What a phone writes beside the picture is not in the table of answers either; other files: `engine::private`.
async fn table_tells_nothing_of_the_photo(browser: &Browser) -> Result {
    let folder = TempDir::new()?;
    let secret = b"N 52 31 12, Pixel 8 Pro";
    let mut bytes = fs::read(photo("bird_1.jpg")?)?;
    let length = (secret.len() as u16 + 2).to_be_bytes();
    bytes.splice(2..2, [&[0xff, 0xfe], &length[..], secret].concat());
    let file = folder.path().join("a bird.jpg");
    fs::write(&file, bytes)?;
    browser.page.try_photos(&[file], LONG).await?;
    browser.page.click("results-csv").await?;
    let table = fs::read(browser.downloaded(".csv").await?)?;
    let has = |text: &[u8]| table.windows(text.len()).any(|window| window == text);
    ensure!(has(b"a bird.jpg") && !has(secret) && !has(b"Pixel"));
    Ok(())
}

#[test]
fn links_that_are_cut_too_long_or_crafted_are_refused_with_a_sentence() {
    case("link-cut", Device::Cpu, async |browser| {
        let page = &browser.page;
        trained(page, &format!("?device=cpu&{SMALL}")).await?;
        let own = page.head().await?.context("there is one")?.classes;
        let url = link(page).await?;
        let (_, text) = url.split_once('#').context("it is a link")?;
        let half = text[..text.len() / 2].to_owned();
        let letters = LONGEST_LINK + 1;
        for (text, why) in [
            (half.clone(), LinkProblem::Cut),
            (format!("{KEY}<script>alert(1)</script>"), LinkProblem::Cut),
            (format!("{KEY}AgAAAAAAAAAA"), LinkProblem::Newer(2)),
            (
                format!("{KEY}{}", "A".repeat(letters)),
                LinkProblem::TooLong { letters },
            ),
        ] {
            let before = page.notices().await?.len();
            page.ask::<()>("location.hash = arguments[0];", &[json!(text)])
                .await?;
            let said = page.notice_after(before, "error").await?;
            says(&said, &Problem::Link(why))?;
            page.ready().await?;
            ensure!(!hash(page).await?.contains(KEY), "the address keeps it");
        }
        ensure!(page.head().await?.context("there is one")?.classes == own);
        // The page is opened with it.
        browser.driver.goto("about:blank").await?;
        page.open(&format!("?device=cpu#{half}")).await?;
        page.notice_after(0, "error").await?;
        page.embedded(12, LONG).await?;
        ensure!(page.head().await?.context("there is one")?.classes == own);
        Ok(())
    });
}

/// Writes the site's list.
fn list(site: &Path, entries: serde_json::Value) -> Result {
    let list = json!({ "version": 1, "entries": entries });
    Ok(fs::write(site.join("heads/index.json"), list.to_string())?)
}

async fn look(page: &Page) -> Result {
    let open = "const g = one('gallery').parentElement; g.open = false; g.open = true;";
    page.ask::<()>(open, &[]).await
}

async fn choose(page: &Page, file: &str) -> Result {
    let press = "
        const item = all('gallery-item').find(i => i.dataset.file === arguments[0]);
        item?.querySelector('button').click(); return !!item;";
    until(&format!("{file} in the list"), SHORT, async || {
        Ok(page.ask::<bool>(press, &[json!(file)]).await?.then_some(()))
    })
    .await
}

/// Waits for the download, moves it beside the site.
async fn put(browser: &Browser, ending: &str, to: PathBuf) -> Result {
    let file = browser.downloaded(ending).await?;
    fs::copy(&file, to)?;
    Ok(fs::remove_file(file)?)
}

#[test]
fn what_lies_beside_the_site_opens_by_the_usual_doors() -> Result {
    let folder = TempDir::new()?;
    let copy = folder.path();
    copy_site(copy)?;
    let site = Site::start(copy, "/class/", 0).map_err(Error::msg)?;
    outcome("beside", Device::Cpu, &site.url(), async |browser| {
        let page = &browser.page;
        trained(page, &format!("?device=cpu&seed=1&{SMALL}")).await?;
        // As a site ships: nothing, and not a word on the console.
        look(page).await?;
        page.wait_for("an empty list", SHORT, "return !!one('gallery-empty');")
            .await?;
        page.ask::<()>("one('gallery').parentElement.open = false;", &[])
            .await?;
        page.click("head-save").await?;
        put(
            browser,
            ".safetensors",
            copy.join("heads/frogs & co.graft.safetensors"),
        )
        .await?;
        page.click("project-save").await?;
        put(browser, ".graft.zip", copy.join("heads/start.graft.zip")).await?;
        let size = fs::metadata(copy.join("heads/start.graft.zip"))?.len();
        fs::write(copy.join("heads/lie.safetensors"), "no head")?;
        list(
            copy,
            json!([
                { "file": "frogs & co.graft.safetensors", "name": "Frogs", "about": "By class 7b" },
                { "file": "start.graft.zip", "name": "To start with", "kind": "project", "bytes": size },
                { "file": "lie.safetensors" },
                { "file": "gone.safetensors" },
                { "file": "start.GRAFT.zip", "bytes": 7 },
                { "file": "../index.html" },
                { "file": "https://example.org/a.safetensors" },
                { "file": "x.exe" },
                { "file": "frogs & co.graft.safetensors", "kind": "project" },
            ]),
        )?;
        fs::copy(
            copy.join("heads/start.graft.zip"),
            copy.join("heads/start.GRAFT.zip"),
        )?;

        // Somebody else.
        page.open("?device=cpu&fresh").await?;
        look(page).await?;
        let counts = "return [all('gallery-item').length, all('gallery-fault').length];";
        until("the list", SHORT, async || {
            let counts: (usize, usize) = page.ask(counts, &[]).await?;
            Ok((counts == (5, 4)).then_some(()))
        })
        .await?;
        browser.screenshot("beside-list").await?;
        choose(page, "frogs & co.graft.safetensors").await?;
        asked(page).await?;
        page.click("head-found-use").await?;
        until("the classifier", LONG, async || page.head().await).await?;
        page.ready().await?;
        let own = page.head().await?.context("it is in use")?.classes;

        // It lies in what it is, how large it is, and that it is there.
        browser.expect_error("gone.safetensors");
        for (file, expected) in [
            (
                "lie.safetensors",
                Some(Problem::Head {
                    file: "lie.safetensors".into(),
                    why: HeadProblem::NotAHead,
                }),
            ),
            ("gone.safetensors", None),
            ("start.GRAFT.zip", None),
        ] {
            let before = page.notices().await?.len();
            look(page).await?;
            choose(page, file).await?;
            let said = page.notice_after(before, "error").await?;
            match expected {
                Some(problem) => says(&said, &problem)?,
                None => ensure!(said.contains(file), "{said:?}"),
            }
        }
        ensure!(page.head().await?.context("it is in use")?.classes == own);

        // A project asks first where there is something, and is one of its own.
        look(page).await?;
        choose(page, "start.graft.zip").await?;
        page.wait_for("the question", LONG, "return !!one('project-ask')?.open;")
            .await?;
        ensure!(page.count().await? == 0);
        page.click("project-own").await?;
        page.embedded(12, LONG).await?;

        // What holds the site for later never gives an old list.
        page.wait_for(
            "offline",
            LONG,
            "return one('app').dataset.offline === 'ready';",
        )
        .await?;
        list(copy, json!([{ "file": "new.safetensors" }]))?;
        page.reload().await?;
        look(page).await?;
        let new = "return all('gallery-item').length === 1 && one('gallery-item').dataset.file === 'new.safetensors';";
        page.wait_for("the new list", SHORT, new).await?;
        // Nor is a site without one worth a word on the page.
        browser.expect_error("heads/index.json");
        fs::remove_file(file_of(copy, "heads/index.json")?)?;
        page.reload().await?;
        look(page).await?;
        page.wait_for("nothing", SHORT, "return !!one('gallery-empty');")
            .await?;
        ensure!(page.notices().await?.is_empty());
        Ok(())
    })
}

#[test]
#[ignore = "makes pictures, checks nothing"]
fn gallery_of_sharing() -> Result {
    const SIZES: [(&str, u32, u32); 2] = [("laptop", 1440, 900), ("phone", 390, 844)];
    let folder = TempDir::new()?;
    let copy = folder.path();
    copy_site(copy)?;
    list(
        copy,
        json!([
            { "file": "frogs.graft.safetensors", "name": "Frogs and toads", "about": "By class 7b, 40 photos each", "bytes": 48213 },
            { "file": "start.graft.zip", "name": "Recycling, to start with", "about": "Photos only: train it yourself", "bytes": 3400123 },
            { "file": "../x.safetensors" },
        ]),
    )?;
    let site = Site::start(copy, "/", 0).map_err(Error::msg)?;
    outcome(
        "gallery-sharing",
        Device::Cpu,
        &site.url(),
        async |browser| {
            let page = &browser.page;
            let shots = async |moment: &str, id: &str| -> Result {
                for scheme in ["light", "dark"] {
                    for (size, width, height) in SIZES {
                        browser.prefer(scheme).await?;
                        browser.resize(width, height).await?;
                        page.ask::<()>("one(arguments[0])?.scrollIntoView();", &[json!(id)])
                            .await?;
                        let name = format!("share-{moment}-{size}-{scheme}");
                        println!("{}", browser.screenshot(&name).await?.display());
                    }
                }
                browser.resize(1440, 900).await
            };
            trained(page, &format!("?device=cpu&fresh&seed=1&{SMALL}")).await?;
            let url = link(page).await?;
            shots("link", "head-info").await?;
            page.choose("train-optimiser", "lbfgs").await?;
            page.train(LONG).await?;
            page.ready().await?;
            link(page).await?;
            page.click("head-link-short").await?;
            page.wait_for("a picture", LONG, "return !!one('head-link-qr');")
                .await
                .ok();
            shots("short", "head-info").await?;
            look(page).await?;
            page.wait_for("the list", SHORT, "return !!one('gallery-item');")
                .await?;
            shots("list", "head-info").await?;
            let (_, text) = url.split_once('#').context("it is a link")?;
            page.ask::<()>("location.hash = arguments[0];", &[json!(text)])
                .await?;
            asked(page).await?;
            shots("found", "head-found-ask").await
        },
    )
}
