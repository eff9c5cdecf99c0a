//! What a browser does for a session, natively: tables in memory, files of this repository, no GPU.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::rc::Rc;
use std::sync::OnceLock;
use std::time::Instant;

pub use self::shelf::Projects;
use data::backbone::{BackboneSpec, DeviceKind, DeviceReason, DeviceReport};
use data::export::Order;
use data::problem::{BackboneProblem, SampleProblem, StorageProblem};
use data::protocol::Event;
use data::sample::SampleHash;
use data::share::{LinkProblem, Precision};
use engine::backbones::Backbone;
use engine::session::{EmbedJob, Embedders, Platform, Stamp, Storage, WrittenLink};
use engine::store::{Snapshot, Table, Write};
use engine::tuning_service::Link;
use engine::{Output, SampleFile};
use export::link;

#[path = "shelf.rs"]
mod shelf;

pub type Rows = BTreeMap<(Table, String), Vec<u8>>;

/// A file of the page's.
pub type File = Rc<Vec<u8>>;

/// Storage that outlives its session: clones share it.
#[derive(Clone, Default)]
pub struct Tables {
    rows: Rc<RefCell<Rows>>,
    /// What the database does not take, in the order it was made.
    unwritten: Rc<RefCell<Vec<Write>>>,
    /// How often something was stored or held for later.
    writes: Rc<Cell<usize>>,
    pub faults: Rc<Faults>,
    /// Of this clone's session alone.
    read_only: bool,
}

/// What goes wrong with it.
#[derive(Default)]
pub struct Faults {
    pub full: Cell<bool>,
    pub unreadable: Cell<bool>,
    /// Another tab has the lock.
    pub elsewhere: Cell<bool>,
}

impl Tables {
    pub fn of(&self, table: Table) -> BTreeMap<String, Vec<u8>> {
        let rows = self.rows.borrow();
        let rows = rows.iter().filter(|((of, _), _)| *of == table);
        rows.map(|((_, key), value)| (key.clone(), value.clone()))
            .collect()
    }

    /// All that is stored.
    pub fn rows(&self) -> Rows {
        self.rows.borrow().clone()
    }

    pub fn value(&self, table: Table, key: &str) -> Option<Vec<u8>> {
        self.rows.borrow().get(&(table, key.to_owned())).cloned()
    }

    pub fn put(&self, table: Table, key: &str, value: Vec<u8>) -> Option<Vec<u8>> {
        let key = (table, key.to_owned());
        self.rows.borrow_mut().insert(key, value)
    }

    pub fn remove(&self, table: Table, key: &str) -> Option<Vec<u8>> {
        self.rows.borrow_mut().remove(&(table, key.to_owned()))
    }

    pub fn clear(&self, table: Table) {
        self.rows.borrow_mut().retain(|(of, _), _| *of != table);
    }

    /// How often something was stored or held for later.
    pub fn writes(&self) -> usize {
        self.writes.get()
    }

    /// Another storage with the same in it.
    pub fn copy(&self) -> Self {
        Self {
            rows: Rc::new(RefCell::new(self.rows())),
            ..Self::default()
        }
    }

    fn store(&self, write: Write) {
        let key = (write.table, write.key);
        let mut rows = self.rows.borrow_mut();
        match write.value {
            Some(value) => rows.insert(key, value),
            None => rows.remove(&key),
        };
    }

    /// A page's changes over those of the one that has the project would mix two projects.
    fn may_write(&self) {
        let elsewhere = self.faults.elsewhere.get();
        assert!(!elsewhere, "another tab has the project");
        self.writes.set(self.writes.get() + 1);
    }
}

impl Storage for Tables {
    async fn snapshot(&self) -> Result<Snapshot, StorageProblem> {
        if self.faults.unreadable.get() {
            return Err(StorageProblem::Unread);
        }
        let newest = |table| {
            let mut rows = self.of(table);
            let unwritten = self.unwritten.borrow();
            for write in unwritten.iter().filter(|write| write.table == table) {
                match write.value.clone() {
                    Some(value) => rows.insert(write.key.clone(), value),
                    None => rows.remove(&write.key),
                };
            }
            rows
        };
        Ok(Snapshot {
            project: newest(Table::Project),
            samples: newest(Table::Samples),
        })
    }

    async fn get(&self, table: Table, keys: &[String]) -> Vec<Option<Vec<u8>>> {
        let newest = |key: &String| {
            let unwritten = self.unwritten.borrow();
            let mut unwritten = unwritten.iter().rev();
            let newer = unwritten.find(|write| write.table == table && write.key == *key);
            match newer {
                Some(write) => write.value.clone(),
                None => self.value(table, key),
            }
        };
        keys.iter().map(newest).collect()
    }

    async fn keys(&self, table: Table) -> Vec<String> {
        self.of(table).into_keys().collect()
    }

    async fn write(&mut self, writes: Vec<Write>) -> Option<StorageProblem> {
        if writes.is_empty() || self.read_only {
            return None;
        }
        self.may_write();
        if self.faults.full.get() {
            let first = self.holds_all();
            self.unwritten.borrow_mut().extend(writes);
            return first.then_some(StorageProblem::Full);
        }
        self.write_back().await;
        writes.into_iter().for_each(|write| self.store(write));
        None
    }

    async fn write_back(&mut self) {
        if !self.faults.full.get() {
            let unwritten = std::mem::take(&mut *self.unwritten.borrow_mut());
            unwritten.into_iter().for_each(|write| self.store(write));
        }
    }

    fn holds_all(&self) -> bool {
        self.unwritten.borrow().is_empty()
    }

    fn read_only(&mut self) {
        self.read_only = true;
    }

    fn close(&mut self) {}

    async fn reopen(&mut self) -> bool {
        !self.faults.unreadable.get()
    }

    /// As the browser does it: files, thumbnails and embeddings that no photo row names.
    async fn sweep(&self, snapshot: &Snapshot) {
        if self.read_only {
            return;
        }
        let needed = snapshot.needed();
        self.rows.borrow_mut().retain(|(table, key), _| {
            let hash = match table {
                Table::Files | Table::Thumbnails => key.as_str(),
                Table::Embeddings => key.rsplit('/').next().unwrap_or_default(),
                Table::Project | Table::Samples => return true,
            };
            needed.contains(&SampleHash(hash.to_owned()))
        });
    }

    fn tell_page(&mut self) {}
}

/// Embedders that a test answers for.
#[derive(Default)]
pub struct Pool {
    /// How many photos they take at once; none where there are none.
    pub room: usize,
    pub given: Vec<EmbedJob<File>>,
}

impl Embedders<File> for Pool {
    fn take(&mut self, _: usize) -> bool {
        self.room > 0
    }

    fn room(&self) -> usize {
        self.room
    }

    fn give(&mut self, job: EmbedJob<File>) {
        self.given.push(job);
    }

    fn rest(&mut self) {}
}

type Network = dyn Fn(&BackboneSpec) -> Result<Backbone, BackboneProblem>;

pub struct Machine {
    pub tables: Tables,
    pub pool: Pool,
    /// What the page was told.
    pub told: RefCell<Vec<Output>>,
    /// Sees what is stored at the moment at which the page is told of something.
    pub at_telling: Option<fn(&Event, &Tables)>,
    /// Files of this site that are not what they are in the repository, or cannot be fetched.
    pub site: BTreeMap<String, Result<Vec<u8>, String>>,
    /// What was fetched.
    pub fetched: RefCell<Vec<String>>,
    /// Networks that are not those of the site.
    pub network: Option<Rc<Network>>,
    /// Who tunes, if not the session.
    pub tunes: Option<Rc<dyn Link>>,
    pub clock: fn() -> f64,
    /// Why nothing can be exported.
    pub no_export: Option<String>,
    /// How often another tab was told that the project stays here.
    pub kept: Cell<usize>,
    pub projects: Projects,
}

impl Machine {
    pub fn new(tables: Tables) -> Self {
        Self {
            tables,
            pool: Pool::default(),
            told: RefCell::default(),
            at_telling: None,
            site: BTreeMap::new(),
            fetched: RefCell::default(),
            network: None,
            tunes: None,
            clock,
            no_export: None,
            kept: Cell::new(0),
            projects: Projects::default(),
        }
    }
}

/// Milliseconds that this thread has computed: other work on the machine does not count.
#[cfg(target_os = "linux")]
pub fn computed() -> f64 {
    #[repr(C)]
    struct Time {
        seconds: i64,
        nanoseconds: i64,
    }
    unsafe extern "C" {
        fn clock_gettime(clock: i32, time: *mut Time) -> i32;
    }
    const THREAD_CPU_TIME: i32 = 3; // CLOCK_THREAD_CPUTIME_ID of <bits/time.h>
    let mut time = Time {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: it writes to what is ours and is laid out as it says on 64 bits.
    unsafe { clock_gettime(THREAD_CPU_TIME, &raw mut time) };
    time.seconds as f64 * 1e3 + time.nanoseconds as f64 / 1e6
}

#[cfg(not(target_os = "linux"))]
pub use self::clock as computed;

/// Milliseconds.
pub fn clock() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

impl Platform for Machine {
    type File = File;
    type Reader = Cursor<Vec<u8>>;
    type Storage = Tables;
    type Embedders = Pool;
    type Shelf = Projects;

    fn storage(&self) -> &Tables {
        &self.tables
    }

    fn storage_mut(&mut self) -> &mut Tables {
        &mut self.tables
    }

    fn embedders(&mut self) -> &mut Pool {
        &mut self.pool
    }

    fn shelf(&self) -> &Projects {
        &self.projects
    }

    fn tell(&self, outputs: Vec<Output>) {
        if let Some(see) = self.at_telling {
            let events = outputs.iter().map(|(event, _)| event);
            events.for_each(|event| see(event, &self.tables));
        }
        self.told.borrow_mut().extend(outputs);
    }

    fn clock(&self) -> fn() -> f64 {
        self.clock
    }

    async fn fetch(&self, path: &str) -> Result<Vec<u8>, String> {
        self.fetched.borrow_mut().push(path.to_owned());
        if let Some(file) = self.site.get(path) {
            return file.clone();
        }
        let here = format!("{}/public/{path}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(here).map_err(|e| e.to_string())
    }

    async fn read(&self, file: &File) -> Result<Vec<u8>, SampleProblem> {
        Ok(file.to_vec())
    }

    fn open(&self, file: &File) -> Result<Cursor<Vec<u8>>, String> {
        Ok(Cursor::new(file.to_vec()))
    }

    fn stamp(&self, file: &File) -> Stamp {
        Stamp {
            bytes: file.len() as u64,
            changed: 0.0,
        }
    }

    fn is_zip(&self, _: &File) -> bool {
        false
    }

    async fn decode(&self, bytes: Vec<u8>) -> SampleFile {
        bytes.into()
    }

    async fn read_names(&self, names: &[&[u8]]) -> Option<(Vec<String>, bool)> {
        let names: Vec<Vec<u8>> = names.iter().map(|name| name.to_vec()).collect();
        Some(code_page::read(&names, "en"))
    }

    async fn export(&self, order: &Order, tensors: Vec<u8>) -> Result<Vec<u8>, String> {
        if let Some(why) = &self.no_export {
            return Err(why.clone());
        }
        export::export(order, &tensors).map_err(|e| e.to_string())
    }

    async fn write_link(
        &self,
        head: &[u8],
        precision: Precision,
        address: &str,
    ) -> Result<WrittenLink, LinkProblem> {
        link::of_file(head, precision, address)
    }

    async fn read_link(&self, text: &str) -> Result<Vec<u8>, LinkProblem> {
        match &self.no_export {
            Some(why) => Err(LinkProblem::Missing(why.clone())),
            None => link::read(text),
        }
    }

    async fn load(
        &mut self,
        spec: &'static BackboneSpec,
    ) -> Result<(Backbone, DeviceReport), BackboneProblem> {
        let backbone = match &self.network {
            Some(network) => network(spec)?,
            None => {
                let weights = self.fetch(spec.file).await;
                let weights = weights.map_err(|why| BackboneProblem::Missing(why.into()))?;
                Backbone::on_cpu(spec, &weights)?
            }
        };
        let report = DeviceReport {
            kind: DeviceKind::Cpu,
            adapter: String::new(),
            reason: DeviceReason::Asked,
        };
        Ok((backbone, report))
    }

    fn tuning_service(&self, _: &DeviceReport) -> Option<Rc<dyn Link>> {
        self.tunes.clone()
    }

    fn has_grown(&self) -> bool {
        false
    }

    fn holds_lock(&self) -> bool {
        !self.tables.faults.elsewhere.get()
    }

    fn release_lock(&self) {
        self.tables.faults.elsewhere.set(true);
    }

    fn keep_lock(&self) {
        self.kept.set(self.kept.get() + 1);
    }
}
