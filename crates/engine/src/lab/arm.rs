//! One method's run, in bounded steps.

use super::bench::Bench;
use super::frozen_arm::FrozenArm;
use super::tuned_arm::TunedArm;
use data::classifier::Head;
use data::lab::{ArmReport, Budget, CurvePoint};
use data::transfer::{Method, TuneSettings};
use learn::tuner::Rates;
use learn::tuner::service::{self, Run, TunerHandle};
use network::weights::Layers;
use network::{ComputeError, Device};

/// What feature extraction came to, which fine-tuning goes on from.
#[derive(Clone)]
pub struct Extraction {
    pub head: Head,
    /// Its row at the end.
    pub row: ArmReport,
}

pub struct Arm {
    method: Method,
    work: Work,
}

enum Work {
    Frozen(Box<FrozenArm>),
    Tuned(Box<TunedArm>),
    /// Fine-tuning is next, from this head.
    Extracted(Box<Extraction>),
    /// The whole network is next, from these random layers or from the pre-trained ones.
    Whole(Option<Box<Layers>>),
}

/// How an [`Arm::step`] went.
pub struct Step {
    pub done: bool,
    /// The head that feature extraction ended with.
    pub extraction: Option<Extraction>,
}

const GO_ON: Step = Step {
    done: false,
    extraction: None,
};

impl Arm {
    pub fn new(
        method: Method,
        extraction: Option<Extraction>,
        bench: &Bench,
        row: &mut ArmReport,
    ) -> Self {
        let random = |row: &mut ArmReport| {
            let (seed, side) = (bench.settings.seed, bench.settings.resolution);
            bench.timed(row, || {
                Layers::random(&bench.layers, seed, &bench.train, side)
            })
        };
        let work = match (method, extraction) {
            (Method::FineTuning, Some(extraction)) => Work::Extracted(Box::new(extraction)),
            (Method::FeatureExtraction | Method::FineTuning, _) => {
                Work::Frozen(Box::new(FrozenArm::new(bench, &bench.layers, row)))
            }
            (Method::RandomFeatures, _) => {
                let layers = random(row);
                Work::Frozen(Box::new(FrozenArm::new(bench, &layers, row)))
            }
            (Method::WeightInitialisation, _) => Work::Whole(None),
            (Method::FromScratch, _) => Work::Whole(Some(Box::new(random(row)))),
        };
        Self { method, work }
    }

    /// How much is done, 0..=1.
    pub fn share(&self, bench: &Bench, row: &ArmReport) -> f64 {
        // Fine-tuning's head comes first and is the smaller part.
        let head = if self.method == Method::FineTuning {
            0.3
        } else {
            1.0
        };
        match &self.work {
            Work::Frozen(arm) => head * arm.share(bench),
            Work::Extracted(_) => head,
            Work::Tuned(arm) if self.method == Method::FineTuning => {
                head + (1.0 - head) * arm.share(bench, row)
            }
            Work::Tuned(arm) => arm.share(bench, row),
            Work::Whole(_) => 0.0,
        }
    }

    pub async fn step(&mut self, bench: &Bench, row: &mut ArmReport) -> Result<Step, ComputeError> {
        match &mut self.work {
            Work::Frozen(arm) => {
                let Some(head) = arm.step(bench, row).await? else {
                    return Ok(GO_ON);
                };
                let row = row.clone();
                let extraction = Extraction { head, row };
                if self.method == Method::FineTuning {
                    self.work = Work::Extracted(Box::new(extraction.clone()));
                }
                let is_random = self.method == Method::RandomFeatures;
                Ok(Step {
                    done: self.method != Method::FineTuning,
                    extraction: (!is_random).then_some(extraction),
                })
            }
            Work::Extracted(extraction) => {
                let Extraction { head, row: before } = *extraction.clone();
                // What it begins with was computed for it, too.
                row.seconds = before.seconds;
                row.multiply_adds = before.multiply_adds;
                row.accuracy = before.accuracy;
                row.curve = before.curve.last().map(at_the_start).into_iter().collect();
                let settings = TuneSettings {
                    depth: bench.settings.depth,
                    ..TuneSettings::default()
                };
                let arm = tuned(bench, row, None, settings, Some(head)).await?;
                self.work = Work::Tuned(Box::new(arm));
                Ok(GO_ON)
            }
            Work::Whole(layers) => {
                let random = layers.as_deref();
                let arm = tuned(bench, row, random, TuneSettings::whole(), None).await?;
                self.work = Work::Tuned(Box::new(arm));
                Ok(GO_ON)
            }
            Work::Tuned(arm) => Ok(Step {
                done: arm.step(bench, row).await?,
                extraction: None,
            }),
        }
    }
}

fn at_the_start(point: &CurvePoint) -> CurvePoint {
    CurvePoint { epoch: 0, ..*point }
}

async fn tuned(
    bench: &Bench,
    row: &mut ArmReport,
    random: Option<&Layers>,
    settings: TuneSettings,
    head: Option<Head>,
) -> Result<TunedArm, ComputeError> {
    let (classes, side) = (bench.classes(), bench.settings.resolution);
    let mut settings = TuneSettings {
        seed: bench.settings.seed,
        patience: 0, // nobody looks at samples that are held out
        ..settings
    };
    settings.epochs = match bench.settings.budget {
        Budget::Epochs(epochs) => epochs,
        // The learning rate must come down to nothing when the time is over.
        Budget::Seconds(most) => {
            let rates = match &bench.link {
                Some(link) => service::rates(link, side, &settings).await?,
                None => {
                    let (clock, device) = (bench.clock, Device::flex());
                    Rates::measure(&bench.layers, side, &settings, clock, &device).await?
                }
            };
            let (train, ways) = (bench.train.len(), bench.keeping.ways);
            rates.epochs_in(most - row.seconds, train, ways, &settings)
        }
    };
    let begun = (bench.clock)();
    let run = Run {
        layers: &bench.layers,
        random: random.map(|layers| (layers, bench.settings.seed, &bench.train[..])),
        size: side,
        classes,
        head,
        settings: &settings,
        keeping: bench.keeping,
    };
    let mut tuner = TunerHandle::new(run, bench.link.as_ref());
    for picture in &bench.train {
        tuner.add(picture.clone(), false);
    }
    tuner.complete();
    bench.add_time(row, begun);
    Ok(TunedArm::new(tuner, settings, row.multiply_adds))
}
