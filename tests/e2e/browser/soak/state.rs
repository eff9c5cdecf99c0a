//! What the page shows and what the browser has stored, held against the model.

use std::collections::BTreeSet;

use anyhow::ensure;
use e2e::{LONG, Page, Result, SHORT, until};
use serde::Deserialize;

use super::model::Model;

/// As the page shows it.
#[derive(Debug, Deserialize)]
struct Card {
    name: String,
    count: usize,
    pending: usize,
    /// Names of those shown; of many photos the latest.
    photos: BTreeSet<String>,
}

const CARDS: &str = "return all('class-card').map(c => ({
    name: c.dataset.className, count: Number(c.dataset.count), pending: Number(c.dataset.pending),
    photos: all('photo', c).map(p => p.querySelector('img').alt) }));";

/// A card shows no more until it is asked.
const SHOWN: usize = 60;

/// As it is stored.
#[derive(Debug, Deserialize)]
pub struct Stored {
    pub classes: Vec<StoredClass>,
    /// Rows whose class is not there.
    homeless: usize,
    /// Photos that lack their file, thumbnail or embedding.
    lacking: Vec<String>,
    /// Files, thumbnails and embeddings that neither a photo nor an undo needs.
    orphans: usize,
}

#[derive(Debug, Deserialize)]
pub struct StoredClass {
    pub name: String,
    pub photos: BTreeSet<String>,
}

const STORED: &str = "
    const answer = r => new Promise((done, fail) => { r.onsuccess = () => done(r.result); r.onerror = () => fail(r.error); });
    const read = bytes => JSON.parse(new TextDecoder().decode(bytes));
    const database = await answer(indexedDB.open('graft'));
    try {
        const names = ['files', 'thumbnails', 'embeddings'];
        const transaction = database.transaction(['project', 'photos', ...names], 'readonly');
        const table = name => transaction.objectStore(name);
        const [list, undo, rows, ...keys] = await Promise.all([
            answer(table('project').get('classes')), answer(table('project').get('undo')), answer(table('photos').getAll()),
            ...names.map(name => answer(table(name).getAllKeys()))]);
        const classes = list ? read(list).classes : [];
        const photos = rows.map(read);
        // An undo would bring these back.
        const thrown = undo ? read(undo).photos : [];
        const needed = new Set([...photos, ...thrown].map(p => p.hash));
        const held = keys.map(of => new Set(of.map(key => key.split('/').pop())));
        return {
            classes: classes.map(c => ({ name: c.name, photos: photos.filter(p => p.class === c.id).map(p => p.name) })),
            homeless: photos.filter(p => !classes.some(c => c.id === p.class)).length,
            lacking: photos.filter(p => held.some(of => !of.has(p.hash))).map(p => p.name),
            orphans: held.reduce((sum, of) => sum + [...of].filter(hash => !needed.has(hash)).length, 0),
        };
    } finally { database.close(); }";

impl Stored {
    /// Every photo has a class, a file, a thumbnail and an embedding.
    pub fn is_whole(&self) -> bool {
        self.homeless == 0 && self.lacking.is_empty()
    }
}

pub async fn stored(page: &Page) -> Result<Stored> {
    let script = format!("return (async () => {{ {STORED} }})();");
    page.ask(&script, &[]).await
}

/// Why the page shows something else; none where it shows the model.
fn difference(cards: &[Card], model: &Model) -> Option<String> {
    let names: Vec<&str> = cards.iter().map(|c| c.name.as_str()).collect();
    let expected: Vec<&str> = model.classes.iter().map(|c| c.name.as_str()).collect();
    if names != expected {
        return Some(format!("classes {names:?} instead of {expected:?}"));
    }
    cards.iter().zip(&model.classes).find_map(|(card, class)| {
        let shown = class.photos.len().min(SHOWN);
        let fits = card.count == class.photos.len()
            && card.pending == 0
            && card.photos.len() >= shown
            && card.photos.is_subset(&class.photos);
        (!fits).then(|| {
            let missing: Vec<_> = class.photos.difference(&card.photos).collect();
            let surplus: Vec<_> = card.photos.difference(&class.photos).collect();
            format!(
                "“{}” has {} photos and {} to come instead of {}; not shown: {missing:?}; too many: {surplus:?}",
                card.name,
                card.count,
                card.pending,
                class.photos.len()
            )
        })
    })
}

/// Waits until the page shows just what the model says.
pub async fn shows(page: &Page, model: &Model) -> Result {
    let mut last = None;
    let same = until("the page to show what it should", LONG, async || {
        let cards: Vec<Card> = page.ask(CARDS, &[]).await?;
        last = difference(&cards, model);
        Ok(last.is_none().then_some(()))
    });
    let same = same.await;
    same.map_err(|why| why.context(last.unwrap_or_default()))
}

/// Waits until just that is stored, whole; after a reload also that nothing more is.
pub async fn holds(page: &Page, model: &Model, swept: bool) -> Result {
    let mut last = None;
    let same = until(
        "the stored project to be what it should",
        SHORT,
        async || {
            let found = stored(page).await?;
            let fits = found.classes.len() == model.classes.len()
                && found.is_whole()
                && (found.orphans == 0 || !swept);
            let classes = found.classes.iter().zip(&model.classes);
            let fits = fits
                && classes
                    .into_iter()
                    .all(|(found, class)| found.name == class.name && found.photos == class.photos);
            last = Some(format!("{found:?}\ninstead of {model:?}"));
            Ok(fits.then_some(()))
        },
    );
    let same = same.await;
    same.map_err(|why| why.context(last.unwrap_or_default()))
}

/// Waits until nothing is under way, however it ended.
pub async fn quiet(page: &Page) -> Result {
    page.wait_for(
        "the page to be quiet",
        LONG,
        "return one('app')?.dataset.state === 'ready' && !one('train-stop') && all('class-card').every(c => c.dataset.pending === '0');",
    )
    .await
}

/// What the attribute of the app says; none where this build has no such attribute.
pub async fn app(page: &Page, attribute: &str) -> Result<Option<String>> {
    let script = "return one('app')?.dataset[arguments[0]] ?? null;";
    page.ask(script, &[attribute.into()]).await
}

pub async fn app_says(page: &Page, attribute: &str, wanted: &str) -> Result {
    until(&format!("data-{attribute}={wanted}"), LONG, async || {
        let said = app(page, attribute).await?;
        Ok((said.as_deref() == Some(wanted)).then_some(()))
    })
    .await
}

/// Another tab has the project: this one shows it, and offers to take it over.
pub async fn is_read_only(page: &Page, model: &Model) -> Result {
    app_says(page, "writer", "false").await?;
    shows(page, model).await?;
    let there: bool = page.ask("return !!one('take-over');", &[]).await?;
    ensure!(
        there,
        "the other tab offers no way to take the project over"
    );
    Ok(())
}
