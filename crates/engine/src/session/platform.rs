//! What a session needs of the machine that it runs on: a browser's worker, or a test.

use std::io::{Read, Seek};
use std::rc::Rc;

use crate::backbones::Backbone;
use crate::store::{Snapshot, Table, Write};
use crate::tuning_service::Link;
use crate::{Output, PreparedSample, SampleFile};
use data::backbone::{BackboneSpec, DeviceReport};
use data::export::Order;
use data::problem::{BackboneProblem, SampleProblem, StorageProblem};
use data::protocol::Numbered;
use data::share::{LinkProblem, Precision, Qr};

use super::projects::Shelf;

/// What comes to a session.
pub enum Incoming<F> {
    Request(Numbered, Vec<Payload<F>>),
    /// The embedders have prepared the sample of this job, or it cannot be had.
    Prepared {
        job: u64,
        sample: Result<PreparedSample, SampleProblem>,
    },
    /// The embedders are gone, and what they were given has to be done again.
    EmbeddersBroke,
    /// Another tab asks for the project.
    Wanted,
    /// Another tab took the project.
    Taken,
    /// A newer Graft wants to change the database.
    NewerGraft,
    /// The database was closed: it was cleared, or cannot be reached any more.
    DatabaseClosed,
}

/// What comes with a request.
pub enum Payload<F> {
    /// A file that nobody has read.
    File(F),
    Bytes(Vec<u8>),
}

/// The address, its picture, the head file that was read back from it.
pub type WrittenLink = (String, Option<Qr>, Vec<u8>);

/// A sample for the embedders.
pub struct EmbedJob<F> {
    pub job: u64,
    pub source: JobSource<F>,
    pub backbone: &'static BackboneSpec,
    /// Else the backbone runs elsewhere (on the GPU), and only its input is wanted.
    pub embed: bool,
    /// It becomes part of the project. Else only what the backbone sees, or saw, is wanted.
    pub keep: bool,
}

/// Where an embedder finds a sample.
pub enum JobSource<F> {
    File(F),
    /// Relative to the page.
    Url(String),
    Bytes(Vec<u8>),
}

/// A file's size in bytes, and when it was changed, milliseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Stamp {
    pub bytes: u64,
    pub changed: f64,
}

/// The machine: files, decoders, networks, and the lock of the project.
#[expect(
    async_fn_in_trait,
    reason = "a session and its platform live on one thread"
)]
pub trait Platform {
    /// A file that the page handed over.
    type File: Clone;
    /// Such a file, read piece by piece.
    type Reader: Read + Seek;
    type Storage: Storage;
    type Embedders: Embedders<Self::File>;
    /// Storages beside the one that is open.
    type Shelf: Shelf;

    fn storage(&self) -> &Self::Storage;
    fn storage_mut(&mut self) -> &mut Self::Storage;
    fn embedders(&mut self) -> &mut Self::Embedders;
    fn shelf(&self) -> &Self::Shelf;

    /// Tells the page.
    fn tell(&self, outputs: Vec<Output>);

    /// Milliseconds of a steady clock.
    fn clock(&self) -> fn() -> f64;

    /// A file of this site, relative to the page; or why not, in the machine's words.
    async fn fetch(&self, path: &str) -> Result<Vec<u8>, String>;
    /// All of a file of the page's, if it is no larger than a sample may be.
    async fn read(&self, file: &Self::File) -> Result<Vec<u8>, SampleProblem>;
    fn open(&self, file: &Self::File) -> Result<Self::Reader, String>;
    /// By which a file is known again when a person chooses it another time.
    fn stamp(&self, file: &Self::File) -> Stamp;
    /// The file says that it is a zip, whatever its name.
    fn is_zip(&self, file: &Self::File) -> bool;
    /// With the decoders that this machine has.
    async fn decode(&self, bytes: Vec<u8>) -> SampleFile;
    /// Names in an unknown code page as texts, and whether the page could be told; none where nobody can read them.
    async fn read_names(&self, names: &[&[u8]]) -> Option<(Vec<String>, bool)>;

    /// The zip of an export; `tensors` are the network's numbers as its ops ask for them, little-endian f32. Or why not, in the
    /// machine's words.
    async fn export(&self, order: &Order, tensors: Vec<u8>) -> Result<Vec<u8>, String>;

    /// A head's file as a link to an address, as a picture where it is short enough, and the head file that the link holds.
    async fn write_link(
        &self,
        head: &[u8],
        precision: Precision,
        address: &str,
    ) -> Result<WrittenLink, LinkProblem>;
    /// The head file that a link's text holds.
    async fn read_link(&self, text: &str) -> Result<Vec<u8>, LinkProblem>;

    /// A network on the best device, and why that is the best.
    async fn load(
        &mut self,
        spec: &'static BackboneSpec,
    ) -> Result<(Backbone, DeviceReport), BackboneProblem>;
    /// Who tunes networks on a GPU; none where the session does it, on the CPU.
    fn tuning_service(&self, report: &DeviceReport) -> Option<Rc<dyn Link>>;
    /// Work has taken so much memory that another worker should go on: none is given back before a worker ends.
    fn has_grown(&self) -> bool;

    /// This session holds the project's lock.
    fn holds_lock(&self) -> bool;
    /// Lets another tab have it.
    fn release_lock(&self);
    /// Tells the tab that asked that the project stays here.
    fn keep_lock(&self);
}

/// Tables of bytes that outlive the session. What they do not take is held in memory, and written when there is room.
#[expect(
    async_fn_in_trait,
    reason = "a session and its platform live on one thread"
)]
pub trait Storage {
    /// The two small tables whole. An error is not an absence.
    async fn snapshot(&self) -> Result<Snapshot, StorageProblem>;
    /// The values of these keys, in order; none where there is none or it cannot be read.
    async fn get(&self, table: Table, keys: &[String]) -> Vec<Option<Vec<u8>>>;
    async fn keys(&self, table: Table) -> Vec<String>;
    /// Stores all of these or holds them in memory; a problem is told the first time only.
    async fn write(&mut self, writes: Vec<Write>) -> Option<StorageProblem>;
    /// Writes what memory holds, at once.
    async fn write_back(&mut self);
    /// Nothing is in memory alone: another session would find all.
    fn holds_all(&self) -> bool;
    /// Nothing is written from now on.
    fn read_only(&mut self);
    /// Lets go of the database.
    fn close(&mut self);
    /// True where the database that was closed could be opened again with what was in it.
    async fn reopen(&mut self) -> bool;
    /// Deletes what no sample row needs.
    async fn sweep(&self, snapshot: &Snapshot);
    /// Tells the page what memory holds and what is stored by now. Called before it is told anything else.
    fn tell_page(&mut self);
}

/// Workers that prepare and embed samples, where there are cores for them.
pub trait Embedders<F> {
    /// Samples should be given to them: so many are waiting.
    fn take(&mut self, waiting: usize) -> bool;
    /// Samples they should have at once: what is not yet in the project counts.
    fn room(&self) -> usize;
    fn give(&mut self, job: EmbedJob<F>);
    /// Nothing to do for now: they give their memory back.
    fn rest(&mut self);
}
