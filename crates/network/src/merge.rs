//! Layers that tuning changed, put among those it left alone.

use std::collections::HashMap;

use super::weights::Layers;
use data::backbone::BackboneSpec;
use data::limits::shortened;
use data::network::lite;
use data::problem::HeadProblem;
use data::tuned_layers::{TunedLayer, TunedLayers};

/// Whether the changed layers are layers of this backbone, which need not be loaded. Those of a network that stands in its
/// weights file alone are judged when that is there, by [`Layers::with`].
pub fn check(spec: &BackboneSpec, tuned_layers: &TunedLayers) -> Result<(), HeadProblem> {
    let network = spec
        .id
        .rsplit_once('-')
        .and_then(|(id, _)| lite::published(id));
    let (Some(network), false) = (network, tuned_layers.is_empty()) else {
        return Ok(());
    };
    let shapes: HashMap<String, Vec<usize>> = network.convs().flat_map(|c| c.tensors()).collect();
    let known = |layer: &&TunedLayer| shapes.get(&layer.name) == Some(&layer.shape);
    match tuned_layers.layers.iter().find(|layer| !known(layer)) {
        None => Ok(()),
        Some(stranger) => {
            let what = format!(
                "{} has no layer {} of {:?}",
                spec.id, stranger.name, stranger.shape
            );
            Err(HeadProblem::Shape(shortened(&what).into()))
        }
    }
}

impl Layers {
    /// A copy of these layers with the tuned ones in place of their own.
    pub fn with(&self, tuned_layers: &TunedLayers) -> Result<Self, HeadProblem> {
        let mut layers = self.clone();
        for layer in &tuned_layers.layers {
            layers.put(layer)?;
        }
        Ok(layers)
    }

    fn put(&mut self, layer: &TunedLayer) -> Result<(), HeadProblem> {
        let name = &layer.name;
        let unknown = || HeadProblem::Shape(format!("the backbone has no layer {name}").into());
        let (conv, part) = name.rsplit_once('.').ok_or_else(unknown)?;
        let mut convs = self.convs_mut().iter_mut();
        let conv = convs.find(|c| c.op.name == conv).ok_or_else(unknown)?;
        let shape = match part {
            "weight" => conv.op.shape().to_vec(),
            "bias" => vec![conv.op.outputs],
            _ => return Err(unknown()),
        };
        if layer.shape != shape || layer.values.len() != shape.iter().product::<usize>() {
            let what = format!("{name} is {:?}, not {shape:?}", layer.shape);
            return Err(HeadProblem::Shape(what.into()));
        }
        if !layer.values.iter().all(|v| v.is_finite()) {
            return Err(HeadProblem::NotFinite);
        }
        let values = match part {
            "weight" => &mut conv.weight,
            _ => &mut conv.bias,
        };
        values.clone_from(&layer.values);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data::backbone::BACKBONES;

    #[test]
    fn the_layers_of_every_backbone_are_known_without_its_file() {
        for spec in BACKBONES {
            let path = format!("{}/../../public/{}", env!("CARGO_MANIFEST_DIR"), spec.file);
            let file = std::fs::read(path).expect("the weights are committed");
            let layers = Layers::read(&file).expect("the committed weights are whole");
            let all = layers.convs().iter().flat_map(|conv| {
                let [weight, bias] = conv.op.tensors();
                [(weight, &conv.weight), (bias, &conv.bias)]
            });
            let all = all.map(|((name, shape), values)| TunedLayer {
                name,
                shape,
                values: values.clone(),
            });
            let mut tuned_layers = TunedLayers {
                layers: all.collect(),
            };
            assert_eq!(check(spec, &tuned_layers), Ok(()), "{}", spec.id);
            assert_eq!(
                layers.with(&tuned_layers).as_ref(),
                Ok(&layers),
                "{}",
                spec.id
            );
            tuned_layers.layers[7].shape[0] += 1;
            assert!(check(spec, &tuned_layers).is_err(), "{}", spec.id);
            assert!(layers.with(&tuned_layers).is_err(), "{}", spec.id);
        }
    }
}
