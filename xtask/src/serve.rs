//! A static file server for `dist/`, on this machine only. It sends no special header: any other server would do as well.

use std::fs;
use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::UNIX_EPOCH;

use tiny_http::{Header, Method, Request, Response, Server};

use crate::{Result, paths};

const FIRST_PORT: u16 = 8080;
const THREADS: usize = 4;

/// Serves `dist/` until the person ends it.
pub fn run(port: Option<u16>) -> Result {
    let site = match port {
        Some(port) => Site::start(&paths::dist(), "/", port)?,
        None => (FIRST_PORT..FIRST_PORT + 20)
            .find_map(|port| Site::start(&paths::dist(), "/", port).ok())
            .ok_or_else(|| {
                format!(
                    "the ports from {FIRST_PORT} on are all taken. Name a free one with --port."
                )
            })?,
    };
    println!("\nGraft is at {}  (Ctrl+C ends it)", site.url());
    loop {
        thread::park();
    }
}

/// A running server.
pub struct Site {
    address: SocketAddr,
    prefix: String,
}

impl Site {
    /// Serves `dist` under `prefix` (`/`, or `/some/path/`) on `port`, 0 for any free one.
    pub fn start(dist: &Path, prefix: &str, port: u16) -> Result<Self> {
        if !dist.join("index.html").exists() {
            return Err(format!(
                "there is no site in {}. Run `cargo xtask build`.",
                dist.display()
            ));
        }
        Self::start_folders(&[(prefix, dist)], port)
    }

    /// Serves several folders, each under a prefix; the first that has a file answers. The address is the first one's.
    pub fn start_folders(folders: &[(&str, &Path)], port: u16) -> Result<Self> {
        let prefix = folders.first().map_or("/", |(prefix, _)| prefix);
        let server = Server::http(("127.0.0.1", port))
            .map_err(|e| format!("could not listen on port {port}: {e}"))?;
        let address = server
            .server_addr()
            .to_ip()
            .ok_or("the server has no address.")?;
        let server = Arc::new(server);
        let folders: Vec<(String, PathBuf)> = folders
            .iter()
            .map(|(prefix, folder)| (prefix.to_string(), folder.to_path_buf()))
            .collect();
        for _ in 0..THREADS {
            let (server, folders) = (Arc::clone(&server), folders.clone());
            thread::spawn(move || {
                for request in server.incoming_requests() {
                    answer(request, &folders);
                }
            });
        }
        Ok(Self {
            address,
            prefix: prefix.to_owned(),
        })
    }

    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.prefix)
    }
}

fn answer(request: Request, folders: &[(String, PathBuf)]) {
    let found = match request.method() {
        Method::Get | Method::Head => folders.iter().find_map(|(prefix, folder)| {
            let path = folder.join(locate(request.url(), prefix)?);
            path.is_file().then_some(path)
        }),
        _ => None,
    };
    let Some(path) = found else {
        let _ = request.respond(Response::from_string("not found").with_status_code(404));
        return;
    };
    let header = |name: &str, value: &str| {
        Header::from_bytes(name, value).expect("these headers are plain ASCII")
    };
    let version = version(&path);
    let caching = [
        header("Cache-Control", "no-cache"),
        header("ETag", &version),
    ];
    let known = request
        .headers()
        .iter()
        .any(|h| h.field.equiv("If-None-Match") && h.value == version.as_str());
    // A browser that went away in the middle is not our trouble.
    let _ = if known {
        let mut response = Response::empty(304);
        caching.into_iter().for_each(|h| response.add_header(h));
        request.respond(response)
    } else if let Ok(bytes) = fs::read(&path) {
        let mut response =
            Response::from_data(bytes).with_header(header("Content-Type", content_type(&path)));
        caching.into_iter().for_each(|h| response.add_header(h));
        request.respond(response)
    } else {
        request.respond(Response::from_string("unreadable").with_status_code(500))
    };
}

/// Changes with the file: the browser asks with it whether what it keeps is still good, as with any static server.
fn version(path: &Path) -> String {
    let Ok(meta) = fs::metadata(path) else {
        return "\"0\"".to_owned();
    };
    let changed = meta.modified().unwrap_or(UNIX_EPOCH);
    let age = changed.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("\"{:x}-{:x}\"", age.as_nanos(), meta.len())
}

/// The file below `dist` that an address names; none for one that points out of it.
fn locate(url: &str, prefix: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next()?;
    let mut path = percent_decode(path.strip_prefix(prefix)?)?;
    if path.is_empty() || path.ends_with('/') {
        path.push_str("index.html");
    }
    let path = PathBuf::from(path);
    path.components()
        .all(|part| matches!(part, Component::Normal(_)))
        .then_some(path)
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|ext| ext.to_str()).unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::locate;

    #[test]
    fn an_address_names_a_file_below_the_site_or_none() {
        let check = |url: &str, prefix: &str, file: Option<&str>| {
            let found = locate(url, prefix);
            assert_eq!(
                found.as_deref().and_then(|path| path.to_str()),
                file,
                "{url} under {prefix}"
            );
        };
        check("/", "/", Some("index.html"));
        check("/?device=cpu", "/", Some("index.html"));
        check("/a%20b.jpg", "/", Some("a b.jpg"));
        check("/some/path/model/x", "/some/path/", Some("model/x"));
        check("/model/x", "/some/path/", None);
        check("/../Cargo.toml", "/", None);
        check("/%2e%2e/Cargo.toml", "/", None);
        check("//etc/passwd", "/", None);
        check("/%zz", "/", None);
    }
}
