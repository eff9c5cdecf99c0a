//! Zip files: a folder a class, whatever else lies in them, and what must be refused.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use e2e::{Device, LONG, Page, Result, TempDir, case, photo, sample_classes, zip_of};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A zip of these entries, in this order.
pub fn zip_with(file: &Path, entries: &[(&str, &[u8])]) -> Result {
    let mut archive = ZipWriter::new(File::create(file)?);
    for (name, bytes) in entries {
        archive.start_file(*name, SimpleFileOptions::default())?;
        archive.write_all(bytes)?;
    }
    archive.finish()?;
    Ok(())
}

async fn counts(page: &Page) -> Result<Vec<(String, usize)>> {
    let mut all: Vec<_> = page
        .classes()
        .await?
        .into_iter()
        .map(|class| (class.name, class.count))
        .collect();
    all.sort();
    Ok(all)
}

/// Opens the file `make` writes and waits for a sentence; nothing may come out of it, and the page works on.
fn refused(name: &str, make: impl FnOnce(&Path) -> Result) {
    case(name, Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh").await?;
        let folder = TempDir::new()?;
        let file = folder.path().join("photos.zip");
        make(&file)?;
        page.upload("dataset-files", &[file]).await?;
        let said = page.notice_after(0, "error").await?;
        ensure!(
            said.len() > 10 && !said.contains("panicked"),
            "{said:?} is no sentence"
        );
        page.ready().await?;
        let left = page.classes().await?;
        ensure!(left.is_empty(), "classes came out of it: {left:?}");
        page.add_class("after").await?;
        page.add_photos("after", &[photo("fruit_1.jpg")?]).await?;
        page.embedded(1, LONG).await
    });
}

#[test]
fn a_zip_with_a_folder_a_class_becomes_classes() {
    case("zip", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh").await?;
        let mut classes = sample_classes("fruit-birds")?;
        for (_, photos) in &mut classes {
            photos.truncate(4);
        }
        let folder = TempDir::new()?;
        let file = folder.path().join("photos.zip");
        zip_of(&file, &classes)?;
        page.upload("dataset-files", &[file]).await?;
        page.embedded(4 * classes.len(), LONG).await?;
        for (name, _) in &classes {
            let found = page
                .classes()
                .await?
                .iter()
                .any(|class| class.name == *name && class.count == 4);
            ensure!(
                found,
                "no class {name:?} with 4 photos: {:?}",
                page.classes().await?
            );
        }
        Ok(())
    });
}

#[test]
fn the_folder_that_tells_photos_apart_names_the_class_and_what_systems_leave_in_zips_is_passed_over()
 {
    case("zip-nested", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh").await?;
        let read = |name: &str| -> Result<Vec<u8>> {
            let path: PathBuf = photo(name)?;
            Ok(std::fs::read(path)?)
        };
        let (fruit, bird) = (read("fruit_1.jpg")?, read("bird_1.jpg")?);
        let folder = TempDir::new()?;
        let file = folder.path().join("photos.zip");
        zip_with(
            &file,
            &[
                ("my photos/.DS_Store", b"\0\0\0\x01Bud1"),
                ("my photos/fruit/fruit_1.jpg", &fruit),
                ("my photos/fruit/.DS_Store", b"\0\0\0\x01Bud1"),
                ("my photos/birds/Bird 1.JPG", &bird),
                ("my photos/birds/Thumbs.db", b"\xd0\xcf\x11\xe0"),
                ("__MACOSX/my photos/fruit/._fruit_1.jpg", b"\0\x05\x16\x07"),
                ("__MACOSX/my photos/birds/._Bird 1.JPG", b"\0\x05\x16\x07"),
            ],
        )?;
        page.upload("dataset-files", &[file]).await?;
        page.embedded(2, LONG).await?;
        let seen = counts(page).await?;
        let expected = [("birds".to_owned(), 1), ("fruit".to_owned(), 1)];
        ensure!(seen == expected, "the zip became {seen:?}");
        let errors: Vec<_> = page
            .notices()
            .await?
            .into_iter()
            .filter(|notice| notice.kind == "error")
            .collect();
        ensure!(
            errors.is_empty(),
            "what nobody put there is told: {errors:?}"
        );
        Ok(())
    });
}

#[test]
fn a_broken_zip_is_refused_with_a_sentence() {
    refused("bad-zip", |file| {
        Ok(std::fs::write(
            file,
            b"PK\x03\x04 and then nothing that fits",
        )?)
    });
}

#[test]
fn a_zip_without_photos_is_refused_with_a_sentence() {
    refused("empty-zip", |file| {
        zip_with(file, &[("notes/readme.txt", b"no photo here")])
    });
}

#[test]
fn a_zip_of_far_too_many_files_is_refused_with_a_sentence() {
    refused("zip-many", |file| {
        let names: Vec<String> = (0..60_000).map(|i| format!("many/{i}.jpg")).collect();
        let entries: Vec<(&str, &[u8])> = names
            .iter()
            .map(|name| (name.as_str(), b"x".as_slice()))
            .collect();
        zip_with(file, &entries)
    });
}

/// Half a gigabyte of zeros in half a megabyte.
#[test]
fn a_zip_that_grows_a_thousandfold_is_refused_with_a_sentence() {
    refused("zip-bomb", |file| {
        let mut archive = ZipWriter::new(File::create(file)?);
        archive.start_file("bomb/photo.jpg", SimpleFileOptions::default())?;
        let zeros = vec![0; 1 << 20];
        for _ in 0..512 {
            archive.write_all(&zeros)?;
        }
        archive.finish()?;
        Ok(())
    });
}

/// As the GenAI Teachable Machine saves a project: photos are called by the number of their class, whose name stands beside them. By
/// the door for projects and by that for photos.
#[test]
fn a_project_of_the_genai_teachable_machine_becomes_classes() {
    case("zip-genai", Device::Cpu, async |browser| {
        let page = &browser.page;
        let folder = TempDir::new()?;
        let file = folder.path().join("project.zip");
        let names = ["fruit_1.jpg", "bird_1.jpg", "fruit_2.jpg", "bird_2.jpg"];
        let mut entries: Vec<(String, Vec<u8>)> = vec![(
            "metadata.json".into(),
            r#"{"labels": ["Obst 🍎", "Birds"], "projectId": "x", "imageSize": 224}"#.into(),
        )];
        for (i, name) in names.iter().enumerate() {
            let png = folder.path().join("one.png");
            image::open(photo(name)?)?.thumbnail(224, 224).save(&png)?;
            let entry = format!("samples/{}_{}.png", i % 2, i / 2);
            entries.push((entry, std::fs::read(&png)?));
        }
        entries.push(("model.json".into(), b"{}".into()));
        entries.push(("weights.bin".into(), b"x".into()));
        let borrowed: Vec<(&str, &[u8])> = entries
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        zip_with(&file, &borrowed)?;
        for door in ["project-open", "dataset-files"] {
            page.open("?device=cpu&fresh").await?;
            page.upload(door, std::slice::from_ref(&file)).await?;
            page.embedded(4, LONG).await?;
            let seen = counts(page).await?;
            let expected = [("Birds".to_owned(), 2), ("Obst 🍎".to_owned(), 2)];
            ensure!(seen == expected, "{door}: the zip became {seen:?}");
            let notices = page.notices().await?;
            let bad = notices.iter().any(|notice| notice.kind == "error");
            ensure!(!bad, "{door}: {notices:?}");
        }
        Ok(())
    });
}
