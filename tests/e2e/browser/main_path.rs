//! Photos in, a trained head out, and the head at work elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{bail, ensure};
use e2e::{
    Browser, Device, LONG, Result, SHORT, TryResult, VERY_LONG, case, case_at, photo,
    sample_classes, site, until,
};

fn kept_apart() -> Result<Vec<PathBuf>> {
    Ok(vec![photo("fruit_1.jpg")?, photo("bird_1.jpg")?])
}

#[test]
fn the_main_path_on_the_cpu() {
    case("main-path-cpu", Device::Cpu, async |browser| {
        let page = &browser.page;
        let app = page.open("?device=cpu&fresh&seed=1").await?;
        ensure!(
            app.device == "cpu",
            "the page says it runs on {}",
            app.device
        );
        ensure!(
            !app.backbone.is_empty(),
            "the page does not name its backbone"
        );

        page.load_samples("fruit-birds").await?;
        let accuracy = page.train(LONG).await?;
        ensure!(
            accuracy.value >= 0.9,
            "the validation accuracy is only {accuracy:?}"
        );
        ensure!(
            accuracy.low <= accuracy.value && accuracy.value <= accuracy.high,
            "no interval: {accuracy:?}"
        );
        ensure!(accuracy.n > 0, "measured on no photo: {accuracy:?}");

        let here = page.try_photos(&kept_apart()?, LONG).await?;
        check_tops(&here)?;
        ensure!(
            page.engines().await? == ["worker_relaxed"],
            "a CPU needs no WebGPU engine, and this browser has relaxed SIMD"
        );
        page.click("head-save").await?;
        let head = browser.downloaded(".safetensors").await?;
        same_elsewhere(&head, &here).await
    });
}

/// As in browsers that would refuse a module with relaxed SIMD in it.
#[test]
fn a_browser_without_relaxed_simd_gets_the_engine_without_it() {
    case("no-relaxed-simd", Device::Cpu, async |browser| {
        let without = "WebAssembly.validate = () => false;";
        browser.before_every_page(without).await?;
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        page.load_samples("fruit-birds").await?;
        page.train(LONG).await?;
        let here = page.try_photos(&kept_apart()?, LONG).await?;
        check_tops(&here)?;
        let engines = page.engines().await?;
        ensure!(engines == ["worker"], "{engines:?}");
        // A friend whose browser has it must come to the same.
        page.click("head-save").await?;
        let head = browser.downloaded(".safetensors").await?;
        same_elsewhere(&head, &here).await
    });
}

#[test]
fn the_main_path_on_webgpu() {
    case("main-path-webgpu", Device::WebGpu, async |browser| {
        let page = &browser.page;
        let app = page.open("?device=webgpu&fresh&seed=1").await?;
        ensure!(
            app.device == "webgpu",
            "the page says it runs on {}",
            app.device
        );
        ensure!(
            page.engines().await? == ["worker_gpu"],
            "one engine is enough"
        );

        // Few: the software GPU takes seconds a photo.
        for (class, photos) in sample_classes("fruit-birds")? {
            page.add_class(&class).await?;
            page.add_photos(&class, &photos[..5]).await?;
        }
        page.embedded(10, VERY_LONG).await?;
        page.train(LONG).await?;
        let here = page.try_photos(&kept_apart()?, LONG).await?;
        check_tops(&here)?;

        // The CPU of another browser must come to the same.
        page.click("head-save").await?;
        let head = browser.downloaded(".safetensors").await?;
        same_elsewhere(&head, &here).await
    });
}

fn check_tops(results: &[TryResult]) -> Result {
    for result in results {
        // `fruit_1.jpg` belongs to `fruit`, `bird_1.jpg` to `birds`.
        let expected = result.file.split('_').next().unwrap_or_default();
        ensure!(
            result.top.to_lowercase().starts_with(expected),
            "{} was taken for {}",
            result.file,
            result.top
        );
        let sum: f64 = result
            .predictions
            .iter()
            .map(|prediction| prediction.confidence)
            .sum();
        ensure!(
            (sum - 1.0).abs() < 0.02,
            "the confidences of {} add up to {sum}",
            result.file
        );
    }
    Ok(())
}

/// Opens the head in a new profile, without any photo, and asks for the same confidences.
async fn same_elsewhere(head: &PathBuf, here: &[TryResult]) -> Result {
    let other = Browser::launch(Device::Cpu, site()).await?;
    other.page.open("?device=cpu&fresh").await?;
    other
        .page
        .upload("head-open", std::slice::from_ref(head))
        .await?;
    let info = until("the head to be open", LONG, async || {
        other.page.head().await
    })
    .await?;
    for class in here
        .iter()
        .flat_map(|result| &result.predictions)
        .map(|prediction| &prediction.class)
    {
        ensure!(
            info.classes.split(',').any(|name| name.trim() == class),
            "{class:?} is not in {info:?}"
        );
    }
    let there = other.page.try_photos(&kept_apart()?, LONG).await?;
    for (a, b) in here.iter().zip(&there) {
        ensure!(
            a.top == b.top,
            "{} was {} here and is {} there",
            a.file,
            a.top,
            b.top
        );
        for p in &a.predictions {
            let Some(q) = b.predictions.iter().find(|q| q.class == p.class) else {
                bail!("{} is not there", p.class)
            };
            ensure!(
                (p.confidence - q.confidence).abs() <= 1e-3,
                "{}: {p:?} here, {q:?} there",
                a.file
            );
        }
    }
    other.close().await
}

#[test]
fn it_works_below_any_path() {
    case_at("/some/path/", "sub-path", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        page.load_samples("fruit-birds").await?;
        page.train(LONG).await?;
        check_tops(&page.try_photos(&kept_apart()?, LONG).await?)
    });
}

#[test]
fn an_impossible_device_is_said_before_falling_back() {
    case("no-webgpu", Device::Cpu, async |browser| {
        let app = browser.page.open("?device=webgpu&fresh").await?;
        ensure!(
            app.device == "cpu",
            "without an adapter the page says it runs on {}",
            app.device
        );
        browser.page.notice_after(0, "error").await?;
        Ok(())
    });
}

#[test]
fn the_same_seed_gives_the_same_head() {
    case("same-seed", Device::Cpu, async |browser| {
        let page = &browser.page;
        let mut runs = Vec::new();
        for _ in 0..2 {
            page.open("?device=cpu&fresh&seed=7").await?;
            page.load_samples("fruit-birds").await?;
            page.train(LONG).await?;
            runs.push(page.try_photos(&kept_apart()?, LONG).await?);
        }
        let values = |run: &[TryResult]| -> Vec<f64> {
            run.iter()
                .flat_map(|result| result.predictions.iter().map(|p| p.confidence))
                .collect()
        };
        ensure!(
            values(&runs[0]) == values(&runs[1]),
            "{:?} then {:?}",
            runs[0],
            runs[1]
        );
        Ok(())
    });
}

#[test]
fn training_can_be_stopped() {
    case("train-stop", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        page.load_samples("fruit-birds").await?;
        page.click("train").await?;
        // It may be over before we get there: then there is nothing to stop, and the outcome is what counts.
        let running = until("training to begin", SHORT, async || {
            let (running, done): (bool, bool) = page
                .ask(
                    "return [!!one('train-stop'), !!one('validation-accuracy')?.dataset.value];",
                    &[],
                )
                .await?;
            Ok(if running {
                Some(true)
            } else {
                done.then_some(false)
            })
        })
        .await?;
        if running {
            page.ask::<()>("one('train-stop')?.click();", &[]).await?;
        }
        until("training to end", Duration::from_secs(10), async || {
            Ok(page
                .ask::<bool>("return !one('train-stop');", &[])
                .await?
                .then_some(()))
        })
        .await
    });
}
