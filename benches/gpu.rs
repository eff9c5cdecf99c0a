//! The network on this machine's GPU, natively through Vulkan, with the kernels that browsers run:
//! photos a second, and bytes a second if each value between layers moved through its memory once.

use std::fmt::{Display, Formatter};
use std::sync::OnceLock;

use data::backbone::default_backbone;
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use network::gpu::{Gpu, GpuNet};
use network::weights::Layers;

fn main() {
    let gpu = gpu();
    println!("{}, f16: {}", gpu.name(), gpu.has_f16());
    divan::main();
}

fn gpu() -> &'static Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| pollster::block_on(Gpu::start()).expect("there is a GPU"))
}

/// How many photos go through the network together, and how its weights are stored.
struct Case {
    photos: usize,
    half: bool,
}

impl Display for Case {
    fn fmt(&self, f: &mut Formatter) -> std::fmt::Result {
        let stored = if self.half { "f16" } else { "f32" };
        write!(f, "{} photos, {stored}", self.photos)
    }
}

fn cases() -> Vec<Case> {
    let stored = [false, true]
        .into_iter()
        .filter(|half| !half || gpu().has_f16());
    let cases = stored.flat_map(|half| [1, 8, 16, 32].map(|photos| Case { photos, half }));
    cases.collect()
}

#[divan::bench(args = cases())]
fn embed(bencher: Bencher, case: &Case) {
    let gpu = gpu().with(case.photos, case.half);
    let spec = default_backbone();
    let path = format!("{}/public/{}", env!("CARGO_MANIFEST_DIR"), spec.file);
    let file = std::fs::read(path).expect("the weights are committed");
    let layers = Layers::read(&file).expect("the weights are whole");
    let net = GpuNet::new(&layers, spec.input_size, &gpu);
    let n = gpu.batch();
    let photos: Vec<u8> = (0..n * spec.input_size * spec.input_size * 3)
        .map(|i| (i * 31 % 257) as u8)
        .collect();
    bencher
        .counter(ItemsCount::new(n))
        .counter(BytesCount::new(net.traffic(n)))
        .with_inputs(|| photos.clone())
        .bench_local_values(|photos| pollster::block_on(net.embed(photos)).expect("it computes"));
}
