//! What the engine needs from its host in the middle of its work: files.

use super::PhotoFile;
use super::digest::square_of;

/// A file that the host should hand over before the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// A photo, under this key of [`super::store::Table::Files`]: [`super::Engine::give_photo`].
    Photo { key: String },
    /// A file of this site, relative to the page: [`super::Engine::give_file`].
    File { path: &'static str },
}

/// Photos that come one by one, each as its centre square: `side * side * 3` bytes RGB.
pub(super) struct Gathering {
    keys: Vec<String>,
    side: usize,
    /// None for a photo whose file is gone or cannot be read.
    squares: Vec<Option<Vec<u8>>>,
}

impl Gathering {
    pub fn new(keys: Vec<String>, side: usize) -> Self {
        Self {
            keys,
            side,
            squares: Vec::new(),
        }
    }

    /// The key of the next one.
    pub fn next(&self) -> Option<&str> {
        self.keys.get(self.squares.len()).map(String::as_str)
    }

    /// False for a lost one.
    pub fn take(&mut self, photo: Option<PhotoFile>) -> bool {
        let square = photo.and_then(|photo| {
            let decoded = photo.decoded().ok()?;
            Some(square_of(&decoded, self.side).into_raw())
        });
        self.squares.push(square);
        self.squares.last().is_some_and(Option::is_some)
    }

    /// How many of how many.
    pub fn progress(&self) -> (usize, usize) {
        (self.squares.len(), self.keys.len())
    }

    /// In the order of the keys.
    pub fn squares(self) -> Vec<Option<Vec<u8>>> {
        self.squares
    }
}
