//! Changes that the database could not take, the oldest first. They are blobs: these lie outside of WebAssembly's memory, and the
//! page holds the same ones, so that they outlive the worker.

use std::collections::{BTreeMap, HashMap, VecDeque};

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::database::Put;
use data::protocol::KeptEntry;
use engine::store::{Table, Write};

#[derive(Default)]
pub struct Unwritten {
    /// Each is stored as a whole, and in this order: what is stored is always the project as it once was.
    batches: VecDeque<(u64, Vec<Entry>)>,
    /// The newest value of each key in them, and how many of them have one.
    newest: HashMap<(Table, String), (Option<Blob>, usize)>,
    next: u64,
}

struct Entry {
    table: Table,
    key: String,
    value: Option<Blob>,
}

impl Unwritten {
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// Takes changes; their number, and what the page should hold of them.
    pub fn add(&mut self, writes: Vec<Write>) -> (u64, Vec<KeptEntry>, Vec<JsValue>) {
        let number = self.next;
        let entries = writes.into_iter().map(|write| Entry {
            table: write.table,
            key: write.key,
            value: write.value.map(|bytes| blob(&bytes)),
        });
        let entries: Vec<Entry> = entries.collect();
        let kept = entries.iter().map(|entry| KeptEntry {
            table: entry.table.name().into(),
            key: entry.key.clone(),
            there: entry.value.is_some(),
        });
        let kept = kept.collect();
        let blobs = entries.iter().filter_map(|entry| entry.value.clone());
        let blobs = blobs.map(JsValue::from).collect();
        self.push(number, entries);
        (number, kept, blobs)
    }

    /// Takes back what the page held for a worker before this one.
    pub fn restore(&mut self, number: u64, kept: Vec<KeptEntry>, blobs: Vec<Blob>) {
        let mut blobs = blobs.into_iter();
        let mut entries = Vec::new();
        for KeptEntry { table, key, there } in kept {
            let value: Option<Blob> = if there { blobs.next() } else { None };
            if let (Some(table), true) = (Table::parse(&table), there == value.is_some()) {
                entries.push(Entry { table, key, value });
            }
        }
        self.push(number, entries);
    }

    fn push(&mut self, number: u64, entries: Vec<Entry>) {
        for entry in &entries {
            let key = (entry.table, entry.key.clone());
            let (newest, count) = self.newest.entry(key).or_default();
            newest.clone_from(&entry.value);
            *count += 1;
        }
        self.batches.push_back((number, entries));
        self.next = self.next.max(number + 1);
    }

    /// The oldest changes, to be stored: their number, and the changes.
    pub async fn oldest(&self) -> Option<(u64, Vec<Put>)> {
        let (number, entries) = self.batches.front()?;
        let mut puts = Vec::new();
        for entry in entries {
            puts.push(Put {
                table: entry.table,
                key: entry.key.clone(),
                value: match &entry.value {
                    Some(blob) => Some(array(blob).await.ok()?),
                    None => None,
                },
            });
        }
        Some((*number, puts))
    }

    /// The oldest changes are stored.
    pub fn drop_oldest(&mut self) {
        let Some((_, entries)) = self.batches.pop_front() else {
            return;
        };
        for entry in entries {
            let key = (entry.table, entry.key);
            if let Some((_, count)) = self.newest.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    self.newest.remove(&key);
                }
            }
        }
    }

    /// None where nothing is known of this key here; else its value, if it has one.
    pub async fn get(&self, table: Table, key: &str) -> Option<Option<Vec<u8>>> {
        let (value, _) = self.newest.get(&(table, key.to_owned()))?;
        match value {
            Some(blob) => Some(array(blob).await.ok().map(|array| array.to_vec())),
            None => Some(None),
        }
    }

    /// Puts what is newer here over rows of a table.
    pub async fn lay_over(&self, table: Table, rows: &mut BTreeMap<String, Vec<u8>>) {
        for (of, key) in self.newest.keys().filter(|(of, _)| *of == table) {
            match self.get(*of, key).await.flatten() {
                Some(value) => rows.insert(key.clone(), value),
                None => rows.remove(key),
            };
        }
    }
}

fn blob(bytes: &[u8]) -> Blob {
    let parts = Array::of1(&Uint8Array::from(bytes));
    Blob::new_with_u8_array_sequence(&parts).expect("bytes become a blob")
}

async fn array(blob: &Blob) -> Result<Uint8Array, JsValue> {
    let buffer = JsFuture::from(blob.array_buffer()).await?;
    Ok(Uint8Array::new(&buffer))
}
