//! The network in the browser against ONNX Runtime: the app's own worker, asked as the page asks it.
//! `tests/parity.rs` does the same natively; wasm and WGSL are other compilers, so they are asked again.

use anyhow::{Context, Error, bail, ensure};
use data::backbone::DeviceKind;
use data::protocol::{Event, Request, StartOptions, decode};
use e2e::{Browser, Device, ON_CPU, Result, case, header, kinds};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Answer {
    /// The header of the event that told the device, or what went wrong.
    said: Option<Vec<u8>>,
    embedding: Option<Vec<f64>>,
    error: Option<String>,
}

/// Starts a worker beside the page's own, hands it one picture and waits for its embedding.
const EMBED: &str = "
    const [engine, kinds, start, embed, pixels, done] = arguments;
    const build = document.querySelector('meta[name=build]').content;
    const worker = new Worker(`./${engine}_loader-${build}.js`, { type: 'module' });
    const end = answer => { worker.terminate(); done(answer); };
    const send = (header, ...payloads) => worker.postMessage([new Uint8Array(header), ...payloads]);
    let said = null;
    worker.onerror = event => end({ error: event.message || 'the worker does not start' });
    worker.onmessage = ({ data: [header, ...payloads] }) => {
        const [kind] = header;
        if (kind === kinds.Started) {
            send(start);
        } else if (kind === kinds.Ready) {
            said = [...header];
            send(embed, new Uint8Array(pixels));
        } else if (kind === kinds.Embedding) {
            end({ said, embedding: [...new Float32Array(payloads[0].slice().buffer)] });
        } else if ([kinds.Failed, kinds.Problem, kinds.Refused].includes(kind)) {
            end({ said: [...header] });
        }
    };";

fn fixture(name: &str) -> Result<Vec<u8>> {
    let file = xtask::paths::root().join("tests/fixtures").join(name);
    std::fs::read(&file).with_context(|| file.display().to_string())
}

/// Embeds the picture `NAME.rgbSIZE` and compares with `NAME.f16emb1280.f32`: the same weights, by ONNX Runtime.
async fn compare(browser: &Browser, engine: &str, backbone: &str, picture: &str) -> Result {
    let device = if engine == "worker_gpu" {
        DeviceKind::Webgpu
    } else {
        DeviceKind::Cpu
    };
    let start = Request::Start(StartOptions {
        device: Some(device),
        backbone: Some(backbone.into()),
        fresh: true,
        ..StartOptions::default()
    });
    let (name, _) = picture.split_once('.').context("a picture has an ending")?;
    let truth: Vec<f64> = fixture(&format!("{name}.f16emb1280.f32"))?
        .chunks_exact(4)
        .map(|b| f64::from(f32::from_le_bytes([b[0], b[1], b[2], b[3]])))
        .collect();
    let arguments = vec![
        json!(engine),
        kinds(),
        header(start),
        header(Request::Embed),
        json!(fixture(picture)?),
    ];
    let answer: Answer = browser
        .driver
        .execute_async(EMBED, arguments)
        .await?
        .convert()?;
    let said = answer.said.map(|header| decode::<Event>(&header));
    let said = said.transpose().map_err(Error::msg)?;
    let Some(ours) = answer.embedding else {
        bail!("{picture} by {engine}: {said:?} {:?}", answer.error)
    };
    ensure!(
        matches!(&said, Some(Event::Ready { device: runs, .. }) if runs.kind == device),
        "{device:?} was asked for, it ran on {said:?}"
    );
    ensure!(ours.len() == truth.len(), "{} numbers came", ours.len());
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let cosine = dot(&ours, &truth) / (dot(&ours, &ours) * dot(&truth, &truth)).sqrt();
    let difference: Vec<f64> = ours.iter().zip(&truth).map(|(a, b)| a - b).collect();
    let error = (dot(&difference, &difference) / dot(&truth, &truth)).sqrt();
    println!("{picture} by {engine}: cosine {cosine:.7}, relative L2 error {error:.1e}");
    ensure!(cosine >= 0.9999, "{picture} by {engine}: cosine {cosine}");
    // An angle does not see a wrong scale.
    ensure!(
        error < 1e-4,
        "{picture} by {engine}: relative L2 error {error}"
    );
    Ok(())
}

#[test]
fn photos_embed_on_the_cpu_as_in_onnx_runtime() {
    case("parity-cpu", Device::Cpu, async |browser| {
        browser.page.open("?device=cpu&fresh").await?;
        for engine in ON_CPU {
            for name in ["blackbird", "strawberry", "broccoli"] {
                let picture = format!("{name}.rgb224");
                compare(browser, engine, "efficientnet-lite0-224", &picture).await?;
            }
            for (backbone, picture) in [
                ("efficientnet-lite0-160", "anemone-160.rgb160"),
                ("efficientnet-lite1-240", "anemone-lite1.rgb240"),
            ] {
                compare(browser, engine, backbone, picture).await?;
            }
        }
        Ok(())
    });
}

#[test]
fn a_photo_embeds_on_webgpu_as_in_onnx_runtime() {
    case("parity-webgpu", Device::WebGpu, async |browser| {
        // The page itself on the CPU: the software GPU is slow enough for one.
        browser.page.open("?device=cpu&fresh").await?;
        for (backbone, picture) in [
            ("efficientnet-lite0-224", "rainbow-lorikeet.rgb224"),
            ("efficientnet-lite0-160", "anemone-160.rgb160"),
        ] {
            compare(browser, "worker_gpu", backbone, picture).await?;
        }
        Ok(())
    });
}
