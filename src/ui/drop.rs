//! What is dragged onto the page: files, and folders with all that is in them.

use js_sys::{Array, Function, Promise};
use leptos::wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, DragEvent, File, FileSystemDirectoryEntry, FileSystemDirectoryReader,
    FileSystemEntry, FileSystemFileEntry, Node,
};

use super::files::{self, Found};

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

    /// All files, folders walked to the bottom, in the order of their paths.
    pub async fn files(self) -> Vec<Found> {
        let (mut found, mut folders) = (Vec::new(), Vec::new());
        for item in self.0 {
            match item {
                Item::File(file) => found.push(Found::loose(file)),
                Item::Entry(entry) if entry.is_directory() => folders.push(entry),
                Item::Entry(entry) => found.extend(file(&entry, entry.name()).await),
            }
        }
        let mut walked = Vec::new();
        while let Some(folder) = folders.pop() {
            let folder: FileSystemDirectoryEntry = folder.unchecked_into();
            for entry in entries(&folder.create_reader()).await {
                if entry.is_directory() {
                    folders.push(entry);
                } else {
                    let path = entry.full_path().trim_start_matches('/').to_owned();
                    walked.extend(file(&entry, path).await);
                }
            }
        }
        walked.sort_by(|a, b| a.path.cmp(&b.path));
        found.extend(walked);
        found
    }
}

/// A reader gives about a hundred at a time, and none when it is done.
async fn entries(reader: &FileSystemDirectoryReader) -> Vec<FileSystemEntry> {
    let mut all = Vec::new();
    loop {
        let some = answer(|done, failed| {
            let _ = reader.read_entries_with_callback_and_callback(done, failed);
        });
        let some = match some.await {
            Ok(some) => Array::from(&some),
            Err(_) => return all, // a folder that may not be read is passed over
        };
        if some.length() == 0 {
            return all;
        }
        all.extend(some.iter().map(JsCast::unchecked_into::<FileSystemEntry>));
    }
}

async fn file(entry: &FileSystemEntry, path: String) -> Option<Found> {
    let entry: &FileSystemFileEntry = entry.unchecked_ref();
    let file = answer(|done, failed| entry.file_with_callback_and_callback(done, failed));
    let file = file.await.ok()?.unchecked_into();
    Some(Found { path, file })
}

async fn answer(mut ask: impl FnMut(&Function, &Function)) -> Result<JsValue, JsValue> {
    let promise = Promise::new(&mut |done, failed| ask(&done, &failed));
    JsFuture::from(promise).await
}
