//! The browser as what a session runs on.

use std::rc::Rc;

use web_sys::Blob;

use super::device::{self, Gpu};
use super::fetch::fetch;
use super::lock::Lock;
use super::pool::Pool;
use super::projects::Projects;
use super::read::{self, BlobReader};
use super::scope::now;
use super::storage::Tables;
use super::wasm_memory::{Memory, ROOM_OF_WORKER};
use super::worker::{post, progress};
use super::{exporter, names, words};
use data::backbone::{BackboneSpec, DeviceKind, DeviceReport};
use data::export::Order;
use data::problem::{BackboneProblem, SampleProblem};
use data::protocol::{Job, StartOptions};
use data::share::{LinkProblem, Precision};
use engine::backbones::Backbone;
use engine::session::{Platform, Stamp, WrittenLink};
use engine::tuning_service::Link;
use engine::{Output, SampleFile};

pub struct Browser {
    pub options: StartOptions,
    pub gpu: Gpu,
    pub storage: Tables,
    pub projects: Projects,
    pub lock: Lock,
    pub pool: Pool,
    pub memory: Memory,
}

impl Platform for Browser {
    type File = Blob;
    type Reader = BlobReader;
    type Storage = Tables;
    type Embedders = Pool;
    type Shelf = Projects;

    fn storage(&self) -> &Tables {
        &self.storage
    }

    fn storage_mut(&mut self) -> &mut Tables {
        &mut self.storage
    }

    fn embedders(&mut self) -> &mut Pool {
        &mut self.pool
    }

    fn shelf(&self) -> &Projects {
        &self.projects
    }

    fn tell(&self, outputs: Vec<Output>) {
        post(outputs);
    }

    fn clock(&self) -> fn() -> f64 {
        now
    }

    async fn fetch(&self, path: &str) -> Result<Vec<u8>, String> {
        fetch(path).await
    }

    async fn read(&self, file: &Blob) -> Result<Vec<u8>, SampleProblem> {
        read::blob(file).await
    }

    fn open(&self, file: &Blob) -> Result<BlobReader, String> {
        BlobReader::new(file.clone()).map_err(|e| words(&e))
    }

    fn stamp(&self, file: &Blob) -> Stamp {
        // What the page hands over are files, which are blobs with a date.
        let changed = js_sys::Reflect::get(file, &"lastModified".into());
        Stamp {
            bytes: file.size() as u64,
            changed: changed.ok().and_then(|at| at.as_f64()).unwrap_or(0.0),
        }
    }

    fn is_zip(&self, file: &Blob) -> bool {
        file.type_().contains("zip")
    }

    async fn decode(&self, bytes: Vec<u8>) -> SampleFile {
        read::photo(bytes).await
    }

    async fn read_names(&self, unknown: &[&[u8]]) -> Option<(Vec<String>, bool)> {
        names::read(unknown).await
    }

    async fn export(&self, order: &Order, tensors: Vec<u8>) -> Result<Vec<u8>, String> {
        exporter::export(order, tensors).await
    }

    async fn write_link(
        &self,
        head: &[u8],
        precision: Precision,
        address: &str,
    ) -> Result<WrittenLink, LinkProblem> {
        exporter::write_link(head, precision, address).await
    }

    async fn read_link(&self, text: &str) -> Result<Vec<u8>, LinkProblem> {
        exporter::read_link(text).await
    }

    async fn load(
        &mut self,
        spec: &'static BackboneSpec,
    ) -> Result<(Backbone, DeviceReport), BackboneProblem> {
        progress(Job::Fetch, 0, 1);
        let weights = fetch(spec.file).await;
        progress(Job::Fetch, 1, 1);
        let weights = weights.map_err(|why| BackboneProblem::Missing(why.into()))?;
        progress(Job::WarmUp, 0, 1);
        let loaded = device::load(&mut self.gpu, spec, &weights, &self.options).await;
        progress(Job::WarmUp, 1, 1);
        loaded
    }

    /// An emulated GPU takes seconds for a step.
    fn tuning_service(&self, report: &DeviceReport) -> Option<Rc<dyn Link>> {
        let real = report.kind == DeviceKind::Webgpu && self.gpu.is_real();
        real.then(|| self.gpu.tuner())
    }

    fn has_grown(&self) -> bool {
        self.memory.grown(ROOM_OF_WORKER)
    }

    fn holds_lock(&self) -> bool {
        self.lock.is_held()
    }

    fn release_lock(&self) {
        self.lock.release();
    }

    fn keep_lock(&self) {
        self.lock.keep();
    }
}
