//! The photos of a batch in a zip with a folder for each answer, written piece by piece.

use std::collections::{BTreeMap, VecDeque};

use super::super::Session;
use super::super::platform::Platform;
use super::super::projects::{Shelf, Step, clean, told};
use super::super::queue::Source;
use super::table::likeliest;
use crate::{Engine, plain};
use data::problem::{Problem, ProjectProblem};
use data::protocol::{Event, Job, ProjectEvent};
use formats::project_file::Paths;
use formats::zip::Writer;

/// Photos a step.
const PHOTOS: usize = 4;

pub struct Sorting<P: Platform> {
    pub request: u64,
    name: String,
    metadata: bool,
    file: <P::Shelf as Shelf>::NewFile,
    zip: Writer,
    paths: Paths,
    /// Where each is, its folder and its name.
    photos: VecDeque<(Source<P>, String, String)>,
    total: usize,
    /// Photos that could not be had.
    lost: usize,
}

impl<P: Platform> Session<P> {
    /// None where there is nothing to sort.
    pub(super) fn begin_sorting(
        &self,
        request: u64,
        name: String,
        unknown: &str,
        metadata: bool,
    ) -> Option<Sorting<P>> {
        let run = self.batch.run.as_ref()?;
        let (classes, kept) = match self.batch.other_head {
            // How often that one should answer is not known any more.
            true => (run.classes.clone(), 1.0),
            false => (self.engine.head_classes(), self.engine.kept()),
        };
        let mut paths = Paths::default();
        let mut folders = BTreeMap::new();
        let mut photos = VecDeque::new();
        for (path, row) in &run.rows {
            let said = row.outcome.as_ref().ok();
            let Some((said, source)) = said.zip(self.batch.sources.get(path)) else {
                continue;
            };
            let answer = match said.needs > kept {
                true => unknown.to_owned(),
                false => likeliest(&said.probabilities, &classes),
            };
            let folder = folders
                .entry(answer)
                .or_insert_with_key(|answer| paths.folder(answer));
            let file = path.rsplit('/').next().unwrap_or(path);
            photos.push_back((source.clone(), folder.clone(), file.to_owned()));
        }
        let total = photos.len();
        (total > 0).then(|| Sorting {
            request,
            name,
            metadata,
            file: Default::default(),
            zip: Writer::default(),
            paths,
            photos,
            total,
            lost: 0,
        })
    }
}

impl<P: Platform> Sorting<P> {
    pub fn progress(&self) -> Event {
        Event::Progress {
            job: Job::Sort,
            done: self.total - self.photos.len(),
            total: self.total + 1,
        }
    }

    pub async fn step(&mut self, session: &mut Session<P>) -> Result<Step, Problem> {
        let platform = &session.platform;
        let some = self.photos.len().min(PHOTOS);
        for (source, folder, name) in self.photos.drain(..some).collect::<Vec<_>>() {
            let bytes = source.read(platform).await.ok();
            let bytes = match bytes {
                Some(bytes) if !self.metadata => clean(platform, bytes).await,
                bytes => bytes,
            };
            let Some(bytes) = bytes else {
                self.lost += 1;
                continue;
            };
            let own = name
                .rsplit_once('.')
                .map(|(_, ending)| format!(".{ending}"));
            let ending = match own.filter(|_| self.metadata) {
                Some(own) => own,
                None => Engine::ending(&bytes),
            };
            let path = self.paths.file(&folder, &name, &ending);
            let head = self.zip.entry(&path, &bytes);
            platform.shelf().append(&mut self.file, head);
            platform.shelf().append(&mut self.file, bytes);
        }
        if !self.photos.is_empty() {
            return Ok(Step::GoesOn(Vec::new()));
        }
        let end = std::mem::take(&mut self.zip).end();
        platform.shelf().append(&mut self.file, end);
        let url = platform.shelf().address(std::mem::take(&mut self.file));
        let name = format!("{}.zip", self.name);
        let mut outputs = vec![told(ProjectEvent::Saved { name, url })];
        if self.lost > 0 {
            let (samples, name) = (self.lost, self.name.clone());
            let why = ProjectProblem::NotSaved { samples };
            outputs.push(plain(Event::Problem(Problem::Project { name, why })));
        }
        Ok(Step::Over(outputs))
    }
}
