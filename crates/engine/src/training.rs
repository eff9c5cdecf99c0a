//! Training a head on embeddings: what it learns from, and what becomes of the head.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::discriminants::many::{self, Many};
use super::discriminants::{self, Discriminants};
use super::heads::InUse;
use super::run::Run;
use super::{Engine, Handled, Output, Reply, plain};
use data::class::ClassId;
use data::classifier::{Head, Input};
use data::features::Features;
use data::head::{Calibrated, Choice, HeadClass, HeadInfo, How, TestResult, Validation};
use data::limits::MOST_CLASSES;
use data::metrics::Confusion;
use data::names::key;
use data::problem::{KeptProblem, LabProblem, Problem, TrainingProblem};
use data::protocol::Event;
use data::sample::{SampleHash, SampleId};
use data::settings::{Measure, Optimiser, TrainSettings};
use data::split::{self, Candidate};
use data::statistics::Statistics;
use data::transfer::TuneSettings;
use data::tuned_layers::TunedLayers;
use data::unknown::Unknown;
use formats::head_file::HeadFile;
use learn::memory::{self, Heads};
use learn::trainer::{Draft, Trainer, largest};
use network::backbone::Backbone;

/// Samples times classes times numbers of an embedding of which heads are trained once for each fold, at most: a training takes
/// about a second then. Of more, some samples are kept apart.
const MOST_WORK: usize = 10_000 * 20 * 1_280;

/// A sample to learn from or to judge by.
#[derive(Clone)]
pub(super) struct Item {
    pub sample: SampleId,
    pub hash: SampleHash,
    pub embedding: Rc<[f32]>,
    /// What layers before it say; none where that is not known yet.
    pub layers: Option<Rc<[f32]>>,
    /// Index into the lesson's classes.
    pub class: usize,
    /// The same for samples of one moment.
    pub group: SampleId,
}

impl Item {
    pub fn candidate(&self) -> Candidate<'_> {
        Candidate {
            class: self.class,
            hash: &self.hash,
            group: self.group,
        }
    }
}

/// The project's samples, shared out, as they were when training began.
pub(super) struct Lesson {
    pub settings: TrainSettings,
    pub classes: Vec<HeadClass>,
    pub ids: Vec<ClassId>,
    pub train: Vec<Item>,
    /// Kept apart from the start.
    pub apart: Vec<Item>,
    /// Samples or classes changed since.
    pub stale: bool,
    /// The head that is trained on.
    pub on: Option<Box<HeadFile>>,
}

impl Lesson {
    /// For a trainer: embeddings are shared, not copied.
    pub fn labelled(items: &[Item]) -> Vec<(Rc<[f32]>, usize)> {
        let items = items.iter();
        items.map(|i| (i.embedding.clone(), i.class)).collect()
    }
}

/// What was measured of a head.
pub(super) struct Measured {
    pub how: How,
    /// Empty where nothing could be.
    pub tested: Vec<TestResult>,
    pub calibration: Option<Calibrated>,
}

impl Measured {
    pub fn held_out(tested: Vec<TestResult>) -> Self {
        let (how, calibration) = (How::HeldOut, None);
        Self {
            how,
            tested,
            calibration,
        }
    }

    fn validation(&self, classes: usize) -> Option<Validation> {
        let pairs: Vec<_> = self
            .tested
            .iter()
            .map(|t| (t.actual, t.predicted))
            .collect();
        let confusion = Confusion::of(classes, &pairs);
        (!pairs.is_empty()).then(|| Validation {
            how: self.how,
            accuracy: confusion.accuracy(),
            confusion,
            calibration: self.calibration.clone(),
        })
    }
}

/// What came out of training beside the head.
pub(super) struct Findings {
    pub measured: Measured,
    pub tuned: Option<(TuneSettings, TunedLayers, Backbone)>,
    pub choice: Option<Choice>,
    pub unknown: Option<Unknown>,
    pub statistics: Option<Box<Statistics>>,
    /// By what the last layer of a head by gradients was multiplied.
    pub sharpened: f64,
}

impl From<Measured> for Findings {
    fn from(measured: Measured) -> Self {
        let (tuned, choice, unknown, statistics) = (None, None, None, None);
        Self {
            measured,
            tuned,
            choice,
            unknown,
            statistics,
            sharpened: 1.0,
        }
    }
}

/// What a head says of a sample that it did not learn from; none where it sees what is not known of that.
pub(super) fn test(head: &Head, item: &Item, features: &Features) -> Option<TestResult> {
    let probabilities = head.predict_features(features)?;
    let predicted = largest(&probabilities);
    Some(TestResult {
        sample: item.sample,
        actual: item.class,
        predicted,
        confidence: probabilities[predicted],
    })
}

impl Engine {
    /// Samples are kept apart where settings say so. Refused with fewer than two classes: the page's button is off then, and says
    /// why.
    pub(super) fn lesson(&self, settings: &TrainSettings) -> Result<Lesson, Problem> {
        let mut settings = settings.clamped();
        settings.measure = settings.measure_used();
        let classes = self.project.filled_classes();
        if classes.len() < 2 {
            let classes = classes.len();
            return Err(Problem::Training(TrainingProblem::TooFewClasses {
                classes,
            }));
        }
        let ids: Vec<ClassId> = classes.iter().map(|c| c.id).collect();
        let groups = self.project.groups();
        let outputs: HashMap<ClassId, usize> = ids.iter().copied().zip(0..).collect();
        let item = |s: &super::project::Sample| {
            Some(Item {
                sample: s.row.id,
                group: groups.of(s.row.id),
                hash: s.row.hash.clone(),
                embedding: s.embedding.clone()?,
                layers: s.layers.clone(),
                class: *outputs.get(&s.row.class)?,
            })
        };
        let items: Vec<Item> = self.project.samples().iter().filter_map(item).collect();
        let work = items.len() * classes.len() * self.backbone.spec().width;
        let closed = settings.optimiser_used() == Optimiser::Lda
            && many::are_affordable(&items, classes.len(), &self.backbone);
        if items.len() > discriminants::MOST && work > MOST_WORK && !closed {
            settings.measure = Measure::HeldOut;
        }
        let candidates: Vec<_> = items.iter().map(Item::candidate).collect();
        let fraction = match settings.measure {
            Measure::CrossValidation => 0.0,
            Measure::HeldOut => settings.validation_fraction,
        };
        let marks = split::validation(&candidates, fraction, settings.seed);
        let (mut train, mut apart) = (Vec::new(), Vec::new());
        for (item, kept_apart) in items.into_iter().zip(marks) {
            if kept_apart {
                apart.push(item);
            } else {
                train.push(item);
            }
        }
        let mut samples = vec![0; classes.len()];
        train.iter().for_each(|item| samples[item.class] += 1);
        let with_samples = classes.iter().zip(samples);
        Ok(Lesson {
            classes: with_samples.map(|(c, n)| HeadClass::of(c, n)).collect(),
            settings,
            ids,
            train,
            apart,
            stale: false,
            on: None,
        })
    }

    pub(super) fn start_training(&mut self, id: u64, settings: &TrainSettings) -> Handled {
        self.unoccupied()?;
        self.few_enough_classes()?;
        let lesson = self.lesson(settings)?;
        self.train(id, lesson)
    }

    /// Trains the head in use on: what the project's samples say is added to what it says of those that it was made of. Nothing here
    /// tells how good that is but samples that are kept apart.
    pub(super) fn go_on(&mut self, id: u64, settings: &TrainSettings) -> Handled {
        // The page has no such button for one of this project: its samples would count twice.
        if self.head.as_ref().is_some_and(|head| !head.is_opened()) {
            return self.start_training(id, settings);
        }
        self.unoccupied()?;
        self.few_enough_classes()?;
        let default = TrainSettings::default().validation_fraction;
        let lesson = self.lesson(&TrainSettings {
            measure: Measure::HeldOut,
            validation_fraction: settings.validation_fraction.max(default),
            ..settings.clone()
        })?;
        let refused = |why| Err(Problem::Kept(why));
        let head = self.head.as_ref().ok_or(Problem::NoHead)?;
        if head.backbone.is_some() {
            return refused(KeptProblem::Tuned);
        }
        if head.statistics.is_none() {
            let name = String::new();
            return refused(KeptProblem::NoStatistics { name });
        }
        let here: HashSet<String> = lesson.classes.iter().map(|c| key(&c.name)).collect();
        let names = head.info.classes.iter().map(|class| &class.name);
        let others: Vec<String> = names.filter(|n| !here.contains(&key(n))).cloned().collect();
        if !others.is_empty() {
            return refused(KeptProblem::OtherClasses(others));
        }
        let (samples, classes) = (lesson.train.len(), lesson.classes.len());
        let closed = lesson.settings.optimiser_used() == Optimiser::Lda;
        if !closed || !discriminants::are_few(samples, classes, &self.backbone) {
            return refused(KeptProblem::NotClosed);
        }
        let on = Some(Box::new(head.as_file()));
        self.train(id, Lesson { on, ..lesson })
    }

    fn train(&mut self, id: u64, lesson: Lesson) -> Handled {
        let closed = lesson.settings.optimiser_used() == Optimiser::Lda;
        let (samples, classes) = (lesson.train.len(), lesson.classes.len());
        let few = discriminants::are_few(samples, classes, &self.backbone);
        let heads = Heads {
            train: lesson.train.len(),
            apart: lesson.apart.len(),
            width: self.backbone.spec().width,
            classes: lesson.classes.len(),
            hidden: lesson.settings.hidden,
        };
        if memory::needed(&memory::Task::Heads(heads)) > memory::MOST {
            return Err(Problem::Training(TrainingProblem::HeadTooLarge));
        }
        if closed && few {
            match Discriminants::new(lesson, &mut self.kept, &self.backbone) {
                Ok(task) => self.begin(id, task),
                Err(lesson) => self.begin(id, Run::of(*lesson)),
            }
        } else if closed && many::are_affordable(&lesson.train, classes, &self.backbone) {
            self.begin(id, Many::new(lesson));
        } else {
            self.begin(id, Run::of(lesson));
        }
        self.note_earlier();
        let mut outputs = vec![plain(Event::TrainingStarted)];
        outputs.extend(self.forget_before());
        Ok(Reply::UnderWay(outputs))
    }

    /// From the head in use, where it was trained here, on the same backbone, and knows all the classes.
    pub(super) fn draft(&self, trainer: &Trainer, lesson: &Lesson) -> Option<Draft> {
        let here =
            |h: &&InUse| h.backbone.is_none() && h.info.backbone_hash == self.backbone.hash();
        let plain = |h: &&InUse| h.head.input == Input::default();
        let before = self.head.as_ref().filter(here).filter(plain)?;
        let known: HashMap<ClassId, usize> = before.ids.iter().copied().zip(0..).collect();
        let output = |id: &ClassId| known.get(id).copied();
        let outputs: Option<Vec<usize>> = lesson.ids.iter().map(output).collect();
        // As training left it: it would be far from the minimum else.
        let mut head = before.head.clone();
        head.out.multiply(1.0 / before.sharpened);
        trainer.draft(&head, &outputs?)
    }

    /// A head of more could not be stored and opened again.
    pub(super) fn few_enough_classes(&self) -> Result<(), Problem> {
        let classes = self.project.filled_classes().len();
        match classes <= MOST_CLASSES {
            true => Ok(()),
            false => Err(Problem::Lab(LabProblem::TooManyClasses { classes })),
        }
    }

    /// Puts a trained head into use. One that may answer with what is no number is none: the head from before stays.
    pub(super) fn install_head(
        &mut self,
        lesson: &Lesson,
        head: Head,
        findings: Findings,
    ) -> Vec<Output> {
        if !head.is_bounded() {
            return vec![plain(Event::Problem(Problem::TrainingDiverged))];
        }
        let Findings {
            measured,
            tuned,
            choice,
            unknown,
            statistics,
            sharpened,
        } = findings;
        let validation = measured.validation(lesson.classes.len());
        let spec = self.backbone.spec();
        let (tuned, tuned_layers, backbone) = match tuned {
            Some((settings, tuned_layers, backbone)) => {
                (Some(settings), tuned_layers, Some(backbone))
            }
            None => (None, TunedLayers::default(), None),
        };
        let info = HeadInfo {
            classes: lesson.classes.clone(),
            backbone: spec.id.into(),
            backbone_hash: self.backbone.hash().into(),
            input_size: spec.input_size,
            settings: lesson.settings.clone(),
            validation: validation.map(Box::new),
            tuned,
            choice,
            unknown: unknown.map(Box::new),
        };
        let elsewhere = self.head.as_ref().is_some_and(InUse::is_elsewhere);
        if elsewhere {
            self.keep_before();
        }
        self.keep_earlier();
        // Samples may have come or gone, and classes been renamed, while it trained.
        self.head = Some(InUse {
            head,
            info,
            tuned_layers,
            backbone,
            ids: lesson.ids.clone(),
            stale: lesson.stale,
            tested: measured.tested,
            sharpened,
            statistics,
            kept: None,
        });
        self.rename_all_in_head();
        self.store_head();
        let mut outputs = vec![self.head_event()];
        if elsewhere {
            outputs.push(self.undo_event());
        }
        outputs.extend(self.examine_anew());
        outputs
    }
}
