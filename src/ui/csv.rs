//! Tables for spreadsheets.

use super::state::Tried;
use crate::data::prediction::top;

/// A cell of text. A leading = + - @ would make a spreadsheet run it.
pub fn quote(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

/// One line a photo, one column a class; heads may have changed between photos.
pub fn csv(results: &[Tried]) -> String {
    let mut classes: Vec<&str> = Vec::new();
    for p in results.iter().flat_map(|r| &r.predictions) {
        if !classes.contains(&p.class.as_str()) {
            classes.push(&p.class);
        }
    }
    let header: Vec<String> = ["file", "top"]
        .iter()
        .chain(&classes)
        .map(|c| quote(c))
        .collect();
    let mut text = header.join(",") + "\r\n";
    for r in results.iter().rev() {
        let best = top(&r.predictions).map_or("", |p| &p.class);
        let share = |c: &&str| {
            let found = r.predictions.iter().find(|p| p.class == *c);
            found.map(|p| p.confidence.to_string()).unwrap_or_default()
        };
        let cells = [quote(&r.file), quote(best)]
            .into_iter()
            .chain(classes.iter().map(share));
        text += &(cells.collect::<Vec<_>>().join(",") + "\r\n");
    }
    text
}
