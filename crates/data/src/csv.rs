//! Tables for spreadsheets: comma-separated values (RFC 4180) in UTF-8.

use std::collections::HashMap;

use super::prediction::{Prediction, top};

/// Without it Excel reads the file in the system's old code page and shows "GlÃ¤ser".
const BYTE_ORDER_MARK: char = '\u{feff}';

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    /// An empty cell where it is not finite.
    Number(f64),
    Empty,
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number of single precision, with as many digits as it has.
    pub fn single(value: f32) -> Self {
        Self::Number(decimal::widened(value))
    }

    fn written(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Number(number) if number.is_finite() => decimal::shortest(*number),
            Self::Number(_) | Self::Empty => String::new(),
        }
    }
}

/// The file: a header and rows, each made as long as the header.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<Cell>>) -> String {
    let mut text = String::from(BYTE_ORDER_MARK);
    let header_cells = header.iter().map(|name| Cell::text(*name)).collect();
    for mut row in std::iter::once(header_cells).chain(rows) {
        row.resize(header.len(), Cell::Empty);
        let cells: Vec<String> = row.iter().map(Cell::written).collect();
        text += &cells.join(",");
        text += "\r\n";
    }
    text
}

/// What a head said of a sample.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    pub file: &'a str,
    pub predictions: &'a [Prediction],
    /// It was too strange for an answer.
    pub refused: bool,
}

/// What heads said of samples: a line a sample, its file and the likeliest class first, under these names, and a column a class.
/// Heads may have changed from sample to sample; a class that one did not know is an empty cell. The last of the names stands
/// for the class where there was no answer.
pub fn answers<'a>(
    [file, top_class, unknown]: [&'a str; 3],
    samples: impl Iterator<Item = Answer<'a>> + Clone,
) -> String {
    let mut header = vec![file, top_class];
    let mut columns: HashMap<&str, usize> = HashMap::new();
    for prediction in samples.clone().flat_map(|answer| answer.predictions) {
        columns.entry(&prediction.class).or_insert_with(|| {
            header.push(&prediction.class);
            header.len() - 1
        });
    }
    let row = |answer: Answer<'a>| {
        let best = match answer.refused {
            true => unknown,
            false => top(answer.predictions).map_or("", |p| &p.class),
        };
        let mut row = vec![Cell::Empty; header.len()];
        (row[0], row[1]) = (Cell::text(answer.file), Cell::text(best));
        for prediction in answer.predictions {
            row[columns[prediction.class.as_str()]] = Cell::single(prediction.confidence);
        }
        row
    };
    table(&header, samples.map(row))
}

fn quoted(text: &str) -> String {
    let guard = if is_run(text) { "'" } else { "" };
    let text = format!("{guard}{}", text.replace('"', "\"\""));
    match text.contains(['"', ',', ';', '\t', '\r', '\n']) || text.trim() != text {
        true => format!("\"{text}\""),
        false => text,
    }
}

/// Whether a spreadsheet would run the text as a formula: it begins with = + - @, also as East Asian keyboards write
/// them, blanks and line breaks before left out as some programs do; or with a tab or a line break (OWASP, "CSV
/// Injection").
fn is_run(text: &str) -> bool {
    let blank = |c: char| c.is_whitespace() || c.is_control() || c == BYTE_ORDER_MARK;
    let starts = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    text.starts_with(['\t', '\r', '\n']) || text.trim_start_matches(blank).starts_with(starts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a file as RFC 4180 says, by another way than it is written.
    fn read(file: &str) -> Vec<Vec<String>> {
        let file = file.strip_prefix('\u{feff}').expect("a byte-order mark");
        let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
        let (mut in_quotes, mut letters) = (false, file.chars().peekable());
        while let Some(letter) = letters.next() {
            match letter {
                '"' if in_quotes && letters.peek() == Some(&'"') => cell.extend(letters.next()),
                '"' => in_quotes = !in_quotes,
                ',' if !in_quotes => row.push(std::mem::take(&mut cell)),
                '\r' if !in_quotes => {
                    assert_eq!(letters.next(), Some('\n'), "a line ends with both");
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                other => cell.push(other),
            }
        }
        assert!(
            row.is_empty() && cell.is_empty() && !in_quotes,
            "the last line ends"
        );
        rows
    }

    #[test]
    fn what_is_written_is_read_back() {
        let header = ["file", "a\", \"b", "Größe", "two\r\nlines"];
        let rows = [
            vec![
                Cell::text("x, y.jpg"),
                Cell::Number(0.5),
                Cell::Empty,
                Cell::text(" "),
            ],
            vec![
                Cell::text("\"quoted\""),
                Cell::Number(f64::NAN),
                Cell::Number(-1e-7),
            ],
            vec![Cell::Number(f64::INFINITY); 9],
        ];
        let read = read(&table(&header, rows));
        assert_eq!(read[0], header);
        assert_eq!(read[1], ["x, y.jpg", "0.5", "", " "]);
        assert_eq!(read[2], ["\"quoted\"", "", "-0.0000001", ""]);
        assert_eq!(read[3], [""; 4]);
        assert_eq!(read.len(), 4);
    }

    #[test]
    fn nothing_runs() {
        for formula in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(1)",
            "\t=1+1",
            "\r=1+1",
            "\n=1+1",
            "  =1+1",
            "\u{a0}@A1",
            "\u{feff}=1",
            "\0=1",
            "\u{3000}＝1",
            "＋1",
            "\ttext",
            "\r\ntext",
        ] {
            let table = table(&["file"], [vec![Cell::text(formula)]]);
            assert_eq!(read(&table)[1], [format!("'{formula}")], "{formula:?}");
        }
        for text in ["1-2", "a=b", "mail@example.org", "日本", ""] {
            let table = table(&["file"], [vec![Cell::text(text)]]);
            assert_eq!(read(&table)[1], [text], "{text:?}");
        }
    }

    #[test]
    fn every_sample_has_a_cell_for_every_class() {
        let said = |classes: &[(&str, f32)]| -> Vec<Prediction> {
            let one = |(class, confidence): &(&str, f32)| Prediction {
                class: (*class).to_owned(),
                colour: crate::class::Colour(0, 0, 0),
                confidence: *confidence,
            };
            classes.iter().map(one).collect()
        };
        let samples = [
            ("=1.jpg", said(&[("Gläser", 0.75), ("=1+1", 0.25)])),
            ("2.jpg", said(&[("Töpfe", 1.0)])),
            ("3.jpg", said(&[])),
        ];
        let rows = samples.iter().map(|(file, said)| Answer {
            file,
            predictions: said,
            refused: false,
        });
        let read = read(&answers(["file", "top", "unknown"], rows));
        assert_eq!(read[0], ["file", "top", "Gläser", "'=1+1", "Töpfe"]);
        assert_eq!(read[1], ["'=1.jpg", "Gläser", "0.75", "0.25", ""]);
        assert_eq!(read[2], ["2.jpg", "Töpfe", "", "", "1"]);
        assert_eq!(read[3], ["3.jpg", "", "", "", ""]);
    }

    #[test]
    fn shares_keep_their_digits_and_no_more() {
        assert_eq!(Cell::single(0.1), Cell::Number(0.1));
        assert_eq!(Cell::single(f32::NAN).written(), "");
    }
}
