//! Looks into the network: what its old head says of a photo, and what its layers answer with.

use std::collections::VecDeque;

use super::need::{Gathering, Need};
use super::{Engine, Output, PhotoFile, plain};
use data::lab::FeatureMaps;
use data::photo::PhotoId;
use data::prediction::Prediction;
use data::problem::{LabProblem, Problem};
use data::protocol::Event;
use formats::head_file::{self, HeadFile};
use formats::photo;
use network::maps;

/// The old head's likeliest classes that are told.
const TOLD: usize = 5;

/// What was asked and waits for a file.
#[derive(Default)]
pub(super) struct Looks {
    maps: VecDeque<(PhotoId, String)>,
    asked: Vec<PhotoId>,
    /// The old head, and the file it came from.
    old_head: Option<(&'static str, HeadFile)>,
    /// The file that `asked` waits for.
    wanted: Option<&'static str>,
}

impl Looks {
    pub fn need(&self) -> Option<Need> {
        let photo = self
            .maps
            .front()
            .map(|(_, key)| Need::Photo { key: key.clone() });
        photo.or(self.wanted.map(|path| Need::File { path }))
    }

    pub fn wants(&self, key: &str) -> bool {
        self.maps.front().is_some_and(|(_, k)| k == key)
    }
}

fn refused(why: LabProblem) -> Vec<Output> {
    vec![plain(Event::Problem(Problem::Lab(why)))]
}

impl Engine {
    pub(super) fn show_maps(&mut self, photo: PhotoId) -> Vec<Output> {
        let Some(hash) = self.project.hash(photo) else {
            return refused(LabProblem::NoPhoto);
        };
        let key = hash.0.clone();
        self.looks.maps.push_back((photo, key));
        Vec::new()
    }

    /// The photo whose maps are next is here.
    pub(super) fn look(&mut self, file: Option<PhotoFile>) -> Vec<Output> {
        let Some((photo, key)) = self.looks.maps.pop_front() else {
            return Vec::new();
        };
        let size = self.backbone.spec().input_size;
        let mut gathering = Gathering::new(vec![key], size);
        gathering.take(file);
        let Some(square) = gathering.squares().pop().flatten() else {
            return refused(LabProblem::NoPhoto);
        };
        let maps = maps::maps(self.backbone.layers(), size, &square);
        let layers = maps.iter().map(|m| FeatureMaps {
            layer: m.layer.clone(),
            side: m.side,
            channels: m.channels,
            shown: m.shown,
        });
        let layers = layers.collect();
        let pictures = maps.iter().map(|m| {
            let (width, height) = (m.side * m.shown, m.side);
            photo::grey_png(width as u32, height as u32, &m.grey)
        });
        vec![(Event::FeatureMaps { photo, layers }, pictures.collect())]
    }

    pub(super) fn ask_old_head(&mut self, photo: PhotoId) -> Vec<Output> {
        let Some(path) = self.backbone.spec().old_head else {
            return refused(LabProblem::NoOldHead);
        };
        if self
            .looks
            .old_head
            .as_ref()
            .is_some_and(|(of, _)| *of == path)
        {
            return self.old_answer(photo);
        }
        self.looks.asked.push(photo);
        self.looks.wanted = Some(path);
        Vec::new()
    }

    /// The answer to [`Need::File`], or why there is none.
    pub fn give_file(&mut self, path: &str, file: Result<Vec<u8>, String>) -> Vec<Output> {
        let Some(wanted) = self.looks.wanted.take_if(|wanted| *wanted == path) else {
            return Vec::new();
        };
        let asked = std::mem::take(&mut self.looks.asked);
        let read = file.and_then(|file| head_file::read(&file).map_err(|e| e.to_string()));
        match read {
            Ok(head) => {
                self.looks.old_head = Some((wanted, head));
                asked
                    .into_iter()
                    .flat_map(|photo| self.old_answer(photo))
                    .collect()
            }
            Err(why) => refused(LabProblem::OldHead(why.into())),
        }
    }

    fn old_answer(&self, photo: PhotoId) -> Vec<Output> {
        let Some((_, old)) = &self.looks.old_head else {
            return Vec::new();
        };
        // The same weights serve several sizes of input, and so does their head.
        if old.info.backbone_hash != self.backbone.hash() {
            let why = "it belongs to other weights".into();
            return refused(LabProblem::OldHead(why));
        }
        let Some(embedding) = self.project.embedding(photo) else {
            return refused(LabProblem::NoPhoto);
        };
        let shares = old.head.predict(embedding);
        let classes = old.info.classes.iter().zip(shares);
        let mut predictions: Vec<Prediction> = classes
            .map(|(class, confidence)| Prediction {
                class: class.name.clone(),
                colour: class.colour,
                confidence,
            })
            .collect();
        predictions.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
        predictions.truncate(TOLD);
        vec![plain(Event::OldHead { photo, predictions })]
    }
}
