//! Photos to embeddings: throughput, the first result, large JPEG files, two workers at once.

use anyhow::{Result, anyhow, ensure};
use data::backbone::DeviceKind;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::page::{Page, onnx_runtime};
use crate::plan::{Gpu, Plan};
use crate::report::{Row, Section, Unit, median};

const WASM: &str = "ONNX Runtime Web wasm, 1 thread";
const WEBGPU: &str = "ONNX Runtime Web WebGPU";

/// Two networks with the same weights agree far better; other padding gives 0.90.
const SAME: f64 = 0.999;

/// Milliseconds of one contender over all rounds.
#[derive(Default)]
struct Times {
    first: Vec<f64>,
    batches: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Photo {
    bytes: f64,
    first: f64,
    tried: Vec<f64>,
    small: Vec<f64>,
    added: Vec<f64>,
}

/// A contender and what it is measured with.
struct Contender<'a> {
    name: &'a str,
    kind: &'a str,
    options: Box<dyn Fn(&Page) -> Value>,
    times: Times,
}

impl Contender<'_> {
    fn keep(&mut self, batch: usize, times: Vec<f64>) {
        let of_all = &mut self.times.batches;
        of_all.resize(of_all.len().max(batch + 1), Vec::new());
        of_all[batch].extend(times);
    }

    async fn open(&mut self, page: &Page<'_>) -> Result<()> {
        let arguments = vec![json!(self.name), json!(self.kind), (self.options)(page)];
        self.times.first.push(page.job("open", arguments).await?);
        Ok(())
    }
}

/// Milliseconds a photo, of each contender's turns.
async fn embed(
    page: &Page<'_>,
    names: &[&str],
    batch: usize,
    turns: usize,
) -> Result<Vec<Vec<f64>>> {
    let arguments = vec![json!(names), json!(batch), json!(turns)];
    page.job("embed", arguments).await
}

async fn close(page: &Page<'_>, name: &str) -> Result<()> {
    page.job("close", vec![json!(name)]).await
}

fn pair(device: DeviceKind, provider: &'static str) -> [Contender<'static>; 2] {
    let times = Times::default;
    [
        Contender {
            name: "ours",
            kind: "ours",
            options: Box::new(move |page| page.ours(device, true)),
            times: times(),
        },
        Contender {
            name: "peer",
            kind: "ort",
            options: Box::new(move |_| onnx_runtime(provider)),
            times: times(),
        },
    ]
}

async fn agree(page: &Page<'_>) -> Result<()> {
    let cosine: f64 = page
        .job("compare", vec![json!("ours"), json!("peer")])
        .await?;
    ensure!(
        cosine >= SAME,
        "ours and the peer compute different embeddings: cosine {cosine}"
    );
    Ok(())
}

/// The speed of each of two workers of a contender's, by the speed of one alone: measured in turns, so that what else the
/// computer does falls on both.
async fn together(page: &Page<'_>, one: &Contender<'_>) -> Result<Vec<f64>> {
    /// For each worker.
    const PHOTOS: usize = 16;
    /// A single one is off by a third on a virtual machine (the log in `docs/benchmarks.md`).
    const TURNS: usize = 5;
    let second = vec![json!("second"), json!(one.kind), (one.options)(page)];
    page.job::<f64>("open", second).await?;
    let run = |names: &[&str]| {
        let photos = PHOTOS * names.len();
        page.job::<f64>("together", vec![json!(names), json!(photos)])
    };
    // Once to warm the second one up.
    run(&[one.name, "second"]).await?;
    let mut scales = Vec::new();
    for _ in 0..TURNS {
        let alone = run(&[one.name]).await?;
        // Two workers would take half of the time a photo that one takes.
        scales.push(alone / (2.0 * run(&[one.name, "second"]).await?));
    }
    close(page, "second").await?;
    Ok(scales)
}

/// On the CPU, one thread each.
pub async fn cpu(page: &Page<'_>, plan: &Plan) -> Result<Section> {
    const BATCHES: [usize; 3] = [1, 8, 32];
    /// Photos that a round spends on each batch size, in so many turns at least, and before it: V8 compiles a module twice.
    const PHOTOS: usize = 16;
    const TURNS: usize = 3;
    const WARM_UP: usize = 8;
    let mut all = Vec::from(pair(DeviceKind::Cpu, "wasm"));
    all.push(Contender {
        name: "without",
        kind: "ours",
        options: Box::new(|page| page.engine("worker", DeviceKind::Cpu, true)),
        times: Times::default(),
    });
    let mut plain = Contender {
        name: "plain",
        kind: "arithmetic",
        options: Box::new(|_| Value::Null),
        times: Times::default(),
    };
    let (mut firsts, mut tried, mut small) = (Vec::new(), Vec::new(), Vec::new());
    let (mut added, mut bytes) = (Vec::new(), 0.0);
    let (mut ours_scale, mut peer_scales, mut limits) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..plan.rounds {
        for one in &mut all {
            one.open(page).await?;
            embed(page, &[one.name], 1, WARM_UP).await?;
        }
        if round == 0 {
            agree(page).await?;
        }
        // Who begins changes.
        if round % 2 == 1 {
            all.reverse();
        }
        let names: Vec<&str> = all.iter().map(|one| one.name).collect();
        for (i, batch) in BATCHES.iter().enumerate() {
            let turns = PHOTOS.div_ceil(*batch).max(TURNS);
            let times = embed(page, &names, *batch, turns).await?;
            all.iter_mut()
                .zip(times)
                .for_each(|(one, t)| one.keep(i, t));
        }
        all.sort_by_key(|one| one.name);
        // It would only take memory from here on.
        close(page, "without").await?;
        let photo: Photo = page.job("photo", vec![json!("ours"), json!(3)]).await?;
        firsts.push(photo.first);
        tried.extend(photo.tried);
        small.extend(photo.small);
        added.extend(photo.added);
        bytes = photo.bytes;
        for (one, scales) in all.iter().zip([&mut ours_scale, &mut peer_scales]) {
            scales.extend(together(page, one).await?);
        }
        plain.open(page).await?;
        limits.extend(together(page, &plain).await?);
        close(page, "plain").await?;
        close(page, "peer").await?;
        close(page, "ours").await?;
    }
    let [ours, peer, without] = <[_; 3]>::try_from(all).map_err(|_| anyhow!("three took part"))?;
    let mut section = Section::new(
        "Embedding on the CPU",
        "EfficientNet-Lite0 at 224 px, the same weights and the same pictures; RGB bytes in, embeddings out, each contender in one worker. \
         Ours is the engine that this browser gets; other browsers get the one without relaxed SIMD.",
    );
    for (whose, engine) in [(&ours, ""), (&without, ", without relaxed SIMD")] {
        for (i, batch) in BATCHES.iter().enumerate() {
            let what = format!("a photo, batch {batch}{engine}");
            let row = Row::new(what, Unit::Milliseconds, whose.times.batches[i].clone())
                .peer(WASM, peer.times.batches[i].clone());
            section.rows.push(row.ahead(1.5));
        }
    }
    let first = Row::new(
        "worker started to first embedding",
        Unit::Milliseconds,
        ours.times.first,
    );
    section.rows.push(first.peer(WASM, peer.times.first));
    let alone = median(&ours.times.batches[0]).unwrap_or(f64::NAN);
    let what = "two workers at once: speed of each, by the speed of one alone";
    let row = Row::new(what, Unit::Share, ours_scale).peer(WASM, peer_scales);
    // A ratio of times is meant elsewhere.
    let row = Row { ratio: None, ..row };
    section.rows.push(row.at_least(0.8));
    section.rows.push(Row::new(
        "the same of two that need nothing but arithmetic: what the processors give",
        Unit::Share,
        limits,
    ));
    // Taken one right after the other.
    let rest: Vec<f64> = tried.iter().zip(&small).map(|(t, s)| t - s).collect();
    let what = format!(
        "JPEG file of 12 megapixels ({:.1} MB) to prediction",
        bytes / 1e6
    );
    section
        .rows
        .push(Row::new(&what, Unit::Milliseconds, tried));
    let what = format!("{what}, the first one of a worker");
    section
        .rows
        .push(Row::new(what, Unit::Milliseconds, firsts));
    let row = Row::new(
        "how much longer than for one of 224 × 224: reading, decoding, resizing",
        Unit::Milliseconds,
        rest,
    );
    section.rows.push(row.at_most(alone));
    section.rows.push(Row::new(
        "the one of 224 × 224 to prediction",
        Unit::Milliseconds,
        small,
    ));
    let row = Row::new(
        "the same file added to a class: decoded, embedded, made smaller, stored",
        Unit::Milliseconds,
        added,
    );
    section.rows.push(row);
    Ok(section)
}

/// On the GPU that Chromium has here, which may be a software one.
pub async fn gpu(page: &Page<'_>, plan: &Gpu, adapter: &str) -> Result<Section> {
    let mut both = pair(DeviceKind::Webgpu, "webgpu");
    let mut section = Section::new(
        "Embedding on WebGPU",
        &format!("The same through WebGPU on the adapter {adapter}."),
    );
    let largest = plan.batches.iter().max();
    let mut shares = Vec::new();
    for round in 0..plan.rounds {
        for one in &mut both {
            // One after the other: both would fill the GPU's memory.
            one.open(page).await?;
            for (i, batch) in plan.batches.iter().enumerate() {
                // The first run of a new shape compiles; the single photo was run by `open`.
                if i > 0 {
                    embed(page, &[one.name], *batch, 1).await?;
                }
                let times = embed(page, &[one.name], *batch, plan.repeats).await?;
                one.keep(i, times.concat());
            }
            if one.name == "ours" && plan.turns > 0 {
                let arguments = vec![json!(one.name), json!(largest), json!(plan.turns)];
                let turns: Vec<f64> = page.job("batched", arguments).await?;
                shares.extend(turns);
            }
            if round > 0 {
                close(page, one.name).await?;
            }
        }
        if round == 0 {
            agree(page).await?;
            close(page, "ours").await?;
            close(page, "peer").await?;
        }
    }
    let [ours, peer] = both;
    for (i, batch) in plan.batches.iter().enumerate() {
        let times = ours.times.batches[i].clone();
        let row = Row::new(format!("a photo, batch {batch}"), Unit::Milliseconds, times)
            .peer(WEBGPU, peer.times.batches[i].clone());
        section.rows.push(row.ahead(4.0));
    }
    if !shares.is_empty() {
        let what = "speed a photo in the largest batch, by that of a photo alone";
        let row = Row::new(what, Unit::Share, shares);
        section.rows.push(row.at_least(1.0));
    }
    let first = Row::new(
        "worker started to first embedding",
        Unit::Milliseconds,
        ours.times.first,
    );
    section.rows.push(first.peer(WEBGPU, peer.times.first));
    Ok(section)
}
