//! Zips as people make them: on the page, on a class, on Try. And which files were refused, by name.

use std::fs;
use std::path::PathBuf;

use anyhow::ensure;
use data::photo::PhotoProblem;
use data::problem::{LeftOut, Problem, SampleProblem};
use e2e::{
    Device, LONG, Page, Result, SHORT, TempDir, case, case_file, photo, sample_classes, says, until,
};
use graft::text;

use crate::zips::zip_with;

const FRESH: &str = "?device=cpu&fresh&seed=1";

/// Classes with their photos, in their order.
async fn counts(page: &Page) -> Result<Vec<(String, usize)>> {
    let classes = page.classes().await?.into_iter();
    Ok(classes.map(|class| (class.name, class.count)).collect())
}

async fn becomes(page: &Page, file: &str, expected: &[(&str, usize)]) -> Result {
    page.open(FRESH).await?;
    page.upload("dataset-files", &[case_file(file)?]).await?;
    let total = expected.iter().map(|(_, count)| count).sum();
    page.embedded(total, LONG).await?;
    page.ready().await?;
    let found = counts(page).await?;
    let found: Vec<_> = found.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    ensure!(found == expected, "{file} became {found:?}");
    Ok(())
}

/// What is said of a zip that is refused as a whole; nothing of it stays.
async fn refused(page: &Page, file: PathBuf) -> Result<String> {
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    page.open(FRESH).await?;
    page.upload("dataset-files", &[file]).await?;
    let said = page.notice_after(0, "error").await?;
    page.ready().await?;
    ensure!(said.contains(&name), "{said:?} does not name {name}");
    ensure!(
        page.notices().await?.len() == 1,
        "{name}: {:?}",
        page.notices().await?
    );
    ensure!(
        page.classes().await?.is_empty(),
        "{name}: a class came of it"
    );
    Ok(said)
}

#[test]
fn zips_of_all_kinds_become_the_classes_that_were_meant() {
    case("odd-zips", Device::Cpu, async |browser| {
        let page = &browser.page;
        becomes(page, "zips/flat.zip", &[("flat", 7)]).await?;
        becomes(page, "zips/Class 3-samples.zip", &[("Class 3", 11)]).await?;
        becomes(
            page,
            "zips/names-cp932.zip",
            &[("ソーダ瓶", 4), ("表紙", 4)],
        )
        .await?;
        becomes(
            page,
            "zips/names-nfc-nfd.zip",
            &[("Töpfe 유리", 8), ("metal", 4)],
        )
        .await?;
        becomes(page, "zips/names-alike.zip", &[("Glass", 9), ("metal", 6)]).await?;
        becomes(page, "zips/deep.zip", &[("glass", 4), ("metal", 8)]).await?;
        let project = [
            ("glass", 5),
            ("Class 2", 6),
            ("금속", 7),
            ("left-!-right", 8),
        ];
        becomes(page, "zips/project.tm", &project).await?;
        let storage = "return document.documentElement.outerHTML.includes('made-up-token');";
        ensure!(
            !page.ask::<bool>(storage, &[]).await?,
            "a secret of the file is shown"
        );
        let notices = page.notices().await?;
        ensure!(notices.is_empty(), "there is nothing to say: {notices:?}");
        // What is left out is said once, and by name.
        becomes(page, "zips/split.zip", &[("glass", 3), ("metal", 3)]).await?;
        let said = page.notice_after(0, "info").await?;
        let to_test = LeftOut::IntoTestSet {
            folders: vec!["test".into()],
            samples: 6,
        };
        let left_out = Problem::LeftOut {
            from: "split.zip".into(),
            what: to_test,
        };
        says(&said, &left_out)?;
        becomes(
            page,
            "zips/beside-photos.zip",
            &[("glass", 4), ("metal", 4)],
        )
        .await?;
        let said = page.notice_after(0, "info").await?;
        ensure!(
            page.notices().await?.len() == 1 && said.contains('5'),
            "{said:?}"
        );
        let files = listed(page).await?;
        let named = |name: &str| files.iter().any(|file| file.contains(name));
        ensure!(named("set/plan.pdf") && !named("Thumbs.db"), "{files:?}");
        Ok(())
    });
}

#[test]
fn zips_that_cannot_be_opened_are_named_as_what_they_are() {
    case("locked-zips", Device::Cpu, async |browser| {
        let page = &browser.page;
        let folder = TempDir::new()?;
        let rar = folder.path().join("photos.zip");
        fs::write(&rar, b"Rar!\x1a\x07\x01\0 and what follows")?;
        let seven = folder.path().join("photos.7z");
        fs::write(&seven, b"7z\xbc\xaf\x27\x1c\0\x04 and what follows")?;
        let many = folder.path().join("many.zip");
        let names: Vec<String> = (0..5000).map(|i| format!("kind {i}/{i}.png")).collect();
        let entries: Vec<(&str, &[u8])> = names
            .iter()
            .map(|name| (name.as_str(), &b"x"[..]))
            .collect();
        zip_with(&many, &entries)?;
        let cases = [
            (case_file("zips/password.zip")?, "password"),
            (case_file("zips/password-aes.zip")?, "password"),
            (case_file("zips/method-lzma.zip")?, "LZMA"),
            (case_file("zips/method-deflate64.zip")?, "Deflate64"),
            (case_file("zips/nested.zip")?, "zips"),
            (case_file("zips/converted_keras.zip")?, "no photos"),
            (case_file("zips/overlap-350x30mb.zip")?, "overlap"),
            (rar, "RAR"),
            (seven, "7z"),
            (many, "5000"),
        ];
        for (file, word) in cases {
            let said = refused(page, file).await?;
            ensure!(said.contains(word), "{said:?} does not say {word:?}");
        }
        Ok(())
    });
}

#[test]
fn a_zip_on_a_class_fills_it_and_one_on_try_is_tried() {
    case("zips-on-class", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open(FRESH).await?;
        for (class, photos) in sample_classes("fruit-birds")? {
            page.add_class(&class).await?;
            page.add_photos(&class, &photos[..5]).await?;
        }
        page.embedded(10, LONG).await?;
        page.drop_on("Fruit", &[case_file("zips/flat.zip")?])
            .await?;
        page.embedded(17, LONG).await?;
        page.drop_on(
            "Birds",
            &[case_file("zips/deep.zip")?, photo("bird_1.jpg")?],
        )
        .await?;
        page.embedded(30, LONG).await?;
        let before = [("Fruit".to_owned(), 12), ("Birds".to_owned(), 18)];
        let mut found = counts(page).await?;
        found.sort_by_key(|(_, count)| *count);
        ensure!(found == before, "the zips went to {found:?}");
        page.train(LONG).await?;
        let samples = case_file("zips/Class 3-samples.zip")?;
        page.upload("try-files", &[samples]).await?;
        let tried = async |count: usize| {
            until(&format!("{count} results"), LONG, async || {
                Ok((page.results().await?.len() == count).then_some(()))
            })
            .await
        };
        tried(11).await?;
        // Of a split only what was kept to test with.
        page.upload("try-files", &[case_file("zips/split.zip")?])
            .await?;
        tried(17).await?;
        page.ready().await?;
        let seen = page.notices().await?.len();
        page.upload("try-files", &[case_file("zips/password.zip")?])
            .await?;
        page.notice_after(seen, "error").await?;
        page.ready().await?;
        ensure!(page.results().await?.len() == 17, "a locked zip was tried");
        let mut after = counts(page).await?;
        after.sort_by_key(|(_, count)| *count);
        ensure!(after == before, "trying changed the project: {after:?}");
        Ok(())
    });
}

/// The open list of the last notice, a line a file.
async fn listed(page: &Page) -> Result<Vec<String>> {
    let script = "
        const lists = all('notice-files');
        const list = lists[lists.length - 1];
        if (!list) return null;
        const details = list.closest('details');
        if (!details.open) details.querySelector('summary').click();
        return [...list.querySelectorAll('li')].map(li => li.textContent);";
    until("a list of files", SHORT, async || {
        page.ask(script, &[]).await
    })
    .await
}

#[test]
fn each_refused_file_is_named() {
    case("refused-by-name", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open(FRESH).await?;
        let folder = TempDir::new()?;
        let good = fs::read(photo("fruit_1.jpg")?)?;
        let zip = folder.path().join("mixed.zip");
        let text: &[u8] = b"no picture at all";
        zip_with(&zip, &[("glass/good.jpg", &good), ("glass/one.jpg", text)])?;
        page.upload("dataset-files", &[zip]).await?;
        page.embedded(1, LONG).await?;
        let said = page.notice_after(0, "error").await?;
        ensure!(
            said.contains("glass/one.jpg"),
            "{said:?} does not name the file"
        );
        let count = "return all('notice-files').length;";
        ensure!(
            page.ask::<usize>(count, &[]).await? == 0,
            "one file needs no list"
        );
        // A second time, with more than anyone reads.
        let many = folder.path().join("many.zip");
        let names: Vec<String> = (0..250).map(|i| format!("metal/{i}.jpg")).collect();
        let texts: Vec<Vec<u8>> = (0..250).map(|i| format!("text {i}").into_bytes()).collect();
        let entries: Vec<_> = names
            .iter()
            .zip(&texts)
            .map(|(n, t)| (n.as_str(), t.as_slice()))
            .collect();
        zip_with(&many, &entries)?;
        page.upload("dataset-files", &[many]).await?;
        page.wait_for(
            "all 251 to be counted",
            LONG,
            "return all('notice').some(n => n.textContent.includes('251'));",
        )
        .await?;
        let no_image = SampleProblem::Photo(PhotoProblem::NotAnImage);
        let lines = listed(page).await?;
        ensure!(lines.len() == 201, "{} lines", lines.len());
        ensure!(
            lines[0].contains("glass/one.jpg") && lines[1].contains("metal/0.jpg"),
            "{:?}",
            &lines[..2]
        );
        ensure!(
            lines[0].contains(&text::fault(&no_image)),
            "{:?} gives no reason",
            lines[0]
        );
        ensure!(
            lines[200].contains("51"),
            "{:?} does not count the rest",
            lines[200]
        );
        page.ready().await?;
        ensure!(
            counts(page).await? == [("glass".to_owned(), 1)],
            "a class without a photo stays"
        );
        // On a narrow screen nothing is wider than it.
        browser.resize(390, 844).await?;
        let wide = "const box = all('notice-files')[0].closest('[data-testid=notice]').getBoundingClientRect();
            return [box.left, box.right, box.top, box.bottom];";
        let edges: Vec<f64> = page.ask(wide, &[]).await?;
        ensure!(
            edges[0] >= 0.0 && edges[1] <= 390.0 && edges[2] >= 0.0 && edges[3] <= 844.0,
            "{edges:?}"
        );
        browser
            .check_accessibility("a list of refused files")
            .await?;
        browser.screenshot("refused-by-name-narrow").await?;
        Ok(())
    });
}

#[test]
fn a_dropped_folder_is_sorted_as_its_zip_is() {
    case("folder-tree", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open(FRESH).await?;
        let folder = TempDir::new()?;
        let fruit = fs::read(photo("fruit_1.jpg")?)?;
        let bird = fs::read(photo("bird_1.jpg")?)?;
        let test = fs::read(photo("bird_2.jpg")?)?;
        let files: &[(&str, &[u8])] = &[
            ("train/fruit/100CANON/1.jpg", &fruit),
            ("train/birds/101CANON/1.jpg", &bird),
            ("train/birds/notes.txt", b"none"),
            ("test/birds/2.jpg", &test),
            ("README", b"none"),
        ];
        let root = folder.path().join("set");
        for (path, bytes) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("it lies in a folder"))?;
            fs::write(path, bytes)?;
        }
        page.upload("dataset-folder", &[root]).await?;
        page.embedded(2, LONG).await?;
        page.ready().await?;
        let mut found = counts(page).await?;
        found.sort();
        let expected = [("birds".to_owned(), 1), ("fruit".to_owned(), 1)];
        ensure!(found == expected, "the folder became {found:?}");
        let kinds: Vec<String> = page.notices().await?.into_iter().map(|n| n.kind).collect();
        ensure!(kinds == ["info", "info"], "{:?}", page.notices().await?);
        let files = listed(page).await?;
        ensure!(files.len() == 2, "{files:?}");
        Ok(())
    });
}

#[test]
fn names_that_look_the_same_are_one_class() {
    case("same-names", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open(FRESH).await?;
        page.add_class("Rose").await?;
        page.add_class("daisy").await?;
        let write = "const input = one('class-name', card('daisy')); input.value = ' ROSE  ';
            input.dispatchEvent(new Event('change', { bubbles: true }));";
        page.ask::<()>(write, &[]).await?;
        let numbered =
            "return all('class-card').map(c => c.dataset.className).join() === 'Rose,ROSE 2';";
        page.wait_for("a number behind the second", SHORT, numbered)
            .await?;
        let folder = TempDir::new()?;
        let zip = folder.path().join("more.zip");
        let [one, two] = [
            fs::read(photo("fruit_1.jpg")?)?,
            fs::read(photo("fruit_2.jpg")?)?,
        ];
        zip_with(&zip, &[("rose /1.jpg", &one), ("tulip/2.jpg", &two)])?;
        page.upload("dataset-files", &[zip]).await?;
        page.embedded(2, LONG).await?;
        let found = counts(page).await?;
        let found: Vec<_> = found.iter().map(|(name, n)| (name.as_str(), *n)).collect();
        ensure!(
            found == [("Rose", 1), ("ROSE 2", 0), ("tulip", 1)],
            "{found:?}"
        );
        Ok(())
    });
}

#[test]
fn reading_a_thousand_folders_can_be_stopped_and_leaves_no_empty_class() {
    case("stop-reading", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open(FRESH).await?;
        // By the page itself: a fast computer is done before a click from outside arrives.
        let stop = "const timer = setInterval(() => {
                if (all('class-card').filter(c => Number(c.dataset.count) > 0).length <= 20) return;
                clearInterval(timer);
                one('read-stop').click();
                window.graftStopped = true;
            }, 10);";
        page.ask::<()>(stop, &[]).await?;
        page.upload("dataset-files", &[case_file("zips/folders-1000.zip")?])
            .await?;
        page.wait_for("the stop", LONG, "return window.graftStopped === true;")
            .await?;
        page.ready().await?;
        let found = counts(page).await?;
        ensure!(
            found.len() > 20 && found.len() < 1000 && found.iter().all(|(_, n)| *n == 1),
            "{} classes are left: {:?}",
            found.len(),
            found.iter().find(|(_, n)| *n != 1)
        );
        let notices = page.notices().await?;
        ensure!(notices.is_empty(), "nothing went wrong: {notices:?}");
        Ok(())
    });
}
