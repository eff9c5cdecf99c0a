//! Heads: the split, training on made-up embeddings, the file.

use data::classifier::Part;
use data::features::Features;
use data::sample::{SampleHash, SampleId};
use data::settings::TrainSettings;
use data::split::{Candidate, validation};
use divan::{Bencher, black_box};
use formats::head_file::{read, write};
use learn::lda::{Fitting, Heading, LeavingOut, Products, Running, Sample, Setting, Spreads};
use learn::trainer::{Labelled, Trainer};
use network::random::SplitMix64;

fn main() {
    divan::main();
}

#[divan::bench(args = [1_000, 10_000])]
fn split(bencher: Bencher, photos: usize) {
    let hashes: Vec<SampleHash> = (0..photos)
        .map(|i| SampleHash(format!("{i:064x}")))
        .collect();
    let photo = |(i, hash): (usize, _)| Candidate {
        class: i % 10,
        hash,
        // Half of the photos are of a burst of ten.
        group: SampleId(if i.is_multiple_of(2) {
            i
        } else {
            i / 100 * 100 + 1
        } as u32),
    };
    let photos: Vec<Candidate> = hashes.iter().enumerate().map(photo).collect();
    bencher.bench_local(|| validation(black_box(&photos), 0.2, 1));
}

/// Photos and classes, with the settings that the app begins with.
#[divan::bench(args = [(100, 3), (1_000, 5)], sample_count = 5)]
fn train(bencher: Bencher, (photos, classes): (usize, usize)) {
    const WIDTH: usize = 1280;
    // Weyl's sequence of the golden ratio, shifted a little by class.
    let value = |i: usize| {
        (i as f32 * 0.618_034).fract() + f32::from(u8::from(i % 7 == (i / WIDTH) % classes)) * 0.1
    };
    let values: Vec<f32> = (0..photos * WIDTH).map(value).collect();
    let samples: Vec<Labelled> = values
        .chunks(WIDTH)
        .enumerate()
        .map(|(i, e)| (e, i % classes))
        .collect();
    let (apart, train) = samples.split_at(photos / 5);
    bencher.bench_local(|| {
        let mut trainer = Trainer::new(train, apart, classes, &TrainSettings::default());
        while !trainer.done() {
            pollster::block_on(trainer.step()).expect("it does not diverge");
        }
        trainer.into_best()
    });
}

/// A head in closed form on the embedding, from products on: what is made anew when one photo came.
#[divan::bench(args = [(100, 3), (1_000, 5), (2_000, 200)], sample_count = 5)]
fn closed_form(bencher: Bencher, (photos, classes): (usize, usize)) {
    let products = products(photos, classes);
    bencher.bench_local(|| running(&products, photos, classes));
}

/// What the head before makes of one photo more.
#[divan::bench(args = [(100, 3), (1_000, 5), (2_000, 200)], sample_count = 5)]
fn one_photo_more(bencher: Bencher, (photos, classes): (usize, usize)) {
    let products = products(photos + 1, classes);
    let begun = || running(&products, photos, classes);
    bencher
        .with_inputs(begun)
        .bench_local_values(|mut running| {
            let more = (photos, photos % classes);
            running
                .put_in(&products, more)
                .expect("it is positive definite");
            let head = running.head(&products, 1.0).expect("it is bounded");
            (running, head)
        });
}

/// What is said of each photo by heads of all others: free beside the head, where it was ten trainings.
#[divan::bench(args = [(100, 3), (1_000, 5), (2_000, 200)], sample_count = 5)]
fn leave_one_out(bencher: Bencher, (photos, classes): (usize, usize)) {
    let products = products(photos, classes);
    let running = running(&products, photos, classes);
    let alone: Vec<usize> = (0..photos).collect();
    bencher.bench_local(|| {
        let mut leaving = LeavingOut::new(running.fit(), black_box(&alone));
        until(|| {
            leaving
                .advance(running.fit())
                .expect("it is positive definite")
        })
    });
}

fn until<T>(mut portion: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = portion() {
            return found;
        }
    }
}

fn products(photos: usize, classes: usize) -> Products {
    let mut random = SplitMix64(1);
    let mut products = Products::new(vec![Part::Embedding]);
    for i in 0..photos {
        let shift = |d: usize| if d % classes == i % classes { 0.4 } else { 0.0 };
        let value = |d| (random.normal() + shift(d)).powi(2);
        let features = Features {
            embedding: (0..1280).map(value).collect(),
            layers: Vec::new(),
        };
        products.add(&features).expect("it is sound");
    }
    while products.step() {}
    products
}

fn running(products: &Products, photos: usize, classes: usize) -> Running {
    let whole = "it is positive definite";
    let samples: Vec<Sample> = (0..photos).map(|i| (i, i % classes)).collect();
    let mut spreads = Spreads::new(samples.clone(), classes).expect(whole);
    while spreads.step(products) {}
    let (parts, shrinkage) = (vec![0], 0.6);
    let scales = spreads.scales(products, &Setting { parts, shrinkage });
    let mut fitting = Fitting::new(samples, classes, scales).expect(whole);
    let fit = until(|| fitting.advance(products).expect(whole));
    let mut heading = Heading::new();
    let weights = until(|| heading.advance(&fit, products));
    Running::new(fit, weights)
}

fn file() -> &'static [u8] {
    include_bytes!("../tests/fixtures/hidden.graft.safetensors")
}

#[divan::bench]
fn head_file_read() -> bool {
    read(black_box(file())).is_ok()
}

#[divan::bench]
fn head_file_write(bencher: Bencher) {
    let head = read(file()).expect("the fixture is a head file");
    bencher.bench_local(|| write(black_box(&head)));
}
