//! What the host asks about what is stored, and what it may not lose.

use super::store::{self, DoneRow, Table, embedding_key, read_features};
use super::{Engine, Output, plain};
use data::problem::Problem;
use data::protocol::Event;
use data::sample::SampleId;
use formats::bundle;

impl Engine {
    /// Samples without an embedding, deleted ones too, and the key where storage may have it.
    pub fn embeddings_to_load(&self) -> Vec<(SampleId, String)> {
        let id = self.backbone.spec().id;
        let rows = self.project.embeddings_to_load();
        rows.map(|row| (row.id, embedding_key(id, &row.hash)))
            .collect()
    }

    /// What storage has for [`Self::embeddings_to_load`]; samples it lacks are [`Self::missing`].
    pub fn load_embedding(&mut self, id: SampleId, bytes: &[u8]) {
        let spec = self.backbone.spec();
        if let Some(features) = read_features(bytes, spec.width, spec.layers) {
            self.project.load_embedding(id, features);
        }
    }

    /// The key of a sample's thumbnail.
    pub fn thumbnail_key(&self, id: SampleId) -> Option<String> {
        self.project.hash(id).map(|hash| hash.0.clone())
    }

    /// Stores with the changes that which of them were made.
    pub fn note_made(&mut self, done: &DoneRow) {
        let journal = &mut self.project.journal;
        journal.put_json(Table::Project, store::DONE.into(), done);
    }

    /// What was stored and cannot be read: it stays as it is.
    pub fn unread(&self) -> &[(Table, String)] {
        &self.project.unread.keys
    }

    /// The keys of the samples' files, of those too that an undo would bring back.
    pub fn sample_keys(&self) -> impl Iterator<Item = String> {
        self.project.all_hashes().map(|hash| hash.0.clone())
    }

    /// Files as one, for the page to save.
    pub fn bundle(name: &str, files: &[(String, Vec<u8>)]) -> Output {
        let event = Event::File {
            name: name.into(),
            mime: "application/zip".into(),
        };
        (event, vec![bundle::zip(files)])
    }

    /// How the name of a sample's file should end.
    pub fn ending(sample: &[u8]) -> String {
        let format = image::guess_format(sample).ok();
        let ending = format.and_then(|format| format.extensions_str().first().copied());
        ending.map_or_else(String::new, |ending| format!(".{ending}"))
    }

    /// No sample is on its way any more.
    pub fn expect_no_more(&mut self) {
        self.project.expect_no_more();
        (self.outstanding, self.announced) = (0, 0);
    }

    /// Samples that the backbone in use has not seen are not waited for.
    pub fn forgo_missing(&mut self) {
        let missing: Vec<SampleId> = self.project.missing().map(|row| row.id).collect();
        for id in missing {
            self.project.lose_file(id);
        }
    }

    /// All samples that wait for their embedding get it now.
    pub async fn embed_waiting(&mut self) -> Vec<Output> {
        let mut outputs = Vec::new();
        while !self.waiting.is_empty() {
            outputs.extend(self.embed_batch().await);
        }
        outputs
    }

    pub(super) fn unread_said(&self) -> Option<Output> {
        let problem = self.project.unread_said()?;
        Some(plain(Event::Problem(Problem::Storage(problem))))
    }
}
