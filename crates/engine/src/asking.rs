//! What the head in use says of samples that are not part of the project.

use super::Engine;
use data::features::Features;
use data::problem::Problem;
use formats::hash;

/// What a head says of a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// One probability a class, in the order of the head's classes.
    pub probabilities: Vec<f32>,
    /// How often the head must answer at least, so that it answers here: [`data::unknown::Unknown::needs`].
    pub needs: f32,
}

impl Engine {
    /// What tells the head in use from every other that may answer differently: its weights, those of its network, and how it knows what it
    /// does not know. Names and colours of classes do not count, nor how often it should answer. Takes as long as it has weights.
    pub(super) fn head_key(&self) -> Option<String> {
        let in_use = self.head.as_ref()?;
        let mut unknown = in_use.info.unknown.clone();
        let mut bytes = Vec::new();
        if let Some(unknown) = &mut unknown {
            unknown.kept = 0.0;
            let prototypes = unknown.prototypes.iter();
            bytes.extend(prototypes.flat_map(|number| number.to_le_bytes()));
        }
        let (head, info) = (&in_use.head, &in_use.info);
        let dense = head.hidden.iter().chain([&head.out]);
        let numbers = dense.flat_map(|dense| dense.weight.iter().chain(&dense.bias));
        let numbers = numbers.chain(&head.mean).chain([&head.scale]);
        bytes.extend(numbers.flat_map(|number| number.to_le_bytes()));
        let rest = (&head.input, unknown, &info.backbone, &info.backbone_hash);
        bytes.extend(serde_json::to_vec(&rest).expect("plain data becomes JSON"));
        for layer in &in_use.tuned_layers.layers {
            bytes.extend(layer.name.as_bytes());
            bytes.extend(layer.values.iter().flat_map(|number| number.to_le_bytes()));
        }
        Some(hash(&bytes).0)
    }

    /// The names of what the head in use tells apart.
    pub(super) fn head_classes(&self) -> Vec<String> {
        let head = self.head.iter();
        let classes = head.flat_map(|head| &head.info.classes);
        classes.map(|class| class.name.clone()).collect()
    }

    /// So many of what the head in use knows should get an answer, 0..=1.
    pub(super) fn kept(&self) -> f32 {
        let unknown = self.head.as_ref().and_then(|h| h.info.unknown.as_ref());
        unknown.map_or(1.0, |unknown| unknown.kept)
    }

    /// Other workers may embed for the head in use: on the CPU, by the network as it came.
    pub(super) fn may_embed_elsewhere(&self) -> bool {
        let tuned = self.head.as_ref().is_some_and(|h| h.backbone.is_some());
        !self.runs_on_gpu() && !tuned
    }

    /// How many samples the network of the head in use takes at once.
    pub(super) fn asked_at_once(&self) -> usize {
        self.predicting().batch()
    }

    /// Pixels a side of what it takes.
    pub(super) fn input_size(&self) -> usize {
        self.backbone().input_size
    }

    /// None where there is no head.
    pub(super) fn says(&self, features: &Features) -> Option<Said> {
        let head = self.head.as_ref()?;
        let (predictions, strangeness) = head.predict(features);
        let unknown = head.info.unknown.as_ref();
        let needs = unknown.zip(strangeness).map(|(u, score)| u.needs(score));
        Some(Said {
            probabilities: predictions.iter().map(|p| p.confidence).collect(),
            needs: needs.unwrap_or(0.0),
        })
    }

    /// The features of inputs, by the network of the head in use.
    pub(super) async fn see(&self, inputs: &[&[u8]]) -> Result<Vec<Features>, Problem> {
        let seen = self.predicting().embed(inputs).await;
        seen.map_err(|e| match self.runs_on_gpu() {
            true => Problem::DeviceLost,
            false => Problem::computation(&e),
        })
    }
}
