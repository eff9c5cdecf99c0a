//! Changes of the project by hand, and their undo.

use super::{Engine, Handled, Output, Reply, plain};
use data::class::ClassId;
use data::photo::PhotoId;
use data::protocol::{Event, Undoable};

impl Engine {
    /// A class has another name or colour.
    pub(super) fn relabelled(&mut self, id: ClassId) -> Vec<Output> {
        self.relabel_head(id);
        vec![self.classes(), self.head_event()]
    }

    pub(super) fn removed(&mut self, ids: Vec<PhotoId>) -> Vec<Output> {
        self.head_last = false;
        let mut outputs = vec![plain(Event::PhotosRemoved(ids)), self.undo_event()];
        outputs.extend(self.changed());
        outputs
    }

    pub(super) fn move_photos(&mut self, ids: &[PhotoId], to: ClassId) -> Vec<Output> {
        let ids = self.project.move_photos(ids, to);
        self.head_last = false;
        let mut outputs = vec![plain(Event::PhotosMoved { ids, to }), self.undo_event()];
        outputs.extend(self.changed());
        outputs
    }

    /// Takes the last change back.
    pub(super) fn undo(&mut self, id: u64) -> Handled {
        if self.undoable() == Some(Undoable::Head) {
            return self.bring_back_head(id);
        }
        // The class first: photos belong to one.
        let mut outputs = Vec::new();
        let moved = self.project.move_back();
        for (id, to) in &moved {
            let (ids, to) = (vec![*id], *to);
            outputs.push(plain(Event::PhotosMoved { ids, to }));
        }
        let back = match moved.is_empty() {
            true => self.project.undo(),
            false => Vec::new(),
        };
        outputs.push(self.undo_event());
        outputs.extend(self.changed());
        // A page that came after the deletion does not know them.
        let views = self.project.photos_of(&back);
        outputs.push(plain(Event::PhotosRestored(back)));
        outputs.push(plain(Event::PhotosAdded(views)));
        Ok(Reply::Done(outputs))
    }
}
