//! The head in use, with its network, as what another program is to be given: what that consists of, and some samples with the
//! answers that it has to give. The writing is done by whoever has the formats (the crate `export`).

use std::collections::HashSet;

use super::heads::file_name;
use super::host_request::input;
use super::{Engine, Output, SampleFile};
use data::export::{Format, Golden, Order};
use data::problem::Problem;
use data::protocol::Event;

/// By so many samples whoever has an export sees that it does what the page does.
pub(super) const SAMPLES: usize = 3;

/// What a person asks for.
pub struct Wish {
    pub name: String,
    pub format: Format,
    pub small: bool,
    /// The day, `2026-11-28`.
    pub date: String,
}

impl Engine {
    /// Keys of the samples that go with an export: of as many classes as there are.
    pub fn samples_to_export(&self) -> Result<Vec<String>, Problem> {
        // The page's button is off.
        self.head.as_ref().ok_or(Problem::NoHead)?;
        let mut classes = HashSet::new();
        let there = self.project.samples().iter().filter(|s| !s.file_gone);
        let (first, others): (Vec<_>, Vec<_>) =
            there.partition(|sample| classes.insert(sample.row.class));
        let chosen = first.into_iter().chain(others).take(SAMPLES);
        Ok(chosen.map(|sample| sample.row.hash.0.clone()).collect())
    }

    /// What is to be written, and the network's numbers as its ops ask for them. Where there are fewer samples, pictures that
    /// anyone could draw take their place.
    pub async fn order(
        &self,
        wish: Wish,
        samples: Vec<Option<SampleFile>>,
    ) -> Result<(Order, Vec<u8>), Problem> {
        let in_use = self.head.as_ref().ok_or(Problem::NoHead)?;
        let (backbone, info) = (self.predicting(), &in_use.info);
        let size = backbone.spec().input_size;
        let samples = samples.into_iter().filter_map(|file| input(file, size));
        let drawn = (0..SAMPLES).map(|number| drawing(number, size).into());
        let inputs: Vec<_> = samples.chain(drawn).take(SAMPLES).collect();
        let seen: Vec<&[u8]> = inputs.iter().map(AsRef::as_ref).collect();
        let features = backbone.embed(&seen).await;
        let features = features.map_err(|e| Problem::computation(&e))?;
        let samples = inputs.iter().zip(&features).map(|(input, features)| {
            let (predictions, strangeness) = in_use.predict(features);
            Golden {
                pixels: input.to_vec(),
                probabilities: predictions.iter().map(|p| p.confidence).collect(),
                strangeness,
            }
        });
        let layers = backbone.layers();
        let order = Order {
            format: wish.format,
            small: wish.small,
            name: wish.name,
            date: wish.date,
            backbone: backbone.spec().id.into(),
            ops: layers.network().ops().to_vec(),
            input_size: size,
            head: in_use.head.clone(),
            labels: info
                .classes
                .iter()
                .map(|class| class.name.clone())
                .collect(),
            unknown: info.unknown.as_deref().map(|unknown| {
                let prototypes = unknown.prototypes.clone();
                (unknown.clone(), prototypes)
            }),
            samples: samples.collect(),
        };
        let mut tensors = Vec::new();
        for conv in layers.convs() {
            let numbers = conv.weight.iter().chain(&conv.bias);
            tensors.extend(numbers.flat_map(|v| v.to_le_bytes()));
        }
        Ok((order, tensors))
    }
}

/// The zip that was made, for the page.
pub fn exported(name: &str, format: Format, zip: Vec<u8>) -> Output {
    let event = Event::File {
        name: format!("{}-{}.zip", file_name(name), format.name()),
        mime: "application/zip".into(),
    };
    (event, vec![zip])
}

/// Rings of a colour that wanders, `[size, size, 3]`: edges and areas of all kinds.
pub(super) fn drawing(number: usize, size: usize) -> Vec<u8> {
    let middle = size as f32 / 2.0;
    let at = |i: usize| {
        let (x, y) = ((i % size) as f32 - middle, (i / size) as f32 - middle);
        let ring = (x * x + y * y).sqrt() / (size as f32) * (6.0 + 4.0 * number as f32);
        let (across, down) = (i % size * 255 / size, i / size * 255 / size);
        let light = if ring.fract() < 0.5 { 1.0 } else { 0.3 };
        let colours = [across, down, (255 * (number + 1) / SAMPLES).min(255)];
        colours.map(|colour| (colour as f32 * light) as u8)
    };
    (0..size * size).flat_map(at).collect()
}
