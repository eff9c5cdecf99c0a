//! Makes Trunk's page safe to serve: no inline script (the Content-Security-Policy forbids it), and addresses that change with
//! every build, so that a browser never mixes an old worker with a new page.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Result, modules, optimise};

pub fn make_safe(dist: &Path) -> Result {
    let index = dist.join("index.html");
    let page = fs::read_to_string(&index)
        .map_err(|e| format!("could not read {}: {e}", index.display()))?;
    let write = |name: &str, text: &str| {
        fs::write(dist.join(name), text).map_err(|e| format!("could not write {name}: {e}"))
    };

    let build = build_id(dist)?;
    let (page, boot) = take_inline_script(&page)?;
    write(&format!("boot-{build}.js"), &boot)?;
    let mut engines = Vec::new();
    for worker in modules::workers().map(|module| module.name) {
        let loader = format!("{worker}_loader.js");
        // A site for the CPU alone has no engine for a GPU.
        if !dist.join(&loader).exists() {
            continue;
        }
        engines.push(worker);
        let text = fs::read_to_string(dist.join(&loader)).unwrap_or_default();
        write(&loader, &versioned_loader(worker, &text, &build)?)?;
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
    write("index.html", &page)
}

/// Names this build by everything that runs in it.
fn build_id(dist: &Path) -> Result<String> {
    let of = |folder: &Path, endings: &[&str]| -> Result<Vec<PathBuf>> {
        let files = fs::read_dir(folder)
            .map_err(|e| format!("could not read {}: {e}", folder.display()))?;
        let fits = |file: &PathBuf| {
            let ending = file.extension().and_then(|ending| ending.to_str());
            ending.is_some_and(|ending| endings.contains(&ending))
        };
        Ok(files
            .flatten()
            .map(|file| file.path())
            .filter(fits)
            .collect())
    };
    let mut files = of(dist, &["wasm", "js"])?;
    // The page asks for a language by the build, too.
    files.extend(of(&dist.join("locales"), &["txt"])?);
    files.sort();
    let mut all = Vec::new();
    for file in files {
        all.extend(fs::read(&file).map_err(|e| format!("could not read {}: {e}", file.display()))?);
    }
    Ok(optimise::content_hash(&all)[..12].to_owned())
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

/// The page asks for a loader, `worker_loader.js?v=BUILD` say; the loader must ask for its files the same way.
fn versioned_loader(worker: &str, text: &str, build: &str) -> Result<String> {
    if text.trim() != format!("import init from './{worker}.js';await init();") {
        return Err(format!(
            "{worker}_loader.js is not what Trunk 0.21 writes: look at xtask/src/page.rs."
        ));
    }
    // The worker itself starts from a blob: and asks for the site's files beside this address (src/web/launch.rs).
    Ok(format!(
        "import init from './{worker}.js?v={build}';\n\
         globalThis.graftLoader = import.meta.url;\n\
         await init({{ module_or_path: new URL('./{worker}_bg.wasm?v={build}', import.meta.url) }});\n"
    ))
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
        let loader = versioned_loader("worker", trunks, "1f").unwrap();
        for part in [
            "'./worker.js?v=1f'",
            "'./worker_bg.wasm?v=1f'",
            "graftLoader = import.meta.url",
        ] {
            assert!(loader.contains(part), "{loader}");
        }
        assert!(versioned_loader("worker", "import other", "1f").is_err());
    }
}
