//! How long tuning would take.

use std::rc::Rc;

use super::training::Item;
use super::tuning::for_tuning;
use super::{Engine, Output, plain};
use data::backbone::DeviceKind;
use data::problem::Problem;
use data::protocol::Event;
use data::settings::TrainSettings;
use data::split;
use data::transfer::TuneSettings;
use learn::memory::Tuning;
use learn::tuner::Rates;
use learn::tuner::service::{self, Link};
use network::Device;

impl Engine {
    /// Who tunes this network on a GPU; none where nobody does, or can be had: then it is done here.
    pub(super) async fn tuning_link(&mut self) -> Option<Rc<dyn Link>> {
        let link = self.tuned_by.clone()?;
        if service::is_there(&link, self.backbone.spec().id).await {
            return Some(link);
        }
        self.tuned_by = None;
        None
    }

    pub(super) async fn estimate_tuning(
        &mut self,
        settings: &TrainSettings,
        tune: &TuneSettings,
    ) -> Result<Vec<Output>, Problem> {
        let lesson = self.lesson(&for_tuning(settings))?;
        let settings = tune.clamped();
        let candidates: Vec<_> = lesson.train.iter().map(Item::candidate).collect();
        let decides = split::deciding(&candidates, settings.seed);
        let decide = decides.iter().filter(|decides| **decides).count();
        let train = lesson.train.len() - decide;
        let link = self.tuning_link().await;
        let (layers, size) = (self.backbone.layers(), self.backbone.spec().input_size);
        let keeping = Tuning {
            layers,
            size,
            train,
            deciding: decide,
            classes: lesson.classes.len(),
            settings: &settings,
        }
        .keeping();
        let rates = match &link {
            Some(link) => service::rates(link, size, &settings).await,
            None => Rates::measure(layers, size, &settings, self.clock, &Device::flex()).await,
        };
        let rates = rates.map_err(|e| Problem::computation(&e))?;
        Ok(vec![plain(Event::TuneEstimate {
            seconds: rates.seconds(train, decide, keeping.ways, &settings),
            device: match link {
                Some(_) => DeviceKind::Webgpu,
                None => DeviceKind::Cpu,
            },
            tune: tune.clone(),
        })])
    }
}
