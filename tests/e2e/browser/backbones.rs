//! Another backbone: photos are embedded anew once, a head takes the page to its own.

use anyhow::ensure;
use e2e::{Browser, Device, LONG, Page, Result, SHORT, case, photo, sample_classes, site, until};

const LARGE: &str = "efficientnet-lite0-224";
const SMALL: &str = "efficientnet-lite0-160";

async fn ten_photos(page: &Page) -> Result {
    for (class, photos) in sample_classes("fruit-birds")? {
        page.add_class(&class).await?;
        page.add_photos(&class, &photos[..5]).await?;
    }
    page.embedded(10, LONG).await
}

async fn switch(page: &Page, backbone: &str) -> Result {
    page.forget_pending().await?;
    page.choose("backbone-select", backbone).await?;
    until(&format!("the backbone {backbone}"), LONG, async || {
        Ok((page.app().await?.backbone == backbone).then_some(()))
    })
    .await?;
    page.embedded(10, LONG).await
}

#[test]
fn another_backbone_embeds_anew_and_the_way_back_costs_nothing() {
    case("backbone", Device::Cpu, async |browser| {
        let page = &browser.page;
        let app = page.open("?device=cpu&fresh&seed=1").await?;
        ensure!(app.backbone == LARGE, "it starts with {}", app.backbone);
        ten_photos(page).await?;
        switch(page, SMALL).await?;
        // It works: there is a head to train, and it says what it was trained on.
        page.train(LONG).await?;
        let head = page.head().await?.map(|head| head.backbone);
        ensure!(head.as_deref() == Some(SMALL), "the head names {head:?}");
        switch(page, LARGE).await?;
        ensure!(
            page.most_pending().await? == 0,
            "photos were embedded a second time"
        );
        Ok(())
    });
}

#[test]
fn a_head_takes_the_page_to_its_own_backbone() {
    case("backbone-of-head", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        ten_photos(page).await?;
        switch(page, SMALL).await?;
        page.train(LONG).await?;
        let photos = [photo("bird_1.jpg")?];
        let here = page.try_photos(&photos, LONG).await?;
        page.click("head-save").await?;
        let file = browser.downloaded(".safetensors").await?;

        let other = Browser::launch(Device::Cpu, site()).await?;
        let app = other.page.open("?device=cpu&fresh").await?;
        ensure!(app.backbone == LARGE, "it starts with {}", app.backbone);
        other.page.upload("head-open", &[file]).await?;
        until("the head and its backbone", LONG, async || {
            let head = other.page.head().await?.map(|head| head.backbone);
            let runs = other.page.app().await?.backbone;
            Ok((head.as_deref() == Some(SMALL) && runs == SMALL).then_some(()))
        })
        .await?;
        until("the page to be ready", SHORT, async || {
            Ok((other.page.app().await?.state == "ready").then_some(()))
        })
        .await?;
        let there = other.page.try_photos(&photos, LONG).await?;
        ensure!(here[0].top == there[0].top, "{here:?} became {there:?}");
        for (p, q) in here[0].predictions.iter().zip(&there[0].predictions) {
            ensure!(
                (p.confidence - q.confidence).abs() <= 1e-3,
                "{here:?} became {there:?}"
            );
        }
        other.close().await
    });
}
