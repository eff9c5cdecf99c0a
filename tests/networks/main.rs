//! Networks that nobody published: whatever passes the rules of a description is computed alike by every executor, learns
//! alike, and is told apart from a damaged one. `tests/fixtures/tiny.safetensors` describes itself; others are drawn.

mod learning;

use data::network::{Activation, ConvOp, Network, Op};
use data::problem::BackboneProblem;
use network::burn_net::BurnNet;
use network::cpu_net::CpuNet;
use network::device::cpu;
use network::frozen::Frozen;
use network::maps::maps;
use network::random::SplitMix64;
use network::weights::Layers;
use pollster::block_on;
use safetensors::SafeTensors;

const TINY: &[u8] = include_bytes!("../fixtures/tiny.safetensors");

/// How many networks are drawn.
const DRAWS: u64 = 40;

fn tiny() -> Layers {
    Layers::read(TINY).expect("the fixture is whole")
}

/// Draws the ops of a network, block by block.
struct Drawing {
    random: SplitMix64,
    ops: Vec<Op>,
    channels: usize,
}

impl Drawing {
    fn conv(&mut self, name: String, outputs: usize, shape: [usize; 3], activation: Activation) {
        let [kernel, stride, groups] = shape;
        self.ops.push(Op::Conv(ConvOp {
            name,
            inputs: self.channels,
            outputs,
            kernel,
            stride,
            groups,
            activation,
        }));
        self.channels = outputs;
    }

    fn width(&mut self) -> usize {
        8 * (1 + self.random.below(6))
    }

    fn chance(&mut self) -> bool {
        self.random.below(2) == 0
    }

    fn block(&mut self, block: usize) {
        let (from, entered) = (self.ops.len(), self.channels);
        if self.chance() {
            let (outputs, activation) = match self.random.below(4) {
                0 => (self.width(), Activation::Linear),
                _ => (self.width(), Activation::Relu6),
            };
            self.conv(format!("{block}.widen"), outputs, [1, 1, 1], activation);
        }
        let mut stride = 1;
        for filter in 0..self.random.below(3) {
            let kernel = [3, 5][self.random.below(2)];
            let by = 1 + self.random.below(2);
            stride *= by;
            let channels = self.channels;
            let name = format!("{block}.filter{filter}");
            self.conv(name, channels, [kernel, by, channels], Activation::Relu6);
        }
        if self.chance() {
            self.conv(
                format!("{block}.mix"),
                entered,
                [1, 1, 1],
                Activation::Linear,
            );
            if stride == 1 && self.chance() {
                self.ops.push(Op::Add { from });
                // And once more, around a matrix alone.
                if self.chance() {
                    self.conv(
                        format!("{block}.more"),
                        entered,
                        [1, 1, 1],
                        Activation::Linear,
                    );
                    self.ops.push(Op::Add { from });
                }
            }
        }
    }
}

/// A network with numbers at a sane scale.
fn drawn(seed: u64) -> Layers {
    let mut drawing = Drawing {
        random: SplitMix64(seed),
        ops: Vec::new(),
        channels: 3,
    };
    let (kernel, stride) = ([3, 5][drawing.random.below(2)], 1 + drawing.random.below(2));
    let width = drawing.width();
    drawing.conv(
        "first".into(),
        width,
        [kernel, stride, 1],
        Activation::Relu6,
    );
    for block in 0..drawing.random.below(5) {
        drawing.block(block);
    }
    let last = drawing.random.below(2);
    let (width, channels) = (drawing.width(), drawing.channels);
    match last {
        0 => drawing.conv("last".into(), width, [1, 1, 1], Activation::Relu6),
        _ => drawing.conv("last".into(), channels, [3, 1, channels], Activation::Relu6),
    }
    drawing.ops.push(Op::MeanPool);
    let network = Network::new(drawing.ops).expect("what is drawn keeps the rules");
    let layers = Layers::zeros(network);
    let mut layers = Layers::random(&layers, seed, &[picture(seed, 24)], 24);
    for conv in layers.convs_mut() {
        conv.bias.fill_with(|| drawing.random.uniform() * 0.3);
    }
    layers
}

fn picture(seed: u64, side: usize) -> Vec<u8> {
    let mut random = SplitMix64(seed);
    (0..3 * side * side)
        .map(|i| (i / 5 % 160 + random.below(96)) as u8)
        .collect()
}

fn input(seed: u64, side: usize) -> Vec<f32> {
    let mut input = Vec::new();
    network::preprocess::normalise(&picture(seed, side), &mut input);
    input
}

/// f32 sums in another order.
fn same(ours: &[f32], theirs: &[f32], what: &str) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (a, b) in ours.iter().zip(theirs) {
        assert!(
            (a - b).abs() <= 1e-4 + 1e-4 * b.abs(),
            "{what}: {a}, not {b}"
        );
    }
}

/// `[channels, pixels]` -> `[pixels, channels]`
fn turned(values: &[f32], channels: usize) -> Vec<f32> {
    let pixels = values.len() / channels;
    let at = |i: usize| values[i % channels * pixels + i / channels];
    (0..values.len()).map(at).collect()
}

#[test]
fn every_value_of_a_network_is_burns() {
    for seed in 0..DRAWS {
        let layers = if seed == 0 { tiny() } else { drawn(seed) };
        let side = 17 + (seed as usize * 7) % 25;
        let input = input(seed, side);
        let burn = BurnNet::new(&layers, &cpu());
        let network = layers.network();
        let planes = network.planes(side);
        // What leaves each block, and the embedding.
        for block in network.blocks() {
            let end = block.end();
            let ours = CpuNet::until(&layers, side, end).run(&input);
            let theirs = block_on(burn.until(input.clone(), 1, side, end)).expect("burn computes");
            let what = format!(
                "network {seed}, side {side}, op {end} of {:?}",
                network.ops()
            );
            same(&ours, &turned(&theirs, planes[end].channels), &what);
        }
    }
}

/// Where the truth comes from stands in `fixtures/README.md`.
#[test]
fn the_made_up_network_embeds_as_in_onnx_runtime() {
    let fixture = |name: &str| {
        let path = format!("{}/tests/fixtures/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
    };
    for side in [48, 37] {
        let square = fixture(&format!("tiny.rgb{side}"));
        let floats = |name: &str| -> Vec<f32> {
            let bytes = fixture(name);
            let values = bytes.as_chunks().0.iter();
            values.map(|b| f32::from_le_bytes(*b)).collect()
        };
        let truth = floats(&format!("tiny-{side}.emb72.f32"));
        let layers = floats(&format!("tiny-{side}.layers128.f32"));
        let mut input = Vec::new();
        network::preprocess::normalise(&square, &mut input);
        let ours = CpuNet::new(&tiny(), side).features(&input);
        let burn = block_on(BurnNet::new(&tiny(), &cpu()).embed(input, 1, side));
        let burn = burn.expect("burn computes").remove(0);
        for ours in [ours, burn] {
            for (ours, truth) in [(&ours.embedding, &truth), (&ours.layers, &layers)] {
                assert_eq!(ours.len(), truth.len());
                let squares = ours.iter().zip(truth).map(|(a, b)| (a - b).powi(2));
                let length = truth.iter().map(|v| v.powi(2)).sum::<f32>();
                let error = (squares.sum::<f32>() / length).sqrt();
                assert!(error < 1e-5, "{side} pixels: relative L2 error {error}");
            }
        }
    }
}

/// The pooled layers of any network are burn's, and pooling them changes no bit of the embedding.
#[test]
fn the_pooled_layers_of_a_network_are_burns() {
    let mut tapped = 0;
    for seed in 1..DRAWS {
        let (layers, side) = (drawn(seed), 17 + (seed as usize * 5) % 25);
        let input = input(seed, side);
        let ours = CpuNet::new(&layers, side);
        let burn = BurnNet::new(&layers, &cpu());
        let theirs = block_on(burn.embed(input.clone(), 1, side)).expect("burn computes");
        let features = ours.features(&input);
        let what = format!("network {seed} of {:?}", layers.network().ops());
        same(&features.layers, &theirs[0].layers, &what);
        assert_eq!(features.embedding, ours.run(&input), "{what}");
        let taps = layers.network().taps();
        let channels: usize = taps.iter().map(|tap| tap.channels).sum();
        assert_eq!(features.layers.len(), channels, "{what}");
        tapped += taps.len();
    }
    assert!(tapped >= 10, "{tapped} taps are too few to tell");
}

/// Where the ops are parted to look at what is between, nothing changes to the last bit.
#[test]
fn values_that_are_looked_at_are_the_same_bits() {
    for seed in 1..DRAWS {
        let (layers, side) = (drawn(seed), 33);
        let input = input(seed, side);
        let ends: Vec<usize> = layers.network().blocks().iter().map(|b| b.end()).collect();
        let (embedding, before) = ends.split_last().expect("a network has blocks");
        let together = CpuNet::with_views(&layers, side, before).views(&input, before);
        for (view, end) in together.iter().zip(before) {
            let alone = CpuNet::until(&layers, side, *end).run(&input);
            assert_eq!(*view, alone, "network {seed}, op {end}");
        }
        let alone = CpuNet::until(&layers, side, *embedding).run(&input);
        let whole = Frozen::new(&layers, side).embed(&picture(seed, side));
        assert_eq!(alone, whole.expect("it computes"), "network {seed}");
        assert_eq!(alone.len(), layers.width());
    }
}

#[test]
fn random_weights_of_any_network_answer_at_a_sane_scale() {
    let pictures: Vec<Vec<u8>> = (0..4).map(|i| picture(i, 40)).collect();
    let random = || Layers::random(&tiny(), 1, &pictures, 40);
    assert_eq!(random(), random(), "the same seed");
    let embedding = Frozen::new(&random(), 40).embed(&pictures[0]);
    let embedding = embedding.expect("it computes");
    // Half of a normal distribution of deviation 1 has the mean 0.4.
    let mean = embedding.iter().sum::<f32>() / embedding.len() as f32;
    assert!((0.3..0.5).contains(&mean), "{mean}");
}

#[test]
fn maps_of_any_network_show_its_resolutions() {
    let maps = maps(&tiny(), 48, &picture(1, 48));
    let shown = maps.iter().map(|m| (m.layer.as_str(), m.side, m.channels));
    let shown: Vec<_> = shown.collect();
    // Halved by the first convolution and by the blocks two and four.
    assert_eq!(
        shown,
        [("first", 24, 24), ("three", 12, 16), ("eight", 6, 72)]
    );
}

/// A weights file with another description.
fn described(description: &str) -> Vec<u8> {
    let tensors = SafeTensors::deserialize(TINY).expect("the fixture is safetensors");
    let about = [("network", description)].map(|(k, v)| (k.to_owned(), v.to_owned()));
    safetensors::serialize(tensors.tensors(), Some(about.into())).expect("it can be written")
}

#[test]
fn a_description_that_does_not_fit_is_refused_with_words() {
    let whole = serde_json::to_string(tiny().network().ops()).expect("it is JSON");
    let read = |description: &str| Layers::read(&described(description)).map(|_| ());
    assert_eq!(read(&whole), Ok(()));
    for (from, to) in [
        ("\"outputs\":72", "\"outputs\":70"),
        ("\"outputs\":72", "\"outputs\":64"),
        ("\"outputs\":72", "\"outputs\":8000"),
        ("\"kernel\":5", "\"kernel\":4000000000"),
        ("\"outputs\":72", "\"outputs\":-8"),
        ("\"outputs\":72", "\"outputs\":1e3"),
        ("\"outputs\":72,", ""),
        ("\"outputs\":72", "\"dilation\":2,\"outputs\":72"),
        ("{\"add\":{\"from\":6}}", "{\"add\":{\"from\":5}}"),
        ("{\"add\":{\"from\":6}}", "{\"add\":{\"from\":4000000}}"),
        ("\"eight.mix\"", "\"eight.filter\""),
        ("\"eight.mix\"", "\"eight.other\""),
        (",\"mean_pool\"]", "]"),
        ("\"mean_pool\"", "\"max_pool\""),
        ("[{\"conv\"", "{\"conv\""),
        ("relu6", "gelu"),
    ] {
        let description = whole.replacen(from, to, 1);
        assert_ne!(description, whole, "{from} is not in it");
        let refused = matches!(read(&description), Err(BackboneProblem::Damaged(_)));
        assert!(refused, "{from} as {to}");
    }
    let channels = whole.replacen("\"outputs\":72", "\"outputs\":70", 1);
    let why = read(&channels).expect_err("70 is no multiple of 8");
    assert_eq!(
        why,
        BackboneProblem::Damaged(
            "eight.mix has 70 channels, not a multiple of 8 up to 8192".into()
        )
    );
}
