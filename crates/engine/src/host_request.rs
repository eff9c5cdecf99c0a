//! What the engine needs from its host in the middle of its work: files.

use std::sync::Arc;

use super::PhotoFile;
use super::prepared::square_of;

/// A file that the host should hand over before the next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HostRequest {
    /// A photo, under this key of [`super::store::Table::Files`]: [`super::Engine::give_photo`].
    Photo { key: String },
    /// A file of this site, relative to the page: [`super::Engine::give_file`].
    File { path: &'static str },
}

/// A photo's centre square, `side * side * 3` bytes RGB.
pub(super) type Square = Arc<[u8]>;

/// Photos that come one by one, each as its centre square.
pub(super) struct Gathering {
    keys: Vec<String>,
    side: usize,
    /// None for a photo whose file is gone or cannot be read.
    squares: Vec<Option<Square>>,
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
        self.squares.push(square(photo, self.side));
        self.squares.last().is_some_and(Option::is_some)
    }

    /// How many of how many.
    pub fn progress(&self) -> (usize, usize) {
        (self.squares.len(), self.keys.len())
    }

    /// In the order of the keys.
    pub fn squares(self) -> Vec<Option<Square>> {
        self.squares
    }
}

/// A photo's centre square; none where its file is gone or cannot be read.
pub(super) fn square(photo: Option<PhotoFile>, side: usize) -> Option<Square> {
    let photo = photo?;
    let decoded = photo.decoded().ok()?;
    Some(square_of(&decoded, side).into_raw().into())
}
