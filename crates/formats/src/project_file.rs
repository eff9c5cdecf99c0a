//! A project as a file: a zip with the photos in a folder a class, and in `graft/` all else that a project stores, as bytes under
//! keys. `docs/project-format.md` says what is where.
//!
//! ```
//! use formats::project_file::{self, Manifest, Record};
//!
//! let manifest = Manifest::new("Pets");
//! assert_eq!(Manifest::read(&manifest.write()).map(|m| m.name), Ok("Pets".into()));
//! let record = |key: &str| Record { table: "project".into(), key: key.into(), value: vec![1, 2] };
//! let pack: Vec<u8> = [record("a"), record("b")].iter().flat_map(Record::write).collect();
//! assert_eq!(project_file::records(&pack), Some(vec![record("a"), record("b")]));
//! // What breaks off is not read at all.
//! assert_eq!(project_file::records(&pack[..pack.len() - 1]), None);
//! ```

use data::problem::ProjectProblem;
use serde::{Deserialize, Serialize};

/// Raised when an older Graft could not read the file any more.
pub const VERSION: u32 = 1;
/// The folder of what is no photo.
pub const FOLDER: &str = "graft/";
pub const MANIFEST: &str = "graft/project.json";
/// Bytes of a pack at which the next one begins.
pub const PACK: usize = 4 << 20;
/// Bytes of a manifest: 20,000 photos with paths of 300 bytes.
const LONGEST: usize = 8 << 20;

/// What a project file says of itself; it is the last file in it but for the zip's own list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// `project`, so that no other program's file is taken for one.
    graft: String,
    version: u32,
    pub name: String,
    #[serde(default)]
    pub classes: usize,
    #[serde(default)]
    pub heads: usize,
    pub photos: Vec<PhotoEntry>,
    /// Paths of the packs of [`Record`]s.
    pub packs: Vec<String>,
}

/// A photo: its key in the table of files, and its path in the zip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoEntry {
    pub hash: String,
    pub path: String,
}

impl Manifest {
    pub fn new(name: &str) -> Self {
        Self {
            graft: "project".into(),
            version: VERSION,
            name: name.into(),
            classes: 0,
            heads: 0,
            photos: Vec::new(),
            packs: Vec::new(),
        }
    }

    /// JSON.
    pub fn write(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("plain data becomes JSON")
    }

    pub fn read(json: &[u8]) -> Result<Self, ProjectProblem> {
        #[derive(Deserialize)]
        struct Kind {
            graft: String,
            version: u32,
        }
        if json.len() > LONGEST {
            return Err(ProjectProblem::Damaged);
        }
        let damaged = |_| ProjectProblem::Damaged;
        let kind: Kind = serde_json::from_slice(json).map_err(damaged)?;
        match kind.version {
            _ if kind.graft != "project" => Err(ProjectProblem::Damaged),
            found @ VERSION.. if found > VERSION => Err(ProjectProblem::NewerFile),
            _ => serde_json::from_slice(json).map_err(damaged),
        }
    }
}

/// An entry of one of storage's tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub table: String,
    pub key: String,
    pub value: Vec<u8>,
}

impl Record {
    /// Three times a length, 32 bits little-endian, and as many bytes: table and key in UTF-8, value.
    pub fn write(&self) -> Vec<u8> {
        let parts = [self.table.as_bytes(), self.key.as_bytes(), &self.value];
        let part = |part: &&[u8]| {
            let length = u32::try_from(part.len()).expect("a record has less than 4 GB");
            [&length.to_le_bytes()[..], part].concat()
        };
        parts.iter().flat_map(part).collect()
    }
}

/// The records of a pack; none where it is damaged.
pub fn records(mut pack: &[u8]) -> Option<Vec<Record>> {
    let mut all = Vec::new();
    while !pack.is_empty() {
        let mut part = || {
            let (length, behind) = pack.split_first_chunk()?;
            let (part, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            pack = behind;
            Some(part)
        };
        let text = |part: &[u8]| String::from_utf8(part.to_vec()).ok();
        all.push(Record {
            table: text(part()?)?,
            key: text(part()?)?,
            value: part()?.to_vec(),
        });
    }
    Some(all)
}

/// Names of folders and files, each once, that every system can make.
#[derive(Default)]
pub struct Paths(std::collections::HashSet<String>);

impl Paths {
    /// Letters of a name that are kept.
    const LONGEST: usize = 100;

    /// A folder for a name.
    pub fn folder(&mut self, name: &str) -> String {
        self.free("", name, "")
    }

    /// A path in a folder for a file's name; `ending` with its dot in place of the name's own.
    pub fn file(&mut self, folder: &str, name: &str, ending: &str) -> String {
        let stem = match name.rsplit_once('.') {
            Some((stem, own)) if own.len() <= 5 && !stem.is_empty() => stem,
            _ => name,
        };
        self.free(&format!("{folder}/"), stem, ending)
    }

    fn free(&mut self, before: &str, name: &str, ending: &str) -> String {
        let name = allowed(name);
        let numbered = |n: usize| match n {
            1 => format!("{before}{name}{ending}"),
            n => format!("{before}{name} ({n}){ending}"),
        };
        let mut names = (1..).map(numbered);
        // Windows and macOS take names for the same that differ by case.
        let free = names.find(|path| self.0.insert(path.to_lowercase()));
        free.expect("numbers do not end")
    }
}

/// What no system forbids in a name (Microsoft, "Naming Files, Paths, and Namespaces"), and what is no folder of ours.
fn allowed(name: &str) -> String {
    let letter = |c: char| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        c if c.is_control() => '_',
        c => c,
    };
    let name: String = name.chars().take(Paths::LONGEST).map(letter).collect();
    let name = name.trim().trim_end_matches('.').trim_start_matches('.');
    let root = name.split('.').next().unwrap_or_default().to_lowercase();
    let device = |prefix: &str| {
        let number = root.strip_prefix(prefix);
        number.is_some_and(|n| n.len() == 1 && n.as_bytes()[0].is_ascii_digit())
    };
    let reserved = ["con", "prn", "aux", "nul", "graft"].contains(&root.as_str());
    match () {
        () if name.is_empty() => "_".into(),
        () if reserved || device("com") || device("lpt") => format!("{name}_"),
        () => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_paths_that_every_system_takes() {
        let mut paths = Paths::default();
        let check = |made: String, expected: &str| assert_eq!(made, expected);
        check(paths.folder("Rose"), "Rose");
        check(paths.folder("rose"), "rose (2)");
        check(paths.folder("../etc"), "_etc");
        check(paths.folder("a/b\\c:d"), "a_b_c_d");
        check(paths.folder("graft"), "graft_");
        check(paths.folder("COM1.old"), "COM1.old_");
        check(paths.folder(" . "), "_");
        check(paths.folder("금속"), "금속");
        check(paths.file("Rose", "1.JPEG", ".jpg"), "Rose/1.jpg");
        check(paths.file("Rose", "1.png", ".jpg"), "Rose/1 (2).jpg");
        check(
            paths.file("Rose", "v1.2 by me", ".jpg"),
            "Rose/v1.2 by me.jpg",
        );
        check(paths.file("Rose", ".jpg", ".jpg"), "Rose/jpg.jpg");
        assert_eq!(paths.folder(&"x".repeat(500)).len(), Paths::LONGEST);
    }

    #[test]
    fn only_a_project_of_this_version_or_before_is_read() {
        let read = |json: &str| Manifest::read(json.as_bytes());
        let newer = r#"{"graft":"project","version":2,"other":1}"#;
        assert_eq!(read(newer), Err(ProjectProblem::NewerFile));
        for json in ["", "{}", r#"{"graft":"head","version":1}"#, "[1]"] {
            assert_eq!(read(json), Err(ProjectProblem::Damaged), "{json}");
        }
    }
}
