//! Files of the page.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::Blob;

use crate::data::folders::{Kind, kind};

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

/// What the page hands over at once.
pub struct Files {
    pub files: Vec<File>,
    pub without: Vec<usize>,
}

impl Files {
    /// The n-th of them has the number `first + n`; `without` are the parts of a zip that are left out.
    pub fn new(names: Vec<String>, payloads: Vec<JsValue>, first: u64, without: &[usize]) -> Self {
        let blobs = payloads.into_iter().filter_map(|p| p.dyn_into().ok());
        let files = (first..).zip(names).zip(blobs);
        let files = files.map(|((number, name), blob)| File { number, name, blob });
        Self {
            files: files.collect(),
            without: without.to_vec(),
        }
    }
}
