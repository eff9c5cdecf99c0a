//! A static file server for `dist/`, on this machine only. It sends no special header: any other server would do as well.

use std::fs;
use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread;

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
        let server = Server::http(("127.0.0.1", port))
            .map_err(|e| format!("could not listen on port {port}: {e}"))?;
        let address = server
            .server_addr()
            .to_ip()
            .ok_or("the server has no address.")?;
        let server = Arc::new(server);
        for _ in 0..THREADS {
            let (server, dist, prefix) = (Arc::clone(&server), dist.to_owned(), prefix.to_owned());
            thread::spawn(move || {
                for request in server.incoming_requests() {
                    answer(request, &dist, &prefix);
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

fn answer(request: Request, dist: &Path, prefix: &str) {
    let found = match request.method() {
        Method::Get | Method::Head => locate(request.url(), prefix).map(|path| dist.join(path)),
        _ => None,
    };
    // A browser that went away in the middle is not our trouble.
    let _ = match found.and_then(|path| Some((fs::read(&path).ok()?, content_type(&path)))) {
        Some((bytes, kind)) => {
            let header = |name: &str, value: &str| {
                Header::from_bytes(name, value).expect("fixed headers are well formed")
            };
            let response = Response::from_data(bytes)
                .with_header(header("Content-Type", kind))
                .with_header(header("Cache-Control", "no-cache"));
            request.respond(response)
        }
        None => request.respond(Response::from_string("not found").with_status_code(404)),
    };
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
