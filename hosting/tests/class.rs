//! Thirty browsers at once, and what must not be handed out.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, io};

use hosting::certificate::Certificate;
use hosting::files::Files;
use hosting::serve;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// A class.
const BROWSERS: usize = 30;
/// Connections that a browser opens to one address.
const EACH: usize = 6;

struct Served {
    address: SocketAddr,
    client: TlsConnector,
    names: Vec<String>,
    bytes: usize,
}

/// A site as large as the real one: page, engine, weights and samples.
async fn served() -> Served {
    let folder = tempfile::tempdir().expect("there is room");
    let dist = folder.path();
    fs::create_dir_all(dist.join("samples")).expect("there is room");
    let mut bytes = 0;
    let mut put = |name: &str, size: usize| {
        bytes += size;
        fs::write(dist.join(name), vec![b'x'; size]).expect("there is room");
    };
    put("index.html", 4_000);
    put("app.wasm", 1_230_000);
    put("worker.wasm", 2_950_000);
    put("lite0.safetensors", 6_700_000);
    for number in 0..230 {
        put(&format!("samples/{number}.jpg"), 4_000);
    }
    let files = Files::read(dist).expect("it was written");
    let names = files.names().map(str::to_owned).collect();
    let certificate = Certificate::of(HERE).expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(certificate.public()).expect("it is one");
    let config = ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let listener = serve::listen(SocketAddr::new(HERE, 18443))
        .await
        .expect("a port");
    let address = listener.local_addr().expect("it listens");
    let acceptor = certificate.acceptor().expect("a certificate");
    tokio::spawn(serve::run(listener, acceptor, Arc::new(files)));
    Served {
        address,
        client: TlsConnector::from(Arc::new(config)),
        names,
        bytes,
    }
}

impl Served {
    async fn connect(&self) -> io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        self.client.connect(ServerName::from(HERE), stream).await
    }
}

/// The status and the length of the body of one answer.
async fn ask(stream: &mut TlsStream<TcpStream>, line: &str) -> io::Result<(u16, usize)> {
    let request = format!("{line} HTTP/1.1\r\nHost: class\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
    let length = head
        .lines()
        .find_map(|l| l.strip_prefix("content-length: "));
    let length: usize = length.and_then(|l| l.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok((status.unwrap_or(0), length))
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.expect("there are threads").block_on(test)
}

#[test]
fn thirty_browsers_load_all_of_the_site_at_once() {
    run(async {
        let served = Arc::new(served().await);
        let started = Instant::now();
        let mut all = Vec::new();
        for _ in 0..BROWSERS {
            for part in 0..EACH {
                let served = Arc::clone(&served);
                all.push(tokio::spawn(async move {
                    let mut stream = served.connect().await?;
                    let mut bytes = 0;
                    for name in served.names.iter().skip(part).step_by(EACH) {
                        let (status, length) = ask(&mut stream, &format!("GET /{name}")).await?;
                        assert_eq!(status, 200, "{name}");
                        bytes += length;
                    }
                    io::Result::Ok(bytes)
                }));
            }
        }
        let mut bytes = 0;
        for one in all {
            bytes += one.await.expect("no panic").expect("it is answered");
        }
        assert_eq!(bytes, BROWSERS * served.bytes);
        let seconds = started.elapsed();
        println!(
            "{BROWSERS} browsers got {} MB in {seconds:.1?}",
            bytes / 1_000_000
        );
        assert!(seconds < Duration::from_secs(120), "{seconds:?}");
    });
}

#[test]
fn nothing_but_the_site_is_handed_out_and_nothing_is_taken() {
    run(async {
        let served = served().await;
        let mut stream = served.connect().await.expect("it listens");
        for (line, status) in [
            ("GET /", 200),
            ("HEAD /no", 404),
            ("GET /../Cargo.toml", 404),
            ("GET /%2e%2e/Cargo.toml", 404),
            ("GET //etc/passwd", 404),
            ("GET /samples", 404),
            ("GET /samples/", 404),
            ("GET /samples/0.jpg?x#y", 200),
            ("POST /", 405),
            ("PUT /index.html", 405),
        ] {
            let (found, _) = ask(&mut stream, line).await.expect("it is answered");
            assert_eq!(found, status, "{line}");
        }
        // By http it says where to go.
        let mut plain = TcpStream::connect(served.address)
            .await
            .expect("it listens");
        let request =
            b"GET /somewhere HTTP/1.1\r\nHost: 192.168.1.5:8443\r\nConnection: close\r\n\r\n";
        plain.write_all(request).await.expect("it listens");
        let mut answer = String::new();
        plain
            .read_to_string(&mut answer)
            .await
            .expect("it is answered");
        assert!(
            answer.contains("307") && answer.contains("https://192.168.1.5:8443/"),
            "{answer}"
        );
    });
}
