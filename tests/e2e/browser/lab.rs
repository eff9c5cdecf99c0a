//! The Lab: the ways to transfer compared on a ready-made set, and fine-tuning on the workbench.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use data::transfer::Method;
use e2e::{
    Arm, Browser, Device, LONG, Page, Result, SHORT, VERY_LONG, before_engines, case, case_with,
    photo, sample_classes,
};
use graft::text;

/// Small enough for two busy cores: five photos a class at 64 px.
async fn set_up(page: &Page, passes: &str) -> Result {
    page.go_to("lab").await?;
    page.fill("lab-photos", "5").await?;
    page.choose("lab-resolution", "64").await?;
    page.choose("lab-budget-unit", "epochs").await?;
    page.fill("lab-budget", passes).await
}

async fn arm(page: &Page, name: &str) -> Result<Arm> {
    let arms = page.arms().await?;
    let found = arms.iter().find(|arm| arm.arm == name).cloned();
    found.with_context(|| format!("no arm {name} among {arms:?}"))
}

async fn over(page: &Page) -> Result {
    page.wait_for(
        "all methods to be done or stopped",
        VERY_LONG,
        "const arms = all('lab-arm');
         return arms.length > 0 && arms.every(a => ['done', 'stopped'].includes(a.dataset.state)) && !!one('lab-run');",
    )
    .await
}

#[test]
fn transfer_beats_no_transfer_on_a_sample_set() {
    case("lab", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        let photos = page.load_samples("fruit-birds").await?;
        set_up(page, "4").await?;
        page.click("lab-run").await?;
        over(page).await?;

        let arms = page.arms().await?;
        let names: Vec<&str> = arms.iter().map(|arm| arm.arm.as_str()).collect();
        ensure!(
            names
                == [
                    "feature-extraction",
                    "fine-tuning",
                    "weight-initialisation",
                    "from-scratch",
                    "random-features"
                ],
            "the rows are {names:?}"
        );
        for arm in &arms {
            ensure!(arm.state == "done", "{arm:?}");
            let accuracy = arm.accuracy.with_context(|| format!("{arm:?}"))?;
            ensure!((0.0..=1.0).contains(&accuracy), "{arm:?}");
            ensure!(arm.seconds > 0.0 && arm.trained_parameters > 0, "{arm:?}");
        }
        let of = async |name: &str| -> Result<f64> {
            let arm = arm(page, name).await?;
            arm.accuracy.with_context(|| format!("{arm:?}"))
        };
        let transfer = of("feature-extraction").await?;
        for without in ["random-features", "from-scratch"] {
            let other = of(without).await?;
            ensure!(
                transfer > other,
                "feature extraction {transfer}, {without} {other}"
            );
        }
        let head = arm(page, "feature-extraction").await?.trained_parameters;
        let whole = arm(page, "from-scratch").await?.trained_parameters;
        ensure!(
            whole > 100 * head,
            "{head} numbers learn in a head, {whole} in the network"
        );

        check_csv(browser, &arms).await?;
        check_svg(browser).await?;
        // What it found is there again after a reload, without computing.
        page.reload().await?;
        page.embedded(photos, LONG).await?;
        page.go_to("lab").await?;
        page.wait_for(
            "the rows of before",
            SHORT,
            "return all('lab-arm').length === 5;",
        )
        .await?;
        let again = page.arms().await?;
        ensure!(again == arms, "{arms:?} became {again:?}");
        page.click("lab-delete").await?;
        page.wait_for("no result", SHORT, "return all('lab-arm').length === 0;")
            .await
    });
}

/// One line a method with the numbers of the page.
async fn check_csv(browser: &Browser, arms: &[Arm]) -> Result {
    browser.page.click("lab-csv").await?;
    let text = read(browser.downloaded(".csv").await?)?;
    let table = text
        .strip_prefix('\u{feff}')
        .context("no byte-order mark")?;
    let mut lines = table.lines();
    let header: Vec<&str> = lines
        .next()
        .context("the file is empty")?
        .split(',')
        .collect();
    let column = |name: &str| {
        let found = header.iter().position(|h| *h == name);
        found.with_context(|| format!("no column {name} in {header:?}"))
    };
    let (method, accuracy) = (column("method")?, column("accuracy")?);
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    ensure!(rows.len() == arms.len(), "{text}");
    for (row, arm) in rows.iter().zip(arms) {
        ensure!(row[method] == arm.arm, "{row:?} for {arm:?}");
        let value: f64 = row[accuracy].parse()?;
        ensure!(Some(value) == arm.accuracy, "{row:?} for {arm:?}");
    }
    Ok(())
}

/// A drawing that stands alone: its own paper, and a name for each line.
async fn check_svg(browser: &Browser) -> Result {
    browser.page.click("lab-svg").await?;
    let svg = read(browser.downloaded(".svg").await?)?;
    for part in [
        "<svg ",
        "fill=\"#fff\"",
        text::method(Method::FeatureExtraction),
        text::method(Method::FromScratch),
    ] {
        ensure!(svg.contains(part), "no {part:?} in {svg}");
    }
    browser.page.click("lab-png").await?;
    let png = std::fs::read(browser.downloaded(".png").await?)?;
    ensure!(png.starts_with(b"\x89PNG"), "{} bytes, no PNG", png.len());
    Ok(())
}

fn read(file: PathBuf) -> Result<String> {
    Ok(std::fs::read_to_string(file)?)
}

#[test]
fn a_method_can_be_stopped_and_the_others_go_on() {
    case("lab-stop", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        page.load_samples("fruit-birds").await?;
        set_up(page, "200").await?;
        for method in ["fine-tuning", "weight-initialisation"] {
            page.tick("lab-method", "method", method, false).await?;
        }
        page.click("lab-run").await?;
        let scratch = "all('lab-arm').find(a => a.dataset.arm === 'from-scratch')";
        page.wait_for(
            "training from scratch to be measured",
            LONG,
            &format!("const a = {scratch}; return a?.dataset.state === 'running' && !!a.dataset.accuracy;"),
        )
        .await?;
        page.ask::<()>(&format!("one('lab-arm-stop', {scratch}).click();"), &[])
            .await?;
        page.wait_for(
            "it to be stopped",
            SHORT,
            &format!("return {scratch}.dataset.state === 'stopped';"),
        )
        .await?;
        ensure!(
            arm(page, "from-scratch").await?.accuracy.is_some(),
            "what it had reached is gone"
        );
        over(page).await?;
        ensure!(arm(page, "random-features").await?.state == "done");
        Ok(())
    });
}

#[test]
fn the_lab_says_why_it_cannot_start_and_back_leads_back() {
    case("lab-pages", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh").await?;
        page.add_class("kept").await?;
        page.go_to("lab").await?;
        let (disabled, hint): (bool, String) = page
            .ask(
                "return [one('lab-run').disabled, one('lab-hint').innerText];",
                &[],
            )
            .await?;
        ensure!(
            disabled && hint.len() > 10,
            "disabled: {disabled}, hint {hint:?}"
        );
        browser.driver.back().await?;
        page.wait_for(
            "the workbench with its class",
            SHORT,
            "return one('class-card')?.checkVisibility() && !one('lab-run').checkVisibility();",
        )
        .await
    });
}

#[test]
fn the_network_shows_what_it_knew_and_whether_photos_suffice() {
    case("lab-knew", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        page.load_samples("fruit-birds").await?;
        page.go_to("lab").await?;
        page.click("lab-photo").await?;
        page.wait_for(
            "five answers of the old head",
            LONG,
            "return all('prediction', one('old-head')).length === 5;",
        )
        .await?;
        page.wait_for(
            "pictures of at least three layers",
            LONG,
            "const pictures = [...(one('feature-maps')?.querySelectorAll('img') ?? [])];
             return pictures.length >= 3 && pictures.every(i => i.complete && i.naturalWidth > 0);",
        )
        .await?;
        page.click("curve-run").await?;
        page.wait_for(
            "the learning curve",
            LONG,
            "return Number(one('learning-curve')?.dataset.points) >= 6;",
        )
        .await?;
        browser.check_accessibility("the Lab").await?;
        browser.resize(390, 844).await?;
        let excess: i64 = page
            .ask("return document.documentElement.scrollWidth - document.documentElement.clientWidth;", &[])
            .await?;
        ensure!(excess <= 0, "the Lab is {excess} px too wide for a phone");
        Ok(())
    });
}

#[test]
fn fine_tuning_tells_its_time_pauses_and_keeps_what_it_reached() {
    case("fine-tuning", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        page.load_samples("fruit-birds").await?;
        page.click("method-fine-tuning").await?;
        page.choose("tune-depth", "last-block").await?;
        page.ask::<()>(
            "document.querySelector('details.advanced').open = true;",
            &[],
        )
        .await?;
        page.fill("tune-epochs", "1").await?;
        page.wait_for(
            "an estimate of the time",
            LONG,
            "const estimate = one('tune-estimate').dataset;
             return Number(estimate.seconds) > 0 && estimate.device === 'cpu';",
        )
        .await?;
        page.train(VERY_LONG).await?;
        let tuned = "return one('head-info')?.dataset.tuned === 'true';";
        page.wait_for("a tuned classifier", SHORT, tuned).await?;

        page.fill("tune-epochs", "50").await?;
        page.click("train").await?;
        for paused in [true, false] {
            page.click("train-pause").await?;
            let shown = format!("return one('train-pause')?.dataset.paused === '{paused}';");
            page.wait_for("the pause to begin and to end", LONG, &shown)
                .await?;
        }
        page.click("train-stop").await?;
        page.wait_for(
            "a classifier of what was reached",
            LONG,
            "return !one('train-stop') && !!one('head-info');",
        )
        .await
    });
}

/// Makes the software GPU pass for a real one: those alone tune. And the worker that tunes tells when it starts: no page sees
/// the workers of a worker.
fn with_a_gpu(site: &Path) -> Result {
    let real = "Object.defineProperty(GPUAdapterInfo.prototype, 'isFallbackAdapter', { get: () => false });";
    before_engines(site, &["worker_gpu"], real)?;
    let tells = "new BroadcastChannel('tuner').postMessage('here');";
    before_engines(site, &["worker_tune"], tells)
}

const LISTEN: &str = "
    self.tuners = 0;
    self.listens = new BroadcastChannel('tuner');
    self.listens.onmessage = () => self.tuners += 1;
    return 0;";

#[test]
fn networks_learn_on_webgpu_too() {
    case_with(with_a_gpu, "lab-webgpu", Device::WebGpu, async |browser| {
        let page = &browser.page;
        let app = page.open("?device=webgpu&fresh&seed=1").await?;
        ensure!(app.device == "webgpu", "it runs on {}", app.device);
        // As few and as small as can be: the software GPU takes seconds a photo.
        for (class, photos) in sample_classes("fruit-birds")? {
            page.add_class(&class).await?;
            page.add_photos(&class, &photos[..5]).await?;
        }
        page.embedded(10, VERY_LONG).await?;
        let _: usize = page.ask(LISTEN, &[]).await?;
        // A classifier, which stays in use while networks are tuned.
        page.train(LONG).await?;
        let tuners = async || page.ask::<usize>("return self.tuners;", &[]).await;
        ensure!(tuners().await? == 0, "nobody has asked for tuning");
        // The page says where networks learn; the Lab asks the engine for the same device.
        page.click("method-fine-tuning").await?;
        page.wait_for(
            "an estimate of tuning on the GPU",
            VERY_LONG,
            "return one('tune-estimate').dataset.device === 'webgpu';",
        )
        .await?;
        ensure!(tuners().await? == 1, "{} tuners", tuners().await?);
        let engines = page.engines().await?;
        ensure!(engines == ["worker_gpu"], "the project stays: {engines:?}");
        page.try_photos(&[photo("bird_1.jpg")?], VERY_LONG).await?;
        set_up(page, "2").await?;
        page.fill("lab-photos", "2").await?;
        for method in ["weight-initialisation", "from-scratch", "random-features"] {
            page.tick("lab-method", "method", method, false).await?;
        }
        page.click("lab-run").await?;
        over(page).await?;
        let tuned = arm(page, "fine-tuning").await?;
        ensure!(tuned.state == "done", "{tuned:?}");
        let accuracy = tuned.accuracy.with_context(|| format!("{tuned:?}"))?;
        ensure!(
            accuracy >= 0.5,
            "birds and fruit are easily told apart: {tuned:?}"
        );
        ensure!(tuned.trained_parameters > 1_000_000, "{tuned:?}");
        let problems = page.notices().await?;
        ensure!(problems.is_empty(), "{problems:?}");
        Ok(())
    });
}
