//! Training a head, using it, saving and opening it.

use std::collections::BTreeMap;

use super::store::{HeadRow, Table, head_keys};
use super::{Engine, Output, plain};
use crate::data::backbone::{BackboneSpec, find_backbone};
use crate::data::class::ClassId;
use crate::data::classifier::Head;
use crate::data::head::{HeadClass, HeadInfo, Tested, Validation};
use crate::data::metrics::Confusion;
use crate::data::photo::PhotoId;
use crate::data::prediction::Prediction;
use crate::data::problem::{HeadProblem, Problem, StorageProblem};
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
    tested: Vec<Tested>,
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
    validation: Vec<(PhotoId, Vec<f32>, usize)>,
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
            .filter_map(|s| Some((&s.row, s.embedding.as_deref()?, index(s.row.class))))
            .collect();
        let hashes: Vec<_> = samples.iter().map(|(row, _, c)| (*c, &row.hash)).collect();
        let apart = split::validation(&hashes, settings.validation_share, settings.seed);
        let of = |kept_apart: bool| {
            let marked = samples.iter().zip(&apart);
            marked.filter(move |(_, a)| **a == kept_apart)
        };
        let pick = |kept_apart: bool| -> Vec<Labelled> {
            of(kept_apart)
                .map(|((_, embedding, class), _)| (*embedding, *class))
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
            validation: of(true)
                .map(|((row, e, class), _)| (row.id, e.to_vec(), *class))
                .collect(),
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
            let test = |(photo, embedding, actual): &(PhotoId, Vec<f32>, usize)| {
                let shares = head.predict(embedding);
                let predicted = largest(&shares);
                Tested {
                    photo: *photo,
                    actual: *actual,
                    predicted,
                    confidence: shares[predicted],
                }
            };
            let tested: Vec<Tested> = run.validation.iter().map(test).collect();
            let pairs: Vec<_> = tested.iter().map(|t| (t.actual, t.predicted)).collect();
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
                tuned: None,
            };
            // Photos may have come or gone, and classes been renamed, while it trained.
            self.head = Some(InUse {
                head,
                info,
                ids: run.ids.clone(),
                stale: false,
                tested,
            });
            run.ids.iter().for_each(|id| self.relabel_head(*id));
            self.store_head();
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
            tested: h.tested.clone(),
        })))
    }

    /// The photos changed: the head still works, and the page says that it is of before.
    pub(super) fn outdate_head(&mut self) -> Option<Output> {
        let head = self
            .head
            .as_mut()
            .filter(|h| !h.ids.is_empty() && !h.stale)?;
        head.stale = true;
        self.store_head();
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
            self.store_head();
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

    pub(super) fn open_head(&mut self, name: &str, file: Vec<u8>) -> Vec<Output> {
        let read = head_file::read(&file).map_err(Unfit::from);
        match read.and_then(|(head, info)| self.fits(head, info)) {
            Ok((head, info)) => {
                self.head = Some(InUse {
                    head,
                    info,
                    ids: Vec::new(),
                    stale: false,
                    tested: Vec::new(),
                });
                self.store_head();
                vec![self.head_event()]
            }
            Err(Unfit::OtherBackbone(spec)) => {
                self.wanted = Some(spec);
                self.parked = Some((name.into(), file));
                Vec::new()
            }
            // The head from before stays.
            Err(Unfit::Bad(why)) => vec![plain(Event::Problem(Problem::Head {
                file: name.into(),
                why,
            }))],
        }
    }

    fn fits(&self, head: Head, info: HeadInfo) -> Result<(Head, HeadInfo), Unfit> {
        let spec = find_backbone(&info.backbone)
            .ok_or_else(|| HeadProblem::UnknownBackbone(info.backbone.clone()))?;
        if spec != self.backbone.spec() {
            return Err(Unfit::OtherBackbone(spec));
        }
        if info.backbone_hash != self.backbone.hash() {
            return Err(HeadProblem::OtherWeights(info.backbone).into());
        }
        Ok((head, info))
    }

    fn store_head(&mut self) {
        let Some(head) = &self.head else { return };
        let (row_key, file_key) = head_keys(&head.info.backbone);
        let row = HeadRow {
            ids: head.ids.clone(),
            stale: head.stale,
            tested: head.tested.clone(),
        };
        let file = head_file::write(&head.head, &head.info);
        let journal = &mut self.project.journal;
        journal.put_json(Table::Project, row_key, &row);
        journal.put(Table::Project, file_key, file);
    }

    /// The head that was stored for the backbone in use.
    pub(super) fn restore_head(&mut self, stored: &BTreeMap<String, Vec<u8>>) -> Vec<Output> {
        let (row_key, file_key) = head_keys(self.backbone.spec().id);
        let mut outputs = Vec::new();
        if let (Some(row), Some(file)) = (stored.get(&row_key), stored.get(&file_key)) {
            let row: Result<HeadRow, _> = serde_json::from_slice(row);
            match (row, head_file::read(file)) {
                (Ok(row), Ok((head, info)))
                    if info.backbone_hash == self.backbone.hash()
                        && [0, info.classes.len()].contains(&row.ids.len()) =>
                {
                    self.head = Some(InUse {
                        head,
                        info,
                        ids: row.ids,
                        stale: row.stale,
                        tested: row.tested,
                    });
                }
                _ => {
                    let problem = StorageProblem::Damaged("the classifier".into());
                    outputs.push(plain(Event::Problem(Problem::Storage(problem))));
                }
            }
        }
        outputs.push(self.head_event());
        outputs
    }
}

/// Why a whole head file cannot be used now.
enum Unfit {
    Bad(HeadProblem),
    /// The host can fetch it.
    OtherBackbone(&'static BackboneSpec),
}

impl From<HeadProblem> for Unfit {
    fn from(why: HeadProblem) -> Self {
        Self::Bad(why)
    }
}
