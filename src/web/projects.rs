//! Which database holds the project of this tab.

use idb::Factory;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use data::protocol::StartOptions;

const STORED: &str = "graft";
/// Followed by the milliseconds since 1970 when the page was opened.
const FRESH: &str = "graft-fresh-";
/// A fresh project outlives its tab by this, because nobody tells when a tab ends.
const DAY: f64 = 24.0 * 3600.0 * 1000.0;

/// The stored project, or with `?fresh` one of its own.
pub async fn name(options: &StartOptions) -> String {
    if !options.fresh {
        return STORED.to_owned();
    }
    // Best effort: what stays is found the next time.
    let _ = forget_old(options.opened).await;
    format!("{FRESH}{}", options.opened)
}

async fn forget_old(now: f64) -> Result<(), JsValue> {
    let indexed_db = Reflect::get(&js_sys::global(), &"indexedDB".into())?;
    let list: Function = Reflect::get(&indexed_db, &"databases".into())?.dyn_into()?;
    let list: Promise = list.call0(&indexed_db)?.dyn_into()?;
    let list: Array = JsFuture::from(list).await?.dyn_into()?;
    for database in list {
        let name = Reflect::get(&database, &"name".into())?.as_string();
        let name = name.unwrap_or_default();
        let opened = name.strip_prefix(FRESH).and_then(decimal::parse);
        if opened.is_some_and(|opened| now - opened > DAY) {
            let delete = Factory::new().and_then(|factory| factory.delete(&name));
            drop(delete.map_err(|e| JsValue::from_str(&e.to_string()))?);
        }
    }
    Ok(())
}
