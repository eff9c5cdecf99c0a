//! What a session needs of the machine for projects beside the one that is open, and for files that it writes piece by piece.

use super::super::platform::Storage;
use data::problem::StorageProblem;

/// The projects of this browser, each a storage of its own under its id.
#[expect(
    async_fn_in_trait,
    reason = "a session and its platform live on one thread"
)]
pub trait Shelf {
    type Storage: Storage;
    /// A file for the page to save, as far as it is written.
    type NewFile: Default;

    /// The id of the project that is open.
    fn current(&self) -> String;
    /// The ids of all that are stored, in the order in which they were made; as far as the browser tells.
    async fn all(&self) -> Vec<String>;
    /// An id that no project has.
    async fn free(&self) -> String;
    /// The storage of a project, which is made where there is none. What it cannot store is a problem at once.
    async fn open(&self, id: &str) -> Result<Self::Storage, StorageProblem>;
    /// Another tab has it open.
    async fn is_open_elsewhere(&self, id: &str) -> bool;
    /// All of it goes.
    async fn delete(&self, id: &str);

    /// Milliseconds since 1970.
    fn now(&self) -> f64;

    fn append(&self, file: &mut Self::NewFile, bytes: Vec<u8>);
    /// An address within this browser under which the page finds the file.
    fn address(&self, file: Self::NewFile) -> String;
}
