//! The head in use: predicting with it, storing and saving it.

mod before;
mod earlier;
mod kept;
mod merging;
mod opening;

pub(super) use before::{Before, Last};
pub(super) use earlier::Earlier;
pub(super) use kept::KeptHeads;
pub(super) use merging::{Known, Merged, together};
pub(super) use opening::{Wanted, judged};

use super::store::{HeadRow, Table, head_keys};
use super::{Engine, Output, plain};
use data::class::ClassId;
use data::classifier::{Head, softmax};
use data::features::Features;
use data::head::{HeadInfo, TestResult};
use data::prediction::Prediction;
use data::problem::Problem;
use data::protocol::{Event, HeadView, KeptId};
use data::statistics::Statistics;
use data::tuned_layers::TunedLayers;
use formats::head_file::{self, HeadFile};
use network::backbone::Backbone;

/// The head in use.
pub(super) struct InUse {
    pub head: Head,
    pub info: HeadInfo,
    /// Of the backbone, where it was tuned with this head.
    pub tuned_layers: TunedLayers,
    /// The backbone with these; none where the project's own is the head's.
    pub backbone: Option<Backbone>,
    /// The project's class behind each output; none for an opened head.
    pub ids: Vec<ClassId>,
    pub stale: bool,
    pub tested: Vec<TestResult>,
    /// By what the last layer was multiplied, so that the head is as sure as it may be; 1 where that is not known any more.
    pub sharpened: f64,
    /// Of the samples it was made of; none where gradients found it.
    pub statistics: Option<Box<Statistics>>,
    /// The kept head that it is.
    pub kept: Option<KeptId>,
}

/// A head as it is stored.
pub(super) struct StoredHead {
    row: HeadRow,
    file: Vec<u8>,
}

impl StoredHead {
    /// Of which the project knows nothing: one that came from a file.
    fn alone(file: Vec<u8>) -> Self {
        let row = HeadRow::default();
        Self { row, file }
    }

    pub(super) fn is_opened(&self) -> bool {
        self.row.ids.is_empty()
    }
}

impl InUse {
    /// It came from a file, not from this project's samples.
    pub(super) fn is_opened(&self) -> bool {
        self.ids.is_empty()
    }

    /// A file has it, or it is kept: nothing is lost where another one takes its place.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.is_opened() || self.kept.is_some()
    }

    /// What it says of a sample, and how strange that is to it, where it knows.
    pub(super) fn predict(&self, features: &Features) -> (Vec<Prediction>, Option<f32>) {
        Self::says(&self.head, &self.info, features)
    }

    /// The same of a head that is not in use.
    pub(super) fn says(
        head: &Head,
        info: &HeadInfo,
        features: &Features,
    ) -> (Vec<Prediction>, Option<f32>) {
        // A backbone says all that its heads may see: reading a head's file makes sure of it.
        let logits = head.logits(features).unwrap_or_default();
        let probabilities = softmax(&logits);
        let unknown = info.unknown.as_ref();
        let strangeness = unknown.and_then(|u| u.score(&features.embedding, &logits));
        let classes = info.classes.iter().zip(probabilities);
        let predictions = classes.map(|(c, confidence)| Prediction {
            class: c.name.clone(),
            colour: c.colour,
            confidence,
        });
        (predictions.collect(), strangeness)
    }

    fn row(&self) -> HeadRow {
        HeadRow {
            ids: self.ids.clone(),
            stale: self.stale,
            tested: self.tested.clone(),
            kept: self.kept,
        }
    }

    fn stored(&self) -> StoredHead {
        StoredHead {
            row: self.row(),
            file: self.file(),
        }
    }

    pub(super) fn file(&self) -> Vec<u8> {
        head_file::write(&self.as_file())
    }

    pub(super) fn as_file(&self) -> HeadFile {
        HeadFile {
            head: self.head.clone(),
            info: self.info.clone(),
            tuned_layers: self.tuned_layers.clone(),
            statistics: self.statistics.clone(),
        }
    }
}

impl Engine {
    pub(super) fn head_event(&self) -> Output {
        plain(Event::Head(self.head.as_ref().map(|h| HeadView {
            info: h.info.clone(),
            opened: h.is_opened(),
            stale: h.stale,
            kept: h.kept,
            merged: h.statistics.as_ref().is_some_and(|s| s.heads > 1),
            tested: h.tested.clone(),
        })))
    }

    /// The samples changed: the head still works, and the page says that it is of before.
    pub(super) fn outdate_head(&mut self) -> Option<Output> {
        self.outdate_task();
        self.outdate_before();
        let head = self.head.as_mut().filter(|h| !h.is_opened() && !h.stale)?;
        head.stale = true;
        self.store_head_row();
        Some(self.head_event())
    }

    /// Carries a class's new name or colour over to the head, without training.
    pub(super) fn relabel_head(&mut self, id: ClassId) {
        if self.rename_in_head(id) {
            self.store_head();
        }
    }

    /// The same, not stored yet; true where there is something to store.
    pub(super) fn rename_in_head(&mut self, id: ClassId) -> bool {
        let Some(class) = self.project.class(id) else {
            return false;
        };
        if let Some(head) = &mut self.head
            && let Some(i) = head.ids.iter().position(|other| *other == id)
        {
            head.info.classes[i].name = class.name.clone();
            head.info.classes[i].colour = class.colour;
            return true;
        }
        false
    }

    /// Every class has the name and colour that it has by now; not stored yet.
    pub(super) fn rename_all_in_head(&mut self) {
        let Some(head) = &mut self.head else { return };
        for (id, named) in head.ids.iter().zip(&mut head.info.classes) {
            if let Some(class) = self.project.class(*id) {
                named.name.clone_from(&class.name);
                named.colour = class.colour;
            }
        }
    }

    /// So large a part of what it knows should get an answer.
    pub(super) fn keep_known(&mut self, kept: f32) -> Vec<Output> {
        let unknown = |head: &mut InUse| head.info.unknown.as_mut().map(|u| u.kept = kept);
        if kept.is_finite() && self.head.as_mut().and_then(unknown).is_some() {
            self.store_head();
        }
        Vec::new()
    }

    pub(super) fn save_head(&self, name: &str) -> Result<Vec<Output>, Problem> {
        // The page's button is off.
        let head = self.head.as_ref().ok_or(Problem::NoHead)?;
        let event = Event::File {
            name: format!("{}.graft.safetensors", file_name(name)),
            mime: "application/octet-stream".into(),
        };
        Ok(vec![(event, vec![head.file()])])
    }

    /// Writes the head in use down.
    pub(super) fn store_head(&mut self) {
        let Some(head) = &self.head else { return };
        let backbone = head.info.backbone.clone();
        let StoredHead { row, file } = head.stored();
        let (row_key, file_key) = head_keys(&backbone);
        self.project.journal.put(Table::Project, file_key, file);
        self.project.journal.put_json(Table::Project, row_key, &row);
    }

    fn store_head_row(&mut self) {
        let Some(head) = &self.head else { return };
        let (row_key, _) = head_keys(&head.info.backbone);
        let row = head.row();
        self.project.journal.put_json(Table::Project, row_key, &row);
    }
}

/// What a person calls it, as the beginning of a file's name.
pub(super) fn file_name(name: &str) -> String {
    let allowed = |c: char| c.is_alphanumeric() || "-_ ".contains(c);
    let name = name.chars().map(|c| if allowed(c) { c } else { '_' });
    let name: String = name.collect();
    match name.trim() {
        "" => "head".into(),
        name => name.into(),
    }
}
