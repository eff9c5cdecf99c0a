//! Every kernel against burn's own operation on the CPU, over random shapes, and the whole network
//! against the CPU's. They need a GPU, or one that the CPU emulates: `cargo xtask kernels` runs
//! them on Chromium's.

use std::sync::OnceLock;

use burn::tensor::{Tensor, TensorData};
use half::f16;

use super::plan::Plan;
use super::tiles;
use super::{Buffer, Buffers, Gpu, GpuNet, Handle};
use crate::backbone::Backbone;
use crate::burn_net::{BurnNet, Conv as Reference, mean_pool};
use crate::device::{SAME, cosine, cpu, self_test};
use crate::random::SplitMix64;
use crate::weights::{Conv, Layers};
use crate::{preprocess, read};
use data::backbone::BACKBONES;
use data::network::{Activation, ConvOp, Plane};

/// How many shapes each kernel is tried with, on each set of tiles.
const SHAPES: u64 = 12;
/// What lies behind a result, to see that no thread writes there.
const BEHIND: usize = 64;

fn started() -> &'static Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| {
        let gpu = pollster::block_on(Gpu::start());
        let gpu = gpu
            .expect("there is no GPU here: `cargo xtask kernels` brings one that the CPU emulates");
        println!("{}, f16: {}", gpu.name(), gpu.has_f16());
        gpu
    })
}

/// Calls `look` with random numbers for each set of tiles, with f16 weights too where the GPU has them.
fn over_shapes(look: impl Fn(&Gpu, &mut Random)) {
    let started = started();
    let halves: &[bool] = if started.has_f16() {
        &[false, true]
    } else {
        &[false]
    };
    for half in halves {
        for tiles in [tiles::GPU, tiles::EMULATED] {
            let mut gpu = started.with(1, *half);
            gpu.tiles = tiles;
            for seed in 0..SHAPES {
                look(&gpu, &mut Random(SplitMix64(seed), *half));
            }
        }
    }
}

/// Random numbers, and whether weights are ones that f16 holds.
struct Random(SplitMix64, bool);

impl Random {
    /// `low..=high`
    fn among(&mut self, low: usize, high: usize) -> usize {
        low + self.0.below(high - low + 1)
    }

    fn values(&mut self, n: usize, most: f32) -> Vec<f32> {
        (0..n).map(|_| self.0.uniform() * most).collect()
    }

    fn weights(&mut self, n: usize, most: f32) -> Vec<f32> {
        let mut weights = self.values(n, most);
        if self.1 {
            weights
                .iter_mut()
                .for_each(|w| *w = f16::from_f32(*w).to_f32());
        }
        weights
    }

    fn conv(&mut self, op: ConvOp) -> Conv {
        let inputs = op.weights() / op.outputs;
        Conv {
            // Results about as large as ReLU6's limits, on both sides of them.
            weight: self.weights(op.weights(), 6.0 / (inputs as f32).sqrt()),
            bias: self.weights(op.outputs, 2.0),
            op,
        }
    }
}

/// `[in, out]` channels.
fn op([inputs, outputs]: [usize; 2], kernel: usize, stride: usize, groups: usize) -> ConvOp {
    ConvOp {
        name: "layer".into(),
        inputs,
        outputs,
        kernel,
        stride,
        groups,
        activation: Activation::Relu6,
    }
}

/// Runs the one step of a plan, and gives the `n` values that it writes.
fn run(gpu: &Gpu, plan: &Plan, n: usize, buffers: &Buffers, to: Buffer, values: usize) -> Vec<f32> {
    let [step] = plan.steps.as_slice() else {
        panic!("one kernel at a time")
    };
    step.launch(gpu, n, buffers);
    let read = gpu.read(buffers.at(to).clone());
    let mut written = pollster::block_on(read).expect("the kernel runs");
    let behind = written.split_off(values);
    assert!(
        behind.iter().all(|v| v.is_nan()),
        "written behind the result"
    );
    written
}

fn upload(gpu: &Gpu, values: &[f32]) -> Handle {
    gpu.bytes(values.iter().flat_map(|v| v.to_le_bytes()).collect())
}

/// Buffers that hold these values, and nothing in the others.
fn buffers(gpu: &Gpu, values: Vec<Handle>) -> Buffers {
    let nothing = || upload(gpu, &[0.0; 8]);
    Buffers {
        photos: nothing(),
        values,
        taps: nothing(),
        each_tap: Vec::new(),
        features: nothing(),
    }
}

const FROM: Buffer = Buffer::Values(0);
const TO: Buffer = Buffer::Values(1);

/// Where a result will lie: what is not written is not a number.
fn unwritten(gpu: &Gpu, values: usize) -> Handle {
    upload(gpu, &vec![f32::NAN; values + BEHIND])
}

/// `[n, side, side, channels]` -> `[n, channels, side, side]`
fn nchw(values: &[f32], n: usize, side: usize) -> Tensor<4> {
    let channels = values.len() / (n * side * side);
    let data = TensorData::new(values.to_vec(), [n, side, side, channels]);
    Tensor::from_data(data, &cpu()).permute([0, 3, 1, 2])
}

fn nhwc(x: Tensor<4>) -> Vec<f32> {
    pollster::block_on(read(x.permute([0, 2, 3, 1]))).expect("burn computes")
}

/// f32 sums in another order.
fn same(ours: &[f32], truth: &[f32], what: &str) {
    assert_eq!(ours.len(), truth.len(), "{what}");
    for (i, (our, burns)) in ours.iter().zip(truth).enumerate() {
        let most = 2e-5 + 2e-5 * burns.abs();
        assert!(
            (our - burns).abs() <= most,
            "{what}, value {i}: {our}, burn says {burns}"
        );
    }
}

#[test]
#[ignore = "needs a GPU"]
fn the_first_convolution_is_burns() {
    over_shapes(|gpu, random| {
        let (n, side) = (random.among(1, 3), random.among(2, 23));
        let (kernel, stride) = ([3, 5][random.0.below(2)], random.among(1, 2));
        let (width, out) = (8 * random.among(1, 8), side.div_ceil(stride));
        let conv = random.conv(op([3, width], kernel, stride, 1));
        let photos: Vec<u8> = (0..n * side * side * 3)
            .map(|_| random.0.bits() as u8)
            .collect();
        let mut plan = Plan::new(gpu, side);
        plan.stem(&conv, Buffer::Values(0));
        let values = n * out * out * width;
        let buffers = Buffers {
            photos: gpu.bytes(photos.clone()),
            ..buffers(gpu, vec![unwritten(gpu, values)])
        };
        let ours = run(gpu, &plan, n, &buffers, Buffer::Values(0), values);
        let mut input = Vec::new();
        for photo in photos.chunks(side * side * 3) {
            preprocess::normalise(photo, &mut input);
        }
        let x = Tensor::from_data(TensorData::new(input, [n, 3, side, side]), &cpu());
        let truth = nhwc(Reference::new(&conv, &cpu()).forward(x));
        let what =
            format!("{n} photos of {side}, {width} channels, {kernel} × {kernel}, stride {stride}");
        same(&ours, &truth, &what);
    });
}

#[test]
#[ignore = "needs a GPU"]
fn the_depthwise_convolution_is_burns() {
    over_shapes(|gpu, random| {
        let (n, side) = (random.among(1, 3), random.among(1, 19));
        let (kernel, stride) = ([3, 5][random.0.below(2)], random.among(1, 2));
        let (channels, out) = (8 * random.among(1, 9), side.div_ceil(stride));
        let conv = random.conv(op([channels; 2], kernel, stride, channels));
        let x = random.values(n * side * side * channels, 6.0);
        let mut plan = Plan::new(gpu, side);
        plan.depthwise(&conv, FROM, TO);
        let values = n * out * out * channels;
        let buffers = buffers(gpu, vec![upload(gpu, &x), unwritten(gpu, values)]);
        let ours = run(gpu, &plan, n, &buffers, TO, values);
        let truth = Reference::new(&conv, &cpu()).forward(nchw(&x, n, side));
        let what =
            format!("{n} of {side}, {channels} channels, {kernel} × {kernel}, stride {stride}");
        same(&ours, &nhwc(truth), &what);
    });
}

#[test]
#[ignore = "needs a GPU"]
fn the_pointwise_convolution_is_burns() {
    over_shapes(|gpu, random| {
        let (n, side) = (random.among(1, 3), random.among(1, 9));
        let (inputs, outputs) = (4 * random.among(1, 40), 8 * random.among(1, 20));
        let relu6 = random.conv(op([inputs, outputs], 1, 1, 1));
        let mut linear = relu6.clone();
        linear.op.activation = Activation::Linear;
        let pixels = n * side * side;
        let (x, residual) = (
            random.values(pixels * inputs, 6.0),
            random.values(pixels * outputs, 6.0),
        );
        for (conv, adds) in [(&linear, false), (&relu6, false), (&linear, true)] {
            let added = adds.then_some(Buffer::Values(2));
            let mut plan = Plan::new(gpu, side);
            plan.pointwise(conv, FROM, TO, added);
            let values = vec![
                upload(gpu, &x),
                unwritten(gpu, pixels * outputs),
                upload(gpu, &residual),
            ];
            let ours = run(gpu, &plan, n, &buffers(gpu, values), TO, pixels * outputs);
            let mut truth = Reference::new(conv, &cpu()).forward(nchw(&x, n, side));
            if adds {
                truth = truth + nchw(&residual, n, side);
            }
            let activation = conv.op.activation;
            let what = format!("{n} of {side}, {inputs} to {outputs}, {activation:?}, adds {adds}");
            same(&ours, &nhwc(truth), &what);
        }
    });
}

#[test]
#[ignore = "needs a GPU"]
fn the_mean_is_burns() {
    over_shapes(|gpu, random| {
        let (n, side, channels) = (
            random.among(1, 5),
            random.among(1, 9),
            4 * random.among(1, 40),
        );
        let x = random.values(n * side * side * channels, 6.0);
        let mut plan = Plan::new(gpu, side);
        plan.mean(channels, 0, FROM);
        let buffers = Buffers {
            features: unwritten(gpu, n * channels),
            ..buffers(gpu, vec![upload(gpu, &x)])
        };
        let ours = run(gpu, &plan, n, &buffers, Buffer::Features, n * channels);
        let truth = mean_pool(nchw(&x, n, side));
        same(
            &ours,
            &nhwc(truth),
            &format!("{n} of {side}, {channels} channels"),
        );
    });
}

#[test]
#[ignore = "needs a GPU"]
fn values_are_pooled_as_by_burn() {
    over_shapes(|gpu, random| {
        let (n, width) = (random.among(1, 4), 4 * random.among(0, 6));
        let planes = (0..random.among(1, 7)).map(|_| Plane {
            channels: 8 * random.among(1, 12),
            side: random.among(1, 12),
        });
        let planes: Vec<Plane> = planes.collect();
        let mut plan = Plan::new(gpu, 1);
        plan.pool(&planes, width);
        // Of each value the photos follow each other; what its room has more is not a number.
        let (mut x, mut pooled) = (Vec::new(), Vec::new());
        for (plane, room) in planes.iter().zip(&plan.taps) {
            let values = random.values(n * plane.values(), 6.0);
            pooled.push(nhwc(mean_pool(nchw(&values, n, plane.side))));
            x.extend(&values);
            x.resize(x.len() + n * (room - plane.values()), f32::NAN);
        }
        let layers: usize = planes.iter().map(|plane| plane.channels).sum();
        let values = n * (width + layers);
        let buffers = Buffers {
            taps: upload(gpu, &x),
            features: unwritten(gpu, values),
            ..buffers(gpu, Vec::new())
        };
        let ours = run(gpu, &plan, n, &buffers, Buffer::Features, values);
        for (photo, row) in ours.chunks_exact(width + layers).enumerate() {
            let (embedding, ours) = row.split_at(width);
            let what = format!("photo {photo} of {n}, behind {width}: {planes:?}");
            assert!(embedding.iter().all(|v| v.is_nan()), "{what}");
            let of_photo = pooled.iter().flat_map(|value| {
                let channels = value.len() / n;
                &value[photo * channels..][..channels]
            });
            same(ours, &of_photo.copied().collect::<Vec<f32>>(), &what);
        }
    });
}

/// A network of other stages and another width than those of the registry, which its file alone describes.
#[test]
#[ignore = "needs a GPU"]
fn a_made_up_network_is_burns() {
    let file = include_bytes!("../../../../tests/fixtures/tiny.safetensors");
    let layers = Layers::read(file).expect("the fixture is whole");
    over_shapes(|gpu, random| {
        let (n, side) = (random.among(1, 3), random.among(20, 50));
        let photos: Vec<u8> = (0..n * side * side * 3)
            .map(|_| random.0.bits() as u8)
            .collect();
        let net = GpuNet::new(&layers, side, gpu);
        let ours = pollster::block_on(net.embed(photos.clone())).expect("the kernels run");
        let mut input = Vec::new();
        for photo in photos.chunks(side * side * 3) {
            preprocess::normalise(photo, &mut input);
        }
        let burn = BurnNet::new(&layers, &cpu());
        let truth = pollster::block_on(burn.embed(input, n, side)).expect("burn computes");
        for (i, (ours, truth)) in ours.iter().zip(&truth).enumerate() {
            let what = format!("photo {i}, {n} of {side}");
            same(&ours.embedding, &truth.embedding, &what);
            same(&ours.layers, &truth.layers, &what);
        }
    });
}

#[test]
#[ignore = "needs a GPU"]
fn the_networks_embeddings_are_the_cpus() {
    for spec in BACKBONES {
        let path = format!("{}/../../public/{}", env!("CARGO_MANIFEST_DIR"), spec.file);
        let file = std::fs::read(path).expect("the weights are committed");
        let reference = Backbone::on_cpu(spec, &file).expect("the weights are whole");
        for half in [false, true] {
            let gpu = started().with(started().batch(), half);
            if gpu.is_half() != half {
                continue;
            }
            let ours = Backbone::on_gpu(spec, &file, &gpu).expect("the weights are whole");
            let cosine = pollster::block_on(self_test(&ours, &reference)).expect("it computes");
            println!("{}, f16 {half}: cosine {cosine}", spec.id);
            assert!(cosine >= SAME, "{}, f16 {half}: {cosine}", spec.id);
        }
    }
}

/// Where the truth comes from stands in `tests/fixtures/README.md`.
#[test]
#[ignore = "needs a GPU"]
fn the_pooled_layers_are_onnx_runtimes() {
    let top = format!("{}/../..", env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read(format!("{top}/{path}")).expect("it is committed");
    let spec = &BACKBONES[0];
    let file = read(&format!("public/{}", spec.file));
    let net = Backbone::on_gpu(spec, &file, started()).expect("the weights are whole");
    let names = ["blackbird", "strawberry", "anemone"];
    let squares = names.map(|name| read(&format!("tests/fixtures/{name}.rgb224")));
    let squares: Vec<&[u8]> = squares.iter().map(Vec::as_slice).collect();
    let ours = pollster::block_on(net.embed(&squares)).expect("it computes");
    for (name, ours) in names.iter().zip(&ours) {
        let truth = read(&format!("tests/fixtures/{name}.f16layers2784.f32"));
        let truth = truth.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b));
        let truth = truth.map(|v| f16::from_f32(v).to_f32());
        let (mut off, mut length) = (0.0, 0.0);
        assert_eq!(ours.layers.len(), truth.len(), "{name}");
        for (a, b) in ours.layers.iter().zip(truth) {
            off += (a - b).powi(2);
            length += b.powi(2);
        }
        let error = (off / length).sqrt();
        println!("{name}: relative L2 error {error}");
        assert!(error < 1e-4, "{name}: relative L2 error {error}");
    }
}

/// More photos than one batch: the next is launched before the last is read.
#[test]
#[ignore = "needs a GPU"]
fn batches_one_after_the_other_keep_their_order() {
    let spec = &BACKBONES[0];
    let path = format!("{}/../../public/{}", env!("CARGO_MANIFEST_DIR"), spec.file);
    let file = std::fs::read(path).expect("the weights are committed");
    let gpu = started().with(2, true);
    let net = Backbone::on_gpu(spec, &file, &gpu).expect("the weights are whole");
    let picture = |seed: u64| -> Vec<u8> {
        let mut random = SplitMix64(seed);
        let grain = 3 * spec.input_size * (4 + seed as usize);
        let colours: Vec<u8> = (0..grain).map(|_| random.bits() as u8).collect();
        (0..3 * spec.input_size * spec.input_size)
            .map(|i| colours[i % grain])
            .collect()
    };
    let pictures: Vec<Vec<u8>> = (0..5).map(picture).collect();
    let pictures: Vec<&[u8]> = pictures.iter().map(Vec::as_slice).collect();
    let embed = |pictures: &[&[u8]]| -> Vec<Vec<f32>> {
        let features = pollster::block_on(net.embed(pictures)).expect("it computes");
        let all = features.into_iter();
        all.map(|photo| [photo.embedding, photo.layers].concat())
            .collect()
    };
    let together = embed(&pictures);
    for (i, one) in pictures.iter().enumerate() {
        let alone = &embed(&[one])[0];
        assert!(cosine(alone, &together[i]) >= SAME, "photo {i}");
        let other = &together[(i + 1) % pictures.len()];
        assert!(cosine(alone, other) < SAME, "all photos look alike");
    }
}
