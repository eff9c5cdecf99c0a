//! This site's own files.

use super::{here, words};
use data::share::FOLDER;

/// A file of this site, relative to the page; or why not.
pub async fn fetch(path: &str) -> Result<Vec<u8>, String> {
    let address = here::address(path).map_err(|e| words(&e))?;
    let request = gloo::net::http::Request::get(&address);
    // Not named by their content, and changed by hand.
    let request = match path.starts_with(FOLDER) {
        true => request.cache(web_sys::RequestCache::NoCache),
        false => request,
    };
    let response = request.send().await.map_err(|e| e.to_string())?;
    if !response.ok() {
        return Err(format!("the server answered {}", response.status()));
    }
    response.binary().await.map_err(|e| e.to_string())
}
