//! A head that is handed on: what of it goes into a link, and whether what comes out at the other end answers as it does. The
//! writing is done by whoever has the format (the crate `export`).

use super::exporting::{SAMPLES, drawing};
use super::heads::InUse;
use super::heads::judged;
use super::project::Sample;
use super::{Engine, Output, plain};
use data::features::Features;
use data::head::HeadInfo;
use data::prediction::{Prediction, top};
use data::problem::{HeadProblem, Problem};
use data::protocol::{Event, HeadLink, ShareEvent};
use data::share::Precision;
use formats::head_file::{self, HeadFile};

/// By so much a probability may differ.
const MOST_DIFFERENCE: f32 = 0.01;
/// By so much a sample may be stranger than before, in deviations of known ones.
const MOST_STRANGER: f32 = 0.05;
/// So near to the limit a sample lies on it: the limit is put where a known sample lies, and rounding decides about that one.
const ON_LIMIT: f32 = 1e-3;
/// With fewer samples to compare on, none of the shorter links is made.
const ENOUGH: usize = 10;

/// A head on its way into a link.
pub struct Shared {
    file: HeadFile,
    /// What it is compared on: all samples of the project or, where there are none, drawings.
    seen: Vec<Features>,
    /// How many of these are the project's.
    pub samples: usize,
}

impl Engine {
    /// The head in use, with the ability to say that it does not know, or without.
    pub async fn to_share(&self, unknown: bool) -> Result<Shared, Problem> {
        // The page's button is off.
        let in_use = self.head.as_ref().ok_or(Problem::NoHead)?;
        let mut file = in_use.as_file();
        file.info.unknown = file.info.unknown.filter(|_| unknown);
        let all = self.project.samples().iter();
        let all = all.chain(self.project.test_samples());
        let mut seen: Vec<Features> = all.filter_map(Sample::features).collect();
        seen.retain(|features| in_use.head.logits(features).is_some());
        let samples = seen.len();
        if samples < SAMPLES {
            let backbone = self.predicting();
            let size = backbone.spec().input_size;
            let drawn: Vec<Vec<u8>> = (0..SAMPLES).map(|i| drawing(i, size)).collect();
            let drawn: Vec<&[u8]> = drawn.iter().map(Vec::as_slice).collect();
            let features = backbone.embed(&drawn).await;
            seen.extend(features.map_err(|e| Problem::computation(&e))?);
        }
        Ok(Shared {
            file,
            seen,
            samples,
        })
    }
}

impl Shared {
    /// As a head's file.
    pub fn bytes(&self) -> Vec<u8> {
        head_file::write(&self.file)
    }

    /// Worth a try, the shortest link first.
    pub fn precisions(&self) -> impl Iterator<Item = Precision> + use<> {
        let few = self.samples < ENOUGH;
        let all = Precision::ALL.into_iter();
        all.filter(move |precision| !few || *precision >= Precision::Fine)
    }

    /// By how much a probability differs at most, where the head that was read back from a link answers as the one that went in:
    /// the same class and the same "I don't know" for every sample.
    pub fn difference(&self, read_back: &[u8]) -> Option<f32> {
        let (_, back) = judged(read_back).ok()?;
        let one = |file: &HeadFile, features| -> Answer {
            let (predictions, strangeness) = answer(file, features);
            let limit = file.info.unknown.as_ref().map_or(f32::MAX, |u| u.limit());
            Answer {
                top: top(&predictions).map(|p| p.class.clone()),
                refused: strangeness.is_some_and(|score| score > limit),
                on_limit: strangeness.is_some_and(|score| (score - limit).abs() < ON_LIMIT),
                predictions,
                strangeness: strangeness.unwrap_or_default(),
            }
        };
        let mut most = 0.0_f32;
        for features in &self.seen {
            let (before, after) = (one(&self.file, features), one(&back, features));
            let stranger = (before.strangeness - after.strangeness).abs();
            let same = before.top == after.top
                && (before.refused == after.refused || before.on_limit)
                && stranger <= MOST_STRANGER
                && before.predictions.len() == after.predictions.len();
            let pairs = before.predictions.iter().zip(&after.predictions);
            let differences = pairs.map(|(a, b)| (a.confidence - b.confidence).abs());
            most = differences.fold(most, f32::max);
            if !same || most.is_nan() || most > MOST_DIFFERENCE {
                return None;
            }
        }
        Some(most)
    }
}

struct Answer {
    top: Option<String>,
    refused: bool,
    on_limit: bool,
    predictions: Vec<Prediction>,
    strangeness: f32,
}

fn answer(file: &HeadFile, features: &Features) -> (Vec<Prediction>, Option<f32>) {
    InUse::says(&file.head, &file.info, features)
}

/// For the page.
pub fn made(link: HeadLink) -> Output {
    plain(Event::Share(ShareEvent::Made(link)))
}

/// What a head file says of itself, where it is good to be opened; nothing is changed by looking.
pub fn found(name: String, file: Vec<u8>) -> Result<Output, Problem> {
    let info: Result<HeadInfo, HeadProblem> = judged(&file).map(|(_, whole)| whole.info);
    let info = info.map_err(|why| Problem::Head {
        file: name.clone(),
        why,
    })?;
    let info = Box::new(info);
    let event = Event::Share(ShareEvent::Found { name, info });
    Ok((event, vec![file]))
}
