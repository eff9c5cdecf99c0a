//! The lesson plan, docs/lesson.md, as a page that prints well: `lesson.html`.

use std::fs;
use std::path::Path;

use pulldown_cmark::{Event, Options, Parser, html};

use crate::cmd::say;
use crate::{Result, paths};

/// Looks like the app, and like paper when it is printed. Nothing inline, nothing from elsewhere.
const FRAME: &str = r#"<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'" />
    <title>TITLE</title>
    <link rel="icon" href="icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="style.css" />
    <link rel="stylesheet" href="lesson.css" />
  </head>
  <body class="lesson">
    <main>
BODY    </main>
  </body>
</html>
"#;

/// Writes `lesson.html` into `dist`.
pub fn write(dist: &Path) -> Result {
    let source = paths::root().join("docs/lesson.md");
    let text = fs::read_to_string(&source)
        .map_err(|e| format!("could not read {}: {e}", source.display()))?;
    let open = placeholders(&text);
    if !open.is_empty() {
        say(&format!(
            "docs/lesson.md still waits for {} measured numbers",
            open.len()
        ));
    }
    fs::write(dist.join("lesson.html"), render(&text)?)
        .map_err(|e| format!("could not write lesson.html: {e}"))
}

/// Numbers that the app must still produce: what stands between `{{` and `}}`.
pub fn placeholders(text: &str) -> Vec<&str> {
    let after = text.split("{{").skip(1);
    after
        .filter_map(|part| Some(part.split_once("}}")?.0.trim()))
        .collect()
}

fn render(text: &str) -> Result<String> {
    let title = text
        .lines()
        .find_map(|line| line.strip_prefix("# "))
        .ok_or("docs/lesson.md has no title.")?;
    let parser = Parser::new_ext(text, Options::ENABLE_TABLES);
    // HTML in the text could be inline style or script, which the policy forbids.
    let mut raw = None;
    let events = parser.inspect(|event| {
        if let Event::Html(html) | Event::InlineHtml(html) = event {
            raw.get_or_insert(html.to_string());
        }
    });
    let mut body = String::new();
    html::push_html(&mut body, events);
    if let Some(raw) = raw {
        return Err(format!(
            "docs/lesson.md holds HTML ({}). Write it as Markdown.",
            raw.trim()
        ));
    }
    // Cells are aligned by attributes that the policy would ignore.
    if body.contains(" style=\"") {
        return Err("docs/lesson.md aligns a table's columns, which makes inline styles.".into());
    }
    Ok(FRAME
        .replace("TITLE", &title.replace('&', "&amp;").replace('<', "&lt;"))
        .replace("BODY", &body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_becomes_a_page_without_anything_inline() {
        let page = render("# Two & three\n\n| a | b |\n|---|---|\n| 1 | *2* |\n").unwrap();
        assert!(page.contains("<title>Two &amp; three</title>"), "{page}");
        assert!(page.contains("<h1>Two &amp; three</h1>"), "{page}");
        assert!(page.contains("<td><em>2</em></td>"), "{page}");
        for bad in [
            "no title",
            "# T\n\n<script>x</script>",
            "# T\n\nin <b style='x'>line</b>",
            "# T\n\n| a |\n|--:|\n| 1 |\n",
        ] {
            assert!(render(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_still_to_be_measured_is_found() {
        assert_eq!(
            placeholders("a {{accuracy of x}} b {{ y }} c {{"),
            ["accuracy of x", "y"]
        );
    }

    #[test]
    fn the_lesson_itself_can_be_rendered() {
        let text = fs::read_to_string(paths::root().join("docs/lesson.md")).unwrap();
        render(&text).unwrap();
    }
}
