//! How the page behaves: it stays responsive, anyone can use it, it fits a phone.

use anyhow::ensure;
use e2e::{
    Browser, Device, LONG, Page, Result, TempDir, case, made_photos, photo, small_photo, zip_of,
};

/// Keeps in mind how long the page stands still.
const WATCH: &str = "window.longTasks = [];
    new PerformanceObserver(list => window.longTasks.push(...list.getEntries().map(e => Math.round(e.duration))))
        .observe({ type: 'longtask', buffered: true });";

/// Far from what a test on a busy computer sees, and near to what a person does.
async fn never_stood_still(page: &Page) -> Result {
    let tasks: Vec<u32> = page.ask("return window.longTasks;", &[]).await?;
    let longest = tasks.iter().max().copied().unwrap_or(0);
    println!("{} long tasks, the longest of {longest} ms", tasks.len());
    ensure!(
        longest <= 200,
        "the page stood still for {longest} ms: {tasks:?}"
    );
    Ok(())
}

#[test]
fn the_page_stays_responsive_while_230_photos_are_embedded() {
    case("responsive", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh").await?;
        page.add_class("stripes").await?;
        let folder = TempDir::new()?;
        // More than go to the worker at once.
        let photos = made_photos(folder.path(), 230)?;
        page.ask::<()>(WATCH, &[]).await?;
        page.add_photos("stripes", &photos).await?;
        page.embedded(230, LONG).await?;
        never_stood_still(page).await
    });
}

#[test]
fn the_page_stays_responsive_while_300_classes_come_and_are_opened_again() {
    const CLASSES: usize = 300;
    case("responsive-classes", Device::Cpu, async |browser| {
        let page = &browser.page;
        let folder = TempDir::new()?;
        let class = |n: u32| {
            Ok((
                format!("class {n:03}"),
                vec![small_photo(folder.path(), n)?],
            ))
        };
        let classes = (0..CLASSES as u32).map(class).collect::<Result<Vec<_>>>()?;
        let zip = folder.path().join("classes.zip");
        zip_of(&zip, &classes)?;
        page.open("?device=cpu&seed=1").await?;
        page.ask::<()>(WATCH, &[]).await?;
        page.upload("dataset-files", &[zip]).await?;
        page.embedded(CLASSES, LONG).await?;
        page.ready().await?;
        ensure!(page.classes().await?.len() == CLASSES);
        never_stood_still(page).await?;
        page.reload().await?;
        page.ask::<()>(WATCH, &[]).await?;
        // Ready means that all of it is there, the last photo too.
        let photos: usize = page.ask("return all('photo').length;", &[]).await?;
        ensure!(photos == CLASSES, "{photos} photos are shown");
        never_stood_still(page).await
    });
}

async fn trained(browser: &Browser) -> Result {
    let page = &browser.page;
    page.load_samples("fruit-birds").await?;
    page.train(LONG).await?;
    page.try_photos(&[photo("fruit_1.jpg")?], LONG).await?;
    Ok(())
}

#[test]
fn axe_finds_no_serious_fault() {
    case("accessibility", Device::Cpu, async |browser| {
        browser.prefer("light").await?;
        browser.page.open("?device=cpu&fresh&seed=1").await?;
        for scheme in ["light", "dark"] {
            browser.prefer(scheme).await?;
            browser
                .check_accessibility(&format!("empty, {scheme}"))
                .await?;
        }
        trained(browser).await?;
        for scheme in ["light", "dark"] {
            browser.prefer(scheme).await?;
            browser
                .check_accessibility(&format!("trained, {scheme}"))
                .await?;
            browser.resize(390, 844).await?;
            browser
                .check_accessibility(&format!("trained, {scheme}, phone"))
                .await?;
            browser.resize(1440, 900).await?;
        }
        Ok(())
    });
}

#[test]
fn a_phone_needs_no_sideways_scrolling() {
    case("phone", Device::Cpu, async |browser| {
        let page = &browser.page;
        browser.resize(390, 844).await?;
        page.open("?device=cpu&fresh&seed=1").await?;
        let excess = async || -> Result<i64> {
            page.ask("return document.documentElement.scrollWidth - document.documentElement.clientWidth;", &[]).await
        };
        ensure!(
            excess().await? <= 0,
            "the empty page is {} px too wide",
            excess().await?
        );
        trained(browser).await?;
        ensure!(
            excess().await? <= 0,
            "the page is {} px too wide",
            excess().await?
        );
        Ok(())
    });
}

#[test]
fn the_keyboard_reaches_every_step_and_shows_where_it_is() {
    case("keyboard", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        trained(browser).await?;
        page.ask::<()>(START_AT_THE_TOP, &[]).await?;
        let mut seen: Vec<String> = Vec::new();
        let mut unseen_focus = Vec::new();
        for _ in 0..400 {
            press_tab(browser).await?;
            let (id, visible): (String, bool) = page.ask(FOCUSED, &[]).await?;
            if id == "body" && !seen.is_empty() {
                break;
            }
            if !visible {
                unseen_focus.push(id.clone());
            }
            seen.push(id);
        }
        for id in [
            "class-add",
            "class-name",
            "class-files",
            "photo-delete",
            "train",
            "try-files",
            "head-save",
            "head-open",
        ] {
            ensure!(
                seen.iter().any(|other| other == id),
                "Tab never reaches {id}; it reaches {seen:?}"
            );
        }
        ensure!(
            unseen_focus.is_empty(),
            "no visible focus on {unseen_focus:?}"
        );
        Ok(())
    });
}

/// Tab goes on from where the last click was; an element that had the focus and is gone again moves that to the page's start.
const START_AT_THE_TOP: &str = "
    const start = document.createElement('button');
    document.body.prepend(start);
    start.focus();
    start.remove();";

/// The focused element's test id (or its tag), and whether one can see the focus: on itself, or, for an input that is hidden
/// behind something nicer, on what stands for it.
const FOCUSED: &str = "
    const e = document.activeElement;
    if (!e || e === document.body) return ['body', true];
    const rings = s => (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none';
    const near = [e, e.parentElement, e.nextElementSibling, e.labels?.[0], e.closest('label')].filter(Boolean);
    return [e.dataset.testid ?? e.tagName.toLowerCase(), near.some(n => rings(getComputedStyle(n)))];";

/// A real key press, which moves the focus as a user's does.
async fn press_tab(browser: &Browser) -> Result {
    for kind in ["rawKeyDown", "keyUp"] {
        let key = serde_json::json!({ "type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9 });
        browser.devtools("Input.dispatchKeyEvent", key).await?;
    }
    Ok(())
}
