//! Makes Trunk's page safe to serve: no inline script (the Content-Security-Policy forbids it), and addresses that change with
//! every build, so that a browser never mixes an old worker with a new page.

use std::fs;
use std::path::Path;

use crate::addresses::{self, Addresses};
use crate::{Result, first, modules, offline};

pub fn make_safe(dist: &Path) -> Result {
    first::draw(dist)?;
    let addresses = addresses::assign(dist)?;
    let text = |name: &str| {
        fs::read_to_string(dist.join(name)).map_err(|e| format!("could not read {name}: {e}"))
    };
    let write = |name: &str, text: &str| {
        fs::write(dist.join(name), text).map_err(|e| format!("could not write {name}: {e}"))
    };

    let page = text("index.html")?;
    let build = build_id(dist, &addresses)?;
    let site = site_script(&build, &addresses);
    let (page, boot) = take_inline_script(&without_preload(&page))?;
    let begin = addresses::renamed(BEGIN, &addresses);
    let own = format!("{site}graftSite.here += `#${{Math.random()}}`;\nbegin(graftSite, watch);\n");
    let boot = format!("{begin}{own}{PAINTED}{boot}");
    write(&format!("boot-{build}.js"), &boot)?;
    let mut engines = Vec::new();
    for worker in modules::workers().map(|module| module.name) {
        let trunks = format!("{worker}_loader.js");
        // A site for the CPU alone has no engine for a GPU.
        if !dist.join(&trunks).exists() {
            continue;
        }
        engines.push(worker);
        let loader = loader(worker, &text(&trunks)?, &site, &addresses)?;
        write(&format!("{worker}_loader-{build}.js"), &loader)?;
        fs::remove_file(dist.join(&trunks))
            .map_err(|e| format!("could not remove {trunks}: {e}"))?;
    }
    let page = page
        .replace(
            BOOT,
            &format!(r#"<script type="module" src="./boot-{build}.js"></script>"#),
        )
        .replace(
            "</head>",
            &format!(
                "<meta name=\"build\" content=\"{build}\" />\n<meta name=\"engines\" content=\"{}\" />\n</head>",
                engines.join(" ")
            ),
        );
    check(&page)?;
    write("index.html", &page)?;
    offline::write_list(dist, &build)
}

/// Names this build by everything in it.
fn build_id(dist: &Path, addresses: &Addresses) -> Result<String> {
    let mut all: Vec<u8> = Vec::new();
    for address in addresses.values() {
        all.extend(address.as_bytes());
    }
    // What keeps its name counts by what it says.
    for file in addresses::files(dist)? {
        let beside = file.starts_with(addresses::BESIDE);
        if !beside && !addresses.values().any(|address| file.starts_with(address)) {
            all.extend(addresses::read(&dist.join(&file))?);
        }
    }
    Ok(addresses::content_hash(&all))
}

/// What begins before the page's program: the service worker's other side, and what counts what is sent. Behind the `#` of where
/// the site lies stands the tab's number, which its workers are started with.
const BEGIN: &str =
    "import { watch } from './traffic.js';\nimport { begin } from './offline.js';\n";

/// What shows first comes first: the program, 60 times as large as the styles, is fetched when they have been painted. A page that
/// nobody looks at is not painted.
const PAINTED: &str = "await new Promise(done => { requestAnimationFrame(() => setTimeout(done)); setTimeout(done, 200); });\n";

/// The page without Trunk's wish to have the program fetched at once.
fn without_preload(page: &str) -> String {
    const OPEN: &str = "<link rel=\"preload\"";
    let parts = page.split_once(OPEN).and_then(|(before, rest)| {
        let (_, after) = rest.split_once('>')?;
        Some(format!("{before}{after}"))
    });
    parts.unwrap_or_else(|| page.to_owned())
}

/// Files that scripts and style sheets name themselves: nobody looks them up.
const NOT_ASKED_FOR: &[&str] = &["js", "wasm", "css", "webmanifest"];

/// What page and workers know of the site (`src/web/here.rs`): its build, where it lies, and the files' addresses.
fn site_script(build: &str, addresses: &Addresses) -> String {
    let asked = addresses.iter().filter(|(file, _)| {
        let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
        !NOT_ASKED_FOR.contains(&ending)
    });
    let files: Vec<String> = asked
        .map(|(file, address)| format!("{file:?}: {address:?}"))
        .collect();
    format!(
        "globalThis.graftSite = {{ build: '{build}', here: import.meta.url, files: {{ {} }} }};\n",
        files.join(", ")
    )
}

/// Stands in the page where the script was, until the file's name is known.
const BOOT: &str = "<!-- boot -->";

/// Takes the one module script that Trunk writes into the page out of it.
fn take_inline_script(page: &str) -> Result<(String, String)> {
    const OPEN: &str = "<script type=\"module\">";
    let parts = page.split_once(OPEN).and_then(|(before, rest)| {
        let (script, after) = rest.split_once("</script>")?;
        Some((
            format!("{before}{BOOT}{after}"),
            script.trim().to_owned() + "\n",
        ))
    });
    parts.ok_or_else(|| "Trunk's page holds no start script: has its template changed?".to_owned())
}

/// Of Trunk's loader ours, which knows the site and asks for files of its own build. The worker itself starts from a blob:
/// (src/web/launch.rs).
fn loader(worker: &str, text: &str, site: &str, addresses: &Addresses) -> Result<String> {
    if text.trim() != format!("import init from './{worker}.js';await init();") {
        return Err(format!(
            "{worker}_loader.js is not what Trunk 0.21 writes: look at xtask/src/page.rs."
        ));
    }
    let import =
        format!("import init from './{worker}.js';\nimport {{ watch }} from './traffic.js';\n");
    let start = format!(
        "watch(new URL(graftSite.here).hash);\nawait init({{ module_or_path: new URL('./{worker}_bg.wasm', import.meta.url) }});\n"
    );
    let [import, start] = [import, start].map(|line| addresses::renamed(&line, addresses));
    Ok(format!("{import}{site}{start}"))
}

/// The promises of the page that its source cannot keep alone.
fn check(page: &str) -> Result {
    let broken = |what: &str| {
        Err(format!(
            "index.html {what}: the Content-Security-Policy would block it or it breaks a promise."
        ))
    };
    let policy = page
        .split_once("http-equiv=\"Content-Security-Policy\"")
        .and_then(|(_, rest)| rest.split('"').nth(1))
        .unwrap_or_default();
    // Neither follows from the other (CSP 3, 6.1 and 6.4).
    if !policy.contains("default-src 'none'") || !policy.contains("form-action 'none'") {
        return broken("has no Content-Security-Policy that forbids what it does not name");
    }
    if page
        .match_indices("<script")
        .any(|(at, _)| !page[at..].split('>').next().unwrap_or("").contains("src="))
    {
        return broken("holds an inline script");
    }
    if page.contains("<style") || page.contains(" style=\"") {
        return broken("holds inline styles");
    }
    if ["src=\"http", "href=\"http", "src=\"//", "href=\"//"]
        .iter()
        .any(|address| page.contains(address))
    {
        return broken("names another origin");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CSP: &str = r#"<meta http-equiv="Content-Security-Policy" content="default-src 'none'; form-action 'none'" />"#;

    #[test]
    fn the_start_script_moves_to_a_file() {
        let page = "<head><script type=\"module\">\nimport a;\n</script></head>";
        let (rest, script) = take_inline_script(page).unwrap();
        assert_eq!(rest, format!("<head>{BOOT}</head>"));
        assert_eq!(script, "import a;\n");
        assert!(take_inline_script("<head></head>").is_err());
    }

    #[test]
    fn the_program_is_not_fetched_before_the_first_picture() {
        let page = "<a><link rel=\"preload\" href=\"./app_bg.wasm\" as=\"fetch\"><b>";
        assert_eq!(without_preload(page), "<a><b>");
        assert_eq!(without_preload("<a><b>"), "<a><b>");
    }

    #[test]
    fn a_page_with_anything_inline_or_foreign_is_refused() {
        assert_eq!(
            check(&format!("{CSP}<script src=\"./a.js\"></script>")),
            Ok(())
        );
        for bad in [
            "<script>x</script>",
            "<p style=\"color: red\">",
            "<style>p{}</style>",
            "<img src=\"https://a.test/\">",
        ] {
            assert!(check(&format!("{CSP}{bad}")).is_err(), "{bad}");
        }
        assert!(check("<p>no policy</p>").is_err());
        assert!(check(&CSP.replace("default-src 'none'", "default-src 'self'")).is_err());
        assert!(check(&CSP.replace("form-action", "frame-src")).is_err());
    }

    #[test]
    fn a_loader_asks_for_files_of_its_build_and_tells_where_it_lies() {
        let trunks = "import init from './worker.js';await init();";
        let addresses = ["worker.js", "worker_bg.wasm", "icon.svg"].map(|file| {
            let (stem, ending) = file.split_once('.').expect("it has an ending");
            (file.to_owned(), format!("{stem}-1f.{ending}"))
        });
        let addresses = Addresses::from(addresses);
        let site = site_script("2e", &addresses);
        let loader = loader("worker", trunks, &site, &addresses).unwrap();
        for part in [
            "'./worker-1f.js'",
            "'./worker_bg-1f.wasm'",
            "build: '2e'",
            "here: import.meta.url",
            "\"icon.svg\": \"icon-1f.svg\"",
        ] {
            assert!(loader.contains(part), "{loader}");
        }
        assert!(super::loader("worker", "import other", &site, &addresses).is_err());
    }
}
