//! The learning part of the network on the CPU: gradients written out by hand over our own
//! kernels. burn's autodiff computes the same ([`super::autodiff`], and `tests/tuner` compares),
//! but its CPU device goes through a depthwise convolution channel by channel when it looks for the
//! gradient. All pictures of a batch lie below each other, `[n * side * side, channels]`.

mod layer;

use std::collections::BTreeMap;

use kernels::backward::{add, column_sums};
use kernels::matmul::{Matrix, product};
use kernels::patches::mean;

use super::loss::{Loss, softmax_loss};
use super::{FLATTEST, Gradients};
use data::classifier::{Dense, Head, Input};
use data::network::{Op, Plane};
use layer::{Layer, Parameter};
use network::cut::{self, Cut};
use network::weights::Layers;

pub(super) struct CpuLearner {
    /// The ops from the cut on.
    ops: Vec<Op<Layer>>,
    /// The number of the value that enters at the cut, and the sizes of it and all behind it.
    entering: usize,
    planes: Vec<Plane>,
    /// `[width, classes]`
    weight: Parameter,
    bias: Parameter,
    mean: Vec<f32>,
    scale: f32,
    /// The head sees square roots of embeddings.
    root: bool,
    classes: usize,
}

impl CpuLearner {
    pub fn new(layers: &Layers, size: usize, cut: Cut, head: &Head) -> Self {
        let network = layers.network();
        let planes = network.planes(size);
        let distances = cut::distances(network);
        let ops = layers
            .ops()
            .enumerate()
            .skip(cut.0)
            .map(|(i, op)| match op {
                Op::Conv(conv) => {
                    let side = planes[i].side;
                    Op::Conv(Layer::new(conv, side, i == 0, distances[i]))
                }
                Op::Add { from } => Op::Add { from },
                Op::MeanPool => Op::MeanPool,
            });
        Self {
            ops: ops.collect(),
            entering: cut.0,
            planes: planes[cut.0..].to_vec(),
            weight: Parameter::new(head.out.weight.clone()),
            bias: Parameter::new(head.out.bias.clone()),
            mean: head.mean.clone(),
            scale: head.scale,
            root: head.input.root,
            classes: head.out.bias.len(),
        }
    }

    /// Another classifier in place of the one it has, with nothing learnt yet.
    pub fn set_head(&mut self, head: &Head) {
        self.weight = Parameter::new(head.out.weight.clone());
        self.bias = Parameter::new(head.out.bias.clone());
        self.mean.clone_from(&head.mean);
        self.scale = head.scale;
        self.root = head.input.root;
    }

    pub fn head(&self) -> Head {
        Head {
            input: Input {
                root: self.root,
                ..Input::default()
            },
            mean: self.mean.clone(),
            scale: self.scale,
            hidden: None,
            out: Dense {
                weight: self.weight.values.clone(),
                bias: self.bias.values.clone(),
            },
        }
    }

    /// Every convolution that learns.
    fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.ops.iter().filter_map(|op| match op {
            Op::Conv(layer) => Some(layer),
            Op::Add { .. } | Op::MeanPool => None,
        })
    }

    /// Name, shape and values of every convolution that learns.
    pub fn values(&self) -> Vec<(String, Vec<usize>, Vec<f32>)> {
        let mut values = Vec::new();
        for layer in self.layers() {
            let [weight, bias] = layer.op.tensors();
            values.push((weight.0, weight.1, layer.weight.values.clone()));
            values.push((bias.0, bias.1, layer.bias.values.clone()));
        }
        values
    }

    /// From activations at the cut, a picture each, to embeddings, one after the other.
    pub fn embed(&self, inputs: &[&[f32]]) -> Vec<f32> {
        let mut values = self.forward(inputs);
        values.pop().expect("the embeddings come last")
    }

    /// The logits of embeddings: `[n, width]` to `[n, classes]`.
    pub fn logits(&self, embeddings: &[f32]) -> Vec<f32> {
        let mut logits = product(
            Matrix::new(&self.centred(embeddings), self.mean.len()),
            Matrix::new(&self.weight.values, self.classes),
        );
        kernels::backward::bias(&mut logits, &self.bias.values, false);
        logits
    }

    fn centred(&self, embeddings: &[f32]) -> Vec<f32> {
        let mean = self.mean.iter().cycle();
        let pairs = embeddings.iter().zip(mean);
        let seen = |e: f32| if self.root { e.sqrt() } else { e };
        pairs.map(|(e, m)| (seen(*e) - m) / self.scale).collect()
    }

    /// What each op reads, and the embeddings: what the way back needs to know of the way there. A sum takes the place of
    /// the value that something was added to.
    fn forward(&self, inputs: &[&[f32]]) -> Vec<Vec<f32>> {
        let n = inputs.len();
        let mut values = vec![match self.ops.first() {
            Some(Op::Conv(layer)) => layer.enter(inputs),
            _ => inputs.concat(),
        }];
        for (i, op) in self.ops.iter().enumerate() {
            let value = match op {
                Op::Conv(layer) => layer.forward(&values[i], n),
                Op::Add { from } => {
                    let mut sum = std::mem::take(&mut values[i]);
                    add(&mut sum, &values[from - self.entering]);
                    sum
                }
                Op::MeanPool => {
                    let pictures = values[i].chunks_exact(self.planes[i].values());
                    pictures
                        .flat_map(|picture| mean(picture, self.planes[i].channels))
                        .collect()
                }
            };
            values.push(value);
        }
        values
    }

    /// The loss of a batch; leaves its gradients in the layers.
    pub fn descend(&mut self, inputs: &[&[f32]], labels: &[usize]) -> Loss {
        let values = self.forward(inputs);
        let embeddings = values.last().expect("the embeddings come last");
        let logits = self.logits(embeddings);
        let (loss, gradient) = softmax_loss(&logits, labels, self.classes);
        self.bias.gradient = column_sums(&gradient, self.classes);
        let gradient = Matrix::new(&gradient, self.classes); // [n, classes]
        let centred = self.centred(embeddings);
        let of_weight = product(
            Matrix::new(&centred, self.mean.len()).transposed(),
            gradient,
        );
        let weight = Matrix::new(&self.weight.values, self.classes);
        let mut of_embeddings = product(gradient, weight.transposed()); // [n, width]
        of_embeddings.iter_mut().for_each(|g| *g /= self.scale);
        if self.root {
            let pairs = of_embeddings.iter_mut().zip(embeddings);
            pairs.for_each(|(g, e)| *g /= 2.0 * e.max(FLATTEST).sqrt());
        }
        self.weight.gradient = of_weight;
        self.back(&values, of_embeddings, inputs.len());
        loss
    }

    /// From the gradient of the embeddings to those of all that learns.
    fn back(&mut self, values: &[Vec<f32>], of_embeddings: Vec<f32>, n: usize) {
        let mut gradient = of_embeddings;
        // What reaches a value through an addition.
        let mut added: BTreeMap<usize, Vec<f32>> = BTreeMap::new();
        for (i, op) in self.ops.iter_mut().enumerate().rev() {
            // Nothing learns before the first.
            let needed = i > 0;
            match op {
                Op::Conv(layer) => {
                    gradient = layer.back(&values[i], &values[i + 1], gradient, n, needed);
                }
                Op::Add { from } => {
                    let from = *from - self.entering;
                    match added.get_mut(&from) {
                        Some(sum) => add(sum, &gradient),
                        None if from > 0 => drop(added.insert(from, gradient.clone())),
                        None => {}
                    }
                }
                Op::MeanPool => gradient = spread(&gradient, self.planes[i]),
            }
            if let Some(more) = added.remove(&i) {
                add(&mut gradient, &more);
            }
        }
    }

    /// One Adam step on the gradients that [`Self::descend`] left.
    pub fn step(&mut self, rate: f64, decay: f64) {
        for op in &mut self.ops {
            if let Op::Conv(layer) = op {
                let rate = rate * decay.powi(layer.distance as i32);
                layer.weight.step(rate as f32);
                layer.bias.step(rate as f32);
            }
        }
        self.weight.step(rate as f32);
        self.bias.step(rate as f32);
    }

    /// By name, the classifier's as in a head file.
    pub fn gradients(&self) -> Gradients {
        let mut gradients: Gradients = Vec::new();
        for layer in self.layers() {
            let [(weight, _), (bias, _)] = layer.op.tensors();
            gradients.push((weight, layer.weight.gradient.clone()));
            gradients.push((bias, layer.bias.gradient.clone()));
        }
        gradients.push(("out.weight".into(), self.weight.gradient.clone()));
        gradients.push(("out.bias".into(), self.bias.gradient.clone()));
        gradients
    }

    pub fn trained_parameters(&self) -> usize {
        let of = |layer: &Layer| layer.weight.values.len() + layer.bias.values.len();
        let layers: usize = self.layers().map(of).sum();
        layers + self.weight.values.len() + self.bias.values.len()
    }
}

/// The mean spreads its gradient evenly: `[n, channels]` -> `[n * side * side, channels]`.
fn spread(gradient: &[f32], plane: Plane) -> Vec<f32> {
    let pixels = plane.pixels();
    let mut spread = Vec::with_capacity(gradient.len() * pixels);
    for picture in gradient.chunks_exact(plane.channels) {
        let part: Vec<f32> = picture.iter().map(|g| g / pixels as f32).collect();
        (0..pixels).for_each(|_| spread.extend_from_slice(&part));
    }
    spread
}
