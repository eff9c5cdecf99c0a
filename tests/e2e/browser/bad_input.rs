//! Wrong and rare files: each gives a photo or one clear sentence, and what was there before stays.

use std::path::PathBuf;

use anyhow::ensure;
use e2e::{
    Browser, Device, LONG, Page, Result, TempDir, bad_file, case, photo, sample_classes, until,
};

/// Files that hold no photo.
const REFUSED: &[&str] = &["not-an-image.jpg", "truncated.jpg", "empty.jpg", "bomb.png"];

/// Photos of rarer kinds.
const TAKEN: &[&str] = &[
    "cmyk.jpg",
    "sixteen-bit.png",
    "grey.png",
    "palette.png",
    "animated.gif",
    "exif-rotated.jpg",
    "photo.webp",
    "photo.bmp",
];

async fn with_one_class(page: &Page) -> Result {
    page.open("?device=cpu&fresh&seed=1").await?;
    page.add_class("things").await?;
    page.add_photos("things", &[photo("fruit_1.jpg")?]).await?;
    page.embedded(1, LONG).await
}

#[test]
fn a_file_without_a_photo_is_refused_with_a_sentence() {
    case("refused-files", Device::Cpu, async |browser| {
        let page = &browser.page;
        with_one_class(page).await?;
        for name in REFUSED {
            let before = page.notices().await?.len();
            page.add_photos("things", &[bad_file(name)?]).await?;
            let said = page
                .notice_after(before, "error")
                .await
                .map_err(|why| why.context(*name))?;
            ensure!(
                said.len() > 10 && !said.contains("panicked"),
                "{name}: {said:?} is no sentence"
            );
            page.embedded(1, LONG)
                .await
                .map_err(|why| why.context(*name))?;
        }
        Ok(())
    });
}

#[test]
fn rare_kinds_of_photos_are_taken_or_refused_with_a_sentence() {
    case("rare-files", Device::Cpu, async |browser| {
        let page = &browser.page;
        with_one_class(page).await?;
        let mut count = 1;
        for name in TAKEN {
            let before = page.notices().await?.len();
            page.add_photos("things", &[bad_file(name)?]).await?;
            let taken = until(
                &format!("{name} to be taken or refused"),
                LONG,
                async || {
                    let class = page.classes().await?.remove(0);
                    if class.pending == 0 && class.count > count {
                        return Ok(Some(true));
                    }
                    let refused = page
                        .notices()
                        .await?
                        .iter()
                        .skip(before)
                        .any(|notice| notice.kind == "error");
                    Ok(refused.then_some(false))
                },
            )
            .await?;
            println!("{name}: {}", if taken { "taken" } else { "refused" });
            count += usize::from(taken);
            page.embedded(count, LONG).await?;
        }
        // `image` reads all of them but, perhaps, CMYK.
        ensure!(
            count >= TAKEN.len(),
            "only {} of {} were taken",
            count - 1,
            TAKEN.len()
        );
        Ok(())
    });
}

#[test]
fn a_good_photo_beside_a_bad_one_is_kept() {
    case("mixed-files", Device::Cpu, async |browser| {
        let page = &browser.page;
        with_one_class(page).await?;
        page.add_photos(
            "things",
            &[bad_file("truncated.jpg")?, photo("bird_1.jpg")?],
        )
        .await?;
        page.notice_after(0, "error").await?;
        page.embedded(2, LONG).await
    });
}

#[test]
fn a_photo_twice_is_kept_once_and_said_so() {
    case("duplicate", Device::Cpu, async |browser| {
        let page = &browser.page;
        with_one_class(page).await?;
        let before = page.notices().await?.len();
        page.add_photos("things", &[photo("fruit_1.jpg")?]).await?;
        until(
            "a word on the photo that is there twice",
            LONG,
            async || Ok((page.notices().await?.len() > before).then_some(())),
        )
        .await?;
        page.embedded(1, LONG).await
    });
}

#[test]
fn a_bad_head_file_leaves_the_earlier_head() {
    case("bad-heads", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1").await?;
        for (class, photos) in sample_classes("fruit-birds")? {
            page.add_class(&class).await?;
            page.add_photos(&class, &photos[..5]).await?;
        }
        page.embedded(10, LONG).await?;
        page.train(LONG).await?;
        let earlier = page.head().await?;
        ensure!(earlier.is_some(), "there is no head-info after training");
        let folder = TempDir::new()?;
        for (name, bytes) in bad_heads(browser).await? {
            let file = folder.path().join(name);
            std::fs::write(&file, bytes)?;
            let before = page.notices().await?.len();
            page.upload("head-open", &[file]).await?;
            page.notice_after(before, "error")
                .await
                .map_err(|why| why.context(name))?;
            ensure!(
                page.head().await? == earlier,
                "{name}: the earlier head is gone"
            );
        }
        Ok(())
    });
}

/// A good head file, spoilt in several ways.
async fn bad_heads(browser: &Browser) -> Result<Vec<(&'static str, Vec<u8>)>> {
    browser.page.click("head-save").await?;
    let good: PathBuf = browser.downloaded(".safetensors").await?;
    let good = std::fs::read(good)?;
    ensure!(good.len() > 100, "the saved head is tiny");
    let mut lying = good.clone();
    // The first eight bytes are the length of the header.
    lying[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    Ok(vec![
        (
            "truncated.graft.safetensors",
            good[..good.len() / 2].to_vec(),
        ),
        ("lying.graft.safetensors", lying),
        ("empty.graft.safetensors", Vec::new()),
        (
            "noise.graft.safetensors",
            (0..4096_u32)
                .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
                .collect(),
        ),
        (
            "photo.graft.safetensors",
            std::fs::read(photo("fruit_1.jpg")?)?,
        ),
    ])
}
