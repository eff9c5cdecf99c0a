//! The site's files in memory: what is not among them cannot be asked for.

use std::collections::HashMap;
use std::path::Path;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderValue,
    IF_NONE_MATCH, VARY,
};
use hyper::{Method, Request, Response, StatusCode};
use xtask::serve::{content_type, percent_decode};
use xtask::{Result, addresses};

const COMPRESSED: &str = ".br";

pub struct Files(HashMap<String, File>);

struct File {
    kind: &'static str,
    tag: HeaderValue,
    plain: Bytes,
    brotli: Option<Bytes>,
}

impl Files {
    /// Reads a built site.
    pub fn read(dist: &Path) -> Result<Self> {
        if !dist.join("index.html").is_file() {
            return Err(format!(
                "there is no site in {}. Run `cargo xtask build`.",
                dist.display()
            ));
        }
        let mut files = HashMap::new();
        for name in addresses::files(dist)? {
            if name.ends_with(COMPRESSED) {
                continue;
            }
            let plain = addresses::read(&dist.join(&name))?;
            let beside = dist.join(format!("{name}{COMPRESSED}"));
            let brotli = beside.is_file().then(|| addresses::read(&beside));
            let tag = format!("\"{}\"", addresses::content_hash(&plain));
            let file = File {
                kind: content_type(Path::new(&name)),
                tag: tag.parse().expect("hexadecimal digits"),
                plain: plain.into(),
                brotli: brotli.transpose()?.map(Bytes::from),
            };
            files.insert(name, file);
        }
        Ok(Self(files))
    }

    /// Their names, relative to the site.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub fn answer<B>(&self, request: &Request<B>) -> Response<Full<Bytes>> {
        let empty = |status| {
            let mut response = Response::new(Full::default());
            *response.status_mut() = status;
            response
        };
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        // Names of the site's own files are plain; those that somebody put beside it may be anything.
        let asked = percent_decode(request.uri().path().trim_start_matches('/'));
        let name = match asked.as_deref() {
            Some("") => "index.html",
            name => name.unwrap_or_default(),
        };
        let Some(file) = self.0.get(name) else {
            return empty(StatusCode::NOT_FOUND);
        };
        let header = |name| request.headers().get(name);
        let known = header(IF_NONE_MATCH) == Some(&file.tag);
        let takes = header(ACCEPT_ENCODING).and_then(|all| all.to_str().ok());
        let takes = takes.is_some_and(|all| all.split(',').any(|one| one.trim().starts_with("br")));
        let (body, coded) = match &file.brotli {
            Some(brotli) if takes => (brotli, true),
            _ => (&file.plain, false),
        };
        let mut response = match known {
            true => empty(StatusCode::NOT_MODIFIED),
            false => Response::new(Full::new(body.clone())),
        };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(ETAG, file.tag.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.kind));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if coded && !known {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_lies_beside_the_site_is_handed_out_whatever_it_is_called() {
        let folder = tempfile::tempdir().expect("there is room");
        let dist = folder.path();
        fs::create_dir_all(dist.join("heads")).expect("there is room");
        for file in [
            "index.html",
            "heads/index.json",
            "heads/Frösche & co.safetensors",
        ] {
            fs::write(dist.join(file), file).expect("there is room");
        }
        let files = Files::read(dist).expect("it was written");
        let status = |path: &str| {
            let request = Request::get(path).body(()).expect("a request");
            files.answer(&request).status()
        };
        for there in [
            "/",
            "/heads/index.json",
            "/heads/Fr%C3%B6sche%20&%20co.safetensors",
        ] {
            assert_eq!(status(there), StatusCode::OK, "{there}");
        }
        for not in ["/heads/", "/heads/%2e%2e/index.html", "/%ff", "/heads%2Fx"] {
            assert_eq!(status(not), StatusCode::NOT_FOUND, "{not}");
        }
    }
}
