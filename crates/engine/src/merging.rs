//! What another project adds to this one.

use super::store::SampleRow;
use super::{Engine, Output, plain};
use data::class::Class;
use data::protocol::Event;
use data::sample::SampleHash;

impl Engine {
    /// Classes of the same name are one, and a sample that is here stays where it is; `true` with those of a test set. What backbones
    /// say of new ones is to be loaded next. How many classes there would be, where they are too many.
    pub fn merge(
        &mut self,
        classes: &[Class],
        rows: Vec<(SampleRow, bool)>,
    ) -> Result<Vec<Output>, usize> {
        let (views, tests) = self.project.merge(classes, rows)?;
        let mut outputs = vec![plain(Event::SamplesAdded(views))];
        if !tests.is_empty() {
            outputs.push(plain(Event::TestSamplesAdded(tests)));
        }
        outputs.extend(self.changed());
        outputs.extend(self.examine_again());
        Ok(outputs)
    }

    /// The project has this sample, or an undo would bring it back.
    pub fn knows(&self, hash: &SampleHash) -> bool {
        self.project.knows(hash)
    }

    /// There is nothing in the project.
    pub fn is_empty(&self) -> bool {
        let no_head = self.head.is_none() && self.before.is_none();
        self.project.is_empty() && no_head && self.labs.is_empty()
    }
}
