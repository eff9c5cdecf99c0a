//! A message of each kind, with numbers of choice.

use data::backbone::{DeviceKind, DeviceReason, DeviceReport};
use data::class::{Class, ClassCount, ClassId, ClassView, Colour};
use data::evaluation::{Bin, Paired};
use data::export::Format;
use data::groups::{ClassGroups, Regroup, Together};
use data::head::{Calibrated, HeadClass, HeadInfo, How, TestResult, Validation};
use data::lab::{Budget, FeatureMaps, LabSettings};
use data::metrics::Confusion;
use data::prediction::Prediction;
use data::probes::{Finding, LayerProbe, LayerProbes};
use data::problem::Problem;
use data::protocol::{
    Access, Event, HeadView, Job, KeptEntry, KeptId, Request, StartOptions, Target, Undoable,
};
use data::sample::{SampleId, SampleView};
use data::settings::{EpochReport, TrainSettings};
use data::test_set::{HeadsCompared, Other, TestReport};
use data::transfer::{Method, TuneSettings};

#[path = "batch.rs"]
mod batch;
#[path = "heads.rs"]
pub mod heads;
#[path = "lab.rs"]
mod lab;
#[path = "projects.rs"]
pub mod projects;
#[path = "sharing.rs"]
pub mod sharing;

use heads::interval;
use lab::{curve, report};

/// A name with all that JSON must escape.
pub const ODD: &str = "\"\\\u{0}\u{202e}\u{2028}</script>👩\u{200d}🔬\r\n";

fn settings(number: f64) -> TrainSettings {
    TrainSettings {
        learning_rate: number,
        l2: number,
        validation_fraction: number,
        seed: u64::MAX,
        ..Default::default()
    }
}

fn tune(number: f64) -> TuneSettings {
    TuneSettings {
        learning_rate: number,
        rate_decay: number,
        seed: u64::MAX,
        ..Default::default()
    }
}

fn predictions(number: f32) -> Vec<Prediction> {
    let one = Prediction {
        class: ODD.into(),
        colour: Colour(0, 127, 255),
        confidence: number,
    };
    vec![one; 2]
}

fn kept() -> Vec<KeptEntry> {
    let entry = |there| KeptEntry {
        table: "files".into(),
        key: ODD.into(),
        there,
    };
    vec![entry(true), entry(false)]
}

/// All of them; the compiler asks for a new variant in [`named`].
pub fn requests(number: f64) -> Vec<Request> {
    let name = || ODD.to_owned();
    let id = ClassId(i32::MAX as u32);
    let ids = || vec![SampleId(0), SampleId(i32::MAX as u32)];
    let lab = LabSettings {
        classes: vec![id],
        budget: Budget::Seconds(number),
        ..Default::default()
    };
    let mut requests = vec![
        Request::Start(StartOptions {
            device: Some(DeviceKind::Webgpu),
            backbone: Some(name()),
            fresh: true,
            opened: number,
            resume: true,
            lost: false,
            cpu_site: true,
            workers: Some(8),
            kept: usize::from(u16::MAX),
            project: Some(name()),
            safe: true,
            take_over: true,
        }),
        Request::Keep {
            number: u64::MAX,
            entries: kept(),
        },
        Request::SaveUnread,
        Request::Retire,
        Request::StopReading { tried: true },
        Request::AddClass { name: name() },
        Request::RenameClass { id, name: name() },
        Request::RecolourClass {
            id,
            colour: Colour(1, 2, 3),
        },
        Request::DeleteClass { id },
        Request::AddSamples {
            to: Target::Class(id),
            names: vec![name()],
            first: u64::MAX,
        },
        Request::AddSamples {
            to: Target::Folders,
            names: vec![name()],
            first: 0,
        },
        Request::AddSamples {
            to: Target::Test,
            names: vec![name()],
            first: 0,
        },
        Request::AddSamples {
            to: Target::TestOf(id),
            names: vec![name()],
            first: 0,
        },
        Request::CompareHeads,
        Request::AddSampleSet {
            id: name(),
            first: 1,
        },
        Request::DeleteSamples { ids: ids() },
        Request::MoveSamples { ids: ids(), to: id },
        Request::ListGroups,
        Request::Regroup {
            ids: ids(),
            how: Regroup::AsFound,
        },
        Request::Undo,
        Request::Train {
            settings: settings(number),
        },
        Request::Tune {
            settings: settings(number),
            tune: tune(number),
        },
        Request::EstimateTuning {
            settings: settings(number),
            tune: tune(number),
        },
        Request::PauseTraining { paused: true },
        Request::StopTraining,
        Request::RunLab { settings: lab },
        Request::StopLab {
            method: Some(Method::ALL[0]),
        },
        Request::StopLab { method: None },
        Request::DeleteLab { id: u32::MAX },
        Request::MeasureCurve {
            classes: vec![id],
            seed: u64::MAX,
        },
        Request::ProbeLayers {
            classes: vec![id],
            seed: 0,
        },
        Request::AskOldHead {
            sample: SampleId(1),
        },
        Request::ShowMaps {
            sample: SampleId(1),
        },
        Request::TrySamples {
            names: vec![name()],
            first: 2,
        },
        Request::TryFrame {
            width: 1,
            height: u32::MAX,
        },
        Request::Thumbnails { ids: ids() },
        Request::UseBackbone { id: name() },
        Request::SaveHead { name: name() },
        Request::Export {
            name: name(),
            format: Format::ALL[3],
            small: true,
            samples: false,
            date: "2026-11-28".into(),
        },
        Request::OpenHead { name: name() },
        Request::Embed,
    ];
    requests.extend(projects::requests().into_iter().map(Request::Projects));
    requests.extend(heads::requests(number).into_iter().map(Request::Heads));
    [requests, sharing::all_requests(number), batch::requests()].concat()
}

fn head(number: f64, small: f32) -> HeadView {
    let info = HeadInfo {
        classes: vec![HeadClass {
            name: ODD.into(),
            colour: Colour(0, 0, 0),
            samples: 3,
        }],
        backbone: ODD.into(),
        backbone_hash: "5eed".into(),
        input_size: 224,
        settings: settings(number),
        validation: Some(Box::new(Validation {
            how: Default::default(),
            calibration: Some(Calibrated {
                top2: Some(number),
                ece_before: Some(number),
                ece: number,
                bins_before: Vec::new(),
                bins: vec![
                    None,
                    Some(Bin {
                        count: 3,
                        confidence: number,
                        accuracy: number,
                    }),
                ],
            }),
            accuracy: interval(number),
            confusion: Confusion {
                classes: 1,
                counts: vec![u32::MAX],
            },
        })),
        tuned: Some(tune(number)),
        choice: None,
        unknown: None,
    };
    HeadView {
        info,
        opened: false,
        stale: true,
        merged: true,
        kept: Some(KeptId(u64::MAX)),
        tested: vec![TestResult {
            sample: SampleId(1),
            actual: 0,
            predicted: 0,
            confidence: small,
        }],
    }
}

fn tested(number: f64, small: f32) -> TestReport {
    let HeadView { info, tested, .. } = head(number, small);
    TestReport {
        validation: info.validation.map(|v| *v),
        tested,
        foreign: vec![(ODD.into(), 3)],
        alike: 2,
        lost: 1,
    }
}

fn devices(number: f64) -> Vec<Event> {
    let (gpu_ms, cpu_ms) = (number, number);
    let reasons = [
        DeviceReason::Asked,
        DeviceReason::NotBuilt,
        DeviceReason::Faster { gpu_ms, cpu_ms },
        DeviceReason::GpuSlower { gpu_ms, cpu_ms },
        DeviceReason::WrongResult { cosine: number },
        DeviceReason::StartFailed(ODD.into()),
        DeviceReason::Lacks {
            feature: ODD.into(),
        },
    ];
    let ready = |reason| Event::Ready {
        device: DeviceReport {
            kind: DeviceKind::Cpu,
            adapter: ODD.into(),
            reason,
        },
        backbone: ODD.into(),
    };
    reasons.into_iter().map(ready).collect()
}

/// All of them; the compiler asks for a new variant in [`told`].
pub fn events(number: f64, small: f32) -> Vec<Event> {
    let ids = || vec![SampleId(0), SampleId(i32::MAX as u32)];
    let problem = || Problem::Computation(ODD.into());
    let class = ClassView {
        class: Class {
            id: ClassId(1),
            name: ODD.into(),
            colour: Colour(9, 9, 9),
        },
        count: 1,
        pending: 2,
    };
    let photo = SampleView {
        id: SampleId(1),
        class: ClassId(1),
        name: ODD.into(),
    };
    let epoch = |validation: Option<f32>| {
        Event::Epoch(EpochReport {
            epoch: 1,
            epochs: 2,
            loss: small,
            accuracy: small,
            validation_loss: validation,
            validation_accuracy: validation,
        })
    };
    let mut events = vec![
        Event::Started,
        Event::Access(Access::Reader),
        Event::Stored(false),
        Event::Keep {
            number: u64::MAX,
            entries: kept(),
        },
        Event::Written { number: 0 },
        Event::Done { id: u64::MAX },
        Event::Refused {
            id: u64::MAX,
            problem: problem(),
        },
        Event::Grown,
        Event::Retired(false),
        Event::Begun {
            file: u64::MAX,
            part: 0,
            name: "daisy/1.jpg".into(),
        },
        Event::Progress {
            job: Job::Embed,
            done: 0,
            total: u32::MAX as usize,
        },
        Event::Failed(problem()),
        Event::Classes(vec![class]),
        Event::Counts(vec![ClassCount {
            id: ClassId(2),
            count: usize::MAX >> 1,
            pending: 0,
        }]),
        Event::SamplesAdded(vec![photo.clone()]),
        Event::TestSamplesAdded(vec![photo]),
        Event::TestSamplesRemoved(ids()),
        Event::TestReport(None),
        Event::TestReport(Some(Box::new(tested(number, small)))),
        Event::HeadsCompared(HeadsCompared {
            other: Other::Trained,
            on: How::TestSet,
            paired: Paired {
                n: 9,
                only_first: 7,
                only_second: 2,
                p: number,
            },
        }),
        Event::Thumbnails(ids()),
        Event::SamplesRemoved(ids()),
        Event::SamplesRestored(ids()),
        Event::SamplesMoved {
            ids: ids(),
            to: ClassId(2),
        },
        Event::Undoable(Some(Undoable::Head)),
        Event::Undoable(Some(Undoable::KeptHead { name: ODD.into() })),
        heads::event(interval(number)),
        Event::Undoable(Some(Undoable::Class { name: ODD.into() })),
        Event::Undoable(Some(Undoable::TestSamples { count: 2 })),
        Event::Undoable(None),
        Event::Undoable(Some(Undoable::Groups { count: 2 })),
        epoch(None),
        epoch(Some(small)),
        Event::TrainingStarted,
        Event::TrainingPaused(true),
        Event::TuneEstimate {
            tune: tune(number),
            seconds: number,
            device: DeviceKind::Cpu,
        },
        Event::TrainingEnded { stopped: true },
        Event::Head(None),
        Event::Head(Some(head(number, small))),
        Event::Tried {
            name: ODD.into(),
            predictions: predictions(small),
            strangeness: Some(0.5),
        },
        Event::Frame {
            predictions: predictions(small),
            strangeness: None,
        },
        Event::Lab(report(number)),
        Event::LabReports(vec![report(number)]),
        Event::LearningCurve(curve(number)),
        Event::Groups(vec![ClassGroups {
            class: ClassId(3),
            groups: vec![ids(), vec![SampleId(7)]],
            undivided: Some(Together::Minutes),
            by_hand: true,
        }]),
        Event::LayerProbes(LayerProbes {
            class_names: vec![ODD.into()],
            blocks: 18,
            layers: vec![LayerProbe {
                layer: ODD.into(),
                block: 3,
                width: 96,
                accuracy: interval(number),
            }],
            best: 0,
            finding: Finding::BeforeEnd,
        }),
        Event::OldHead {
            sample: SampleId(1),
            predictions: predictions(small),
        },
        Event::FeatureMaps {
            sample: SampleId(1),
            layers: vec![FeatureMaps {
                layer: ODD.into(),
                side: 7,
                channels: 320,
                shown: 8,
            }],
        },
        Event::File {
            name: ODD.into(),
            mime: "text/csv".into(),
        },
        Event::Embedding,
        Event::Problem(problem()),
    ];
    events.extend(devices(number));
    events.extend(projects::events().into_iter().map(Event::Projects));
    [events, sharing::all_events(number, small), batch::events()].concat()
}
