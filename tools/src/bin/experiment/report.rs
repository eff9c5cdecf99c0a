//! Results as a page of Markdown.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::photos::Failure;
use crate::runs::Outcome;

/// One method at one number of photos a class, over all draws.
pub struct Row {
    pub set: String,
    pub method: String,
    pub photos: usize,
    /// In the order of the draws.
    pub outcomes: Vec<Outcome>,
}

/// 97.5 % points of Student's distribution for 1 to 9 degrees of freedom.
const STUDENT: [f64; 9] = [
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262,
];

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Half of the mean's 95 % interval; none of fewer than three values.
fn half_interval(values: &[f64]) -> Option<f64> {
    let n = values.len();
    let student = STUDENT.get(n.checked_sub(2)?).filter(|_| n > 2)?;
    let centre = mean(values);
    let squares: f64 = values.iter().map(|v| (v - centre).powi(2)).sum();
    Some(student * (squares / (n - 1) as f64 / n as f64).sqrt())
}

/// `83.6 ± 1.2`, or all values where they are too few for an interval.
pub fn percent(values: &[f64]) -> String {
    let values: Vec<f64> = values.iter().map(|v| v * 100.0).collect();
    match half_interval(&values) {
        Some(half) => format!("{:.1} ± {half:.1}", mean(&values)),
        None => {
            let all: Vec<String> = values.iter().map(|v| format!("{v:.1}")).collect();
            all.join(" / ")
        }
    }
}

fn accuracies(row: &Row) -> Vec<f64> {
    row.outcomes.iter().map(|o| o.accuracy).collect()
}

/// One line to watch.
pub fn show(row: &Row) {
    println!(
        "{} · {} · {} a class: {} ({:.0} s)",
        row.set,
        row.method,
        row.photos,
        percent(&accuracies(row)),
        mean(&row.outcomes.iter().map(|o| o.seconds).collect::<Vec<_>>()),
    );
}

/// Accuracies of the app's head, the peer's and the app's on square roots, in the same draws, and
/// how far the first is ahead of the second.
pub fn compare(set: &str, photos: usize, draws: &[[f64; 3]]) {
    let of = |value: fn(&[f64; 3]) -> f64| percent(&draws.iter().map(value).collect::<Vec<f64>>());
    println!(
        "| {set}, {photos} a class | {} | {} | {} | {} |",
        of(|[ours, ..]| *ours),
        of(|[_, theirs, _]| *theirs),
        of(|[ours, theirs, _]| ours - theirs),
        of(|[.., roots]| *roots),
    );
}

/// Replaces what stands between the marks in the page; the words around them are written by hand.
pub fn write(page: &Path, rows: &[Row], sizes: &[usize]) -> Result<(), Failure> {
    const MARKS: [&str; 2] = ["<!-- results -->", "<!-- end of results -->"];
    let old = fs::read_to_string(page)?;
    let (before, rest) = old.split_once(MARKS[0]).ok_or("the page has no mark")?;
    let (_, after) = rest
        .split_once(MARKS[1])
        .ok_or("the page has no end mark")?;
    let tables = tables(rows, sizes)?;
    fs::write(
        page,
        format!("{before}{}\n{tables}{}{after}", MARKS[0], MARKS[1]),
    )?;
    Ok(())
}

fn tables(rows: &[Row], sizes: &[usize]) -> Result<String, Failure> {
    let mut text = String::new();
    let mut sets: Vec<&str> = rows.iter().map(|row| row.set.as_str()).collect();
    sets.dedup();
    for set in sets {
        let of_set: Vec<&Row> = rows.iter().filter(|row| row.set == set).collect();
        writeln!(text, "\n### {set}\n\n| photos a class |{}", columns(sizes))?;
        writeln!(text, "|---|{}", "---|".repeat(sizes.len()))?;
        let mut methods: Vec<&str> = Vec::new();
        for row in &of_set {
            if !methods.contains(&row.method.as_str()) {
                methods.push(&row.method);
            }
        }
        for method in &methods {
            write!(text, "| {method} |")?;
            for size in sizes {
                let fits = |row: &&&Row| row.method == *method && row.photos == *size;
                let cell = of_set.iter().find(fits).map(|row| {
                    let n = row.outcomes.len();
                    format!("{} ({n})", percent(&accuracies(row)))
                });
                write!(text, " {} |", cell.unwrap_or_default())?;
            }
            writeln!(text)?;
        }
        writeln!(
            text,
            "\n| method, photos a class | CPU seconds | numbers that learn | multiply-adds |\n|---|---|---|---|"
        )?;
        for row in of_set {
            let seconds: Vec<f64> = row.outcomes.iter().map(|o| o.seconds).collect();
            let work: Vec<f64> = row.outcomes.iter().map(|o| o.multiply_adds / 1e9).collect();
            let parameters = row.outcomes.first().map_or(0, |o| o.trained_parameters);
            writeln!(
                text,
                "| {}, {} | {:.1} | {parameters} | {:.1} G |",
                row.method,
                row.photos,
                mean(&seconds),
                mean(&work)
            )?;
        }
    }
    Ok(text)
}

fn columns(sizes: &[usize]) -> String {
    sizes.iter().map(|size| format!(" {size} |")).collect()
}
