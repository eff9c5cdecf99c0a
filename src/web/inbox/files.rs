//! Files of the page.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use data::folders::{Kind, kind};

/// A file as the page hands it over.
pub struct File {
    pub number: u64,
    pub name: String,
    pub blob: Blob,
}

impl File {
    pub fn is_zip(&self) -> bool {
        kind(&self.name) == Kind::Archive || self.blob.type_().contains("zip")
    }
}

/// What was handed to a worker before has the parts that are left out now; none where it comes for the first time.
#[derive(Default, Clone)]
pub struct Again(pub Option<Vec<usize>>);

impl Again {
    pub fn leaves_out(&self, part: usize) -> bool {
        self.0.as_ref().is_some_and(|parts| parts.contains(&part))
    }
}

/// What the page hands over at once.
pub struct Files {
    pub files: Vec<File>,
    pub again: Again,
}

impl Files {
    /// The n-th of them has the number `first + n`.
    pub fn new(names: Vec<String>, payloads: Vec<JsValue>, first: u64, again: Again) -> Self {
        let blobs = payloads.into_iter().filter_map(|p| p.dyn_into().ok());
        let files = (first..).zip(names).zip(blobs);
        let files = files.map(|((number, name), blob)| File { number, name, blob });
        Self {
            files: files.collect(),
            again,
        }
    }
}
