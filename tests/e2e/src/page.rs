//! The acts of a user, through the hooks of the end-to-end contract and nothing else.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::prelude::*;

use crate::records::{Accuracy, App, ClassCard, HeadInfo, Notice, TryResult};
use crate::{LONG, Result, SHORT, until};

/// In front of every script.
const HOOKS: &str = "
    const all = (id, root) => [...(root ?? document).querySelectorAll(`[data-testid=\"${id}\"]`)];
    const one = (id, root) => all(id, root)[0] ?? null;
    const card = name => all('class-card').find(c => c.dataset.className === name) ?? null;
";

/// Runs before the page's own scripts and writes down what may be gone again when a test looks.
pub(crate) const WATCH: &str = r#"
    const seen = window.graftSeen = { notices: [], pending: 0 };
    const known = new WeakMap();
    const look = () => {
        for (const notice of document.querySelectorAll('[data-testid="notice"]')) {
            const [kind, text] = [notice.dataset.kind ?? '', notice.textContent.trim()];
            if (text === '' || known.get(notice) === kind + text) continue;
            known.set(notice, kind + text);
            seen.notices.push({ kind, text });
        }
        for (const card of document.querySelectorAll('[data-testid="class-card"]'))
            seen.pending = Math.max(seen.pending, Number(card.dataset.pending) || 0);
    };
    new MutationObserver(look).observe(document, {
        subtree: true, childList: true, characterData: true, attributeFilter: ['data-kind', 'data-pending'] });
"#;

/// For loading the program and the backbone, and for its self-test.
const START: Duration = Duration::from_secs(90);

const APP: &str = "
    const app = one('app');
    return app && { state: app.dataset.state ?? '', device: app.dataset.device ?? '', backbone: app.dataset.backbone ?? '' };";

const CLASSES: &str = "return all('class-card').map(c => ({
    name: c.dataset.className, count: Number(c.dataset.count), pending: Number(c.dataset.pending) }));";

const ACCURACY: &str = "
    const shown = one('validation-accuracy');
    if (!shown || shown.dataset.value === undefined || shown.dataset.value === '') return null;
    const { value, low, high, n } = shown.dataset;
    return { value: Number(value), low: Number(low), high: Number(high), n: Number(n) };";

const RESULTS: &str = "return all('result').map(r => ({
    file: r.dataset.file, top: r.dataset.top ?? '',
    predictions: all('prediction', r).map(p => ({
        class: p.dataset.className, confidence: Number(p.dataset.confidence) })) }));";

const HEAD: &str = "
    const head = one('head-info');
    return head && { classes: head.dataset.classes ?? '', backbone: head.dataset.backbone ?? '' };";

#[derive(Clone)]
pub struct Page {
    driver: WebDriver,
    url: String,
}

impl Page {
    pub(crate) fn new(driver: WebDriver, url: &str) -> Self {
        Self {
            driver,
            url: url.to_owned(),
        }
    }

    /// The site's, without a query.
    pub fn address(&self) -> &str {
        &self.url
    }

    /// Opens the site with a query and waits until it is ready.
    pub async fn open(&self, query: &str) -> Result<App> {
        self.driver.goto(format!("{}{query}", self.url)).await?;
        self.ready().await
    }

    /// Opens the site with a query and waits until it says that it failed; what it tells the user.
    pub async fn open_to_fail(&self, query: &str) -> Result<String> {
        self.driver.goto(format!("{}{query}", self.url)).await?;
        until("the page to say that it failed", START, async || {
            let app: Option<App> = self.ask(APP, &[]).await?;
            Ok(app.filter(|app| app.state == "failed").map(|_| ()))
        })
        .await?;
        self.notice_after(0, "error").await
    }

    pub async fn app(&self) -> Result<App> {
        self.ask(APP, &[]).await
    }

    pub async fn reload(&self) -> Result<App> {
        self.driver.refresh().await?;
        self.ready().await
    }

    /// Waits until the page is ready; a page that says it failed ends the wait.
    pub async fn ready(&self) -> Result<App> {
        until("the page to be ready", START, async || {
            let app: Option<App> = self.ask(APP, &[]).await?;
            match app {
                Some(app) if app.state == "failed" => {
                    bail!("the page says that it failed: {:?}", self.notices().await?)
                }
                Some(app) if app.state == "ready" => Ok(Some(app)),
                _ => Ok(None),
            }
        })
        .await
    }

    /// What the page shows of classes, notices and results: for messages.
    pub async fn describe(&self) -> Result<String> {
        let app: Value = self.ask(APP, &[]).await?;
        let classes: Value = self.ask(CLASSES, &[]).await?;
        let accuracy: Value = self.ask(ACCURACY, &[]).await?;
        let results: Value = self.ask(RESULTS, &[]).await?;
        Ok(format!(
            "app {app}, classes {classes}, accuracy {accuracy}, results {results}, notices {:?}",
            self.notices().await?
        ))
    }

    pub async fn classes(&self) -> Result<Vec<ClassCard>> {
        self.ask(CLASSES, &[]).await
    }

    /// Photos that are embedded, over all classes.
    pub async fn count(&self) -> Result<usize> {
        Ok(self.classes().await?.iter().map(|class| class.count).sum())
    }

    /// Every notice since the page was loaded, those that are gone again included.
    pub async fn notices(&self) -> Result<Vec<Notice>> {
        self.ask("return window.graftSeen.notices;", &[]).await
    }

    /// The most photos that any class had waiting since the page was loaded.
    pub async fn most_pending(&self) -> Result<usize> {
        self.ask("return window.graftSeen.pending;", &[]).await
    }

    /// Begins to count anew for [`Page::most_pending`].
    pub async fn forget_pending(&self) -> Result {
        self.ask("window.graftSeen.pending = 0;", &[]).await
    }

    /// Which engines the page has started, by the names of their scripts.
    pub async fn engines(&self) -> Result<Vec<String>> {
        let script = r"
            const names = performance.getEntriesByType('resource').map(entry => entry.name.match(/(\w+)_loader-\w+\.js/));
            return [...new Set(names.filter(Boolean).map(found => found[1]))];";
        self.ask(script, &[]).await
    }

    pub async fn head(&self) -> Result<Option<HeadInfo>> {
        self.ask(HEAD, &[]).await
    }

    pub async fn results(&self) -> Result<Vec<TryResult>> {
        self.ask(RESULTS, &[]).await
    }

    /// Adds a class and names it.
    pub async fn add_class(&self, name: &str) -> Result {
        let before = self.classes().await?.len();
        // By the script: a picture that comes in this moment moves the button away from under a pointer.
        let press = "const add = one('class-add'); add?.click(); return !!add && !add.matches(':disabled');";
        until("the button to add a class", SHORT, async || {
            Ok(self.ask::<bool>(press, &[]).await?.then_some(()))
        })
        .await?;
        until("the new class", SHORT, async || {
            Ok((self.classes().await?.len() > before).then_some(()))
        })
        .await?;
        let old = self
            .classes()
            .await?
            .last()
            .map(|class| class.name.clone())
            .unwrap_or_default();
        self.rename_class(&old, name).await
    }

    pub async fn rename_class(&self, old: &str, name: &str) -> Result {
        let input = self.in_class(old, "class-name").await?;
        input.send_keys(Key::Control + "a").await?;
        input.send_keys(name).await?;
        input.send_keys(Key::Enter).await?;
        until(
            &format!("the class {old:?} to be called {name:?}"),
            SHORT,
            async || {
                Ok(self
                    .classes()
                    .await?
                    .iter()
                    .any(|class| class.name == name)
                    .then_some(()))
            },
        )
        .await
    }

    /// Hands photos to a class by its file input.
    pub async fn add_photos(&self, class: &str, photos: &[PathBuf]) -> Result {
        self.in_class(class, "class-files")
            .await?
            .send_keys(paths(photos))
            .await?;
        Ok(())
    }

    /// Hands files to the file input `id`.
    pub async fn upload(&self, id: &str, files: &[PathBuf]) -> Result {
        self.element(id).await?.send_keys(paths(files)).await?;
        Ok(())
    }

    /// Waits until just `photos` photos are embedded and none is left to do.
    pub async fn embedded(&self, photos: usize, patience: Duration) -> Result {
        let wanted = format!("{photos} photos to be embedded");
        until(&wanted, patience, async || {
            let classes = self.classes().await?;
            let count: usize = classes.iter().map(|class| class.count).sum();
            let done = count == photos && classes.iter().all(|class| class.pending == 0);
            Ok(done.then_some(()))
        })
        .await
    }

    /// Loads a ready-made set and waits until its photos are embedded; how many they are.
    pub async fn load_samples(&self, set: &str) -> Result<usize> {
        let photos = crate::sample_classes(set)?
            .iter()
            .map(|(_, photos)| photos.len())
            .sum();
        let script = "const set = all('sample-set').find(b => b.dataset.name === arguments[0]); set?.click(); return !!set;";
        let what = format!("a button for the sample set {set}");
        until(&what, SHORT, async || {
            Ok(self.ask::<bool>(script, &[json!(set)]).await?.then_some(()))
        })
        .await?;
        self.embedded(photos, LONG).await?;
        Ok(photos)
    }

    /// Trains with the settings as they are and waits for the outcome.
    pub async fn train(&self, patience: Duration) -> Result<Accuracy> {
        let enabled = "const b = one('train'); return !!b && !b.disabled && b.getAttribute('aria-disabled') !== 'true';";
        until("the train button to be enabled", SHORT, async || {
            Ok(self.ask::<bool>(enabled, &[]).await?.then_some(()))
        })
        .await?;
        self.click("train").await?;
        until("the validation accuracy", patience, async || {
            let running: bool = self.ask("return !!one('train-stop');", &[]).await?;
            if running {
                Ok(None)
            } else {
                self.ask(ACCURACY, &[]).await
            }
        })
        .await
    }

    /// Tries photos; the results in the order of the files.
    pub async fn try_photos(
        &self,
        photos: &[PathBuf],
        patience: Duration,
    ) -> Result<Vec<TryResult>> {
        self.upload("try-files", photos).await?;
        let wanted: Vec<String> = photos.iter().map(|photo| name_of(photo)).collect();
        until(&format!("results for {wanted:?}"), patience, async || {
            let mut results = self.results().await?;
            results.retain(|result| !result.top.is_empty() && !result.predictions.is_empty());
            let in_order: Option<Vec<TryResult>> = wanted
                .iter()
                .map(|name| results.iter().find(|result| result.file == *name).cloned())
                .collect();
            Ok(in_order)
        })
        .await
    }

    /// Waits for the first notice of `kind` after the first `before` ones; its text.
    pub async fn notice_after(&self, before: usize, kind: &str) -> Result<String> {
        until(&format!("a notice of kind {kind}"), SHORT, async || {
            let later = self.notices().await?.into_iter().skip(before);
            Ok(later
                .into_iter()
                .find(|notice| notice.kind == kind)
                .map(|notice| notice.text))
        })
        .await
    }

    pub async fn click(&self, id: &str) -> Result {
        let element = self.element(id).await?;
        if element.click_when_ready().await.is_ok() {
            return Ok(());
        }
        // A notice lies over it: a person scrolls.
        let middle = "one(arguments[0])?.scrollIntoView({ block: 'center' });";
        self.ask::<()>(middle, &[json!(id)]).await?;
        let element = self.element(id).await?;
        element
            .click_when_ready()
            .await
            .with_context(|| format!("could not click {id}"))
    }

    /// Chooses in the `select` with the test id what has this value, or else this text in its label.
    pub async fn choose(&self, id: &str, wanted: &str) -> Result {
        let choose = "
            const [select, wanted] = [one(arguments[0]), arguments[1]];
            const options = [...(select?.options ?? [])];
            const option = options.find(o => o.value === wanted) ?? options.find(o => o.label.includes(wanted));
            if (!option || select.disabled) return false;
            select.value = option.value;
            select.dispatchEvent(new Event('input', { bubbles: true }));
            select.dispatchEvent(new Event('change', { bubbles: true }));
            return true;";
        until(&format!("{id} to offer {wanted:?}"), SHORT, async || {
            let chosen: bool = self.ask(choose, &[json!(id), json!(wanted)]).await?;
            Ok(chosen.then_some(()))
        })
        .await
    }

    /// Waits until this script of the test returns true.
    pub async fn wait_for(&self, what: &str, patience: Duration, script: &str) -> Result {
        until(what, patience, async || {
            Ok(self.ask::<bool>(script, &[]).await?.then_some(()))
        })
        .await
    }

    /// The first element with the test id.
    pub async fn element(&self, id: &str) -> Result<WebElement> {
        self.find(
            &format!("the element {id}"),
            "return one(arguments[0]);",
            &[json!(id)],
        )
        .await
    }

    /// The element with the test id inside the card of `class`.
    pub async fn in_class(&self, class: &str, id: &str) -> Result<WebElement> {
        let script = "const c = card(arguments[0]); return c && one(arguments[1], c);";
        self.find(
            &format!("the element {id} of the class {class:?}"),
            script,
            &[json!(class), json!(id)],
        )
        .await
    }

    async fn find(&self, what: &str, script: &str, arguments: &[Value]) -> Result<WebElement> {
        until(what, SHORT, async || {
            let found = self
                .driver
                .execute(format!("{HOOKS}{script}"), arguments.to_vec())
                .await?;
            if found.json().is_null() {
                Ok(None)
            } else {
                Ok(Some(found.element()?))
            }
        })
        .await
    }

    /// Runs a script of the test (with `all`, `one` and `card` at hand).
    pub async fn ask<T: DeserializeOwned>(&self, script: &str, arguments: &[Value]) -> Result<T> {
        let answer = self
            .driver
            .execute(format!("{HOOKS}{script}"), arguments.to_vec())
            .await?;
        answer
            .convert()
            .with_context(|| format!("an unexpected answer {} to {script}", answer.json()))
    }
}

fn paths(files: &[PathBuf]) -> String {
    files
        .iter()
        .map(|file| file.to_string_lossy())
        .collect::<Vec<_>>()
        .join("\n")
}

fn name_of(file: &Path) -> String {
    file.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
