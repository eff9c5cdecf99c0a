//! Heads: the split, training on made-up embeddings, the file.

use data::sample::{SampleHash, SampleId};
use data::settings::TrainSettings;
use data::split::{Candidate, validation};
use divan::{Bencher, black_box};
use formats::head_file::{read, write};
use learn::trainer::{Labelled, Trainer};

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
