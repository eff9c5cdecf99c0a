//! What was measured, as `docs/benchmarks.md` and `docs/benchmarks.json`.

use std::fmt::Write;
use std::fs;

use anyhow::Result;
use serde::Serialize;

/// Kept below this line when the page is written anew: notes by hand.
const LOG: &str = "## Log\n";

#[derive(Serialize)]
pub struct Report {
    pub environment: Vec<(String, String)>,
    pub sections: Vec<Section>,
}

#[derive(Serialize)]
pub struct Section {
    pub title: String,
    /// What is behind the numbers.
    pub note: String,
    pub rows: Vec<Row>,
}

impl Section {
    pub fn new(title: &str, note: &str) -> Self {
        Self {
            title: title.into(),
            note: note.into(),
            rows: Vec::new(),
        }
    }
}

#[derive(Clone, Copy, Serialize)]
pub enum Unit {
    Milliseconds,
    Kilobytes,
    Megabytes,
    Share,
}

impl Unit {
    fn show(self, value: f64) -> String {
        match self {
            Self::Milliseconds if value >= 10_000.0 => format!("{:.1} s", value / 1000.0),
            Self::Milliseconds if value >= 100.0 => format!("{value:.0} ms"),
            Self::Milliseconds => format!("{value:.1} ms"),
            Self::Kilobytes => format!("{value:.0} kB"),
            Self::Megabytes => format!("{value:.1} MB"),
            Self::Share => format!("{value:.3}"),
        }
    }
}

/// One thing measured, all of its repeats, and what they are held against.
#[derive(Serialize)]
pub struct Row {
    pub what: String,
    pub unit: Unit,
    pub ours: Vec<f64>,
    pub median: Option<f64>,
    pub peer: Option<Peer>,
    /// How many times the peer's median ours goes into it.
    pub ratio: Option<f64>,
    pub target: Option<String>,
    pub met: Option<bool>,
}

#[derive(Serialize)]
pub struct Peer {
    pub name: String,
    pub values: Vec<f64>,
    pub median: Option<f64>,
}

impl Row {
    pub fn new(what: impl Into<String>, unit: Unit, ours: Vec<f64>) -> Self {
        Self {
            what: what.into(),
            unit,
            median: median(&ours),
            ours,
            peer: None,
            ratio: None,
            target: None,
            met: None,
        }
    }

    pub fn peer(mut self, name: &str, values: Vec<f64>) -> Self {
        let theirs = median(&values);
        self.ratio = theirs.zip(self.median).map(|(theirs, ours)| theirs / ours);
        self.peer = Some(Peer {
            name: name.into(),
            values,
            median: theirs,
        });
        self
    }

    /// The peer must take so many times as long.
    pub fn ahead(mut self, times: f64) -> Self {
        self.target = Some(format!("≥ {times} ×"));
        self.met = self.ratio.map(|ratio| ratio >= times);
        self
    }

    /// Ours must not be above.
    pub fn at_most(mut self, limit: f64) -> Self {
        self.target = Some(format!("≤ {}", self.unit.show(limit)));
        self.met = self.median.map(|ours| ours <= limit);
        self
    }

    /// Ours must not be below.
    pub fn at_least(mut self, limit: f64) -> Self {
        self.target = Some(format!("≥ {}", self.unit.show(limit)));
        self.met = self.median.map(|ours| ours >= limit);
        self
    }
}

pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    match n {
        0 => None,
        _ => Some((sorted[(n - 1) / 2] + sorted[n / 2]) / 2.0),
    }
}

impl Report {
    pub fn write(&self) -> Result<()> {
        let docs = xtask::paths::root().join("docs");
        let json = serde_json::to_string_pretty(self)?;
        fs::write(docs.join("benchmarks.json"), json + "\n")?;
        let file = docs.join("benchmarks.md");
        let old = fs::read_to_string(&file).unwrap_or_default();
        let log = old.split_once(LOG).map_or("", |(_, log)| log);
        fs::write(file, format!("{}{LOG}{log}", self.markdown()))?;
        Ok(())
    }

    fn markdown(&self) -> String {
        let mut text = "# Benchmarks\n\nWritten by `cargo xtask bench`, all but the log at the end. Medians of several rounds, in each \
             of which ours and the peers took turns in one Chromium; a ratio is the peer's time by ours, so above 1 ours is \
             faster. All repeats are in `benchmarks.json`.\n\n"
            .to_owned();
        for (what, value) in &self.environment {
            let _ = writeln!(text, "- {what}: {value}");
        }
        for section in &self.sections {
            let _ = write!(text, "\n## {}\n\n{}\n\n", section.title, section.note);
            text += "| what | ours | peer | ratio | target | |\n|---|---|---|---|---|---|\n";
            section.rows.iter().for_each(|row| text += &row.line());
        }
        text + "\n"
    }
}

impl Row {
    fn line(&self) -> String {
        let show = |value: Option<f64>| value.map_or("-".into(), |v| self.unit.show(v));
        let peer = self
            .peer
            .as_ref()
            .map_or("".into(), |p| format!("{} ({})", show(p.median), p.name));
        let ratio = self.ratio.map_or(String::new(), |r| format!("{r:.2} ×"));
        let met = match (&self.target, self.met) {
            (None, _) => "",
            (_, Some(true)) => "met",
            (_, Some(false)) => "**not met**",
            (_, None) => "not measured",
        };
        format!(
            "| {} | {} | {peer} | {ratio} | {} | {met} |\n",
            self.what,
            show(self.median),
            self.target.as_deref().unwrap_or_default()
        )
    }

    /// For the person who waits.
    pub fn say(&self) {
        print!("  {}", self.line());
    }
}
