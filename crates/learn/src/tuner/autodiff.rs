//! The learning part of the network in burn's own operations, with burn's autodiff: for WebGPU, and
//! the reference for [`super::cpu`].

use burn::module::{Module, Param};
use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{log_softmax, relu};
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::Gradients;
use super::loss::Loss;
use data::classifier::{Dense, Head};
use network::cut::{self, Cut};
use network::weights::{self, Layers};
use network::{ComputeError, read};

/// A convolution that learns.
#[derive(Module, Debug)]
struct Conv {
    weight: Param<Tensor<4>>,
    bias: Param<Tensor<1>>,
    stride: usize,
    groups: usize,
}

impl Conv {
    fn new(conv: &weights::Conv, device: &Device) -> Self {
        let weight = TensorData::new(conv.weight.clone(), conv.shape());
        let bias = TensorData::new(conv.bias.clone(), [conv.bias.len()]);
        Self {
            weight: Param::from_tensor(Tensor::from_data(weight, device)),
            bias: Param::from_tensor(Tensor::from_data(bias, device)),
            stride: conv.stride,
            groups: conv.groups,
        }
    }

    /// Padded as TensorFlow's SAME, see `burn_net`.
    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, _, height, width] = x.dims();
        let weight = self.weight.val();
        let kernel = weight.dims()[2];
        let pad = |n: usize| {
            let total = ((n.div_ceil(self.stride) - 1) * self.stride + kernel).saturating_sub(n);
            (total / 2, total - total / 2)
        };
        let mut options = ConvOptions::new([self.stride; 2], [0; 2], [1; 2], self.groups);
        options.padding = [pad(height), pad(width)];
        conv2d(x, weight, Some(self.bias.val()), options)
    }
}

fn relu6(x: Tensor<4>) -> Tensor<4> {
    relu(x).clamp_max(6.0)
}

/// One or three convolutions that share a rate: stem, block, head.
#[derive(Module, Debug)]
struct Unit {
    /// The only one of stem and head.
    expand: Option<Conv>,
    depthwise: Option<Conv>,
    project: Option<Conv>,
    residual: bool,
}

impl Unit {
    fn alone(conv: &weights::Conv, device: &Device) -> Self {
        Self {
            expand: Some(Conv::new(conv, device)),
            depthwise: None,
            project: None,
            residual: false,
        }
    }

    fn block(block: &weights::Block, device: &Device) -> Self {
        Self {
            expand: block.expand.as_ref().map(|conv| Conv::new(conv, device)),
            depthwise: Some(Conv::new(&block.depthwise, device)),
            project: Some(Conv::new(&block.project, device)),
            residual: block.residual,
        }
    }

    fn forward(&self, input: Tensor<4>) -> Tensor<4> {
        let mut x = input.clone();
        for conv in [&self.expand, &self.depthwise].into_iter().flatten() {
            x = relu6(conv.forward(x));
        }
        if let Some(project) = &self.project {
            x = project.forward(x);
        }
        match self.residual {
            true => x + input,
            false => x,
        }
    }

    fn convs(&self) -> impl Iterator<Item = (&'static str, &Conv)> {
        let parts = [
            ("expand", &self.expand),
            ("depthwise", &self.depthwise),
            ("project", &self.project),
        ];
        parts
            .into_iter()
            .filter_map(|(part, conv)| Some((part, conv.as_ref()?)))
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

struct Learnt<M> {
    name: String,
    distance: usize,
    module: M,
    optimiser: ModuleOptimizer,
}

fn learnt<M>(name: String, distance: usize, module: M) -> Learnt<M> {
    Learnt {
        name,
        distance,
        module,
        optimiser: AdamConfig::new()
            .with_epsilon(kernels::backward::Adam::EPSILON)
            .init(),
    }
}

impl<M: Module> Learnt<M> {
    fn step(&mut self, rate: f64, gradients: GradientsParams) {
        self.module = self.optimiser.step(rate, self.module.clone(), gradients);
    }
}

pub(super) struct AutodiffLearner {
    device: Device,
    /// Channels and side of what enters at the cut.
    entering: [usize; 2],
    units: Vec<Learnt<Unit>>,
    classifier: Learnt<Classifier>,
    mean: Vec<f32>,
    scale: f32,
    /// Of the last batch: one a unit, and the classifier's.
    gradients: Vec<GradientsParams>,
}

impl AutodiffLearner {
    pub fn new(layers: &Layers, size: usize, cut: Cut, head: &Head, device: &Device) -> Self {
        let device = device.clone().autodiff();
        let distance = |unit| cut::distance(unit, layers);
        let mut units = Vec::new();
        if cut.is_start() {
            units.push(learnt(
                "stem".into(),
                distance(0),
                Unit::alone(&layers.stem, &device),
            ));
        }
        let first = cut.first_block(layers);
        let mut entering = [3, size];
        let mut side = size.div_ceil(layers.stem.stride);
        for (i, block) in layers.blocks.iter().enumerate() {
            if i == first && !cut.is_start() {
                let channels = match &block.expand {
                    Some(expand) => expand.group,
                    None => block.depthwise.groups,
                };
                entering = [channels, side];
            }
            if i >= first {
                let unit = Unit::block(block, &device);
                units.push(learnt(format!("blocks.{i}"), distance(i + 1), unit));
            }
            side = side.div_ceil(block.depthwise.stride);
        }
        if cut.has_head(layers) {
            units.push(learnt("head".into(), 0, Unit::alone(&layers.head, &device)));
        } else {
            entering = [layers.head.bias.len(), 1];
        }
        Self {
            entering,
            units,
            classifier: learnt("out".into(), 0, Classifier::new(head, &device)),
            mean: head.mean.clone(),
            scale: head.scale,
            gradients: Vec::new(),
            device,
        }
    }

    pub fn set_head(&mut self, head: &Head) {
        self.classifier = learnt("out".into(), 0, Classifier::new(head, &self.device));
        self.mean.clone_from(&head.mean);
        self.scale = head.scale;
    }

    pub async fn head(&self) -> Result<Head, ComputeError> {
        Ok(Head {
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
        for unit in &self.units {
            for (part, conv) in unit.module.convs() {
                let name = conv_name(&unit.name, part);
                let weight = conv.weight.val();
                let shape = weight.dims().to_vec();
                values.push((format!("{name}.weight"), shape, read(weight).await?));
                let bias = conv.bias.val();
                let shape = bias.dims().to_vec();
                values.push((format!("{name}.bias"), shape, read(bias).await?));
            }
        }
        Ok(values)
    }

    fn embeddings(&self, inputs: &[&[f32]]) -> Tensor<2> {
        let [channels, side] = self.entering;
        let shape = [inputs.len(), channels, side, side];
        let input = TensorData::new(inputs.concat(), shape);
        let mut x = Tensor::<4>::from_data(input, &self.device);
        for unit in &self.units {
            x = unit.module.forward(x);
        }
        let [n, channels, height, width] = x.dims();
        let x = x.reshape([n, channels, height * width]);
        x.mean_dim(2).reshape([n, channels]) // -> [n, 1280]
    }

    fn classify(&self, embeddings: Tensor<2>) -> Tensor<2> {
        let mean = TensorData::new(self.mean.clone(), [1, self.mean.len()]);
        let mean = Tensor::<2>::from_data(mean, &self.device);
        let centred = (embeddings - mean) / self.scale;
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
        self.gradients = Vec::new();
        for unit in &self.units {
            let of_unit = GradientsParams::from_module(&mut gradients, &unit.module);
            self.gradients.push(of_unit);
        }
        let of_classifier = GradientsParams::from_module(&mut gradients, &self.classifier.module);
        self.gradients.push(of_classifier);
        Ok(Loss::of(&read(logits).await?, labels, classes))
    }

    /// One Adam step on the gradients that [`Self::descend`] left.
    pub fn step(&mut self, rate: f64, decay: f64) {
        let mut gradients = std::mem::take(&mut self.gradients).into_iter();
        for unit in &mut self.units {
            let gradients = gradients.next().expect("a batch came before this step");
            unit.step(rate * decay.powi(unit.distance as i32), gradients);
        }
        let gradients = gradients.next().expect("a batch came before this step");
        self.classifier.step(rate, gradients);
    }

    /// Those of the last batch by name, the classifier's as in a head file.
    pub async fn gradients(&self) -> Result<Gradients, ComputeError> {
        let mut found: Gradients = Vec::new();
        for (unit, gradients) in self.units.iter().zip(&self.gradients) {
            for (part, conv) in unit.module.convs() {
                let name = conv_name(&unit.name, part);
                if let Some(g) = gradients.get::<4>(conv.weight.id) {
                    found.push((format!("{name}.weight"), read(g).await?));
                }
                if let Some(g) = gradients.get::<1>(conv.bias.id) {
                    found.push((format!("{name}.bias"), read(g).await?));
                }
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
        let units: usize = self.units.iter().map(|u| u.module.num_params()).sum();
        units + self.classifier.module.num_params()
    }
}

/// As in the weights file: `stem`, `blocks.3.expand`, `head`.
fn conv_name(unit: &str, part: &str) -> String {
    match unit.starts_with("blocks") {
        true => format!("{unit}.{part}"),
        false => unit.to_owned(),
    }
}
