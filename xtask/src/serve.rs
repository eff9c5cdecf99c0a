//! A static file server for `dist/`, on this machine only. It sends no special header: any other server would do as well.

use std::convert::Infallible;
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::UNIX_EPOCH;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::runtime::{Builder, Runtime};

use crate::cmd::say;
use crate::{Result, paths};

const FIRST_PORT: u16 = 8080;
const THREADS: usize = 4;

/// Serves `dist/` until the person ends it, and makes the rest of it meanwhile.
pub fn run(port: Option<u16>, rest: Option<impl FnOnce() -> Result>) -> Result {
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
    println!("\nGraft is at {}  (Ctrl+C ends it)\n", site.url());
    match rest.map(|rest| rest()) {
        None => {}
        Some(Ok(())) => say("All of the site is there; reload the page to use a GPU"),
        Some(Err(why)) => eprintln!("\nerror: {why}\nThe page goes on without a GPU."),
    }
    loop {
        thread::park();
    }
}

/// A running server. It goes on when this is dropped, and ends with the program or by [`Site::stop`].
pub struct Site {
    address: SocketAddr,
    prefix: String,
    runtime: Option<Runtime>,
}

impl Drop for Site {
    fn drop(&mut self) {
        // Else its threads would end with it.
        std::mem::forget(self.runtime.take());
    }
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
        let failed = |e: std::io::Error| format!("could not listen on port {port}: {e}");
        let listener = TcpListener::bind(("127.0.0.1", port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let folders: Arc<[(String, PathBuf)]> = folders
            .iter()
            .map(|(prefix, folder)| (prefix.to_string(), folder.to_path_buf()))
            .collect();
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .enable_io()
            .build()
            .map_err(failed)?;
        runtime.spawn(listen(listener, folders));
        Ok(Self {
            address,
            prefix: prefix.to_owned(),
            runtime: Some(runtime),
        })
    }

    /// From now on it is as if the network were gone.
    pub fn stop(mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.prefix)
    }
}

/// Every connection is answered by a task of its own: browsers open several at once and keep them.
async fn listen(listener: TcpListener, folders: Arc<[(String, PathBuf)]>) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("it does not block");
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let folders = Arc::clone(&folders);
        tokio::spawn(async move {
            let service =
                service_fn(async |request| Ok::<_, Infallible>(answer(&request, &folders)));
            // A browser that went away in the middle is not our trouble.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

/// What a request gets: a file below one of the folders, compressed where that lies beside it and the browser takes it, or none.
pub fn answer<B>(request: &Request<B>, folders: &[(String, PathBuf)]) -> Response<Full<Bytes>> {
    let found = match *request.method() {
        Method::GET | Method::HEAD => folders.iter().find_map(|(prefix, folder)| {
            let path = folder.join(locate(request.uri().path(), prefix)?);
            path.is_file().then_some(path)
        }),
        _ => None,
    };
    let respond = |status, body: Vec<u8>| {
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = status;
        response
    };
    let Some(path) = found else {
        return respond(StatusCode::NOT_FOUND, b"not found".to_vec());
    };
    let accepts = request.headers().get(ACCEPT_ENCODING);
    let accepts = accepts.and_then(|all| all.to_str().ok()).unwrap_or("");
    let compressed = PathBuf::from(format!("{}.br", path.display()));
    let is_compressed =
        accepts.split(',').any(|one| one.trim().starts_with("br")) && compressed.is_file();
    let sent = if is_compressed {
        compressed
    } else {
        path.clone()
    };
    let version = version(&sent);
    let known = request.headers().get(IF_NONE_MATCH);
    let mut response = if known.is_some_and(|known| known.as_bytes() == version.as_bytes()) {
        respond(StatusCode::NOT_MODIFIED, Vec::new())
    } else if let Ok(bytes) = fs::read(&sent) {
        respond(StatusCode::OK, bytes)
    } else {
        return respond(StatusCode::INTERNAL_SERVER_ERROR, b"unreadable".to_vec());
    };
    let value = |text: &str| text.parse().expect("these headers are plain ASCII");
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, value("no-cache"));
    headers.insert(ETAG, value(&version));
    headers.insert(CONTENT_TYPE, value(content_type(&path)));
    if is_compressed {
        headers.insert(CONTENT_ENCODING, value("br"));
        headers.insert(VARY, value("accept-encoding"));
    }
    response
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

/// The text that an address's path stands for; none where that is none.
pub fn percent_decode(text: &str) -> Option<String> {
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

/// As servers call what a file holds.
pub fn content_type(path: &Path) -> &'static str {
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
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::thread;
    use std::time::Duration;

    use super::{Site, locate};

    /// A browser opens several at once, and keeps each for later. tiny_http 0.12 left one of them waiting now and then.
    #[test]
    fn connections_that_open_at_once_are_all_answered() {
        let folder = tempfile::tempdir().expect("there is room");
        std::fs::write(folder.path().join("index.html"), "here").expect("there is room");
        let ask = |address| {
            let mut stream = TcpStream::connect(address).expect("it listens");
            let request = b"GET /index.html HTTP/1.1\r\nHost: here\r\n\r\n";
            stream.write_all(request).expect("it reads");
            let patience = Some(Duration::from_secs(10));
            stream.set_read_timeout(patience).expect("that is a time");
            let mut answer = [0; 12];
            let answered = stream.read_exact(&mut answer).is_ok();
            assert!(answered && answer == *b"HTTP/1.1 200", "not answered");
            stream
        };
        for _ in 0..20 {
            let site = Site::start(folder.path(), "/", 0).expect("a port is free");
            let address = site.address;
            let asking = [(); 6].map(|()| thread::spawn(move || ask(address)));
            // All stay open until the last is answered.
            let open = asking.map(|thread| thread.join().expect("it is answered"));
            drop(open);
        }
    }

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
