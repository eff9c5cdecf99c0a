//! Files by other ways than a file input: dropped, pasted.
//!
//! WebDriver has no drag from outside the window and no picture for the clipboard, so these are the events that the browser
//! itself would send, with real files in them.

use std::fs;
use std::path::PathBuf;

use anyhow::ensure;
use serde_json::{Value, json};

use crate::{Page, Result};

const FILES: &str = "
    const transfer = new DataTransfer();
    for (const { name, kind, bytes } of arguments[1])
        transfer.items.add(new File([new Uint8Array(bytes)], name, { type: kind }));
    const target = card(arguments[0]);
    if (!target) return false;
";

const DROP: &str = "
    for (const type of ['dragenter', 'dragover', 'drop'])
        target.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    return true;";

/// A paste goes to what has the focus.
const PASTE: &str = "
    one('class-files', target).focus();
    document.activeElement.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
    return true;";

impl Page {
    /// Drops files on the card of a class.
    pub async fn drop_on(&self, class: &str, files: &[PathBuf]) -> Result {
        self.send_event(DROP, class, files).await
    }

    /// Pastes files while something in the card of a class has the focus.
    pub async fn paste_on(&self, class: &str, files: &[PathBuf]) -> Result {
        self.send_event(PASTE, class, files).await
    }

    async fn send_event(&self, script: &str, class: &str, files: &[PathBuf]) -> Result {
        let files: Vec<Value> = files
            .iter()
            .map(|file| {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                let kind = match file.extension() {
                    Some(end) if end == "jpg" => "image/jpeg",
                    Some(end) if end == "png" => "image/png",
                    _ => "",
                };
                Ok(json!({ "name": name, "kind": kind, "bytes": fs::read(file)? }))
            })
            .collect::<Result<_>>()?;
        let sent: bool = self
            .ask(&format!("{FILES}{script}"), &[json!(class), json!(files)])
            .await?;
        ensure!(sent, "there is no card of the class {class:?}");
        Ok(())
    }
}
