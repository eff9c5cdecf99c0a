//! Projects beside the one that is open, in memory.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use data::problem::StorageProblem;
use engine::session::Shelf;

use super::Tables;

/// All projects of one browser: clones share them.
#[derive(Clone, Default)]
pub struct Projects {
    pub all: Rc<RefCell<BTreeMap<String, Tables>>>,
    /// The one that this session has open.
    pub open: String,
    /// Files that were written, by their addresses.
    pub files: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    /// Those that another tab has open.
    pub elsewhere: Rc<RefCell<Vec<String>>>,
    /// No other storage than that of the open project can be had.
    pub blocked: Rc<Cell<bool>>,
    /// What new projects' storages do not take.
    pub full: Rc<Cell<bool>>,
    /// Milliseconds since 1970.
    pub now: Rc<Cell<f64>>,
    /// The most bytes that were appended to a file at once.
    pub largest: Rc<Cell<usize>>,
}

impl Shelf for Projects {
    type Storage = Tables;
    type NewFile = Vec<u8>;

    fn current(&self) -> String {
        self.open.clone()
    }

    async fn all(&self) -> Vec<String> {
        self.all.borrow().keys().cloned().collect()
    }

    async fn free(&self) -> String {
        let all = self.all.borrow();
        let mut ids = (1..).map(|n| format!("project-{n}"));
        ids.find(|id| !all.contains_key(id))
            .expect("numbers do not end")
    }

    async fn open(&self, id: &str) -> Result<Tables, StorageProblem> {
        if self.blocked.get() {
            return Err(StorageProblem::Blocked("not allowed".into()));
        }
        let mut all = self.all.borrow_mut();
        let tables = all.entry(id.to_owned()).or_default().clone();
        tables.faults.full.set(self.full.get());
        Ok(tables)
    }

    async fn is_open_elsewhere(&self, id: &str) -> bool {
        self.elsewhere.borrow().iter().any(|other| other == id)
    }

    async fn delete(&self, id: &str) {
        self.all.borrow_mut().remove(id);
    }

    fn now(&self) -> f64 {
        self.now.get()
    }

    fn append(&self, file: &mut Vec<u8>, bytes: Vec<u8>) {
        self.largest.set(self.largest.get().max(bytes.len()));
        file.extend(bytes);
    }

    fn address(&self, file: Vec<u8>) -> String {
        let mut files = self.files.borrow_mut();
        let address = format!("blob:{}", files.len());
        files.insert(address.clone(), file);
        address
    }
}
