//! The projects of this browser, each a database of its own, and which of them this tab has open.

use idb::Factory;
use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, Url};

use super::adapter::pause;
use super::storage::Tables;
use data::problem::StorageProblem;
use data::protocol::StartOptions;
use engine::session::{Shelf, Storage};
use engine::store::{HIDDEN, Table};

/// The project of before there were several.
const FIRST: &str = "graft";
/// Followed by the milliseconds since 1970 when it was made.
const STORED: &str = "graft-project-";
/// Followed by the milliseconds since 1970 when the page was opened and, for all but the first, when it was made.
const FRESH: &str = "graft-fresh-";
/// A fresh project outlives its tab by this, because nobody tells when a tab ends.
const DAY: f64 = 24.0 * 3600.0 * 1000.0;
/// Milliseconds that a browser may take to delete a database: one that a tab does not let go of waits for ever.
const DELETED_WITHIN: f64 = 2000.0;
/// Bytes of a file that are held here before the browser gets them.
const PIECE: usize = 1 << 20;

pub struct Projects {
    open: String,
    /// Of a page with `?fresh`: what its projects' names begin with.
    fresh: Option<String>,
}

impl Projects {
    /// As the page asks; one that is not there any more gives way to another.
    pub async fn of_page(options: &StartOptions) -> Self {
        if options.fresh {
            // Best effort: what stays is found the next time.
            let _ = forget_old(options.opened).await;
        }
        let fresh = options.fresh.then(|| format!("{FRESH}{}", options.opened));
        let mut projects = Self {
            open: fresh.clone().unwrap_or_else(|| FIRST.into()),
            fresh,
        };
        let first = projects.open.clone();
        let asked = options.project.clone();
        let asked = asked.filter(|id| projects.is_ours(id));
        let all = projects.all().await;
        let candidates = asked.iter().chain([&first]).chain(&all);
        for id in candidates {
            // A browser that lists no databases, or a project that is not made yet.
            let new = !all.contains(id) && (all.is_empty() || *id == first);
            if new || all.contains(id) && is_shown(id).await {
                projects.open.clone_from(id);
                return projects;
            }
        }
        projects.open = projects.free().await;
        projects
    }

    pub fn name(&self) -> &str {
        &self.open
    }

    fn is_ours(&self, name: &str) -> bool {
        match &self.fresh {
            Some(fresh) => name
                .strip_prefix(fresh.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-')),
            None => name == FIRST || name.starts_with(STORED),
        }
    }
}

/// A file on its way: what is written already is the browser's, which keeps much of it on disk.
#[derive(Default)]
pub struct NewFile {
    pieces: Vec<Blob>,
    last: Vec<u8>,
}

impl NewFile {
    fn hand_over(&mut self) {
        let parts = Array::of1(&Uint8Array::from(self.last.as_slice()));
        let blob = Blob::new_with_u8_array_sequence(&parts).expect("bytes become a blob");
        self.pieces.push(blob);
        self.last.clear();
    }
}

impl Shelf for Projects {
    type Storage = Tables;
    type NewFile = NewFile;

    fn current(&self) -> String {
        self.open.clone()
    }

    async fn all(&self) -> Vec<String> {
        let mut names = databases().await.unwrap_or_default();
        names.retain(|name| self.is_ours(name));
        names.sort_unstable();
        names
    }

    async fn free(&self) -> String {
        let all = self.all().await;
        let before = match &self.fresh {
            Some(fresh) => format!("{fresh}-"),
            None => STORED.into(),
        };
        let mut number = js_sys::Date::now();
        loop {
            let id = format!("{before}{number}");
            if !all.contains(&id) {
                return id;
            }
            number += 1.0;
        }
    }

    async fn open(&self, id: &str) -> Result<Tables, StorageProblem> {
        match Tables::open(id, std::rc::Rc::new(|_| {})).await? {
            (tables, None) => Ok(tables),
            (_, Some(why)) => Err(why),
        }
    }

    async fn is_open_elsewhere(&self, id: &str) -> bool {
        id != self.open && locked(id).await.unwrap_or(false)
    }

    async fn delete(&self, id: &str) {
        let Ok(request) = Factory::new().and_then(|factory| factory.delete(id)) else {
            return;
        };
        let gone = wasm_bindgen_futures::future_to_promise(async move {
            // What stays is in the list, and can be deleted again.
            let _ = request.await;
            Ok(JsValue::NULL)
        });
        let first = Promise::race(&Array::of2(&gone, &pause(DELETED_WITHIN)));
        let _ = JsFuture::from(first).await;
    }

    fn now(&self) -> f64 {
        js_sys::Date::now()
    }

    fn append(&self, file: &mut NewFile, bytes: Vec<u8>) {
        file.last.extend(bytes);
        if file.last.len() > PIECE {
            file.hand_over();
        }
    }

    fn address(&self, mut file: NewFile) -> String {
        file.hand_over();
        let parts: Array = file.pieces.iter().collect();
        let kind = BlobPropertyBag::new();
        kind.set_type("application/zip");
        Blob::new_with_blob_sequence_and_options(&parts, &kind)
            .and_then(|blob| Url::create_object_url_with_blob(&blob))
            .unwrap_or_default()
    }
}

/// It is neither deleted nor half made.
async fn is_shown(id: &str) -> bool {
    let Ok((mut tables, _)) = Tables::open(id, std::rc::Rc::new(|_| {})).await else {
        // The page says what is wrong with it.
        return true;
    };
    let hidden = tables.get(Table::Project, &[HIDDEN.into()]).await;
    tables.close();
    hidden.iter().all(Option::is_none)
}

async fn databases() -> Result<Vec<String>, JsValue> {
    let indexed_db = Reflect::get(&js_sys::global(), &"indexedDB".into())?;
    let list: Function = Reflect::get(&indexed_db, &"databases".into())?.dyn_into()?;
    let list: Promise = list.call0(&indexed_db)?.dyn_into()?;
    let list: Array = JsFuture::from(list).await?.dyn_into()?;
    let name = |database: JsValue| Reflect::get(&database, &"name".into()).ok()?.as_string();
    Ok(list.iter().filter_map(name).collect())
}

/// Somebody holds the lock of this name (Web Locks, W3C).
async fn locked(name: &str) -> Result<bool, JsValue> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into())?;
    let locks = Reflect::get(&navigator, &"locks".into())?;
    let query: Function = Reflect::get(&locks, &"query".into())?.dyn_into()?;
    let query: Promise = query.call0(&locks)?.dyn_into()?;
    let held = Reflect::get(&JsFuture::from(query).await?, &"held".into())?;
    let held: Array = held.dyn_into()?;
    let of = |lock: JsValue| Reflect::get(&lock, &"name".into()).ok()?.as_string();
    Ok(held.iter().filter_map(of).any(|held| held == name))
}

async fn forget_old(now: f64) -> Result<(), JsValue> {
    for name in databases().await? {
        let times = name
            .strip_prefix(FRESH)
            .and_then(|times| times.split('-').next());
        let opened = times.and_then(decimal::parse);
        if opened.is_some_and(|opened| now - opened > DAY) {
            let delete = Factory::new().and_then(|factory| factory.delete(&name));
            drop(delete.map_err(|e| JsValue::from_str(&e.to_string()))?);
        }
    }
    Ok(())
}
