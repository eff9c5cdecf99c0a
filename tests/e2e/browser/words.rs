//! Every text comes from a message file. In a language that nobody speaks (`?lang=qps-ploc`) messages have no letter from A to Z, so
//! that a text which is none shows itself, and they are a third longer than English, so that what has no room for that does.

use std::fs;
use std::path::Path;

use anyhow::{Context, anyhow, ensure};
use e2e::{
    Browser, Device, LONG, Page, Result, SHORT, VERY_LONG, bad_file, case, case_file, case_with,
    photo, sample_classes,
};
use serde_json::json;

/// What is folded away is looked at, too.
const UNFOLD: &str = "
    window.unfolded = [...document.querySelectorAll('details:not([open])')];
    window.unfolded.forEach(details => { details.open = true; });";

const FOLD: &str = "window.unfolded.forEach(details => { details.open = false; });";

/// All that is seen or read out, with the element that says it.
const SAID: &str = r"
    const seen = e => (e.closest('option') ? e.closest('select') : e).checkVisibility({ visibilityProperty: true });
    const said = [['title', document.title]];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (seen(element)) said.push([element.outerHTML, texts.currentNode.data]);
    }
    for (const name of ['aria-label', 'aria-valuetext', 'title', 'alt', 'placeholder'])
        for (const element of document.body.querySelectorAll(`[${name}]`))
            if (seen(element)) said.push([element.outerHTML, element.getAttribute(name)]);
";

/// Of those, what has a letter from A to Z, though it is no name of a person's things: of a class, a file, a layer; nor ours.
const ESCAPED: &str = r"
    const things = [...document.querySelectorAll('[data-class-name], [data-file]')];
    const names = new Set([...things.flatMap(e => [e.dataset.className, e.dataset.file]), ...arguments[0], 'Graft'].filter(Boolean));
    const longest = [...names].sort((a, b) => b.length - a.length);
    const rest = text => longest.reduce((text, name) => text.replaceAll(name, ''), text).replace(/\b(stem|head|blocks\.\d+)\b/g, '');
    return said.filter(([, text]) => /[A-Za-z]/.test(rest(text))).map(([from, text]) => `${text.trim()} in ${from.slice(0, 160)}`);";

/// How much of what is said is in that language.
const MESSAGES: &str = "return said.filter(([, text]) => text.includes('⟦')).length;";

/// Pixels that the page is too wide.
const EXCESS: &str =
    "return document.documentElement.scrollWidth - document.documentElement.clientWidth;";

/// Looks at the page as it stands, wide and on a phone.
async fn all_is_from_messages(browser: &Browser, names: &[String], moment: &str) -> Result {
    let page = &browser.page;
    page.ask::<()>(UNFOLD, &[]).await?;
    let escaped: Vec<String> = page
        .ask(&format!("{SAID}{ESCAPED}"), &[json!(names)])
        .await?;
    ensure!(
        escaped.is_empty(),
        "{moment}: no message says\n  {}",
        escaped.join("\n  ")
    );
    let messages: usize = page.ask(&format!("{SAID}{MESSAGES}"), &[]).await?;
    ensure!(messages > 30, "{moment}: only {messages} messages are seen");
    browser.resize(390, 844).await?;
    let excess: i64 = page.ask(EXCESS, &[]).await?;
    ensure!(excess <= 0, "{moment}: {excess} px too wide for a phone");
    browser.resize(1440, 900).await?;
    page.ask(FOLD, &[]).await
}

/// What the test would find if a text were none of the messages.
async fn a_text_that_escapes_is_found(page: &Page) -> Result {
    page.ask::<()>(
        "document.body.insertAdjacentHTML('beforeend', '<p id=x aria-label=\"Spoken 1\">Written 2</p>');",
        &[],
    )
    .await?;
    let none: &[String] = &[];
    let found: Vec<String> = page
        .ask(&format!("{SAID}{ESCAPED}"), &[json!(none)])
        .await?;
    let starts = |start: &str| found.iter().any(|found| found.starts_with(start));
    ensure!(
        found.len() == 2 && starts("Spoken 1") && starts("Written 2"),
        "of two texts were found {found:?}"
    );
    page.ask("document.getElementById('x').remove();", &[])
        .await
}

fn name(file: &Path) -> Option<String> {
    Some(file.file_name()?.to_string_lossy().into_owned())
}

/// Names of classes and photos, by which they are known on the page.
fn names() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for (class, photos) in sample_classes("fruit-birds")? {
        names.push(class);
        names.extend(photos.iter().filter_map(|photo| name(photo)));
    }
    Ok(names)
}

#[test]
fn on_the_workbench_every_text_is_a_message() {
    case("words", Device::Cpu, async |browser| {
        let page = &browser.page;
        let mut names = names()?;
        page.open("?device=cpu&fresh&seed=1&lang=qps-ploc").await?;
        let language: String = page
            .ask("return document.documentElement.lang;", &[])
            .await?;
        ensure!(language == "qps-ploc", "the page speaks {language}");
        a_text_that_escapes_is_found(page).await?;
        all_is_from_messages(browser, &names, "an empty project").await?;

        // Notices about files that are none, several of a kind and one.
        let files = ["not-an-image.jpg", "empty.jpg"].map(bad_file);
        let mut files = files.into_iter().collect::<Result<Vec<_>>>()?;
        files.push(case_file("photos/text.jpg")?);
        names.extend(files.iter().filter_map(|file| name(file)));
        page.click("class-add").await?;
        page.upload("class-files", &files).await?;
        page.wait_for("two notices", SHORT, "return all('notice').length >= 2;")
            .await?;
        all_is_from_messages(browser, &names, "files that are no photos").await?;
        page.click("class-delete").await?;
        page.wait_for("an undo", SHORT, "return !!one('undo');")
            .await?;

        page.load_samples("fruit-birds").await?;
        all_is_from_messages(browser, &names, "with photos").await?;
        page.click("method-fine-tuning").await?;
        page.wait_for(
            "an estimate",
            LONG,
            r"return /\d/.test(one('tune-estimate').innerText);",
        )
        .await?;
        page.ask::<()>("all('photo-select')[0].click();", &[])
            .await?;
        page.wait_for("the ticked", SHORT, "return !!one('photos-delete');")
            .await?;
        all_is_from_messages(browser, &names, "fine-tuning, and a tick").await?;
        page.click("photos-unselect").await?;
        page.click("method-feature-extraction").await?;

        page.train(LONG).await?;
        page.try_photos(&[photo("fruit_1.jpg")?], LONG).await?;
        page.ask::<()>(
            "one('confusion-cell').querySelector('button')?.click();",
            &[],
        )
        .await?;
        all_is_from_messages(browser, &names, "with a classifier and an answer").await?;
        page.in_class("Fruit", "class-camera")
            .await?
            .click_when_ready()
            .await?;
        page.wait_for("the camera", SHORT, "return !!one('camera-record');")
            .await?;
        all_is_from_messages(browser, &names, "with a camera").await?;
        page.click("camera-close").await?;
        page.ask::<()>("all('photo-delete')[0].click();", &[])
            .await?;
        page.wait_for("an undo", SHORT, "return !!one('undo');")
            .await?;
        all_is_from_messages(browser, &names, "with a photo less").await
    });
}

#[test]
fn in_the_lab_every_text_is_a_message() {
    case("words-lab", Device::Cpu, async |browser| {
        let page = &browser.page;
        let names = names()?;
        page.open("?device=cpu&fresh&seed=1&lang=qps-ploc#lab")
            .await?;
        all_is_from_messages(browser, &names, "an empty Lab").await?;
        page.load_samples("fruit-birds").await?;
        page.fill("lab-photos", "2").await?;
        page.choose("lab-resolution", "64").await?;
        page.choose("lab-budget-unit", "epochs").await?;
        page.fill("lab-budget", "1").await?;
        page.click("lab-run").await?;
        page.wait_for("a row", LONG, "return all('lab-arm').length === 5;")
            .await?;
        all_is_from_messages(browser, &names, "a comparison under way").await?;
        page.wait_for(
            "all methods to be done",
            VERY_LONG,
            "return !!one('lab-run') && all('lab-arm').every(a => a.dataset.state === 'done');",
        )
        .await?;
        page.click("curve-run").await?;
        page.click("lab-photo").await?;
        page.wait_for(
            "the learning curve, the old head and the maps",
            LONG,
            "return !!one('learning-curve') && all('prediction', one('old-head')).length === 5
                && Number(one('feature-maps')?.dataset.layers) >= 3;",
        )
        .await?;
        all_is_from_messages(browser, &names, "all that the Lab has").await
    });
}

#[test]
fn a_language_that_cannot_be_had_is_english() {
    let of_another_build = |site: &Path| -> Result {
        fs::write(
            e2e::file_of(site, "locales/qps-ploc-")?,
            "0123456789abcdef\0qps-ploc\0Ğŕááƒť",
        )?;
        Ok(())
    };
    case_with(
        of_another_build,
        "words-other-build",
        Device::Cpu,
        async |browser| {
            let page = &browser.page;
            page.open("?device=cpu&fresh&lang=qps-ploc").await?;
            let says: (String, String) = page
                .ask(
                    "return [document.documentElement.lang, one('train').innerText];",
                    &[],
                )
                .await?;
            ensure!(
                says == ("en".into(), graft::text::train().into()),
                "{says:?}"
            );
            // So is one that nobody has heard of.
            page.open("?device=cpu&fresh&lang=xx").await?;
            let language: String = page
                .ask("return document.documentElement.lang;", &[])
                .await?;
            ensure!(language == "en", "the page speaks {language}");
            Ok(())
        },
    );
}

/// English, but for plurals that English does not have. It goes under the tag that the page asks for.
fn in_polish(site: &Path) -> Result {
    let folder = xtask::paths::root().join("locales");
    let english =
        locales::open(&folder, locales::ENGLISH).map_err(|faults| anyhow!(faults.join("\n")))?;
    let text = fs::read_to_string(locales::file(&folder, locales::ENGLISH))?;
    let plurals = "photo-count = { $count ->
        [one] { $count } zdjęcie
        [few] { $count } zdjęcia
        [many] { $count } zdjęć
       *[other] { $count } zdjęcia
    }";
    let start = text
        .find("photo-count =")
        .context("there is such a message")?;
    let end = start + text[start..].find("\n# ").context("another one follows")?;
    let polish = format!("{}{plurals}{}", &text[..start], &text[end..]);
    let polish = locales::read(&polish).and_then(|polish| locales::check(&english, &polish));
    let polish = polish.map_err(|faults| anyhow!(faults.join("\n")))?;
    let pack = locales::pack(&polish, "pl", &locales::fingerprint(&english));
    fs::write(e2e::file_of(site, "locales/qps-ploc-")?, pack)?;
    Ok(())
}

#[test]
fn the_browser_knows_plurals_and_numbers_of_other_languages() {
    case_with(in_polish, "words-polish", Device::Cpu, async |browser| {
        let page = &browser.page;
        page.open("?device=cpu&fresh&seed=1&lang=qps-ploc").await?;
        let (_, photos) = sample_classes("fruit-birds")?.remove(0);
        for (class, photos, count) in [
            ("a", &photos[..1], "1 zdjęcie"),
            ("b", &photos[1..4], "3 zdjęcia"),
            ("c", &photos[4..9], "5 zdjęć"),
        ] {
            page.add_class(class).await?;
            page.add_photos(class, photos).await?;
            let said = format!("return card('{class}').innerText.includes('{count}');");
            page.wait_for(count, LONG, &said).await?;
        }
        // A head that is made in passes.
        page.choose("train-optimiser", "lbfgs").await?;
        page.train(LONG).await?;
        page.wait_for(
            "a loss with a comma",
            SHORT,
            r"return / 0,\d{3}, /.test(document.querySelector('.curve .last').innerText);",
        )
        .await
    });
}
