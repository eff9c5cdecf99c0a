//! A table that says the class of each photo: a row a photo, with its file and its label, as many data sets have one (`labels.csv`).

use std::collections::HashMap;

use nfc::lowercase;

use super::{Group, parts};

/// Bytes of such a table: 20,000 rows of 200.
pub const LARGEST: u64 = 4 << 20;

/// What the column with the labels may be called, where there are several beside the files.
const NAMES: &[&str] = &[
    "label",
    "labels",
    "class",
    "classes",
    "classname",
    "class_name",
    "category",
    "target",
    "species",
    "tag",
    "klasse",
    "classe",
    "clase",
];

/// A file that may be such a table.
pub fn is_table(path: &str) -> bool {
    let path = lowercase(path);
    [".csv", ".tsv"].iter().any(|ending| path.ends_with(ending))
}

/// Samples by their labels, in the order of the table; `samples` are indices into `paths`. None where the table does not name at
/// least half of them. A sample goes by the end of its path, so `a.jpg` is `photos/a.jpg` where no other is called so.
pub fn sorted<P: AsRef<str>>(text: &str, paths: &[P], samples: &[usize]) -> Option<Vec<Group>> {
    let known = Known::of(paths, samples);
    let rows = rows(text);
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cell = |row: &[String], column: usize| row.get(column).cloned().unwrap_or_default();
    let named = |column: usize| {
        let found = rows.iter().filter_map(|row| known.find(&cell(row, column)));
        found.count()
    };
    let file = (0..width).max_by_key(|column| (named(*column), width - column))?;
    let header = rows
        .first()
        .filter(|row| known.find(&cell(row, file)).is_none());
    let is_label = |column: &usize| {
        let name = header.map(|row| lowercase(cell(row, *column).trim()));
        name.is_some_and(|name| NAMES.contains(&name.as_str()))
    };
    let mut others = (0..width).filter(|column| *column != file);
    let label = others.clone().find(is_label).or_else(|| others.next())?;
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut taken = std::collections::HashSet::new();
    for row in &rows {
        let name = cell(row, label).trim().to_owned();
        let Some(sample) = known.find(&cell(row, file)).filter(|_| !name.is_empty()) else {
            continue;
        };
        if !taken.insert(sample) {
            continue;
        }
        let place = *places.entry(name.clone()).or_insert_with(|| {
            groups.push(Group {
                name,
                samples: Vec::new(),
            });
            groups.len() - 1
        });
        groups[place].samples.push(sample);
    }
    (2 * taken.len() >= samples.len() && !taken.is_empty()).then_some(groups)
}

/// Samples by every end of their paths; an end that several share is none.
struct Known(HashMap<String, Option<usize>>);

impl Known {
    fn of<P: AsRef<str>>(paths: &[P], samples: &[usize]) -> Self {
        let mut ends: HashMap<String, Option<usize>> = HashMap::new();
        for index in samples {
            let parts: Vec<&str> = parts(paths[*index].as_ref()).collect();
            for from in 0..parts.len() {
                let end = lowercase(&parts[from..].join("/"));
                // Tables may name a file without its ending.
                let stem = end.rsplit_once('.').map(|(stem, _)| stem.to_owned());
                for end in std::iter::once(end).chain(stem) {
                    let place = ends.entry(end).or_insert(Some(*index));
                    if *place != Some(*index) {
                        *place = None;
                    }
                }
            }
        }
        Self(ends)
    }

    fn find(&self, cell: &str) -> Option<usize> {
        let cell = lowercase(&cell.trim().replace('\\', "/"));
        let path = parts(&cell).collect::<Vec<_>>().join("/");
        // A table from elsewhere may have more folders in front than the photos here.
        let mut rest = path.as_str();
        loop {
            if let Some(found) = self.0.get(rest) {
                return *found;
            }
            rest = rest.split_once('/')?.1;
        }
    }
}

/// Rows of cells (RFC 4180), separated by what most lines have: commas, semicolons or tabs.
fn rows(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let count = |separator: &char| first.matches(*separator).count();
    let separator = [',', ';', '\t']
        .into_iter()
        .rev()
        .max_by_key(count)
        .unwrap_or(',');
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut letters) = (false, text.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            c if quoted => cell.push(c),
            c if c == separator => row.push(std::mem::take(&mut cell)),
            '\n' => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            '\r' => {}
            c => cell.push(c),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, paths: &[&str], expected: &[(&str, &[usize])]) {
        let samples: Vec<usize> = (0..paths.len()).collect();
        let groups = sorted(text, paths, &samples).unwrap_or_default();
        let groups: Vec<_> = groups
            .iter()
            .map(|g| (g.name.as_str(), &g.samples[..]))
            .collect();
        assert_eq!(groups, expected, "{text:?}");
    }

    #[test]
    fn a_label_a_row_names_the_class() {
        let paths = ["images/a.jpg", "images/b.jpg", "images/c.png"];
        let cat_dog: &[(&str, &[usize])] = &[("cat", &[0, 2]), ("dog", &[1])];
        check(
            "file,label\na.jpg,cat\nb.jpg,dog\nc.png,cat\n",
            &paths,
            cat_dog,
        );
        // Without a header, with other separators, quotes, paths, endings left out, the columns the other way round.
        check("a.jpg;cat\r\nb.jpg;dog\r\nc.png;cat", &paths, cat_dog);
        check("\u{feff}cat\tIMAGES/A.JPG\ndog\tb\ncat\tC", &paths, cat_dog);
        check(
            "\"images/a.jpg\",\"cat\"\nset\\images\\b.jpg,dog\n./c.png,cat",
            &paths,
            cat_dog,
        );
        let wide = "id,width,path,note,species\n1,640,a.jpg,\"x, y\n\"\"z\"\"\",cat\n2,640,b.jpg,,dog\n3,640,c.png,,cat\n";
        check(wide, &paths, cat_dog);
        // Numbers are labels as well.
        check(
            "a.jpg,0\nb.jpg,1\nc.png,0",
            &paths,
            &[("0", &[0, 2]), ("1", &[1])],
        );
    }

    #[test]
    fn a_table_of_something_else_sorts_nothing() {
        let paths = ["1/a.jpg", "2/a.jpg", "2/b.jpg", "2/c.jpg"];
        check("file,label\nx.jpg,cat\ny.jpg,dog", &paths, &[]);
        check("", &paths, &[]);
        check("a.jpg", &paths, &[]);
        // Two are called so: which is meant nobody knows; and a row without a label says nothing.
        check("a.jpg,cat\nb.jpg,dog\nc.jpg,", &paths, &[]);
        check(
            "1/a.jpg,cat\n2/a.jpg,dog\nb.jpg,cat",
            &paths,
            &[("cat", &[0, 2]), ("dog", &[1])],
        );
        // The first row of a photo counts.
        check(
            "b.jpg,cat\nb.jpg,dog\nc.jpg,cat",
            &paths,
            &[("cat", &[2, 3])],
        );
    }
}
