//! Measures the built site against its peers in one Chromium and writes `docs/benchmarks.md` and `docs/benchmarks.json`.
//! Run it by `cargo xtask bench`, which sets up what it needs.
//!
//! One static server has our `dist/`, the peers as npm has them, and the bench's own page (`pages/`), which times what it
//! is asked for. Rounds are interleaved: a slow minute of the machine meets all alike.

mod embedding;
mod memory;
mod onnx;
mod page;
mod plan;
mod report;
mod size;
mod start;
mod training;

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Error, Result};
use e2e::{Browser, Device};
use xtask::paths;
use xtask::serve::Site;

use page::{Environment, Page};
use plan::Plan;
use report::{Report, Section};

fn main() -> Result<()> {
    let options: Vec<String> = std::env::args().skip(1).collect();
    let plan = Plan::parse(&options)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let begun = Instant::now();
    let mut report = runtime.block_on(run(&plan))?;
    let took = begun.elapsed().as_secs();
    let command = format!("cargo xtask bench {}", options.join(" "));
    report
        .environment
        .push((command.trim().to_owned(), format!("{took} s")));
    // A part alone must not take the place of the whole.
    if plan.only.is_none() {
        report.write()?;
        println!("docs/benchmarks.md and docs/benchmarks.json are written ({took} s)");
    }
    Ok(())
}

async fn run(plan: &Plan) -> Result<Report> {
    let dist = paths::dist();
    let site = serve(&dist)?;
    let index = fs::read_to_string(dist.join("index.html")).context("there is no site in dist/")?;
    let build = build_of(&index).context("the page in dist/ does not name its build")?;
    let app = format!("{}app/", site.url());

    let mut sections = Vec::new();
    if plan.wants("size") {
        sections.push(shown(size::measure(&dist)?));
    }
    let browser = Browser::launch(Device::WebGpu, &site.url()).await?;
    let outcome = in_browser(&browser, plan, &site.url(), &app, build, &mut sections).await;
    let environment = match outcome {
        Ok(environment) => environment,
        Err(why) => {
            let _ = browser.driver.clone().quit().await;
            return Err(why);
        }
    };
    browser.driver.clone().quit().await?;
    for photos in plan.photos.iter().filter(|_| plan.wants("memory")) {
        sections.push(shown(memory::measure(&app, *photos).await?));
    }
    Ok(Report {
        environment,
        sections,
    })
}

async fn in_browser(
    browser: &Browser,
    plan: &Plan,
    url: &str,
    app: &str,
    build: &str,
    sections: &mut Vec<Section>,
) -> Result<Vec<(String, String)>> {
    let page = Page::open(browser, url, build).await?;
    let found: Environment = page.job("environment", vec![]).await?;
    if plan.wants("cpu") {
        sections.push(shown(embedding::cpu(&page, plan).await?));
    }
    if plan.wants("webgpu") {
        sections.push(shown(
            embedding::gpu(&page, &plan.gpu, &found.adapter).await?,
        ));
    }
    if plan.wants("training") {
        sections.push(shown(training::measure(&page, plan).await?));
    }
    if plan.wants("start") {
        sections.push(shown(start::measure(browser, app, plan.loads).await?));
    }
    let version = browser
        .driver
        .cdp()
        .send_raw("Browser.getVersion", serde_json::json!({}))
        .await?;
    let mut environment = vec![
        ("date".into(), found.date),
        ("build".into(), build.to_owned()),
        (
            "browser".into(),
            version["product"].as_str().unwrap_or_default().to_owned(),
        ),
        (
            "processor".into(),
            format!("{}, {} cores", processor(), found.cores),
        ),
        ("WebGPU adapter".into(), found.adapter),
    ];
    environment.extend(
        xtask::setup::PEERS
            .iter()
            .map(|(name, version)| (name.to_string(), version.to_string())),
    );
    Ok(environment)
}

/// Our site, the peers and the bench's own pages from one origin.
fn serve(dist: &Path) -> Result<Site> {
    let folder = paths::cache().join("bench");
    fs::create_dir_all(&folder)?;
    let spec = data::backbone::default_backbone();
    let weights = fs::read(paths::root().join("public").join(spec.file))?;
    fs::write(
        folder.join("lite0.onnx"),
        onnx::lite0(&weights, spec.input_size)?,
    )?;
    let root = paths::root();
    let folders = [
        ("/", root.join("bench/pages")),
        ("/app/", dist.to_owned()),
        ("/photos/", root.join("tests/photos")),
        ("/data/", folder),
        ("/ort/", paths::package("onnxruntime-web").join("dist")),
        ("/tfjs/", paths::package("@tensorflow/tfjs").join("dist")),
        (
            "/tfjs-wasm/",
            paths::package("@tensorflow/tfjs-backend-wasm").join("dist"),
        ),
    ];
    let folders: Vec<(&str, &Path)> = folders
        .iter()
        .map(|(prefix, folder)| (*prefix, folder.as_path()))
        .collect();
    Site::start_folders(&folders, 0).map_err(Error::msg)
}

fn build_of(index: &str) -> Option<&str> {
    let (_, rest) = index.split_once("<meta name=\"build\" content=\"")?;
    Some(rest.split_once('"')?.0)
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or("unknown", |(_, name)| name).to_owned()
}

/// The person who waits sees each part when it is done.
fn shown(section: Section) -> Section {
    println!("{}", section.title);
    section.rows.iter().for_each(report::Row::say);
    section
}
