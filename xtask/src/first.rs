//! What the page shows before its program is there: the same frame with the same words at the same places, so that nothing moves
//! when the program takes it away (`src/ui/speak.rs`) and draws its own. A browser test holds the places.

use std::fs;
use std::path::Path;

use crate::Result;

/// Puts the first picture into the page.
pub fn draw(dist: &Path) -> Result {
    let index = dist.join("index.html");
    let io = |e: std::io::Error| format!("could not draw the first picture: {e}");
    let page = fs::read_to_string(&index).map_err(io)?;
    const EMPTY: &str = "<body></body>";
    if !page.contains(EMPTY) {
        return Err(format!(
            "the page's source has no {EMPTY}: what should show first?"
        ));
    }
    let body = format!("<body>{}{}</body>", picture(), without_scripts());
    fs::write(&index, page.replace(EMPTY, &body)).map_err(io)
}

/// As `src/ui/{app,topbar,projects,pages,collect,train,try_it,steps}.rs` draw it at a first start. Nothing of it answers yet: `inert`.
fn picture() -> String {
    let chip = |kind: &str, text: &str| {
        format!(r#"<details class="pop chip {kind}"><summary>{text}</summary></details>"#)
    };
    let heading = |number: usize, name: &str, about: &str| {
        format!(
            r#"<header class="heading"><span class="number">{number}</span><h2>{}</h2><p class="quiet about">{}</p></header>"#,
            plain(name),
            plain(about)
        )
    };
    let column = |number: usize, name: &str, about: &str, rest: &str| {
        let heading = heading(number, name, about);
        format!(r#"<section class="column">{heading}{rest}</section>"#)
    };
    let step = |number: usize, name: &str| {
        let name = plain(name);
        format!(r#"<button class="plain step"><span class="number">{number}</span>{name}</button>"#)
    };
    let welcome = format!(
        r#"<div class="empty welcome"><p class="lead">{}</p><p>{}</p></div>"#,
        plain(words::collect_empty()),
        plain(words::collect_empty_sets())
    );
    let columns = [
        r#"<main class="columns"><fieldset class="may-change">"#,
        &column(1, words::collect(), words::collect_about(), &welcome),
        &column(2, words::train(), words::train_about(), ""),
        "</fieldset>",
        &column(3, words::try_it(), words::try_it_about(), ""),
        "</main>",
    ];
    let parts = [
        r#"<div class="app" id="first" inert><header class="topbar">"#,
        r#"<h1><img src="icon.svg" alt="" width="28" height="28" />"#,
        &format!("{}</h1>", plain(words::graft())),
        &format!(
            r#"<nav class="pages"><a aria-current="page">{}</a><a>{}</a></nav>"#,
            plain(words::workbench()),
            plain(words::lab())
        ),
        &format!(
            r#"<div class="work"><p class="quiet tagline">{}</p></div>"#,
            plain(words::tagline())
        ),
        &chip(
            "sent",
            &format!(
                r#"<span class="wide-only">{}</span><span class="narrow-only">{}</span>"#,
                plain(words::sent()),
                plain(&words::sent_narrow(0usize))
            ),
        ),
        &chip("storage", &plain(words::stored())),
        &format!(r#"<span class="chip">{}</span>"#, plain(words::loading())),
        "</header>",
        &projects(),
        r#"<div class="banners"></div>"#,
        &columns.concat(),
        r#"<nav class="steps">"#,
        &step(1, words::collect()),
        &step(2, words::train()),
        &step(3, words::try_it()),
        &format!(
            r#"<button class="primary">{}</button></nav></div>"#,
            plain(words::collect_next())
        ),
    ];
    parts.concat()
}

fn projects() -> String {
    let buttons = [
        format!(
            r#"<button class="small">{}</button>"#,
            plain(words::project_new())
        ),
        format!(
            r#"<label class="button small">{}</label>"#,
            plain(words::project_open())
        ),
        format!(
            r#"<button class="small">{}</button>"#,
            plain(words::project_save())
        ),
        r#"<details class="pop menu"><summary class="button small">⋯</summary></details>"#.into(),
    ];
    format!(
        r#"<nav class="projects"><ul></ul>{}</nav>"#,
        buttons.concat()
    )
}

fn without_scripts() -> String {
    let said = plain(words::no_scripts());
    format!(r#"<noscript><p class="banner">{said}</p></noscript>"#)
}

/// As text in HTML.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_picture_stands_in_the_page() {
        let folder = tempfile::tempdir().expect("there is room");
        let dist = folder.path();
        let index = dist.join("index.html");
        fs::write(&index, "<html><body></body></html>").expect("there is room");
        draw(dist).expect("it is there");
        let page = fs::read_to_string(&index).expect("it is there");
        for words in [
            words::tagline(),
            words::collect_empty(),
            words::no_scripts(),
        ] {
            assert!(page.contains(words), "{words} is not in {page}");
        }
        assert!(draw(dist).is_err(), "twice");
    }
}
