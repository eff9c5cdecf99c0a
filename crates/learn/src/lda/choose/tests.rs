use data::features::Features;
use network::random::SplitMix64;

use super::*;

const LAYERS: [usize; 4] = [8, 8, 8, 8];
const EMBEDDING: usize = 40;

/// Two classes that differ in the embedding, the last layers or the first one, by so much.
fn products(labels: &[usize], embedding: f32, late: f32, early: f32) -> Products {
    let mut random = SplitMix64(17);
    let mut parts = Vec::new();
    for (i, width) in LAYERS.iter().enumerate() {
        let (from, to) = (i * width, (i + 1) * width);
        parts.push(Part::Layers { from, to });
    }
    parts.push(Part::Embedding);
    let mut products = Products::new(parts);
    for label in labels {
        let mut values = |n: usize, apart: f32| -> Vec<f32> {
            let shift = |i: usize| if i % 2 == *label { apart } else { 0.0 };
            let value = |i| (random.normal() + shift(i)).powi(2);
            (0..n).map(value).collect()
        };
        let embedding = values(EMBEDDING, embedding);
        let mut layers = values(8, early);
        layers.extend(values(24, late));
        let features = Features { embedding, layers };
        products.add(&features).expect("it is sound");
    }
    while products.step() {}
    products
}

fn choose(products: &Products, labels: &[usize], groups: Vec<usize>) -> Option<Choice> {
    let samples: Vec<Sample> = labels.iter().copied().enumerate().collect();
    let candidates = candidates(products);
    assert_eq!(candidates.len(), 9);
    let choosing = Choosing::new(samples, groups, 2, candidates);
    let mut choosing = choosing.expect("no class is empty");
    loop {
        if let Some(choice) = choosing.advance(products).expect("it has an inverse") {
            return choice;
        }
    }
}

#[test]
fn it_reaches_for_what_tells_classes_apart() {
    let labels: Vec<usize> = (0..80).map(|i| i % 2).collect();
    for (apart, expected) in [
        ((1.2, 0.0, 0.0), Reach::Embedding),
        ((0.1, 2.0, 0.0), Reach::Late),
        ((0.1, 0.1, 2.5), Reach::All),
    ] {
        let products = products(&labels, apart.0, apart.1, apart.2);
        let choice = choose(&products, &labels, (0..80).collect()).expect("it can be judged");
        assert_eq!(
            choice.best().candidate.reach,
            expected,
            "{:?}",
            choice.judged
        );
        assert_eq!(choice.judged.len(), 9);
        let best = choice.best();
        assert!(best.hits > 60, "{best:?}");
        assert_eq!(best.sharpness.samples, 80);
    }
}

#[test]
fn what_says_the_same_is_no_reason_for_layers() {
    // Nothing tells the classes apart.
    let labels: Vec<usize> = (0..60).map(|i| i % 2).collect();
    let products = products(&labels, 0.0, 0.0, 0.0);
    let choice = choose(&products, &labels, (0..60).collect()).expect("it can be judged");
    assert_eq!(choice.chosen, 0);
}

#[test]
fn without_a_second_group_nothing_is_judged() {
    let products = products(&[0, 1, 0, 1], 1.0, 1.0, 1.0);
    assert_eq!(choose(&products, &[0, 1, 0, 1], vec![0, 1, 0, 1]), None);
    let some = choose(&products, &[0, 1, 0, 1], vec![0, 1, 2, 1]).expect("one class is judged");
    assert_eq!(some.best().of_samples.iter().flatten().count(), 2);
}

#[test]
fn of_many_samples_each_class_gives_its_share() {
    // A large class, a small one, and one that is a single burst.
    let class = |i: usize| usize::from(i >= 1500) + usize::from(i >= 1600);
    let samples: Vec<Sample> = (0..2000).map(|i| (i, class(i))).collect();
    let groups: Vec<usize> = (0..2000)
        .map(|i| if i >= 1600 { 5000 } else { i / 3 * 3 })
        .collect();
    let chosen = subset(&samples, &groups, 3);
    let count = |class: usize| chosen.iter().filter(|i| samples[**i].1 == class).count();
    let counts = [0, 1, 2].map(count);
    assert_eq!(counts, [225, 15, 60]);
    assert!(chosen.is_sorted_by(|a, b| a < b));
    let alone: Vec<usize> = (0..2000).collect();
    assert_eq!(subset(&samples[..300], &alone[..300], 3), &alone[..300]);
}
