//! Files in and out of the page: pickers, drops, blob URLs, downloads.

use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use leptos::wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, BlobPropertyBag, DragEvent, File, FileList, HtmlAnchorElement, HtmlInputElement, Url,
};

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

fn list(files: Option<FileList>) -> Vec<File> {
    files
        .map(|l| (0..l.length()).filter_map(|i| l.get(i)).collect())
        .unwrap_or_default()
}

/// The files of a picker, which is emptied so that the same file can be picked again.
pub fn picked(event: &web_sys::Event) -> Vec<File> {
    let input: HtmlInputElement = event_target(event);
    let files = list(input.files());
    input.set_value("");
    files
}

pub fn dropped(event: &DragEvent) -> Vec<File> {
    event.prevent_default();
    list(event.data_transfer().and_then(|d| d.files()))
}

/// A file's path in the folder that was picked, or else its name.
pub fn path(file: &File) -> String {
    js_sys::Reflect::get(file, &JsValue::from_str("webkitRelativePath"))
        .ok()
        .and_then(|p| p.as_string())
        .filter(|p| !p.is_empty())
        .unwrap_or_else(|| file.name())
}
