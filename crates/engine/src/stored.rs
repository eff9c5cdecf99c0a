//! What the host asks about what is stored, and what it may not lose.

use super::store::{self, DoneRow, Table, embedding_key, read_floats};
use super::{Engine, Output, plain};
use data::photo::PhotoId;
use data::problem::Problem;
use data::protocol::Event;
use formats::bundle;

impl Engine {
    /// Photos without an embedding, deleted ones too, and the key where storage may have it.
    pub fn embeddings_to_load(&self) -> Vec<(PhotoId, String)> {
        let id = self.backbone.spec().id;
        let rows = self.project.embeddings_to_load();
        rows.map(|row| (row.id, embedding_key(id, &row.hash)))
            .collect()
    }

    /// What storage has for [`Self::embeddings_to_load`]; photos it lacks are [`Self::missing`].
    pub fn load_embedding(&mut self, id: PhotoId, bytes: &[u8]) {
        if let Some(embedding) = read_floats(bytes, self.backbone.spec().width) {
            self.project.load_embedding(id, embedding);
        }
    }

    /// The key of a photo's thumbnail.
    pub fn thumbnail_key(&self, id: PhotoId) -> Option<String> {
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

    /// The keys of the photos' files, of those too that an undo would bring back.
    pub fn photo_keys(&self) -> impl Iterator<Item = String> {
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

    /// How the name of a photo's file should end.
    pub fn ending(photo: &[u8]) -> String {
        let format = image::guess_format(photo).ok();
        let ending = format.and_then(|format| format.extensions_str().first().copied());
        ending.map_or_else(String::new, |ending| format!(".{ending}"))
    }

    /// No photo is on its way any more.
    pub fn expect_no_more(&mut self) {
        self.project.expect_no_more();
        (self.outstanding, self.announced) = (0, 0);
    }

    /// Photos that the backbone in use has not seen are not waited for.
    pub fn forgo_missing(&mut self) {
        let missing: Vec<PhotoId> = self.project.missing().map(|row| row.id).collect();
        for id in missing {
            self.project.lose_file(id);
        }
    }

    /// All photos that wait for their embedding get it now.
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
