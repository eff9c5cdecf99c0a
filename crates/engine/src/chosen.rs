//! What somebody chose for the next training: kept with the project.

use std::collections::BTreeMap;

use super::store::{SETTINGS, Table, record};
use super::{Engine, Output, plain};
use data::protocol::Event;
use data::transfer::Chosen;

impl Engine {
    pub(super) fn keep_settings(&mut self, chosen: &Chosen) -> Vec<Output> {
        let row = chosen.clamped();
        self.project
            .journal
            .put_json(Table::Project, SETTINGS.into(), &row);
        Vec::new()
    }

    pub(super) fn restore_settings(
        &mut self,
        stored: &BTreeMap<String, Vec<u8>>,
    ) -> Option<Output> {
        let read = |json: &[u8]| serde_json::from_slice::<Chosen>(json).ok();
        let found = record(stored, SETTINGS, read);
        self.project.journal.follow(SETTINGS, &found);
        for key in found.unread {
            let bytes = &stored[&key];
            self.project.unread.add(Table::Project, key, bytes);
        }
        let chosen = found.value?.clamped();
        Some(plain(Event::Settings(Box::new(chosen))))
    }
}
