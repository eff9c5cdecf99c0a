//! The classifier for other programs: downloaded as a user does, and opened by what it is for.

use std::cell::OnceCell;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use e2e::{
    Browser, Device, LONG, Page, Prediction, Result, SHORT, case, case_with, photo, sample_classes,
};
use serde::Deserialize;
use serde_json::Value;

/// The small one: half the work for programs that take seconds for a photo.
const ADDRESS: &str = "?device=cpu&fresh&seed=1&backbone=efficientnet-lite0-160";

async fn trained(page: &Page) -> Result {
    page.open(ADDRESS).await?;
    for (class, photos) in sample_classes("fruit-birds")? {
        page.add_class(&class).await?;
        page.add_photos(&class, &photos[..8]).await?;
    }
    page.embedded(16, LONG).await?;
    page.train(LONG).await?;
    Ok(())
}

/// Downloads an export and unpacks it into a folder.
pub async fn exported(browser: &Browser, format: &str, folder: &Path) -> Result<Value> {
    let page = &browser.page;
    page.click(&format!("export-{format}")).await?;
    let file = browser.downloaded(&format!("{format}.zip")).await?;
    let what = "the end of the export";
    let over = "return one('app').dataset.state === 'ready';";
    page.wait_for(what, SHORT, over).await?;
    fs::create_dir_all(folder)?;
    zip::ZipArchive::new(fs::File::open(&file)?)?.extract(folder)?;
    // So that the next one is told apart.
    fs::remove_file(file)?;
    let golden = fs::read(folder.join("golden.json"))?;
    Ok(serde_json::from_slice(&golden)?)
}

/// What another page of this site says in the end.
async fn said_by<T: for<'a> Deserialize<'a>>(browser: &Browser, page: &str) -> Result<T> {
    let address = format!("{}{page}", browser.page.address());
    browser.driver.goto(address).await?;
    let over = "return !!window.answer;";
    browser.page.wait_for("its answer", LONG, over).await?;
    let answer: Value = browser.page.ask("return window.answer;", &[]).await?;
    let error = answer.get("error").cloned();
    ensure!(error.is_none(), "{page}: {error:?}");
    Ok(serde_json::from_value(answer)?)
}

/// How the page of an export says that a photo is like nothing that was learned.
const UNKNOWN: &str = "I don’t know";

/// Of a page that opens an export.
#[derive(Deserialize)]
struct Said {
    /// The largest difference of a probability from golden.json's.
    off: f64,
    labels: Vec<String>,
    /// The likeliest class and its probability for each of the photos beside it.
    photos: Vec<(String, f64)>,
}

/// Before each page's own script: what it needs to know, and how it answers.
const COMMON: &str = r#"<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><script>
    const answering = ask => ask().then(value => (window.answer = value), why => (window.answer = { error: String(why?.stack ?? why) }));
    const golden = () => fetch('golden.json').then(response => response.json());
    const rgb = sample => Uint8Array.from(atob(sample.pixels), letter => letter.charCodeAt(0));
    const worst = (all, sample) => Math.max(...all.map((p, i) => Math.abs(p - sample.probabilities[i])));
    const PHOTOS = ['fruit_1.jpg', 'bird_1.jpg'];
</script>"#;

/// Teachable Machine's own library, on the version of TensorFlow.js that it is for.
const TEACHABLE: &str = r#"<script src="tf.min.js"></script><script src="tm.min.js"></script><script>
    answering(async () => {
        tf.setBackend('cpu');
        const { samples, size } = await golden();
        const model = await tmImage.load('./model.json', './metadata.json');
        let off = 0;
        for (const sample of samples) {
            const pixels = rgb(sample);
            const image = new ImageData(size, size);
            image.data.forEach((_, i) => (image.data[i] = i % 4 === 3 ? 255 : pixels[(i - (i % 4)) / 4 * 3 + (i % 4)]));
            const canvas = document.createElement('canvas');
            canvas.width = canvas.height = size;
            canvas.getContext('2d').putImageData(image, 0, 0);
            const said = await model.predict(canvas);
            off = Math.max(off, worst(said.map(one => one.probability), sample));
        }
        const photos = [];
        for (const name of PHOTOS) {
            const photo = new Image();
            photo.src = name;
            await photo.decode();
            const said = (await model.predict(photo)).sort((a, b) => b.probability - a.probability)[0];
            photos.push([said.className, said.probability]);
        }
        return { off, labels: model.getClassLabels(), photos };
    });
</script>"#;

/// The page that comes with the Python export, asked from outside.
const WEB_PAGE: &str = r#"<script>
    answering(async () => {
        const { samples, size, labels } = await golden();
        const frame = document.createElement('iframe');
        frame.src = 'index.html';
        document.documentElement.append(frame);
        const inside = () => frame.contentWindow;
        while (inside()?.document.querySelector('#files')?.disabled !== false || !inside().classify) await new Promise(done => setTimeout(done, 100));
        let off = 0;
        for (const sample of samples) {
            const { probabilities } = await inside().classify(rgb(sample), size, size);
            off = Math.max(off, worst(probabilities, sample));
        }
        // As its user does.
        const files = new DataTransfer();
        for (const name of PHOTOS) files.items.add(new File([await (await fetch(name)).blob()], name));
        const input = inside().document.querySelector('#files');
        input.files = files.files;
        await input.onchange();
        const shown = [...inside().document.querySelectorAll('section')].reverse();
        const photos = shown.map(one => [one.querySelector('h2').textContent, one.querySelector('meter').value]);
        return { off, labels, photos };
    });
</script>"#;

#[test]
fn exports_are_opened_by_what_they_are_for() {
    let site = OnceCell::new();
    let keep = |folder: &Path| {
        site.set(folder.to_owned()).expect("there is one site");
        Ok(())
    };
    case_with(keep, "exports", Device::Cpu, async |browser| {
        let page = &browser.page;
        let site: &PathBuf = site.get().context("the site is served")?;
        trained(page).await?;
        let tried = [photo("fruit_1.jpg")?, photo("bird_1.jpg")?];
        let results = page.try_photos(&tried, LONG).await?;
        let classes: Vec<String> = page
            .head()
            .await?
            .context("there is a head")?
            .classes
            .split(',')
            .map(str::to_owned)
            .collect();
        page.click("export").await?;
        browser.check_accessibility("the choice of exports").await?;
        let packages = xtask::paths::npm().join("node_modules");
        xtask::setup::consumers_in_node().map_err(anyhow::Error::msg)?;
        for (format, script, scripts) in [
            (
                "teachable-machine",
                TEACHABLE,
                vec![
                    ("tfjs-1.3.1/dist/tf.min.js", "tf.min.js"),
                    (
                        "@teachablemachine/image/dist/teachablemachine-image.min.js",
                        "tm.min.js",
                    ),
                ],
            ),
            (
                "python",
                WEB_PAGE,
                vec![
                    ("onnxruntime-web/dist/ort.wasm.min.mjs", "ort.wasm.min.mjs"),
                    (
                        "onnxruntime-web/dist/ort-wasm-simd-threaded.mjs",
                        "ort-wasm-simd-threaded.mjs",
                    ),
                    (
                        "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
                        "ort-wasm-simd-threaded.wasm",
                    ),
                ],
            ),
        ] {
            let folder = site.join("exported").join(format);
            let golden = exported(browser, format, &folder).await?;
            ensure!(golden["labels"] == serde_json::json!(classes), "{golden}");
            for (from, to) in scripts {
                fs::copy(packages.join(from), folder.join(to)).context(from)?;
            }
            for photo in &tried {
                fs::copy(
                    photo,
                    folder.join(photo.file_name().context("it has a name")?),
                )?;
            }
            if format == "python" {
                // Nothing in tests comes from elsewhere; the page itself says how to do without.
                let index = fs::read_to_string(folder.join("index.html"))?;
                let begin = index.find("'https://").context("it says from where")?;
                let end = begin + index[begin..].find(';').context("a line ends")?;
                let index = format!(
                    "{}new URL('./', location.href).href{}",
                    &index[..begin],
                    &index[end..]
                );
                fs::write(folder.join("index.html"), index)?;
            }
            fs::write(folder.join("try.html"), format!("{COMMON}{script}"))?;
        }
        for (format, most) in [("teachable-machine", 0.15), ("python", 0.02)] {
            let said: Said = said_by(browser, &format!("exported/{format}/try.html")).await?;
            ensure!(
                said.off <= 1e-4,
                "{format}: {} from the page's answers",
                said.off
            );
            ensure!(said.labels == classes, "{format}: {:?}", said.labels);
            for (photo, (class, probability)) in
                ["fruit_1.jpg", "bird_1.jpg"].iter().zip(&said.photos)
            {
                let result = results.iter().find(|result| result.file == *photo);
                let result = result.with_context(|| format!("{photo} was tried"))?;
                let likeliest =
                    |a: &&Prediction, b: &&Prediction| a.confidence.total_cmp(&b.confidence);
                let ours = result.predictions.iter().max_by(likeliest);
                let ours = ours.context("there is an answer")?;
                // The web page says as well where it does not know.
                let says_unknown = *class == UNKNOWN && result.top == "unknown";
                ensure!(
                    *class == ours.class || says_unknown,
                    "{format}: {class} for {result:?}"
                );
                let off = (ours.confidence - probability).abs();
                ensure!(off <= most, "{format}: {off} from {result:?}");
                println!("{format}: {photo} is {off:.4} off");
            }
        }
        Ok(())
    });
}

#[test]
fn every_format_is_saved_with_answers_to_check_it_by() {
    case("export-files", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open(ADDRESS).await?;
        let without: bool = page
            .ask(
                "return one('export').disabled && !!one('export').title;",
                &[],
            )
            .await?;
        ensure!(
            without,
            "without a classifier, it says why there is nothing to export"
        );
        trained(page).await?;
        page.click("export").await?;
        let folder = e2e::TempDir::new()?;
        for (format, file) in [
            ("onnx", "model.onnx"),
            ("tflite", "model.tflite"),
            ("teachable-machine", "model.json"),
            ("python", "classify.py"),
        ] {
            let folder = folder.path().join(format);
            let golden = exported(browser, format, &folder).await?;
            ensure!(folder.join(file).is_file(), "{format} has no {file}");
            let samples = golden["samples"].as_array().context("a list")?;
            ensure!(samples.len() == 3, "{format}: {} photos", samples.len());
        }
        // Without photos of the user's, drawings are in it.
        let with = exported(browser, "onnx", &folder.path().join("with")).await?;
        page.click("export-photos").await?;
        let drawn = exported(browser, "onnx", &folder.path().join("drawn")).await?;
        let pixels = |golden: &Value| -> Vec<Value> {
            let samples = golden["samples"].as_array().into_iter().flatten();
            samples.map(|sample| sample["pixels"].clone()).collect()
        };
        let (photos, drawings) = (pixels(&with), pixels(&drawn));
        ensure!(photos.len() == 3 && drawings.len() == 3, "three of each");
        ensure!(
            !drawings.iter().any(|d| photos.contains(d)),
            "a photo is in it"
        );
        page.click("export-small").await?;
        exported(browser, "onnx", &folder.path().join("small")).await?;
        let size = |name: &str| fs::metadata(folder.path().join(name).join("model.onnx"));
        let (whole, small) = (size("drawn")?.len(), size("small")?.len());
        ensure!(
            small * 10 < whole * 6,
            "{small} bytes are not half of {whole}"
        );
        Ok(())
    });
}
