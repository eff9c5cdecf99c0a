//! The learning part of the network on the CPU: gradients written out by hand over our own
//! kernels. burn's autodiff computes the same ([`super::autodiff`], and `tests/tuner.rs` compares),
//! but its CPU device goes through a depthwise convolution channel by channel when it looks for the
//! gradient. All photos of a batch lie below each other, `[n * side * side, channels]`.

mod layer;

use kernels::backward::{column_sums, through_relu6};
use kernels::matmul::{Matrix, product};
use kernels::patches::{mean, patch_order, patches, weight_order};

use super::Gradients;
use super::loss::{Loss, softmax_loss};
use data::classifier::{Dense, Head};
use kernels::depthwise::Padded;
use layer::{Block, BlockTrace, Layer, Learnt};
use network::cut::Cut;
use network::weights::{Layers, WIDTH};

/// The stem is learnt as a matrix product on patches, as [`network::cpu_net`] runs it.
struct Stem {
    layer: Layer,
    padding: Padded,
}

pub(super) struct CpuLearner {
    stem: Option<Stem>,
    blocks: Vec<Block>,
    head: Option<Layer>,
    /// `[width, classes]`
    weight: Learnt,
    bias: Learnt,
    mean: Vec<f32>,
    scale: f32,
    classes: usize,
}

/// What the way back needs to know of the way there.
struct Trace {
    patches: Vec<f32>,
    stem: Vec<f32>,
    blocks: Vec<BlockTrace>,
    /// What enters the head convolution, and what leaves it.
    last: Vec<f32>,
    features: Vec<f32>,
    embeddings: Vec<f32>,
}

impl CpuLearner {
    pub fn new(layers: &Layers, size: usize, cut: Cut, head: &Head) -> Self {
        let mut side = size.div_ceil(layers.stem.stride);
        let mut blocks = Vec::new();
        for (i, block) in layers.blocks.iter().enumerate() {
            if i >= cut.first_block(layers) {
                blocks.push(Block::new(i, block, side, layers));
            }
            side = side.div_ceil(block.depthwise.stride);
        }
        let distance = |unit| network::cut::distance(unit, layers);
        Self {
            stem: cut.is_start().then(|| Stem {
                layer: Layer::new("stem".into(), &layers.stem, distance(0)),
                padding: Padded::same(size, layers.stem.kernel, layers.stem.stride),
            }),
            blocks,
            head: cut
                .has_head(layers)
                .then(|| Layer::new("head".into(), &layers.head, 0)),
            weight: Learnt::new(head.out.weight.clone()),
            bias: Learnt::new(head.out.bias.clone()),
            mean: head.mean.clone(),
            scale: head.scale,
            classes: head.out.bias.len(),
        }
    }

    /// Another classifier in place of the one it has, with nothing learnt yet.
    pub fn set_head(&mut self, head: &Head) {
        self.weight = Learnt::new(head.out.weight.clone());
        self.bias = Learnt::new(head.out.bias.clone());
        self.mean.clone_from(&head.mean);
        self.scale = head.scale;
    }

    pub fn head(&self) -> Head {
        Head {
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
    pub fn layers(&self) -> impl Iterator<Item = &Layer> {
        let stem = self.stem.iter().map(|stem| &stem.layer);
        let blocks = self.blocks.iter().flat_map(Block::layers);
        stem.chain(blocks).chain(&self.head)
    }

    /// Name, shape and values of every convolution that learns.
    pub fn values(&self) -> Vec<(String, Vec<usize>, Vec<f32>)> {
        let mut values = Vec::new();
        for layer in self.layers() {
            let (weight, bias) = (&layer.weight.values, &layer.bias.values);
            let name = &layer.name;
            values.push((
                format!("{name}.weight"),
                layer.shape.to_vec(),
                weight.clone(),
            ));
            values.push((format!("{name}.bias"), vec![bias.len()], bias.clone()));
        }
        values
    }

    fn layers_mut(&mut self) -> impl Iterator<Item = &mut Layer> {
        let stem = self.stem.iter_mut().map(|stem| &mut stem.layer);
        let blocks = self.blocks.iter_mut().flat_map(Block::layers_mut);
        stem.chain(blocks).chain(&mut self.head)
    }

    /// From activations at the cut, a photo each, to embeddings, one after the other.
    pub fn embed(&self, inputs: &[&[f32]]) -> Vec<f32> {
        self.forward(inputs).embeddings
    }

    /// Of embeddings: `[n, classes]`.
    pub fn logits(&self, embeddings: &[f32]) -> Vec<f32> {
        let mut logits = product(
            Matrix::new(&self.centred(embeddings), WIDTH),
            Matrix::new(&self.weight.values, self.classes),
        );
        kernels::backward::bias(&mut logits, &self.bias.values, false);
        logits
    }

    fn centred(&self, embeddings: &[f32]) -> Vec<f32> {
        let mean = self.mean.iter().cycle();
        let pairs = embeddings.iter().zip(mean);
        pairs.map(|(e, m)| (e - m) / self.scale).collect()
    }

    fn forward(&self, inputs: &[&[f32]]) -> Trace {
        let mut trace = Trace {
            patches: Vec::new(),
            stem: Vec::new(),
            blocks: Vec::new(),
            last: Vec::new(),
            features: Vec::new(),
            embeddings: Vec::new(),
        };
        let Some(head) = &self.head else {
            trace.embeddings = inputs.concat();
            return trace;
        };
        let mut x = match &self.stem {
            None => inputs.concat(),
            Some(stem) => {
                let kernel = stem.layer.kernel;
                for input in inputs {
                    // [3, size, size] -> [side * side, 27]
                    let of = patches(input, 3, stem.padding, kernel, stem.layer.stride);
                    trace.patches.extend(of);
                }
                let weight = patch_order(&stem.layer.weight.values, 3);
                trace.stem = stem.layer.pointwise_with(&trace.patches, &weight, true);
                trace.stem.clone()
            }
        };
        for block in &self.blocks {
            let (out, of_block) = block.forward(x, inputs.len());
            trace.blocks.push(of_block);
            x = out;
        }
        trace.features = head.pointwise(&x, true); // [n * 49, 320] -> [n * 49, 1280]
        trace.last = x;
        let photos = trace
            .features
            .chunks_exact(trace.features.len() / inputs.len());
        trace.embeddings = photos.flat_map(|photo| mean(photo, WIDTH)).collect();
        trace
    }

    /// The loss of a batch; leaves its gradients in the layers.
    pub fn descend(&mut self, inputs: &[&[f32]], labels: &[usize]) -> Loss {
        let trace = self.forward(inputs);
        let logits = self.logits(&trace.embeddings);
        let (loss, gradient) = softmax_loss(&logits, labels, self.classes);
        self.bias.gradient = column_sums(&gradient, self.classes);
        let gradient = Matrix::new(&gradient, self.classes); // [n, classes]
        let centred = self.centred(&trace.embeddings);
        let of_weight = product(Matrix::new(&centred, WIDTH).transposed(), gradient);
        let weight = Matrix::new(&self.weight.values, self.classes);
        let mut of_embeddings = product(gradient, weight.transposed()); // [n, 1280]
        of_embeddings.iter_mut().for_each(|g| *g /= self.scale);
        self.weight.gradient = of_weight;
        self.back(&trace, &of_embeddings, inputs.len());
        loss
    }

    fn back(&mut self, trace: &Trace, of_embeddings: &[f32], n: usize) {
        let Some(head) = &mut self.head else {
            return;
        };
        let pixels = trace.features.len() / (n * WIDTH);
        // The mean spreads its gradient evenly.
        let mut gradient = Vec::with_capacity(trace.features.len());
        for photo in of_embeddings.chunks_exact(WIDTH) {
            let share: Vec<f32> = photo.iter().map(|g| g / pixels as f32).collect();
            (0..pixels).for_each(|_| gradient.extend_from_slice(&share));
        }
        through_relu6(&mut gradient, &trace.features);
        let needed = !self.blocks.is_empty();
        let mut gradient = head.pointwise_back(&trace.last, &gradient, needed);
        for (i, (block, trace)) in self.blocks.iter_mut().zip(&trace.blocks).enumerate().rev() {
            let needed = i > 0 || self.stem.is_some();
            gradient = block.back(trace, gradient, n, needed);
        }
        if let Some(stem) = &mut self.stem {
            through_relu6(&mut gradient, &trace.stem);
            stem.layer.pointwise_back(&trace.patches, &gradient, false);
            let of_weight = &mut stem.layer.weight.gradient;
            *of_weight = weight_order(of_weight, 3);
        }
    }

    /// One Adam step on the gradients that [`Self::descend`] left.
    pub fn step(&mut self, rate: f64, decay: f64) {
        for layer in self.layers_mut() {
            let rate = rate * decay.powi(layer.distance as i32);
            layer.weight.step(rate as f32);
            layer.bias.step(rate as f32);
        }
        self.weight.step(rate as f32);
        self.bias.step(rate as f32);
    }

    /// By name, the classifier's as in a head file.
    pub fn gradients(&self) -> Gradients {
        let mut gradients: Gradients = Vec::new();
        for layer in self.layers() {
            gradients.push((
                format!("{}.weight", layer.name),
                layer.weight.gradient.clone(),
            ));
            gradients.push((format!("{}.bias", layer.name), layer.bias.gradient.clone()));
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
