//! Files in and out of the page: pickers, blob URLs, downloads.

use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, File, FileList, HtmlAnchorElement, HtmlInputElement, Url};

pub fn url(bytes: &Uint8Array, mime: &str) -> String {
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    Blob::new_with_u8_array_sequence_and_options(&Array::of1(bytes), &options)
        .and_then(|blob| Url::create_object_url_with_blob(&blob))
        .unwrap_or_default()
}

pub fn forget(url: &str) {
    let _ = Url::revoke_object_url(url); // an unknown URL is no loss
}

/// Hands a blob URL to the browser's downloads.
pub fn download(name: &str, url: &str) {
    let Ok(element) = document().create_element("a") else {
        return;
    };
    let link: HtmlAnchorElement = element.unchecked_into();
    link.set_href(url);
    link.set_download(name);
    link.click();
    // The browser reads the blob after the click returns.
    let url = url.to_owned();
    set_timeout(move || forget(&url), std::time::Duration::from_secs(60));
}

pub fn download_text(name: &str, mime: &str, text: &str) {
    download(name, &url(&Uint8Array::from(text.as_bytes()), mime));
}

/// A file and the path or name it goes by; a path has folders in front.
#[derive(Debug, Clone)]
pub struct Found {
    pub path: String,
    pub file: File,
}

impl Found {
    pub fn loose(file: File) -> Self {
        let path = file.name();
        Self { path, file }
    }
}

pub fn list(files: Option<FileList>) -> Vec<File> {
    files
        .map(|l| (0..l.length()).filter_map(|i| l.get(i)).collect())
        .unwrap_or_default()
}

/// The files of a picker, which is emptied so that the same file can be picked again.
pub fn picked(event: &web_sys::Event) -> Vec<Found> {
    let input: HtmlInputElement = event_target(event);
    let files = list(input.files());
    input.set_value("");
    let found = |file: File| {
        let path = js_sys::Reflect::get(&file, &JsValue::from_str("webkitRelativePath"))
            .ok()
            .and_then(|p| p.as_string())
            .filter(|p| !p.is_empty())
            .unwrap_or_else(|| file.name());
        Found { path, file }
    };
    files.into_iter().map(found).collect()
}
