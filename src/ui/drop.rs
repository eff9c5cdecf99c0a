//! What is dragged onto the page: files, and folders with all that is in them.

use js_sys::{Array, Function, Promise};
use leptos::wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, DragEvent, File, FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry,
    Node,
};

use super::files::{self, Found};
use data::order::sort_by;

/// Files from outside the page hang on the pointer.
pub fn brings_files(event: &DragEvent) -> bool {
    let types = event.data_transfer().map(|d| d.types());
    types.is_some_and(|types| types.includes(&JsValue::from_str("Files"), 0))
}

/// The pointer left the element, and not only for one inside it.
pub fn left(event: &DragEvent) -> bool {
    let inside = |area: Node| {
        let to: Option<Node> = event.related_target().and_then(|t| t.dyn_into().ok());
        to.is_some_and(|to| area.contains(Some(&to)))
    };
    let area: Option<Node> = event.current_target().and_then(|t| t.dyn_into().ok());
    !area.is_some_and(inside)
}

enum Item {
    File(File),
    Entry(FileSystemEntry),
}

/// What was let go of; the browser takes it back when the event is over.
pub struct Dropped(Vec<Item>);

impl Dropped {
    pub fn of(data: &DataTransfer) -> Self {
        let items = data.items();
        let found: Vec<Item> = (0..items.length())
            .filter_map(|i| items.get(i))
            .filter(|item| item.kind() == "file")
            .filter_map(|item| match item.webkit_get_as_entry() {
                Ok(Some(entry)) => Some(Item::Entry(entry)),
                _ => item.get_as_file().ok().flatten().map(Item::File),
            })
            .collect();
        if found.is_empty() {
            return Self(
                files::list(data.files())
                    .into_iter()
                    .map(Item::File)
                    .collect(),
            );
        }
        Self(found)
    }

    /// All files, folders walked to the bottom, in the order of their paths; and what could not be read, with the
    /// browser's words.
    pub async fn files(self) -> (Vec<Found>, Vec<(String, String)>) {
        let (mut found, mut unread, mut folders) = (Vec::new(), Vec::new(), Vec::new());
        for item in self.0 {
            match item {
                Item::File(file) => found.push(Found::loose(file)),
                Item::Entry(entry) if entry.is_directory() => folders.push(entry),
                Item::Entry(entry) => match file(&entry, entry.name()).await {
                    Ok(file) => found.push(file),
                    Err(why) => unread.push((entry.name(), why)),
                },
            }
        }
        let mut walked = Vec::new();
        while let Some(folder) = folders.pop() {
            let (inside, why) = entries(folder.unchecked_ref()).await;
            unread.extend(why.map(|why| (path_of(&folder), why)));
            for entry in inside {
                if entry.is_directory() {
                    folders.push(entry);
                    continue;
                }
                match file(&entry, path_of(&entry)).await {
                    Ok(file) => walked.push(file),
                    Err(why) => unread.push((path_of(&entry), why)),
                }
            }
        }
        sort_by(&mut walked, |a, b| a.path.cmp(&b.path));
        found.extend(walked);
        (found, unread)
    }
}

fn path_of(entry: &FileSystemEntry) -> String {
    entry.full_path().trim_start_matches('/').to_owned()
}

/// What is in a folder, and why that is not all. A reader gives about a hundred at a time, and none when it is done.
async fn entries(folder: &FileSystemDirectoryEntry) -> (Vec<FileSystemEntry>, Option<String>) {
    let reader = folder.create_reader();
    let mut all = Vec::new();
    loop {
        let some = answer(|done, failed| {
            let _ = reader.read_entries_with_callback_and_callback(done, failed);
        });
        let some = match some.await {
            Ok(some) => Array::from(&some),
            Err(why) => return (all, Some(words(&why))),
        };
        if some.length() == 0 {
            return (all, None);
        }
        all.extend(some.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}

async fn file(entry: &FileSystemEntry, path: String) -> Result<Found, String> {
    let entry: &FileSystemFileEntry = entry.unchecked_ref();
    let file = answer(|done, failed| entry.file_with_callback_and_callback(done, failed));
    let file = file.await.map_err(|why| words(&why))?.unchecked_into();
    Ok(Found { path, file })
}

fn words(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &"message".into()).ok();
    message.and_then(|m| m.as_string()).unwrap_or_default()
}

async fn answer(mut ask: impl FnMut(&Function, &Function)) -> Result<JsValue, JsValue> {
    let promise = Promise::new(&mut |done, failed| ask(&done, &failed));
    JsFuture::from(promise).await
}
