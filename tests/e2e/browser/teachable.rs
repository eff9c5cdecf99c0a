//! How far Teachable Machine's own library is from the page over many photos: it shrinks them by the browser's canvas.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use e2e::{Device, LONG, Result, VERY_LONG, case_with};
use serde_json::Value;

use super::exports::exported;

/// Photos of each class to learn from, and as many others to ask about.
const EACH: usize = 20;

/// Asks the library about each of the photos whose names stand in `photos.json`.
const ASK: &str = r#"<!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,">
<script src="tf.min.js"></script><script src="tm.min.js"></script><script>
    (async () => {
        await tf.setBackend('webgl');
        const model = await tmImage.load('./model.json', './metadata.json');
        const answers = {};
        for (const name of await (await fetch('photos.json')).json()) {
            const photo = new Image();
            photo.src = name;
            await photo.decode();
            const said = await model.predict(photo);
            answers[name] = Object.fromEntries(said.map(one => [one.className, one.probability]));
        }
        return answers;
    })().then(value => (window.answer = value), why => (window.answer = { error: String(why?.stack ?? why) }));
</script>"#;

/// Photos by class, in a folder for each.
fn classes(folder: &Path) -> Result<BTreeMap<String, Vec<PathBuf>>> {
    let mut classes = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        let photos = fs::read_dir(&path)?.map(|entry| Ok(entry?.path()));
        let mut photos = photos.collect::<Result<Vec<_>>>()?;
        photos.sort_unstable();
        let name = path.file_name().context("it has a name")?;
        classes.insert(name.to_string_lossy().into_owned(), photos);
    }
    Ok(classes)
}

#[test]
#[ignore = "measures on the photos in $GRAFT_PHOTOS, a folder a class"]
fn teachable_machines_library_is_measured_over_many_photos() {
    let site = std::cell::OnceCell::new();
    let keep = |folder: &Path| {
        site.set(folder.to_owned()).expect("there is one site");
        Ok(())
    };
    case_with(keep, "teachable", Device::Cpu, async |browser| {
        let folder = std::env::var("GRAFT_PHOTOS").context("$GRAFT_PHOTOS names the photos")?;
        let classes = classes(Path::new(&folder))?;
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        for (class, photos) in &classes {
            page.add_class(class).await?;
            page.add_photos(class, &photos[..EACH]).await?;
        }
        page.embedded(EACH * classes.len(), VERY_LONG).await?;
        page.train(LONG).await?;
        let asked: Vec<PathBuf> = classes
            .values()
            .flat_map(|photos| photos[EACH..].iter().take(EACH).cloned())
            .collect();
        page.ask::<()>("one('batch').open = true;", &[]).await?;
        page.upload("batch-files", &asked).await?;
        let done = format!(
            "return one('batch-progress')?.dataset.done === '{}';",
            asked.len()
        );
        page.wait_for("the page's answers", VERY_LONG, &done)
            .await?;
        page.ready().await?;
        page.click("batch-csv").await?;
        let table = fs::read_to_string(browser.downloaded("answers.csv").await?)?;
        let table = table.trim_start_matches('\u{feff}');
        let mut lines = table
            .lines()
            .map(|line| line.split(',').collect::<Vec<_>>());
        let header = lines.next().context("a first line")?;
        page.click("export").await?;
        let into = site.get().context("the site is served")?.join("exported");
        exported(browser, "teachable-machine", &into).await?;
        let packages = xtask::paths::npm().join("node_modules");
        xtask::setup::consumers_in_node().map_err(anyhow::Error::msg)?;
        for (from, to) in [
            ("tfjs-1.3.1/dist/tf.min.js", "tf.min.js"),
            (
                "@teachablemachine/image/dist/teachablemachine-image.min.js",
                "tm.min.js",
            ),
        ] {
            fs::copy(packages.join(from), into.join(to)).context(from)?;
        }
        let mut names = Vec::new();
        for photo in &asked {
            let name = photo.file_name().context("it has a name")?;
            fs::copy(photo, into.join(name))?;
            names.push(name.to_string_lossy().into_owned());
        }
        fs::write(into.join("photos.json"), serde_json::to_vec(&names)?)?;
        fs::write(into.join("ask.html"), ASK)?;
        let address = format!("{}exported/ask.html", page.address());
        browser.driver.goto(address).await?;
        page.wait_for(
            "the library's answers",
            VERY_LONG,
            "return !!window.answer;",
        )
        .await?;
        let said: Value = page.ask("return window.answer;", &[]).await?;
        ensure!(said.get("error").is_none(), "{said}");
        let (mut offs, mut same, mut clear, mut clear_same) = (Vec::new(), 0, 0, 0);
        for line in lines {
            let theirs = &said[line[0]];
            let mut pairs = Vec::new();
            for (class, cell) in header[2..].iter().zip(&line[2..]).take(classes.len()) {
                let their = theirs[*class].as_f64().context("a probability")?;
                pairs.push((cell.parse::<f64>()?, their));
            }
            let off = pairs.iter().map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            offs.push(off);
            let top = |of: fn(&(f64, f64)) -> f64| {
                (0..pairs.len()).max_by(|a, b| of(&pairs[*a]).total_cmp(&of(&pairs[*b])))
            };
            let is_same = top(|pair| pair.0) == top(|pair| pair.1);
            let mut ours: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
            ours.sort_by(|a, b| b.total_cmp(a));
            let is_clear = ours[0] - ours[1] >= 0.1;
            same += usize::from(is_same);
            clear += usize::from(is_clear);
            clear_same += usize::from(is_clear && is_same);
            println!(
                "{}: {off:.4}{}",
                line[0],
                if is_same { "" } else { ", another class" }
            );
        }
        offs.sort_by(f64::total_cmp);
        let at = |part: f64| offs[((offs.len() - 1) as f64 * part) as usize];
        println!(
            "{} photos: median {:.4}, nine of ten {:.4}, largest {:.4}; same likeliest class {same}, {clear_same} of the {clear} ahead by 0.1",
            offs.len(),
            at(0.5),
            at(0.9),
            at(1.0),
        );
        ensure!(offs.len() >= 100, "{} photos are few", offs.len());
        Ok(())
    });
}
