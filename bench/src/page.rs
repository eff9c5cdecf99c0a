//! The bench's own page in Chromium, and the jobs it does (`pages/bench.js`).

use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, bail};
use data::backbone::DeviceKind;
use data::class::ClassId;
use data::protocol::{Event, Request, StartOptions, Target, decode};
use data::settings::TrainSettings;
use e2e::{Browser, ID, file_done, header, kinds, until};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The longest job is a peer's epoch on 10,000 samples, or a batch on a software GPU.
const PATIENCE: Duration = Duration::from_secs(600);
const PAUSE: Duration = Duration::from_millis(100);
/// The peer runs the same weights (`onnx.rs`).
const BACKBONE: &str = "efficientnet-lite0-224";

pub struct Page<'a> {
    browser: &'a Browser,
    /// The build that is served, as workers' addresses name it.
    build: String,
}

#[derive(Deserialize)]
pub struct Environment {
    pub adapter: String,
    pub cores: usize,
    pub date: String,
}

#[derive(Deserialize)]
struct Answer {
    value: Option<Value>,
    error: Option<String>,
    /// Of the event that the app's worker told the error by.
    header: Option<Vec<u8>>,
}

impl<'a> Page<'a> {
    pub async fn open(browser: &'a Browser, url: &str, build: &str) -> Result<Self> {
        browser.driver.goto(url).await?;
        until("the bench's page", Duration::from_secs(20), async || {
            let there = browser
                .driver
                .execute("return !!window.bench;", vec![])
                .await?;
            Ok(there.convert::<bool>()?.then_some(()))
        })
        .await?;
        Ok(Self {
            browser,
            build: build.to_owned(),
        })
    }

    /// Does a job of `pages/bench.js` and waits for its answer.
    pub async fn job<T: DeserializeOwned>(&self, name: &str, arguments: Vec<Value>) -> Result<T> {
        let driver = &self.browser.driver;
        let mut all = vec![json!(name)];
        all.extend(arguments);
        driver.execute("bench.start(...arguments);", all).await?;
        let begun = Instant::now();
        loop {
            tokio::time::sleep(PAUSE).await;
            let answer: Option<Answer> = driver
                .execute("return bench.answer;", vec![])
                .await?
                .convert()?;
            match answer {
                Some(Answer {
                    error: Some(why),
                    header,
                    ..
                }) => match header {
                    Some(header) => bail!("{why}: {:?}", event(&header)?),
                    None => bail!(why),
                },
                Some(Answer { value, .. }) => {
                    return serde_json::from_value(value.unwrap_or_default())
                        .with_context(|| format!("an unexpected answer to {name}"));
                }
                None if begun.elapsed() > PATIENCE => bail!("{name} took longer than 10 minutes"),
                None => {}
            }
        }
    }

    /// The app's worker on a device, beside the stored project or with it. Chromium has relaxed SIMD.
    pub fn ours(&self, device: DeviceKind, fresh: bool) -> Value {
        let engine = match device {
            DeviceKind::Cpu => "worker_relaxed",
            DeviceKind::Webgpu => "worker_gpu",
        };
        self.engine(engine, device, fresh)
    }

    /// The same by an engine of the site's.
    pub fn engine(&self, engine: &str, device: DeviceKind, fresh: bool) -> Value {
        let start = Request::Start(StartOptions {
            device: Some(device),
            backbone: Some(BACKBONE.into()),
            fresh,
            opened: now(),
            ..StartOptions::default()
        });
        let names = vec!["bench/photo.jpg".to_owned()];
        json!({
            "address": format!("/app/{engine}_loader-{}.js", self.build),
            "backbone": BACKBONE,
            "kinds": kinds(),
            "fileDone": file_done(),
            "headers": {
                "start": header(start),
                "embed": header(Request::Embed),
                "tryPhoto": header(Request::TrySamples { names: names.clone(), first: ID }),
                "addPhoto": header(Request::AddSamples { to: Target::Folders, names, first: ID }),
                "addToFirst": header(Request::AddSamples { to: Target::Class(ClassId(0)), names: vec!["photo.jpg".into()], first: ID }),
                "train": header(Request::Train { settings: TrainSettings::default() }),
                "saveHead": header(Request::SaveHead { name: "bench".into() }),
            },
        })
    }
}

/// An event, from the header that a job answers with.
pub fn event(header: &[u8]) -> Result<Event> {
    decode(header).map_err(Error::msg)
}

/// ONNX Runtime Web: each provider has its own module.
pub fn onnx_runtime(provider: &str) -> Value {
    let module = match provider {
        "wasm" => "/ort/ort.wasm.min.mjs",
        _ => "/ort/ort.webgpu.min.mjs",
    };
    json!({ "module": module, "provider": provider, "model": "/data/lite0.onnx", "size": 224 })
}

/// Milliseconds since 1970: names a fresh project.
fn now() -> f64 {
    let age = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    age.map_or(0.0, |age| age.as_millis() as f64)
}
