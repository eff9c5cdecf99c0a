//! What the user made is back after a reload.

use anyhow::ensure;
use e2e::{Device, LONG, case, photo, sample_classes};

#[test]
fn photos_and_head_survive_a_reload_without_new_work() {
    case("persistence", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&seed=1").await?;
        ensure!(
            page.classes().await?.iter().all(|class| class.count == 0),
            "a new profile holds photos"
        );
        for (class, photos) in sample_classes("fruit-birds")? {
            page.add_class(&class).await?;
            page.add_photos(&class, &photos[..6]).await?;
        }
        page.embedded(12, LONG).await?;
        page.train(LONG).await?;
        let photos = [photo("fruit_1.jpg")?];
        let before = page.try_photos(&photos, LONG).await?;
        let classes_before: Vec<_> = page
            .classes()
            .await?
            .into_iter()
            .map(|class| (class.name, class.count))
            .collect();

        page.reload().await?;
        page.embedded(12, LONG).await?;
        let classes: Vec<_> = page
            .classes()
            .await?
            .into_iter()
            .map(|class| (class.name, class.count))
            .collect();
        ensure!(
            classes == classes_before,
            "{classes_before:?} became {classes:?}"
        );
        ensure!(
            page.most_pending().await? == 0,
            "photos were embedded again after the reload"
        );

        let after = page.try_photos(&photos, LONG).await?;
        ensure!(after[0].top == before[0].top, "{before:?} became {after:?}");
        for (p, q) in before[0].predictions.iter().zip(&after[0].predictions) {
            ensure!(
                (p.confidence - q.confidence).abs() <= 1e-6,
                "{before:?} became {after:?}"
            );
        }
        Ok(())
    });
}

#[test]
fn fresh_leaves_the_stored_project_alone() {
    case("fresh", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu").await?;
        let (class, photos) = &sample_classes("fruit-birds")?[0];
        page.add_class(class).await?;
        page.add_photos(class, &photos[..3]).await?;
        page.embedded(3, LONG).await?;

        page.open("?device=cpu&fresh").await?;
        ensure!(page.count().await? == 0, "a fresh project holds photos");
        page.open("?device=cpu").await?;
        page.embedded(3, LONG).await
    });
}
