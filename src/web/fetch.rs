//! This site's own files.

use super::{here, words};

/// A file of this site, relative to the page; or why not.
pub async fn fetch(path: &str) -> Result<Vec<u8>, String> {
    let address = here::address(path).map_err(|e| words(&e))?;
    let response = gloo::net::http::Request::get(&address)
        .send()
        .await
        .map_err(|e| e.to_string())?;
    if !response.ok() {
        return Err(format!("the server answered {}", response.status()));
    }
    response.binary().await.map_err(|e| e.to_string())
}
