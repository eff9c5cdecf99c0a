//! Layers by name, and layers that tuning changed put among those it left alone.

use super::weights::{Conv, Layers, shapes};
use data::backbone::BackboneSpec;
use data::changed::{Changed, ChangedLayer};
use data::limits::shortened;
use data::problem::HeadProblem;

/// Whether the changed layers are layers of this backbone, which need not be loaded.
pub fn check(spec: &BackboneSpec, changed: &Changed) -> Result<(), HeadProblem> {
    if changed.is_empty() {
        return Ok(());
    }
    let shapes = shapes(spec);
    let known = |layer: &&ChangedLayer| shapes.get(&layer.name) == Some(&layer.shape);
    match changed.layers.iter().find(|layer| !known(layer)) {
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
    /// Every convolution with its name in the weights file, from the input to the output.
    pub fn convs(&self) -> Vec<(String, &Conv)> {
        let mut convs = vec![("stem".to_owned(), &self.stem)];
        for (i, block) in self.blocks.iter().enumerate() {
            if let Some(expand) = &block.expand {
                convs.push((format!("blocks.{i}.expand"), expand));
            }
            convs.push((format!("blocks.{i}.depthwise"), &block.depthwise));
            convs.push((format!("blocks.{i}.project"), &block.project));
        }
        convs.push(("head".to_owned(), &self.head));
        convs
    }

    /// The same ones in the same order, to be changed.
    pub fn convs_mut(&mut self) -> Vec<(String, &mut Conv)> {
        let mut convs = vec![("stem".to_owned(), &mut self.stem)];
        for (i, block) in self.blocks.iter_mut().enumerate() {
            if let Some(expand) = &mut block.expand {
                convs.push((format!("blocks.{i}.expand"), expand));
            }
            convs.push((format!("blocks.{i}.depthwise"), &mut block.depthwise));
            convs.push((format!("blocks.{i}.project"), &mut block.project));
        }
        convs.push(("head".to_owned(), &mut self.head));
        convs
    }

    /// These layers with the changed ones in place of their own.
    pub fn with(&self, changed: &Changed) -> Result<Self, HeadProblem> {
        let mut layers = self.clone();
        for layer in &changed.layers {
            layers.put(layer)?;
        }
        Ok(layers)
    }

    fn put(&mut self, layer: &ChangedLayer) -> Result<(), HeadProblem> {
        let name = &layer.name;
        let unknown = || HeadProblem::Shape(format!("the backbone has no layer {name}").into());
        let (conv, part) = name.rsplit_once('.').ok_or_else(unknown)?;
        let mut convs = self.convs_mut().into_iter();
        let (_, conv) = convs.find(|(n, _)| n == conv).ok_or_else(unknown)?;
        let shape = match part {
            "weight" => conv.shape().to_vec(),
            "bias" => vec![conv.bias.len()],
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

impl Conv {
    /// Of the weight: `[out, in a group, kernel, kernel]`.
    pub fn shape(&self) -> [usize; 4] {
        [self.bias.len(), self.group, self.kernel, self.kernel]
    }
}
