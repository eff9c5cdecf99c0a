//! Classes: add, rename, delete, undo.

use anyhow::ensure;
use e2e::{Device, LONG, Page, Result, SHORT, case, photo, sample_classes, until};

async fn wait_for_names(page: &Page, names: &[&str]) -> Result {
    until(&format!("the classes {names:?}"), SHORT, async || {
        let seen: Vec<String> = page
            .classes()
            .await?
            .into_iter()
            .map(|class| class.name)
            .collect();
        Ok((seen == names).then_some(()))
    })
    .await
}

#[test]
fn classes_are_added_renamed_deleted_and_brought_back() {
    case("classes", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh").await?;
        for class in page.classes().await? {
            // An empty project may show classes to begin with.
            page.in_class(&class.name, "class-delete")
                .await?
                .click()
                .await?;
        }
        page.add_class("apples").await?;
        page.add_class("pears").await?;
        wait_for_names(page, &["apples", "pears"]).await?;
        page.rename_class("pears", "birds").await?;
        page.add_photos("apples", &[photo("fruit_1.jpg")?]).await?;
        page.embedded(1, LONG).await?;

        page.in_class("apples", "class-delete")
            .await?
            .click()
            .await?;
        wait_for_names(page, &["birds"]).await?;
        page.click("undo").await?;
        wait_for_names(page, &["apples", "birds"]).await?;
        page.embedded(1, LONG).await
    });
}

#[test]
fn a_trained_head_follows_a_rename() {
    case("rename-after-training", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        let classes = sample_classes("fruit-birds")?;
        for (class, photos) in &classes {
            page.add_class(class).await?;
            page.add_photos(class, &photos[..5]).await?;
        }
        page.embedded(10, LONG).await?;
        page.train(LONG).await?;
        page.rename_class(&classes[0].0, "renamed").await?;
        until("the head to know the new name", SHORT, async || {
            let head = page.head().await?;
            Ok(head
                .is_some_and(|head| head.classes.split(',').any(|name| name.trim() == "renamed"))
                .then_some(()))
        })
        .await
    });
}

#[test]
fn a_disabled_train_button_says_why() {
    case("train-hint", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh").await?;
        let (disabled, hint): (bool, String) = page
            .ask(
                "const b = one('train'); return [b.disabled || b.getAttribute('aria-disabled') === 'true',
                    one('train-hint')?.innerText ?? ''];",
                &[],
            )
            .await?;
        ensure!(disabled, "training is offered without a photo");
        ensure!(hint.len() > 10, "the hint is {hint:?}");
        Ok(())
    });
}
