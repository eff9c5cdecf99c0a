//! Looks into the network: what its old head says of a sample, and what its layers answer with.

use std::collections::VecDeque;

use super::host_request::{HostRequest, input};
use super::{Engine, Handled, Output, Reply, SampleFile, done, ended, plain, refused};
use data::lab::FeatureMaps;
use data::prediction::Prediction;
use data::problem::{LabProblem, Problem};
use data::protocol::Event;
use data::sample::SampleId;
use formats::head_file::{self, HeadFile};
use formats::photo::grey_png;
use network::maps;

/// The old head's likeliest classes that are told.
const TOLD: usize = 5;

/// What was asked and waits for a file.
#[derive(Default)]
pub(super) struct Looks {
    /// The request, the sample and the key of its file.
    maps: VecDeque<(u64, SampleId, String)>,
    /// The request and the sample.
    asked: Vec<(u64, SampleId)>,
    /// The old head, and the file it came from.
    old_head: Option<(&'static str, HeadFile)>,
    /// The file that `asked` waits for.
    wanted: Option<&'static str>,
}

impl Looks {
    pub fn need(&self) -> Option<HostRequest> {
        let sample = self
            .maps
            .front()
            .map(|(.., key)| HostRequest::Sample { key: key.clone() });
        sample.or(self.wanted.map(|path| HostRequest::File { path }))
    }

    pub fn wants(&self, key: &str) -> bool {
        self.maps.front().is_some_and(|(.., k)| k == key)
    }
}

fn refusal(why: LabProblem) -> Problem {
    Problem::Lab(why)
}

impl Engine {
    pub(super) fn show_maps(&mut self, id: u64, sample: SampleId) -> Handled {
        let hash = self.project.hash(sample);
        let hash = hash.ok_or(refusal(LabProblem::NoSample))?;
        let key = hash.0.clone();
        self.looks.maps.push_back((id, sample, key));
        Ok(Reply::UnderWay(Vec::new()))
    }

    /// The sample whose maps are next is here.
    pub(super) fn look(&mut self, file: Option<SampleFile>) -> Vec<Output> {
        let Some((id, sample, _)) = self.looks.maps.pop_front() else {
            return Vec::new();
        };
        let size = self.backbone.spec().input_size;
        let Some(input) = input(file, size) else {
            return vec![refused(id, refusal(LabProblem::NoSample))];
        };
        let maps = maps::maps(self.backbone.layers(), size, &input);
        let layers = maps.iter().map(|m| FeatureMaps {
            layer: m.layer.clone(),
            side: m.side,
            channels: m.channels,
            shown: m.shown,
        });
        let layers = layers.collect();
        let pictures = maps.iter().map(|m| {
            let (width, height) = (m.side * m.shown, m.side);
            grey_png(width as u32, height as u32, &m.grey)
        });
        let shown = (Event::FeatureMaps { sample, layers }, pictures.collect());
        vec![shown, done(id)]
    }

    pub(super) fn ask_old_head(&mut self, id: u64, sample: SampleId) -> Handled {
        let path = self.backbone.spec().old_head;
        let path = path.ok_or(refusal(LabProblem::NoOldHead))?;
        let there = self.looks.old_head.as_ref();
        if there.is_some_and(|(of, _)| *of == path) {
            return self.old_answer(sample);
        }
        self.looks.asked.push((id, sample));
        self.looks.wanted = Some(path);
        Ok(Reply::UnderWay(Vec::new()))
    }

    /// The answer to [`HostRequest::File`], or why there is none.
    pub fn give_file(&mut self, path: &str, file: Result<Vec<u8>, String>) -> Vec<Output> {
        let Some(wanted) = self.looks.wanted.take_if(|wanted| *wanted == path) else {
            return Vec::new();
        };
        let read = file.and_then(|file| head_file::read(&file).map_err(|e| e.to_string()));
        // The same weights serve several sizes of input, and so does their head.
        let fits = read.and_then(
            |head| match head.info.backbone_hash == self.backbone.hash() {
                true => Ok(head),
                false => Err("it belongs to other weights".into()),
            },
        );
        let why = match fits {
            Ok(head) => {
                self.looks.old_head = Some((wanted, head));
                None
            }
            Err(why) => Some(why),
        };
        let asked = std::mem::take(&mut self.looks.asked).into_iter();
        let answers = asked.flat_map(|(id, sample)| match &why {
            None => ended(id, self.old_answer(sample)),
            Some(why) => vec![refused(
                id,
                refusal(LabProblem::OldHead(why.clone().into())),
            )],
        });
        answers.collect()
    }

    fn old_answer(&self, sample: SampleId) -> Handled {
        let Some((_, old)) = &self.looks.old_head else {
            return Ok(Reply::Done(Vec::new()));
        };
        let embedding = self.project.embedding(sample);
        let embedding = embedding.ok_or(refusal(LabProblem::NoSample))?;
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
        let answer = plain(Event::OldHead {
            sample,
            predictions,
        });
        Ok(Reply::Done(vec![answer]))
    }
}
