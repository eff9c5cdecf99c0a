//! Training a head, using it, saving and opening it.

use super::{Engine, Output, plain};
use crate::data::class::ClassId;
use crate::data::classifier::Head;
use crate::data::head::{HeadClass, HeadInfo, Validation};
use crate::data::metrics::Confusion;
use crate::data::prediction::Prediction;
use crate::data::problem::{HeadProblem, Problem};
use crate::data::settings::TrainSettings;
use crate::data::split;
use crate::formats::head_file;
use crate::ml::trainer::{Labelled, Trainer, largest};
use crate::protocol::{Event, HeadView, Job};

/// The head in use.
pub(super) struct InUse {
    head: Head,
    info: HeadInfo,
    /// The project's class behind each output; none for an opened head.
    ids: Vec<ClassId>,
    stale: bool,
}

impl InUse {
    pub(super) fn predict(&self, embedding: &[f32]) -> Vec<Prediction> {
        let shares = self.head.predict(embedding);
        let classes = self.info.classes.iter().zip(shares);
        classes
            .map(|(c, confidence)| Prediction {
                class: c.name.clone(),
                colour: c.colour,
                confidence,
            })
            .collect()
    }
}

/// A training run.
pub(super) struct Run {
    trainer: Trainer,
    settings: TrainSettings,
    classes: Vec<HeadClass>,
    ids: Vec<ClassId>,
    /// Kept apart from the start.
    validation: Vec<(Vec<f32>, usize)>,
}

impl Engine {
    pub(super) fn start_training(&mut self, settings: &TrainSettings) -> Vec<Output> {
        let settings = settings.clamped();
        let classes = self.project.filled_classes();
        // The page's button is off then, and says why.
        if classes.len() < 2 || self.run.is_some() {
            return Vec::new();
        }
        let ids: Vec<ClassId> = classes.iter().map(|c| c.id).collect();
        let index = |id: ClassId| {
            ids.iter()
                .position(|i| *i == id)
                .expect("a sample's class has samples")
        };
        let samples: Vec<_> = self
            .project
            .samples()
            .iter()
            .map(|s| (index(s.class), s))
            .collect();
        let hashes: Vec<_> = samples.iter().map(|(class, s)| (*class, &s.hash)).collect();
        let apart = split::validation(&hashes, settings.validation_share, settings.seed);
        let pick = |kept_apart: bool| -> Vec<Labelled> {
            let rows = samples
                .iter()
                .zip(&apart)
                .filter(|(_, a)| **a == kept_apart);
            rows.map(|((class, s), _)| (s.embedding.as_slice(), *class))
                .collect()
        };
        let (train, validation) = (pick(false), pick(true));
        let photos = |class: usize| train.iter().filter(|(_, c)| *c == class).count();
        self.run = Some(Run {
            trainer: Trainer::new(&train, &validation, classes.len(), &settings),
            classes: classes
                .iter()
                .enumerate()
                .map(|(i, c)| HeadClass::of(c, photos(i)))
                .collect(),
            validation: validation.iter().map(|(e, c)| (e.to_vec(), *c)).collect(),
            ids,
            settings,
        });
        vec![plain(Event::TrainingStarted)]
    }

    pub(super) async fn train_epoch(&mut self) -> Vec<Output> {
        let Some(run) = &mut self.run else {
            return Vec::new();
        };
        match run.trainer.step().await {
            Ok(report) => {
                let progress = Event::Progress {
                    job: Job::Train,
                    done: report.epoch,
                    total: report.epochs,
                };
                let mut outputs = vec![plain(Event::Epoch(report)), plain(progress)];
                if run.trainer.done() {
                    outputs.extend(self.end_training(false));
                }
                outputs
            }
            // The best head from before it went wrong is kept.
            Err(_) => {
                let mut outputs = self.end_training(true);
                outputs.insert(0, plain(Event::Problem(Problem::TrainingDiverged)));
                outputs
            }
        }
    }

    pub(super) fn end_training(&mut self, stopped: bool) -> Vec<Output> {
        let Some(run) = self.run.take() else {
            return Vec::new();
        };
        let mut outputs = Vec::new();
        if let Some(head) = run.trainer.into_best() {
            let pairs: Vec<_> = run
                .validation
                .iter()
                .map(|(e, class)| (*class, largest(&head.predict(e))))
                .collect();
            let confusion = Confusion::of(run.classes.len(), &pairs);
            let validation = (!pairs.is_empty()).then(|| Validation {
                accuracy: confusion.accuracy(),
                confusion,
            });
            let spec = self.backbone.spec();
            let info = HeadInfo {
                classes: run.classes,
                backbone: spec.id.into(),
                backbone_hash: self.backbone.hash().into(),
                input_size: spec.input_size,
                settings: run.settings,
                validation,
            };
            // Photos may have come or gone, and classes been renamed, while it trained.
            self.head = Some(InUse {
                head,
                info,
                ids: run.ids.clone(),
                stale: false,
            });
            run.ids.iter().for_each(|id| self.relabel_head(*id));
            outputs.push(self.head_event());
        }
        outputs.push(plain(Event::TrainingEnded { stopped }));
        outputs
    }

    pub(super) fn head_event(&self) -> Output {
        plain(Event::Head(self.head.as_ref().map(|h| HeadView {
            info: h.info.clone(),
            opened: h.ids.is_empty(),
            stale: h.stale,
            tested: Vec::new(),
        })))
    }

    /// The photos changed: the head still works, and the page says that it is of before.
    pub(super) fn outdate_head(&mut self) -> Option<Output> {
        let head = self
            .head
            .as_mut()
            .filter(|h| !h.ids.is_empty() && !h.stale)?;
        head.stale = true;
        Some(self.head_event())
    }

    /// Carries a class's new name or colour over to the head, without training.
    pub(super) fn relabel_head(&mut self, id: ClassId) {
        let Some(class) = self.project.class(id) else {
            return;
        };
        if let Some(head) = &mut self.head
            && let Some(i) = head.ids.iter().position(|other| *other == id)
        {
            head.info.classes[i].name = class.name.clone();
            head.info.classes[i].colour = class.colour;
        }
    }

    pub(super) fn save_head(&self, name: &str) -> Vec<Output> {
        let Some(head) = &self.head else {
            return Vec::new();
        };
        let name: String = name
            .chars()
            .map(|c| {
                if c.is_alphanumeric() || "-_ ".contains(c) {
                    c
                } else {
                    '_'
                }
            })
            .collect();
        let name = if name.trim().is_empty() {
            "head"
        } else {
            name.trim()
        };
        let event = Event::File {
            name: format!("{name}.graft.safetensors"),
            mime: "application/octet-stream".into(),
        };
        vec![(event, vec![head_file::write(&head.head, &head.info)])]
    }

    pub(super) fn open_head(&mut self, name: &str, payloads: &[Vec<u8>]) -> Vec<Output> {
        let file = payloads.first().map_or(&[][..], Vec::as_slice);
        match self.read_head(file) {
            Ok((head, info)) => {
                self.head = Some(InUse {
                    head,
                    info,
                    ids: Vec::new(),
                    stale: false,
                });
                vec![self.head_event()]
            }
            // The head from before stays.
            Err(why) => vec![plain(Event::Problem(Problem::Head {
                file: name.into(),
                why,
            }))],
        }
    }

    fn read_head(&self, file: &[u8]) -> Result<(Head, HeadInfo), HeadProblem> {
        let (head, info) = head_file::read(file)?;
        if info.backbone != self.backbone.spec().id {
            return Err(HeadProblem::OtherBackbone(info.backbone));
        }
        if info.backbone_hash != self.backbone.hash() {
            return Err(HeadProblem::OtherWeights(info.backbone));
        }
        Ok((head, info))
    }
}
