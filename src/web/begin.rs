//! The worker's start: whose the project is, what is stored of it, the network and the device.

use wasm_bindgen::JsValue;

use super::device::{self, Gpu};
use super::inbox::Queue;
use super::letters::Letters;
use super::pool::Pool;
use super::storage::Storage;
use super::wasm_memory::Memory;
use super::worker::{Host, Letter, now, progress};
use super::{access, projects, read};
use data::backbone::{BackboneSpec, DeviceKind, DeviceReport, default_backbone, find_backbone};
use data::problem::{BackboneProblem, Problem, StorageProblem};
use data::protocol::{Access, Event, Job, KeptEntry, StartOptions};
use engine::backbones::Backbone;
use engine::store::{DoneRow, Snapshot};
use engine::{Engine, Output};

/// What the page held for the worker before this one.
type Kept = (u64, Vec<KeptEntry>, Vec<JsValue>);

impl Host {
    /// The project's lock, storage, weights, device, engine.
    pub(super) async fn begin(
        options: StartOptions,
        letters: Letters<Letter>,
        kept: Vec<Kept>,
    ) -> Result<Self, BackboneProblem> {
        let name = projects::name(&options).await;
        let mut trouble = Vec::new();
        let (lock, mut access) = access::ask(&name, &options, &letters, &mut trouble).await;
        let mut storage = match Storage::open(&name, access::tell_fate(&letters)).await {
            Ok((storage, problem)) => {
                // A worker before this one has said so.
                trouble.extend(problem.filter(|_| !options.resume));
                storage
            }
            Err(why) => {
                access = Access::Closed;
                trouble.push(why);
                Storage::of_nothing()
            }
        };
        for (number, entries, blobs) in kept {
            storage.restore(number, entries, blobs);
        }
        let snapshot = storage.snapshot().await.unwrap_or_else(|why| {
            access = Access::Closed;
            trouble.push(why);
            Snapshot::default()
        });
        if access != Access::Writer {
            storage.read_only();
        }
        if options.safe {
            let stored = storage.holds_all();
            trouble.push(StorageProblem::Safe { stored });
        }
        let asked = options.backbone.clone().or_else(|| snapshot.backbone());
        let spec = asked.as_deref().and_then(find_backbone);
        let mut gpu = Gpu::default();
        let spec = spec.unwrap_or_else(default_backbone);
        let (backbone, report) = load(&mut gpu, spec, &options).await?;
        let stored = access != Access::Writer || storage.holds_all();
        let told = [Event::Access(access), Event::Stored(stored)];
        let mut outputs: Vec<Output> = told.map(|event| (event, Vec::new())).into();
        let refused = report.kind != DeviceKind::Webgpu && !options.lost;
        if options.device == Some(DeviceKind::Webgpu) && refused {
            let why = report.reason.clone();
            outputs.push((
                Event::Problem(Problem::DeviceUnavailable { why }),
                Vec::new(),
            ));
        }
        let said = |why| (Event::Problem(Problem::Storage(why)), Vec::new());
        outputs.extend(trouble.into_iter().map(said));
        let to_tune_on = gpu.to_tune_on(&report);
        let mut engine = Engine::new(backbone, report, now);
        engine.tune_on(to_tune_on);
        outputs.extend(match options.safe {
            true => engine.open_safely(&snapshot),
            false => engine.open(&snapshot),
        });
        let done = DoneRow::of_page(options.opened, &snapshot);
        let pool = Pool::new(options.workers, letters.clone());
        let queue = Queue::default();
        let mut host = Self {
            options,
            gpu,
            engine,
            storage,
            lock,
            access,
            queue,
            pool,
            letters,
            put_off: None,
            done,
            late: Vec::new(),
            made_way: false,
            memory: Memory::now(),
        };
        host.recall().await;
        host.memory = Memory::now();
        outputs.extend(host.engine.overview());
        outputs.push(host.engine.ready());
        host.publish(outputs).await;
        // What cannot be read may need what nobody else does.
        if host.engine.unread().is_empty() && host.lock.is_held() {
            host.storage.sweep(&snapshot).await;
        }
        Ok(host)
    }
}

pub(super) async fn load(
    gpu: &mut Gpu,
    spec: &'static BackboneSpec,
    options: &StartOptions,
) -> Result<(Backbone, DeviceReport), BackboneProblem> {
    progress(Job::Fetch, 0, 1);
    let weights = read::fetch(spec.file).await;
    progress(Job::Fetch, 1, 1);
    let weights = weights.map_err(|why| BackboneProblem::Missing(why.into()))?;
    progress(Job::WarmUp, 0, 1);
    let loaded = device::load(gpu, spec, &weights, options).await;
    progress(Job::WarmUp, 1, 1);
    loaded
}
