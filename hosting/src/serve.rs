//! Https on one address, and for whoever comes by http the way there.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HOST, LOCATION};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use xtask::Result;

use crate::files::Files;

/// For the beginning of a connection: who takes longer holds a place for nothing.
const PATIENCE: Duration = Duration::from_secs(20);
/// The first byte of TLS (RFC 8446, 5.1: a record of the kind "handshake").
const HANDSHAKE: u8 = 22;

/// The first free port from this one on.
pub async fn listen(address: SocketAddr) -> Result<TcpListener> {
    let mut problem = String::new();
    for port in address.port()..address.port().saturating_add(20) {
        match TcpListener::bind((address.ip(), port)).await {
            Ok(listener) => return Ok(listener),
            Err(why) => problem = why.to_string(),
        }
    }
    Err(format!("could not open {address}: {problem}"))
}

/// Serves until the program ends.
pub async fn run(listener: TcpListener, tls: TlsAcceptor, files: Arc<Files>) {
    loop {
        // A connection that failed before it was accepted is nobody's.
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let (tls, files) = (tls.clone(), Arc::clone(&files));
        tokio::spawn(async move {
            let mut first = [0];
            match timeout(PATIENCE, stream.peek(&mut first)).await {
                Ok(Ok(1)) if first[0] == HANDSHAKE => secure(stream, tls, files).await,
                Ok(Ok(1)) => show_the_way(stream).await,
                _ => {}
            }
        });
    }
}

fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(120));
    http
}

async fn secure(stream: TcpStream, tls: TlsAcceptor, files: Arc<Files>) {
    // A browser that does not trust the certificate yet ends here, and comes again.
    let Ok(Ok(stream)) = timeout(PATIENCE, tls.accept(stream)).await else {
        return;
    };
    let service = service_fn(async |request| Ok::<_, Infallible>(files.answer(&request)));
    let served = http().serve_connection(TokioIo::new(stream), service);
    // A browser that went away in the middle is not our trouble.
    let _ = served.await;
}

/// To the same address by https.
async fn show_the_way(stream: TcpStream) {
    let service = service_fn(async |request| Ok::<_, Infallible>(way(&request)));
    let _ = http().serve_connection(TokioIo::new(stream), service).await;
}

fn way<B>(request: &Request<B>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    let host = request
        .headers()
        .get(HOST)
        .and_then(|host| host.to_str().ok());
    let to = host.and_then(|host| format!("https://{host}/").parse().ok());
    match to {
        Some(to) => {
            *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
            response.headers_mut().insert(LOCATION, to);
        }
        None => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response
}
