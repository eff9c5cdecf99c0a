//! Photos that are rare, wrong or hostile (tests/cases): each opens as the picture that it is, or is refused with a sentence
//! that fits; never a wrong picture, and never a broken worker.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use data::photo::PhotoProblem;
use data::problem::SampleProblem;
use e2e::{
    Browser, Device, LONG, Page, Result, TempDir, case, photo, sample_classes, says_photo, until,
};
use serde_json::json;

fn odd(name: &str) -> PathBuf {
    let tests = xtask::paths::root().join("tests");
    let folders = ["cases/photos", "fixtures/photos/browser"];
    let paths = folders.map(|folder| tests.join(folder).join(name));
    let found = paths.into_iter().find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("there is no {name}"))
}

/// What is right for a file.
enum Right {
    /// It opens, and looks like this other one, where one is named.
    Opens(Option<&'static str>),
    /// It is refused because of this.
    Refused(SampleProblem),
    /// The one or the other: not every browser reads it.
    Either(&'static str, SampleProblem),
}
use Right::{Either, Opens, Refused};

const UNUSUAL: SampleProblem = SampleProblem::Photo(PhotoProblem::UnusualJpeg);
const RAW: SampleProblem = SampleProblem::Photo(PhotoProblem::Raw);
const DRAWING: SampleProblem = SampleProblem::Photo(PhotoProblem::Drawing);
const NO_IMAGE: SampleProblem = SampleProblem::Photo(PhotoProblem::NotAnImage);

const fn too_large(side: u32) -> SampleProblem {
    let (width, height) = (side, side);
    SampleProblem::Photo(PhotoProblem::TooLarge { width, height })
}

const SCENE: &str = "control-420.jpg";
const FILES: &[(&str, Right)] = &[
    (SCENE, Opens(None)),
    ("control-440.jpg", Opens(Some(SCENE))),
    ("scans-apart-420.jpg", Opens(Some(SCENE))),
    ("scans-apart-440.jpg", Opens(Some(SCENE))),
    ("scans-luma-first-420.jpg", Opens(Some(SCENE))),
    ("progressive.jpg", Opens(Some(SCENE))),
    ("progressive-restarts.jpg", Opens(Some(SCENE))),
    ("no-end-marker.jpg", Opens(Some(SCENE))),
    ("cut-off.jpg", Refused(SampleProblem::Damaged)),
    ("adobe-too-short.jpg", Opens(Some(SCENE))),
    ("junk-between-segments.jpg", Opens(Some(SCENE))),
    ("junk-before-start.jpg", Opens(Some(SCENE))),
    ("arithmetic.jpg", Either(SCENE, UNUSUAL)),
    ("lossless.jpg", Refused(UNUSUAL)),
    ("twelve-bit.jpg", Either(SCENE, UNUSUAL)),
    ("cmyk-adobe.jpg", Opens(Some(SCENE))),
    ("ycck-adobe.jpg", Opens(Some(SCENE))),
    ("wide-66000x40.png", Opens(None)),
    ("tall-40x66000.png", Opens(None)),
    ("header-65536x65536.png", Refused(too_large(65_536))),
    ("profile-64mb.png", Opens(None)),
    ("texts-64mb.png", Opens(Some("profile-64mb.png"))),
    ("rgba16-24mp.png", Opens(None)),
    ("one-colour-16384x16384.avif", Refused(too_large(16_384))),
    ("scene.avif", Opens(Some(SCENE))),
    ("drawing.svg", Refused(DRAWING)),
    ("raw.dng", Refused(RAW)),
    ("raw.cr3", Refused(RAW)),
    ("text.jpg", Refused(NO_IMAGE)),
];

/// Counts the workers that the page starts: one, as long as none breaks.
const COUNT: &str = "
    window.workersStarted = 0;
    window.Worker = class extends Worker {
        constructor(...all) { super(...all); window.workersStarted++; }
    };";

/// The newest thumbnail of a name, 16 × 16 pixels of RGB.
const LOOK: &str = "
    const shown = all('photo').map(p => p.querySelector('img')).find(i => i?.alt === arguments[0] && i.src);
    if (!shown) return null;
    const image = new Image();
    image.src = shown.src;
    return image.decode().then(() => {
        const context = new OffscreenCanvas(16, 16).getContext('2d');
        context.imageSmoothingQuality = 'high';
        context.drawImage(image, 0, 0, 16, 16);
        return [...context.getImageData(0, 0, 16, 16).data].filter((_, i) => i % 4 < 3);
    });";

async fn look(page: &Page, name: &str) -> Result<Vec<f64>> {
    until(&format!("the thumbnail of {name}"), LONG, async || {
        page.ask(LOOK, &[json!(name)]).await
    })
    .await
}

/// Mean absolute difference, levels of 0..=255.
fn difference(a: &[f64], b: &[f64]) -> f64 {
    let sum: f64 = a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum();
    sum / a.len() as f64
}

/// Adds one to the only class; what is said where it is refused.
async fn refusal(page: &Page, file: &Path) -> Result<Option<String>> {
    let (said, count) = (page.notices().await?.len(), page.count().await?);
    page.add_photos("things", &[file.to_owned()]).await?;
    until("the photo to be taken or refused", LONG, async || {
        let class = page.classes().await?.remove(0);
        if class.pending > 0 {
            return Ok(None);
        }
        if class.count > count {
            return Ok(Some(None));
        }
        let new = page.notices().await?.split_off(said);
        Ok(new.into_iter().next().map(|notice| Some(notice.text)))
    })
    .await
}

async fn start(browser: &Browser) -> Result<&Page> {
    browser.before_every_page(COUNT).await?;
    let page = &browser.page;
    page.open("?device=cpu&fresh&seed=1").await?;
    page.add_class("things").await?;
    Ok(page)
}

/// What must hold at the end.
async fn unharmed(page: &Page) -> Result {
    let (ran, workers): (bool, usize) = page
        .ask(
            "return [self.ran !== undefined, window.workersStarted];",
            &[],
        )
        .await?;
    ensure!(!ran, "a drawing's script has run");
    ensure!(workers == 1, "{workers} workers were started");
    Ok(())
}

#[test]
fn odd_photos_open_as_what_they_are_or_are_refused_for_what_they_are() {
    case("odd-photos", Device::Cpu, async |browser| {
        let page = start(browser).await?;
        for (name, right) in FILES {
            let said = refusal(page, &odd(name)).await.context(*name)?;
            println!("{name}: {}", said.as_deref().unwrap_or("opened"));
            let like = match (right, &said) {
                (Opens(like), None) => *like,
                (Either(like, _), None) => Some(*like),
                (Refused(why) | Either(_, why), Some(said)) => {
                    let fits = says_photo(said, name, why);
                    ensure!(fits, "{name}: {said:?} does not say {why:?}");
                    None
                }
                (Opens(_), Some(said)) => anyhow::bail!("{name} is refused: {said}"),
                (Refused(_), None) => anyhow::bail!("{name} was taken"),
            };
            if let Some(like) = like {
                let (one, other) = (look(page, name).await?, look(page, like).await?);
                let off = difference(&one, &other);
                ensure!(off < 6.0, "{name} is {off} levels off {like}");
            }
        }
        // Where one that only the browser reads was taken for another, this is not an empty test.
        let (scene, stripes) = (
            look(page, SCENE).await?,
            look(page, "profile-64mb.png").await?,
        );
        ensure!(difference(&scene, &stripes) > 20.0, "all look alike");
        unharmed(page).await
    });
}

/// All at once, and beside good ones, so that other workers read them too.
#[test]
fn many_odd_photos_at_once_leave_the_good_ones() {
    case("odd-photos-many", Device::Cpu, async |browser| {
        let page = start(browser).await?;
        let mut files: Vec<PathBuf> = FILES.iter().map(|(name, _)| odd(name)).collect();
        let good = sample_classes("fruit-birds")?.remove(0).1;
        files.extend(good.iter().take(10).cloned());
        page.add_photos("things", &files).await?;
        let opens = |right: &Right| matches!(right, Opens(_));
        let either = |right: &Right| matches!(right, Either(..));
        let count = |is: fn(&Right) -> bool| FILES.iter().filter(|(_, right)| is(right)).count();
        let least = count(opens) + 10;
        let most = least + count(either);
        until("all to be taken or refused", LONG, async || {
            let class = page.classes().await?.remove(0);
            let done = class.pending == 0 && (least..=most).contains(&class.count);
            Ok(done.then_some(()))
        })
        .await?;
        unharmed(page).await
    });
}

#[test]
fn odd_photos_are_tried_or_refused() {
    case("odd-photos-tried", Device::Cpu, async |browser| {
        let page = start(browser).await?;
        let folder = TempDir::new()?;
        for (class, photos) in sample_classes("fruit-birds")? {
            page.add_class(&class).await?;
            page.add_photos(&class, &photos[..5]).await?;
        }
        page.embedded(10, LONG).await?;
        page.train(LONG).await?;
        // The same photo, and with a bad segment in it.
        let whole = std::fs::read(photo("fruit_1.jpg")?)?;
        let file = folder.path().join("fruit-bad-segment.jpg");
        let short = [&whole[..2], b"\xff\xee\0\x08Adobe\0", &whole[2..]].concat();
        std::fs::write(&file, short)?;
        let results = page
            .try_photos(&[photo("fruit_1.jpg")?, file], LONG)
            .await?;
        ensure!(results[0].top == results[1].top, "{results:?}");
        let odd_one = page.try_photos(&[odd("scans-apart-420.jpg")], LONG).await?;
        ensure!(!odd_one[0].top.is_empty(), "{odd_one:?}");
        let before = page.notices().await?.len();
        page.upload("try-files", &[odd("drawing.svg")]).await?;
        let said = page.notice_after(before, "error").await?;
        let fits = says_photo(&said, "drawing.svg", &DRAWING);
        ensure!(fits, "{said:?} does not say {DRAWING:?}");
        unharmed(page).await
    });
}
