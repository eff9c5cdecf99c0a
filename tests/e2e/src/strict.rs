//! A server that is also the browser's proxy, so that every request of the browser arrives here, to whatever address: it hands out the
//! site's files, and writes down whatever asks for more.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, thread};

use xtask::serve::content_type;

use crate::Result;

/// Whom Chromium asks by itself, whatever is open: for updates, its search page, hints on forms. That no tab asks them, or anybody else,
/// is read from its network log (`netlog.rs`), which knows who began each request.
const OF_THE_BROWSER: &[&str] = &["google.com", "googleapis.com", "gvt1.com", "duckduckgo.com"];

pub struct Strict {
    port: u16,
    seen: Arc<Mutex<Seen>>,
}

/// What has arrived.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Files handed out.
    pub files: usize,
    /// The first lines of requests to another address, with a body or by another method than GET, and why.
    pub faults: Vec<String>,
}

impl Strict {
    pub fn serve(site: &Path) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (noted, site) = (Arc::clone(&seen), site.to_owned());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, site) = (Arc::clone(&noted), site.clone());
                thread::spawn(move || {
                    // A browser that goes away has had enough.
                    let _ = talk(&stream, port, &site, &noted);
                });
            }
        });
        Ok(Self { port, seen })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    pub fn seen(&self) -> Seen {
        lock(&self.seen).clone()
    }
}

fn lock(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the requests of a connection, one after the other.
fn talk(stream: &TcpStream, port: u16, site: &Path, seen: &Mutex<Seen>) -> Result {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let (mut body, mut encoded) = (0, false);
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            let header = header.trim().to_lowercase();
            if header.is_empty() {
                break;
            }
            let value = |name: &str| header.strip_prefix(name).map(str::trim);
            body = value("content-length:")
                .and_then(|n| n.parse().ok())
                .unwrap_or(body);
            encoded |= value("transfer-encoding:").is_some();
        }
        std::io::copy(&mut (&mut reader).take(body), &mut std::io::sink())?;
        let mut words = line.split_whitespace();
        let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
        let path = match target.strip_prefix(&format!("http://127.0.0.1:{port}")) {
            Some(path) => Some(path),
            None => target.starts_with('/').then_some(target),
        };
        let host = target
            .trim_start_matches("http://")
            .split(['/', ':'])
            .next();
        let browsers = OF_THE_BROWSER.iter().any(|own| {
            let below = host.unwrap_or_default().strip_suffix(own);
            below.is_some_and(|below| below.is_empty() || below.ends_with('.'))
        });
        let fault = match path {
            None if browsers => None,
            None => Some("to another address"),
            _ if method != "GET" => Some("by another method"),
            _ if body > 0 || encoded => Some("with a body"),
            _ => None,
        };
        if let Some(fault) = fault {
            lock(seen).faults.push(format!("{}: {fault}", line.trim()));
        }
        if fault.is_some() || path.is_none() {
            write!(
                &mut &*stream,
                "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )?;
            return Ok(());
        }
        answer(stream, site, path.unwrap_or_default(), seen)?;
    }
}

fn answer(mut stream: &TcpStream, site: &Path, path: &str, seen: &Mutex<Seen>) -> Result {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let name = match path.trim_start_matches('/') {
        "" => PathBuf::from("index.html"),
        name => PathBuf::from(name),
    };
    let below = name
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    let bytes = below.then(|| fs::read(site.join(&name)).ok()).flatten();
    let (status, kind) = match &bytes {
        Some(_) => ("200 OK", content_type(&name)),
        None => ("404 Not Found", "text/plain"),
    };
    lock(seen).files += usize::from(bytes.is_some());
    let bytes = bytes.unwrap_or_default();
    let length = bytes.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nCache-Control: no-cache\r\n\r\n"
    )?;
    Ok(stream.write_all(&bytes)?)
}
