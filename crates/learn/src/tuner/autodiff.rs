//! The learning part of the network in burn's own operations, with burn's autodiff: for WebGPU, and
//! the reference for [`super::cpu`].

use burn::module::{Module, Param};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::FLATTEST;
use super::Gradients;
use super::loss::Loss;
use data::classifier::{Dense, Head, Input};
use data::network::{ConvOp, Network, Op, Plane};
use network::burn_net::{Kept, convolve, mean_pool};
use network::cut::{self, Cut};
use network::weights::{self, Layers};
use network::{ComputeError, read};

/// Square roots, with a slope that stays finite at 0 ([`FLATTEST`]).
fn root(x: Tensor<2>) -> Tensor<2> {
    let fixed = x.clone().detach();
    let slope = fixed.clone().clamp_min(FLATTEST).sqrt().recip() / 2.0;
    fixed.clone().sqrt() + (x - fixed) * slope
}

/// A convolution's numbers, which learn.
#[derive(Module, Debug)]
struct Conv {
    weight: Param<Tensor<4>>,
    bias: Param<Tensor<1>>,
}

impl Conv {
    fn new(conv: &weights::Conv, device: &Device) -> Self {
        let weight = TensorData::new(conv.weight.clone(), conv.op.shape());
        let bias = TensorData::new(conv.bias.clone(), [conv.op.outputs]);
        Self {
            weight: Param::from_tensor(Tensor::from_data(weight, device)),
            bias: Param::from_tensor(Tensor::from_data(bias, device)),
        }
    }
}

#[derive(Module, Debug)]
struct Classifier {
    weight: Param<Tensor<2>>, // [width, classes]
    bias: Param<Tensor<1>>,
}

impl Classifier {
    fn new(head: &Head, device: &Device) -> Self {
        let classes = head.out.bias.len();
        let weight = TensorData::new(head.out.weight.clone(), [head.mean.len(), classes]);
        let bias = TensorData::new(head.out.bias.clone(), [classes]);
        Self {
            weight: Param::from_tensor(Tensor::from_data(weight, device)),
            bias: Param::from_tensor(Tensor::from_data(bias, device)),
        }
    }
}

/// Something with an optimiser of its own.
struct Optimised<M> {
    module: M,
    optimiser: ModuleOptimizer,
}

impl<M: Module> Optimised<M> {
    fn new(module: M) -> Self {
        Self {
            module,
            optimiser: AdamConfig::new()
                .with_epsilon(kernels::backward::Adam::EPSILON)
                .init(),
        }
    }

    fn step(&mut self, rate: f64, gradients: GradientsParams) {
        self.module = self.optimiser.step(rate, self.module.clone(), gradients);
    }
}

struct Layer {
    op: ConvOp,
    /// Blocks between it and the output.
    distance: usize,
    learnt: Optimised<Conv>,
}

pub(super) struct AutodiffLearner {
    device: Device,
    network: Network,
    cut: Cut,
    /// The size of what enters at the cut.
    entering: Plane,
    /// The ops from the cut on.
    ops: Vec<Op<Layer>>,
    classifier: Optimised<Classifier>,
    mean: Vec<f32>,
    scale: f32,
    /// The head sees square roots of embeddings.
    root: bool,
    /// The gradients of the last batch: one a layer, and the classifier's.
    gradients: Vec<GradientsParams>,
}

impl AutodiffLearner {
    pub fn new(layers: &Layers, size: usize, cut: Cut, head: &Head, device: &Device) -> Self {
        let device = device.clone().autodiff();
        let network = layers.network();
        let distances = cut::distances(network);
        let ops = layers
            .ops()
            .enumerate()
            .skip(cut.0)
            .map(|(i, op)| match op {
                Op::Conv(conv) => Op::Conv(Layer {
                    op: conv.op.clone(),
                    distance: distances[i],
                    learnt: Optimised::new(Conv::new(conv, &device)),
                }),
                Op::Add { from } => Op::Add { from },
                Op::MeanPool => Op::MeanPool,
            });
        Self {
            network: network.clone(),
            cut,
            entering: network.planes(size)[cut.0],
            ops: ops.collect(),
            classifier: Optimised::new(Classifier::new(head, &device)),
            mean: head.mean.clone(),
            scale: head.scale,
            root: head.input.root,
            gradients: Vec::new(),
            device,
        }
    }

    /// Every convolution that learns.
    fn layers(&self) -> impl Iterator<Item = &Layer> {
        self.ops.iter().filter_map(|op| match op {
            Op::Conv(layer) => Some(layer),
            Op::Add { .. } | Op::MeanPool => None,
        })
    }

    pub fn set_head(&mut self, head: &Head) {
        self.classifier = Optimised::new(Classifier::new(head, &self.device));
        self.mean.clone_from(&head.mean);
        self.scale = head.scale;
        self.root = head.input.root;
    }

    pub async fn head(&self) -> Result<Head, ComputeError> {
        Ok(Head {
            input: Input {
                root: self.root,
                ..Input::default()
            },
            mean: self.mean.clone(),
            scale: self.scale,
            hidden: None,
            out: Dense {
                weight: read(self.classifier.module.weight.val()).await?,
                bias: read(self.classifier.module.bias.val()).await?,
            },
        })
    }

    /// Name, shape and values of every convolution that learns.
    pub async fn values(&self) -> Result<Vec<(String, Vec<usize>, Vec<f32>)>, ComputeError> {
        let mut values = Vec::new();
        for layer in self.layers() {
            let conv = &layer.learnt.module;
            let [weight, bias] = layer.op.tensors();
            values.push((weight.0, weight.1, read(conv.weight.val()).await?));
            values.push((bias.0, bias.1, read(conv.bias.val()).await?));
        }
        Ok(values)
    }

    fn embeddings(&self, inputs: &[&[f32]]) -> Tensor<2> {
        let Plane { channels, side } = self.entering;
        let shape = [inputs.len(), channels, side, side];
        let input = TensorData::new(inputs.concat(), shape);
        let mut x = Tensor::<4>::from_data(input, &self.device);
        let mut kept = Kept::default();
        kept.keep(&self.network, self.cut.0, &x);
        for (i, op) in (self.cut.0..).zip(&self.ops) {
            x = match op {
                Op::Conv(layer) => {
                    let Conv { weight, bias } = &layer.learnt.module;
                    convolve(&layer.op, x, weight.val(), bias.val())
                }
                Op::Add { from } => x + kept.take(&self.network, *from, i),
                Op::MeanPool => mean_pool(x),
            };
            kept.keep(&self.network, i + 1, &x);
        }
        let [n, channels, _, _] = x.dims();
        x.reshape([n, channels]) // -> [n, width]
    }

    fn classify(&self, embeddings: Tensor<2>) -> Tensor<2> {
        let mean = TensorData::new(self.mean.clone(), [1, self.mean.len()]);
        let mean = Tensor::<2>::from_data(mean, &self.device);
        let seen = match self.root {
            true => root(embeddings),
            false => embeddings,
        };
        let centred = (seen - mean) / self.scale;
        let bias = self.classifier.module.bias.val().unsqueeze();
        centred.matmul(self.classifier.module.weight.val()) + bias // -> [n, classes]
    }

    pub async fn embed(&self, inputs: &[&[f32]]) -> Result<Vec<f32>, ComputeError> {
        read(self.embeddings(inputs)).await
    }

    pub async fn logits(&self, inputs: &[&[f32]]) -> Result<Vec<f32>, ComputeError> {
        read(self.classify(self.embeddings(inputs))).await
    }

    /// The loss of a batch; keeps its gradients.
    pub async fn descend(
        &mut self,
        inputs: &[&[f32]],
        labels: &[usize],
    ) -> Result<Loss, ComputeError> {
        let logits = self.classify(self.embeddings(inputs));
        let classes = logits.dims()[1];
        let targets: Vec<i32> = labels.iter().map(|label| *label as i32).collect();
        let targets = TensorData::new(targets, [labels.len(), 1]);
        let targets = Tensor::<2, Int>::from_data(targets, &self.device);
        let loss = log_softmax(logits.clone(), 1)
            .gather(1, targets)
            .mean()
            .neg();
        let mut gradients = loss.backward();
        let mut found = Vec::new();
        for layer in self.layers() {
            let module = &layer.learnt.module;
            found.push(GradientsParams::from_module(&mut gradients, module));
        }
        let of_classifier = GradientsParams::from_module(&mut gradients, &self.classifier.module);
        found.push(of_classifier);
        self.gradients = found;
        Ok(Loss::of(&read(logits).await?, labels, classes))
    }

    /// One Adam step on the gradients that [`Self::descend`] left.
    pub fn step(&mut self, rate: f64, decay: f64) {
        let mut gradients = std::mem::take(&mut self.gradients).into_iter();
        for op in &mut self.ops {
            if let Op::Conv(layer) = op {
                let gradients = gradients.next().expect("a batch came before this step");
                let rate = rate * decay.powi(layer.distance as i32);
                layer.learnt.step(rate, gradients);
            }
        }
        let gradients = gradients.next().expect("a batch came before this step");
        self.classifier.step(rate, gradients);
    }

    /// The gradients of the last batch by name, the classifier's as in a head file.
    pub async fn gradients(&self) -> Result<Gradients, ComputeError> {
        let mut found: Gradients = Vec::new();
        for (layer, gradients) in self.layers().zip(&self.gradients) {
            let conv = &layer.learnt.module;
            let [(weight, _), (bias, _)] = layer.op.tensors();
            if let Some(g) = gradients.get::<4>(conv.weight.id) {
                found.push((weight, read(g).await?));
            }
            if let Some(g) = gradients.get::<1>(conv.bias.id) {
                found.push((bias, read(g).await?));
            }
        }
        if let Some(gradients) = self.gradients.last() {
            let classifier = &self.classifier.module;
            if let Some(g) = gradients.get::<2>(classifier.weight.id) {
                found.push(("out.weight".into(), read(g).await?));
            }
            if let Some(g) = gradients.get::<1>(classifier.bias.id) {
                found.push(("out.bias".into(), read(g).await?));
            }
        }
        Ok(found)
    }

    pub fn trained_parameters(&self) -> usize {
        let layers = self.layers().map(|layer| layer.learnt.module.num_params());
        layers.sum::<usize>() + self.classifier.module.num_params()
    }
}
