//! The camera, as a source of photos and of things to try. Chromium's own fake one shows a moving test picture.

use std::time::Duration;

use anyhow::ensure;
use e2e::{Device, LONG, SHORT, Setup, case, sample_classes, until};

#[test]
fn holding_the_record_button_fills_a_class() {
    case("camera", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh").await?;
        page.add_class("test picture").await?;
        page.in_class("test picture", "class-camera")
            .await?
            .click_when_ready()
            .await?;
        // The record button may be there before the camera is.
        page.element("camera-record").await?;
        let playing = "return [...document.querySelectorAll('video')].some(v => v.videoWidth > 0 && !v.paused);";
        page.wait_for("the camera's picture", SHORT, playing)
            .await?;
        let record = page.element("camera-record").await?;
        let mouse = || browser.driver.action_chain();
        mouse().click_and_hold_element(&record).perform().await?;
        tokio::time::sleep(Duration::from_millis(1500)).await;
        mouse().release().perform().await?;
        let recorded = until("three photos from the camera", LONG, async || {
            let class = page.classes().await?.remove(0);
            Ok((class.pending == 0 && class.count >= 3).then_some(class.count))
        })
        .await?;
        // Let go is let go.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let later = page.classes().await?.remove(0);
        ensure!(
            later.count + later.pending == recorded,
            "it recorded on: {recorded} photos, then {later:?}"
        );
        // What was taken while the button was held once is known by its names: it is learned from or measured on, not both.
        let names: Vec<String> = page
            .ask(
                "return all('photo').map(p => p.querySelector('img').alt);",
                &[],
            )
            .await?;
        let burst = |name: &String| {
            let (burst, number) = name.strip_prefix("camera ")?.rsplit_once(" #")?;
            let number = number.strip_suffix(".jpg")?.parse::<usize>().ok();
            number.map(|number| (burst.to_owned(), number))
        };
        let frames: Option<Vec<(String, usize)>> = names.iter().map(burst).collect();
        let mut frames = frames.unwrap_or_default();
        // A frame that took long to pack comes later, and one that shows the same as another is kept once.
        frames.sort();
        let apart = frames.windows(2).all(|two| two[0].1 < two[1].1);
        let one = frames.iter().all(|(burst, _)| *burst == frames[0].0);
        ensure!(
            frames.len() == recorded && apart && one,
            "the frames of a burst are called {names:?}"
        );
        page.click("camera-close").await?;
        let off = "return !one('camera-record') && ![...document.querySelectorAll('video')].some(v => v.srcObject?.active);";
        page.wait_for("the camera to be off", SHORT, off).await
    });
}

#[test]
fn the_camera_is_recognised_live() {
    case("camera-live", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        let classes = sample_classes("fruit-birds")?;
        for (class, photos) in &classes {
            page.add_class(class).await?;
            page.add_photos(class, &photos[..5]).await?;
        }
        page.embedded(10, LONG).await?;
        page.train(LONG).await?;
        page.click("try-camera").await?;
        let live = "
            const live = one('live');
            return [live ? all('prediction', live).map(p => Number(p.dataset.confidence)) : [],
                    Number(one('fps')?.dataset.value ?? 0)];";
        until("a live prediction and its frame rate", LONG, async || {
            let (confidences, fps): (Vec<f64>, f64) = page.ask(live, &[]).await?;
            let sum: f64 = confidences.iter().sum();
            ensure!(
                confidences.is_empty() || (sum - 1.0).abs() < 0.02,
                "the live confidences add up to {sum}"
            );
            Ok((confidences.len() == classes.len() && fps > 0.0).then_some(()))
        })
        .await
    });
}

#[test]
fn a_refused_camera_is_said_once() {
    case(
        "camera-refused",
        Setup::camera_forbidden(),
        async |browser| {
            let page = &browser.page;
            page.open("?device=cpu&fresh").await?;
            page.add_class("nothing").await?;
            page.in_class("nothing", "class-camera")
                .await?
                .click_when_ready()
                .await?;
            page.notice_after(0, "error").await?;
            tokio::time::sleep(Duration::from_secs(1)).await;
            let errors = page.notices().await?;
            let errors: Vec<_> = errors.iter().filter(|n| n.kind == "error").collect();
            ensure!(errors.len() == 1, "{errors:?}");
            Ok(())
        },
    );
}
