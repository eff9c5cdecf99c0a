//! The answers of a batch as a table.

use super::Run;
use crate::Output;
use data::csv::{Cell, table};
use data::protocol::{Event, TableWords};

/// A line a sample in the order of their paths: path, likeliest class, the probability of each class, whether it is unknown, seconds, and
/// why there is no answer. `kept` as [`Unknown::kept`](data::unknown::Unknown).
pub fn file(run: &Run, classes: &[String], kept: f32, name: &str, words: &TableWords) -> Output {
    let [file, answer, unknown, seconds, problem] = words.columns.each_ref().map(String::as_str);
    let mut header = vec![file, answer];
    header.extend(classes.iter().map(String::as_str));
    header.extend([unknown, seconds, problem]);
    let mut reasons = Vec::new();
    let rows = run.rows.iter().map(|(path, row)| {
        let mut cells = vec![Cell::text(path)];
        let reason = match &row.outcome {
            Ok(said) => {
                let refused = said.needs > kept;
                cells.push(Cell::text(match refused {
                    true => words.unknown.clone(),
                    false => likeliest(&said.probabilities, classes),
                }));
                let probabilities = said.probabilities.iter();
                cells.extend(probabilities.map(|p| Cell::single(*p)));
                cells.push(Cell::text(if refused { "true" } else { "false" }));
                Cell::Empty
            }
            Err(why) => {
                cells.resize(3 + classes.len(), Cell::Empty);
                let place = reasons.iter().position(|known| *known == why);
                let place = place.unwrap_or_else(|| {
                    reasons.push(why);
                    reasons.len() - 1
                });
                let reason = words.reasons.get(place);
                Cell::text(reason.cloned().unwrap_or_else(|| why.to_string()))
            }
        };
        let seconds = row.seconds.map(|s| (s * 1e3).round() / 1e3);
        cells.push(seconds.map_or(Cell::Empty, Cell::Number));
        cells.push(reason);
        cells
    });
    let text = table(&header, rows);
    let name = format!("{name}.csv");
    let mime = "text/csv".into();
    (Event::File { name, mime }, vec![text.into_bytes()])
}

/// The name of the likeliest class; of several that are as likely, the first.
pub fn likeliest(probabilities: &[f32], classes: &[String]) -> String {
    let mut best = 0;
    for (i, p) in probabilities.iter().enumerate() {
        if *p > probabilities[best] {
            best = i;
        }
    }
    classes.get(best).cloned().unwrap_or_default()
}
