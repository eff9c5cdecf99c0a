//! Classes: add, rename, delete, undo; many of them.

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

/// Counts the nodes and attributes that change from now on; returns how many did since it was asked last.
const CHANGES: &str = "
    window.changes ??= 0;
    window.watch ??= (() => {
        const watch = new MutationObserver(records => { window.changes += records.length; });
        watch.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
        return watch;
    })();
    const seen = window.changes;
    window.changes = 0;
    return seen;";

/// However many classes there are, what a change of one touches is that one; and the Lab's list of them waits until it is looked at.
#[test]
fn what_changes_in_one_of_many_classes_touches_that_one() {
    const MANY: usize = 60;
    case("many-classes", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh").await?;
        // Its name depends on those before.
        let add = "
            const count = all('class-card').length;
            if (count === (window.last ?? 0)) { window.last = count + 1; one('class-add').click(); }
            return count;";
        until("the classes", LONG, async || {
            Ok((page.ask::<usize>(add, &[]).await? >= MANY).then_some(()))
        })
        .await?;
        page.ready().await?;
        let in_lab = "return all('lab-class').length;";
        ensure!(page.ask::<usize>(in_lab, &[]).await? == 0);

        let classes = page.classes().await?;
        let name = classes[MANY / 2].name.clone();
        page.ask::<usize>(CHANGES, &[]).await?;
        page.add_photos(&name, &[photo("fruit_1.jpg")?]).await?;
        page.embedded(1, LONG).await?;
        page.ready().await?;
        let touched: usize = page.ask(CHANGES, &[]).await?;
        println!("a photo touches {touched} nodes and attributes");
        ensure!((1..MANY).contains(&touched), "{touched}");
        page.rename_class(&name, "the one").await?;
        let touched: usize = page.ask(CHANGES, &[]).await?;
        println!("a name touches {touched} nodes and attributes");
        ensure!((1..MANY).contains(&touched), "{touched}");

        page.go_to("lab").await?;
        page.ready().await?;
        until("the Lab's list", SHORT, async || {
            Ok((page.ask::<usize>(in_lab, &[]).await? >= MANY).then_some(()))
        })
        .await
    });
}
