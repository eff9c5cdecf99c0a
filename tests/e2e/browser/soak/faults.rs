//! What breaks: pages go in the middle of their work, workers break, tabs meet, storage is full.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::ensure;
use e2e::{LONG, Result, SHORT, until};
use serde_json::json;

use super::acts::{ADDRESS, Soak};
use super::state::{app, app_says, is_read_only, quiet, shows, stored};

/// Counts from now on how often the page loads a worker.
const BREAK: &str = "
    window.soakLoads = 0;
    const look = () => { if (one('app').dataset.state === 'loading') window.soakLoads += 1; };
    new MutationObserver(look).observe(one('app'), { attributeFilter: ['data-state'] });
    new BroadcastChannel('break').postMessage('now');";

impl Soak<'_> {
    /// A page or worker that began anew: what it cannot undo any more, the model cannot either.
    async fn began_anew(&mut self) -> Result {
        let offered: bool = self.page.ask("return !!one('undo');", &[]).await?;
        if !offered {
            self.model.forget_undo();
        }
        Ok(())
    }

    pub(super) async fn reload(&mut self) -> Result {
        let head = self.page.head().await?;
        self.page.reload().await?;
        self.broken = 0;
        shows(self.page, &self.model).await?;
        until("the head of before", SHORT, async || {
            Ok((self.page.head().await? == head).then_some(()))
        })
        .await?;
        self.began_anew().await
    }

    /// Which head is there then depends on how far training came: but where one was, one is.
    pub(super) async fn reload_while_training(&mut self) -> Result {
        let head = self.page.head().await?;
        self.press("train", None).await?;
        self.page.reload().await?;
        self.broken = 0;
        shows(self.page, &self.model).await?;
        if head.is_some() {
            until("a head", SHORT, async || self.page.head().await).await?;
        }
        self.began_anew().await
    }

    /// What the page showed is stored; what was on its way may be.
    pub(super) async fn reload_while_adding(&mut self) -> Result {
        let before = self.model.clone();
        let (class, added) = self.add_photos(12, false).await?;
        let some = self.below(added.len());
        let there = before.classes[class].photos.len() + some;
        let script = "return Number(card(arguments[0]).dataset.count);";
        let name = self.name(class);
        let shown = until("some of the photos", LONG, async || {
            let count: usize = self.page.ask(script, &[json!(name)]).await?;
            Ok((count >= there).then_some(count))
        })
        .await?;
        self.page.reload().await?;
        self.broken = 0;
        quiet(self.page).await?;
        self.model = before;
        let stored = stored(self.page).await?;
        let found = stored.classes.into_iter().find(|c| c.name == name);
        let found: BTreeSet<String> = found.map(|c| c.photos).unwrap_or_default();
        ensure!(
            found.len() >= shown,
            "{shown} photos were shown, and {} came back",
            found.len()
        );
        ensure!(
            self.model.settle(class, &added, &found),
            "{found:?} is not what was there or was added: {:?}, {added:?}",
            self.model.named(&name)
        );
        self.began_anew().await
    }

    pub(super) async fn break_worker(&mut self) -> Result {
        self.page.ask::<()>(BREAK, &[]).await?;
        self.broken += 1;
        self.page
            .wait_for("another worker", LONG, "return window.soakLoads > 0;")
            .await?;
        self.page.ready().await?;
        shows(self.page, &self.model).await?;
        self.began_anew().await
    }

    pub(super) async fn second_tab(&mut self) -> Result {
        let first = self.browser.this_tab().await?;
        self.browser.another_tab().await?;
        self.page.open(ADDRESS).await?;
        is_read_only(self.page, &self.model).await?;
        self.browser.close_tab(&first).await?;
        app_says(self.page, "writer", "true").await
    }

    pub(super) async fn take_over(&mut self) -> Result {
        let first = self.browser.this_tab().await?;
        let second = self.browser.another_tab().await?;
        self.page.open(ADDRESS).await?;
        is_read_only(self.page, &self.model).await?;
        self.press("take-over", None).await?;
        app_says(self.page, "writer", "true").await?;
        self.browser.turn_to(&first).await?;
        is_read_only(self.page, &self.model).await?;
        self.browser.close_tab(&second).await?;
        self.broken = 0;
        shows(self.page, &self.model).await?;
        self.began_anew().await
    }

    pub(super) async fn full_storage(&mut self) -> Result {
        self.browser.limit_storage(20_000).await?;
        // Chromium goes by the room that it saw last, for some seconds (`BucketContext::CheckCanUseDiskSpace`).
        for _ in 0..12 {
            self.add_photos(1, false).await?;
            shows(self.page, &self.model).await?;
            if app(self.page, "stored").await?.as_deref() == Some("false") {
                break;
            }
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
        app_says(self.page, "stored", "false").await?;
        self.browser.unlimit_storage().await?;
        // With room, the next change is stored, and all that waited.
        self.add_photos(2, false).await?;
        app_says(self.page, "stored", "true").await
    }
}
