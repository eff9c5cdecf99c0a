//! A second build of the site, without building it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Error};
use xtask::{addresses, offline};

use crate::Result;

/// The name of the build that lies in a folder.
pub fn build_of(site: &Path) -> Result<String> {
    let page = fs::read_to_string(site.join("index.html"))?;
    let named = page.split_once("<meta name=\"build\" content=\"");
    let build = named.and_then(|(_, rest)| rest.split('"').next());
    Ok(build.context("the page names no build")?.to_owned())
}

/// The service worker's list is that of the files as they are now.
pub fn list_again(site: &Path) -> Result {
    offline::write_list(site, &build_of(site)?).map_err(Error::msg)
}

/// Makes of the site in a folder the next one: every script, module and style sheet has another content, so other addresses, and
/// nothing lies where it lay before.
pub fn next_build(site: &Path) -> Result {
    let build = build_of(site)?;
    let mut names = vec![(build.clone(), addresses::content_hash(build.as_bytes()))];
    let files = addresses::files(site).map_err(Error::msg)?;
    for file in files.iter().filter(|file| !file.contains(&build)) {
        let more: &[u8] = match file.rsplit('.').next() {
            Some("js") if file != "sw.js" => b"\n// the next build\n",
            Some("css") => b"\n:root { --next-build: 1; }\n",
            // A custom section: its id, its length, the length of its name, the name.
            Some("wasm") => b"\x00\x05\x04next",
            _ => continue,
        };
        let mut content = fs::read(site.join(file))?;
        content.extend(more);
        let (start, rest) = file.rsplit_once('-').context("it has a hash")?;
        let ending = rest.split_once('.').context("it has an ending")?.1;
        let address = format!("{start}-{}.{ending}", addresses::content_hash(&content));
        fs::write(site.join(&address), content)?;
        fs::remove_file(site.join(file))?;
        names.push((file.clone(), address));
    }
    for file in addresses::files(site).map_err(Error::msg)? {
        if !file.contains(&build) && !file.ends_with(".html") {
            continue;
        }
        let mut text = fs::read_to_string(site.join(&file))?;
        let mut name = file.clone();
        for (old, new) in &names {
            text = text.replace(old, new);
            name = name.replace(old, new);
        }
        fs::remove_file(site.join(file))?;
        fs::write(site.join(name), text)?;
    }
    list_again(site)
}
