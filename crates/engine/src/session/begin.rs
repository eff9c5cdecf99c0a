//! The start of a session: what is stored, the network and the device.

use std::collections::HashSet;

use super::Session;
use super::classify::Answering;
use super::flights::Flights;
use super::platform::{Platform, Storage};
use super::queue::Queue;
use crate::store::{DoneRow, Snapshot};
use crate::{Engine, Output, plain};
use data::backbone::{DeviceKind, default_backbone, find_backbone};
use data::problem::{BackboneProblem, Problem, StorageProblem};
use data::protocol::{Access, Event, StartOptions};

/// What became of the project's lock and database, before they are read.
pub struct Opening {
    pub options: StartOptions,
    pub access: Access,
    /// What the page should hear of.
    pub trouble: Vec<StorageProblem>,
}

impl<P: Platform> Session<P> {
    /// Reads the project and loads its network. The page is told all there is.
    pub async fn begin(mut platform: P, opening: Opening) -> Result<Self, BackboneProblem> {
        let Opening {
            options,
            mut access,
            mut trouble,
        } = opening;
        let snapshot = platform.storage().snapshot().await.unwrap_or_else(|why| {
            access = Access::Closed;
            trouble.push(why);
            Snapshot::default()
        });
        if access != Access::Writer {
            platform.storage_mut().read_only();
        }
        let holds_all = platform.storage().holds_all();
        if options.safe {
            trouble.push(StorageProblem::Safe { stored: holds_all });
        }
        let asked = options.backbone.clone().or_else(|| snapshot.backbone());
        let spec = asked.as_deref().and_then(find_backbone);
        let spec = spec.unwrap_or_else(default_backbone);
        let (backbone, report) = platform.load(spec).await?;
        let stored = access != Access::Writer || holds_all;
        let mut outputs: Vec<Output> = [Event::Access(access), Event::Stored(stored)]
            .map(plain)
            .into();
        let refused = report.kind != DeviceKind::Webgpu && !options.lost;
        if options.device == Some(DeviceKind::Webgpu) && refused {
            let why = report.reason.clone();
            outputs.push(plain(Event::Problem(Problem::DeviceUnavailable { why })));
        }
        let said = |why| plain(Event::Problem(Problem::Storage(why)));
        outputs.extend(trouble.into_iter().map(said));
        let service = platform.tuning_service(&report);
        let mut engine = Engine::new(backbone, report, platform.clock());
        engine.tune_by(service);
        outputs.extend(match options.safe {
            true => engine.open_safely(&snapshot),
            false => engine.open(&snapshot),
        });
        let mut session = Self {
            made: DoneRow::of_page(options.opened, &snapshot),
            making: HashSet::new(),
            platform,
            engine,
            access,
            queue: Queue::default(),
            flights: Flights::default(),
            batch: Answering::default(),
            work: None,
            over: false,
        };
        session.load_embeddings().await;
        outputs.extend(session.engine.overview());
        outputs.push(session.engine.ready());
        if session.access == Access::Writer {
            outputs.extend(session.restore_batch(&snapshot));
        }
        session.publish(outputs).await;
        // What cannot be read may need what nobody else does.
        let all_read = session.access == Access::Writer && session.engine.unread().is_empty();
        if all_read && session.platform.holds_lock() {
            session.platform.storage().sweep(&snapshot).await;
        }
        Ok(session)
    }
}
