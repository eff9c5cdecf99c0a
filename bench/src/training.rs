//! The head: ours to its end against Teachable Machine's recipe on TensorFlow.js.

use anyhow::{Result, bail};
use data::backbone::DeviceKind;
use data::head::How;
use data::protocol::Event;
use data::sample::SampleId;
use serde::Deserialize;
use serde_json::json;

use crate::page::{Page, event};
use crate::plan::Plan;
use crate::report::{Row, Section, Unit, median};

/// Teachable Machine's default.
const EPOCHS: usize = 50;
/// Samples that only judge: a head that gets 90 % right is known to 0.7 points (one deviation),
/// where the photos that the project keeps apart tell no more than 2.
const OTHERS: usize = 2000;

struct Case {
    photos: usize,
    classes: usize,
    /// How far classes lie apart (`pages/data.js`), so that 85 to 95 % are right.
    apart: f64,
    /// Epochs of the peer by backend, no more than a run has time for; the rest is extrapolated.
    epochs: [(&'static str, usize); 2],
    target: Option<f64>,
    /// Milliseconds until there is a head of one photo more, at most.
    felt: Option<f64>,
}

const CASES: [Case; 3] = [
    Case {
        photos: 100,
        classes: 3,
        apart: 0.5,
        epochs: [("wasm", EPOCHS), ("webgl", EPOCHS)],
        target: None,
        felt: None,
    },
    Case {
        photos: 1000,
        classes: 5,
        apart: 0.4,
        epochs: [("wasm", EPOCHS), ("webgl", 3)],
        target: Some(30.0),
        felt: Some(10.0),
    },
    Case {
        photos: 10_000,
        classes: 20,
        apart: 0.5,
        epochs: [("wasm", 3), ("webgl", 2)],
        target: None,
        felt: Some(100.0),
    },
];

#[derive(Deserialize)]
struct Ours {
    opened: f64,
    ms: f64,
    felt: f64,
    again: f64,
    accuracy: f64,
    /// The header of the first head of each training.
    heads: [Vec<u8>; 2],
}

/// The photos that the project kept apart for a head, which must know all others.
fn apart(head: &[u8]) -> Result<Vec<SampleId>> {
    match event(head)? {
        // Where all photos judged, it learned from all.
        Event::Head(Some(head)) if !head.stale => Ok(match head.info.validation {
            Some(validation) if validation.how == How::CrossValidated => Vec::new(),
            _ => head.tested.iter().map(|t| t.sample).collect(),
        }),
        _ => bail!("the first head that came is the one before"),
    }
}

#[derive(Deserialize)]
struct Theirs {
    times: Vec<f64>,
    accuracy: f64,
}

impl Theirs {
    /// The first epoch compiles, so the others stand for those that were not run.
    fn whole(&self) -> f64 {
        let rest = median(&self.times[1..]).unwrap_or(0.0);
        self.times.iter().sum::<f64>() + rest * (EPOCHS - self.times.len()) as f64
    }
}

pub async fn measure(page: &Page<'_>, plan: &Plan) -> Result<Section> {
    let mut section = Section::new(
        "Training a head",
        "Embeddings made up once and stored as a project; both learn from the same 80 % of them, and the accuracy is that on 2,000 \
         others. Ours: the app's own settings, from the message to the worker until its head is stored, judged by the photos kept \
         apart and the page told. The peer: Teachable Machine's recipe (Dense(100, relu), Dense(classes, softmax), Adam 0.001, \
         batches of 16, 50 epochs) on TensorFlow.js, training alone. One photo more is added as a file and embedded; then training begins \
         again, and the head before leads to the next one until the one from zero is there.",
    );
    let cases = CASES
        .iter()
        .filter(|case| plan.large || case.photos < 10_000);
    for case in cases {
        let what = format!("{} photos, {} classes", case.photos, case.classes);
        page.job::<()>("forget", vec![]).await?;
        let shape = json!({ "photos": case.photos, "others": OTHERS, "classes": case.classes, "apart": case.apart });
        let options = || page.ours(DeviceKind::Cpu, false);
        page.job::<()>("project", vec![options(), shape]).await?;
        let (mut ours, mut theirs) = (Vec::<Ours>::new(), [Vec::<Theirs>::new(), Vec::new()]);
        for round in 0..plan.trainings {
            let outcome: Ours = page.job("train", vec![options()]).await?;
            let [first, again] = &outcome.heads;
            let (apart, _) = (apart(first)?, apart(again)?);
            ours.push(outcome);
            for (times, (backend, epochs)) in theirs.iter_mut().zip(case.epochs) {
                // The slow ones once.
                if round == 0 || epochs == EPOCHS && backend == "wasm" {
                    let arguments = vec![json!(backend), json!(epochs), json!(apart)];
                    times.push(page.job("peerTrain", arguments).await?);
                }
            }
        }
        let of = |value: fn(&Ours) -> f64| ours.iter().map(value).collect::<Vec<f64>>();
        for (times, (backend, epochs)) in theirs.iter().zip(case.epochs) {
            let name = match epochs {
                EPOCHS => format!("TensorFlow.js {backend}"),
                _ => format!("TensorFlow.js {backend}, extrapolated from {epochs} epochs"),
            };
            let whole = times.iter().map(Theirs::whole).collect();
            let mut row = Row::new(&what, Unit::Milliseconds, of(|o| o.ms)).peer(&name, whole);
            if let Some(target) = case.target.filter(|_| backend == "wasm") {
                row = row.ahead(target);
            }
            section.rows.push(row);
            if epochs == EPOCHS && backend == "wasm" {
                let accuracy = times.iter().map(|t| t.accuracy).collect();
                let what = format!("{what}: accuracy on {OTHERS} others");
                let row = Row::new(what, Unit::Share, of(|o| o.accuracy)).peer(&name, accuracy);
                // A ratio of times is meant elsewhere.
                section.rows.push(Row { ratio: None, ..row });
            }
        }
        if !case.epochs.contains(&("wasm", EPOCHS)) {
            let row = Row::new(
                format!("{what}: accuracy on {OTHERS} others"),
                Unit::Share,
                of(|o| o.accuracy),
            );
            section.rows.push(row);
        }
        let row = Row::new(
            format!("{what}: one photo more, until the page has the next head"),
            Unit::Milliseconds,
            of(|o| o.felt),
        );
        section.rows.push(match case.felt {
            Some(most) => row.at_most(most),
            None => row,
        });
        let row = Row::new(
            format!("{what}: until that training, from zero, is over"),
            Unit::Milliseconds,
            of(|o| o.again),
        );
        section.rows.push(row);
        // Products of photos stay, so it takes less than the first one.
        let row = Row::new(
            format!("{what}: that training, with what all photos say of it, by the first"),
            Unit::Share,
            of(|o| o.again / o.ms),
        );
        section.rows.push(row.at_most(1.0));
        let row = Row::new(
            format!("{what}: project opened until ready"),
            Unit::Milliseconds,
            of(|o| o.opened),
        );
        section.rows.push(row);
    }
    page.job::<()>("forget", vec![]).await?;
    Ok(section)
}
