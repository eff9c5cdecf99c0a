//! A head is asked about samples, some at a time: on their embeddings or, where the network was tuned with it, from their files.

use std::collections::VecDeque;

use crate::SampleFile;
use crate::host_request::{Input, input};
use crate::knowing::relative;
use crate::training::{Item, test};
use data::classifier::Head;
use data::features::Features;
use data::head::TestResult;
use data::sample::SampleId;
use network::ComputeError;
use network::backbone::Backbone;

/// Samples whose files are embedded at once.
const A_BATCH: usize = 4;
/// Samples that are judged on their embeddings at once.
const A_PORTION: usize = 16;

/// What a head said of a sample.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub result: TestResult,
    /// Relative to the largest one.
    pub logits: Vec<f32>,
}

impl Answer {
    /// None where the head sees what is not known of the sample.
    fn of(head: &Head, item: &Item, features: &Features) -> Option<Self> {
        let result = test(head, item, features)?;
        let logits = relative(&head.logits(features)?);
        Some(Self { result, logits })
    }
}

pub(super) struct Judging {
    items: VecDeque<Item>,
    /// From files.
    tuned: bool,
    /// Those whose files have come.
    waiting: Vec<(Item, Input)>,
    found: Vec<(SampleId, Option<Answer>)>,
}

impl Judging {
    pub fn of(items: Vec<Item>, tuned: bool) -> Self {
        Self {
            items: items.into(),
            tuned,
            waiting: Vec::new(),
            found: Vec::new(),
        }
    }

    pub fn over(&self) -> bool {
        self.items.is_empty() && self.waiting.is_empty()
    }

    /// What was said of each; none of those that could not be judged.
    pub fn found(self) -> Vec<(SampleId, Option<Answer>)> {
        self.found
    }

    /// The key of the next file.
    pub fn need(&self) -> Option<&str> {
        let room = self.tuned && self.waiting.len() < A_BATCH;
        let next = self.items.front().filter(|_| room)?;
        Some(next.hash.0.as_str())
    }

    /// The file that it [needs](Self::need); none where storage lost it.
    pub fn take(&mut self, file: Option<SampleFile>, size: usize) {
        let Some(item) = self.items.pop_front() else {
            return;
        };
        match input(file, size) {
            Some(input) => self.waiting.push((item, input)),
            None => self.found.push((item.sample, None)),
        }
    }

    /// A portion. `backbone` is the tuned one.
    pub async fn advance(
        &mut self,
        head: &Head,
        backbone: Option<&Backbone>,
    ) -> Result<(), ComputeError> {
        let Some(backbone) = backbone.filter(|_| self.tuned) else {
            let portion = self.items.len().min(A_PORTION);
            for item in self.items.drain(..portion) {
                let result = Answer::of(head, &item, &item.features());
                self.found.push((item.sample, result));
            }
            return Ok(());
        };
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.is_empty() {
            return Ok(());
        }
        let inputs: Vec<&[u8]> = waiting.iter().map(|(_, input)| &input[..]).collect();
        let features = backbone.embed(&inputs).await?;
        let judged = waiting.iter().zip(&features);
        let judged =
            judged.map(|((item, _), features)| (item.sample, Answer::of(head, item, features)));
        self.found.extend(judged);
        Ok(())
    }

    /// What is left cannot be judged.
    pub fn give_up(&mut self) {
        let left = self.items.drain(..).map(|item| (item.sample, None));
        self.found.extend(left);
    }
}
