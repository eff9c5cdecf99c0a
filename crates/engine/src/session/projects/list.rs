//! The list of projects. A project says itself what it is called and whether it is deleted: there is no other list that could
//! disagree with what is stored.

use serde::{Deserialize, Serialize};

use super::super::Session;
use super::super::platform::{Platform, Storage};
use super::{Shelf, record, told};
use crate::Output;
use crate::store::{HIDDEN, NAME, SIZE, Table};
use data::names::kept;
use data::protocol::{ProjectEvent, ProjectView};

/// Milliseconds after which a deleted project goes for good.
const DAY: f64 = 24.0 * 3600.0 * 1000.0;
/// Entries that are read at once to measure them.
const MEASURED: usize = 50;

/// Why a project is not in the list: the record `hidden`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hidden {
    /// Else it is being made.
    deleted: bool,
    /// Milliseconds since 1970.
    since: f64,
}

impl Hidden {
    pub fn deleted(now: f64) -> Vec<u8> {
        Self::json(true, now)
    }

    /// It is not whole yet. Where it never becomes so, it goes after a day.
    pub fn unfinished(now: f64) -> Vec<u8> {
        Self::json(false, now)
    }

    fn json(deleted: bool, since: f64) -> Vec<u8> {
        serde_json::to_vec(&Self { deleted, since }).expect("plain data becomes JSON")
    }
}

/// Bytes of a project with so many files: the record `size`.
#[derive(Serialize, Deserialize)]
struct Size {
    files: usize,
    bytes: u64,
}

impl<P: Platform> Session<P> {
    pub(super) async fn list(&self, sizes: bool) -> Output {
        told(ProjectEvent::List(self.views(sizes).await))
    }

    pub(super) async fn views(&self, sizes: bool) -> Vec<ProjectView> {
        let shelf = self.platform.shelf();
        let current = shelf.current();
        let mut ids = shelf.all().await;
        if !ids.contains(&current) {
            ids.push(current.clone());
        }
        let mut views = Vec::new();
        for id in ids {
            if id == current {
                let storage = self.platform.storage();
                let (view, size) = view(storage, id, true, sizes).await;
                drop(size); // measured again the next time: this storage is the engine's to write
                views.extend(view.filter(|view| !view.deleted));
                continue;
            }
            let Ok(mut storage) = shelf.open(&id).await else {
                // Of a newer Graft, say: it is there.
                views.push(ProjectView {
                    id,
                    name: None,
                    samples: 0,
                    bytes: None,
                    current: false,
                    deleted: false,
                });
                continue;
            };
            let (found, size) = view(&storage, id.clone(), false, sizes).await;
            if let Some(size) = size {
                storage.write(vec![record(SIZE, Some(size))]).await;
            }
            let over = self.is_out_of_time(&storage).await;
            storage.close();
            if over && !shelf.is_open_elsewhere(&id).await {
                shelf.delete(&id).await;
                continue;
            }
            views.extend(found);
        }
        views
    }

    /// It was deleted, or given up half made, a day ago.
    async fn is_out_of_time(&self, storage: &<P::Shelf as Shelf>::Storage) -> bool {
        let hidden: Option<Hidden> = json(storage, HIDDEN).await;
        hidden.is_some_and(|hidden| self.platform.shelf().now() - hidden.since > DAY)
    }
}

/// None for one that is half made. Beside it, its size where that was measured anew.
async fn view(
    storage: &impl Storage,
    id: String,
    current: bool,
    measure: bool,
) -> (Option<ProjectView>, Option<Vec<u8>>) {
    let hidden: Option<Hidden> = json(storage, HIDDEN).await;
    if hidden.as_ref().is_some_and(|hidden| !hidden.deleted) {
        return (None, None);
    }
    let name: Option<String> = json(storage, NAME).await;
    let files = storage.keys(Table::Files).await;
    let known: Option<Size> = json(storage, SIZE).await;
    let known = known.filter(|size| size.files == files.len());
    let fresh = match (&known, measure) {
        (None, true) => Some(Size {
            files: files.len(),
            bytes: bytes(storage, files).await,
        }),
        _ => None,
    };
    let view = ProjectView {
        id,
        name: name.map(|name| kept(&name)).filter(|name| !name.is_empty()),
        samples: storage.keys(Table::Samples).await.len(),
        bytes: fresh.as_ref().or(known.as_ref()).map(|size| size.bytes),
        current,
        deleted: hidden.is_some(),
    };
    let fresh = fresh.map(|size| serde_json::to_vec(&size).expect("numbers become JSON"));
    (Some(view), fresh)
}

async fn json<T: serde::de::DeserializeOwned>(storage: &impl Storage, key: &str) -> Option<T> {
    let found = storage.get(Table::Project, &[key.to_owned()]).await;
    let found = found.into_iter().flatten().next()?;
    serde_json::from_slice(&found).ok()
}

/// What the large tables hold.
async fn bytes(storage: &impl Storage, files: Vec<String>) -> u64 {
    let mut sum = 0;
    for table in Table::ALL {
        let keys = match table {
            Table::Files => files.clone(),
            table => storage.keys(table).await,
        };
        for keys in keys.chunks(MEASURED) {
            let values = storage.get(table, keys).await;
            sum += values.iter().flatten().map(|v| v.len() as u64).sum::<u64>();
        }
    }
    sum
}
