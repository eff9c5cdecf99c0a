//! What the browser does for the engine, on a map.

use std::collections::BTreeMap;

use data::protocol::{Event, Request};
use engine::store::{Snapshot, Table};
use engine::{Engine, Need};
use pollster::block_on;

use super::run;

/// The browser's storage, as the engine sees it.
#[derive(Default)]
pub struct Tables(pub BTreeMap<(Table, String), Vec<u8>>);

impl Tables {
    pub fn keep(&mut self, engine: &mut Engine) {
        for write in engine.changes() {
            let key = (write.table, write.key);
            match write.value {
                Some(value) => self.0.insert(key, value),
                None => self.0.remove(&key),
            };
        }
    }

    pub fn of(&self, table: Table) -> BTreeMap<String, Vec<u8>> {
        let rows = self.0.iter().filter(|((of, _), _)| *of == table);
        rows.map(|((_, key), value)| (key.clone(), value.clone()))
            .collect()
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            project: self.of(Table::Project),
            photos: self.of(Table::Photos),
        }
    }

    /// What the worker does after a reload.
    pub fn open(&self, engine: &mut Engine) -> Vec<Event> {
        let mut outputs = engine.open(&self.snapshot());
        self.recall(engine);
        outputs.extend(engine.overview());
        outputs.into_iter().map(|(event, _)| event).collect()
    }

    pub fn recall(&self, engine: &mut Engine) {
        let embeddings = self.of(Table::Embeddings);
        for (id, key) in engine.to_recall() {
            embeddings
                .get(&key)
                .into_iter()
                .for_each(|b| engine.recall(id, b));
        }
    }

    /// What the worker does when embeddings are missing.
    pub fn refill(&self, engine: &mut Engine) -> usize {
        let files = self.of(Table::Files);
        let mut done = 0;
        while let Some((id, key)) = engine.missing() {
            engine.refill(id, files.get(&key).cloned().map(Into::into));
            run(engine);
            done += 1;
        }
        done
    }

    /// One turn of the worker's loop; none when there is nothing to do.
    pub fn turn(&mut self, engine: &mut Engine) -> Option<Vec<Event>> {
        let outputs = match engine.need() {
            Some(Need::Photo { key }) => {
                let file = self.0.get(&(Table::Files, key.clone()));
                engine.give_photo(&key, file.cloned().map(Into::into))
            }
            Some(Need::File { path }) => {
                let path_here = format!("{}/public/{path}", env!("CARGO_MANIFEST_DIR"));
                engine.give_file(path, std::fs::read(path_here).map_err(|e| e.to_string()))
            }
            None if engine.busy() => block_on(engine.step()),
            None => return None,
        };
        self.keep(engine);
        Some(outputs.into_iter().map(|(event, _)| event).collect())
    }

    /// Until all is done.
    pub fn work(&mut self, engine: &mut Engine) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(more) = self.turn(engine) {
            events.extend(more);
        }
        events
    }

    /// Asks, and waits for the answer.
    pub fn answer(&mut self, engine: &mut Engine, request: Request) -> Vec<Event> {
        let mut events = ask(engine, request);
        events.extend(self.work(engine));
        events
    }
}

pub fn ask(engine: &mut Engine, request: Request) -> Vec<Event> {
    let outputs = block_on(engine.handle(request, vec![]));
    outputs.into_iter().map(|(event, _)| event).collect()
}
