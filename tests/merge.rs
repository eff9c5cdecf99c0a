//! A head that was put together from two, beside the head of all samples together.

use std::collections::HashMap;

use data::backbone::find_backbone;
use data::classifier::{Head, Part};
use data::features::Features;
use data::statistics::{RANK, Statistics};
use formats::photo;
use learn::lda::merge::{Source, merged};
use learn::lda::{Fit, Fitting, Heading, Products, Sample, Setting, Spreads, Summing};
use learn::trainer::largest;
use network::backbone::Backbone;
use network::preprocess::to_square;
use network::random::SplitMix64;

const SHRINKAGE: f64 = 0.6;
const SHARPNESS: f64 = 0.25;

fn fit(products: &Products, samples: &[Sample], classes: usize) -> Fit {
    let mut spreads = Spreads::new(samples.to_vec(), classes).expect("no class is empty");
    while spreads.step(products) {}
    let parts = (0..products.parts().len()).collect();
    let shrinkage = SHRINKAGE;
    let scales = spreads.scales(products, &Setting { parts, shrinkage });
    let mut fitting = Fitting::new(samples.to_vec(), classes, scales).expect("no class is empty");
    loop {
        if let Some(fit) = fitting.advance(products).expect("it has an inverse") {
            return fit;
        }
    }
}

/// A head of these samples, each with its class, and what it says of them.
fn made(parts: &[Part], of: &[(&Features, usize)]) -> (Head, Statistics) {
    let mut products = Products::new(parts.to_vec());
    for (features, _) in of {
        products.add(features).expect("it is sound");
    }
    while products.step() {}
    let samples: Vec<Sample> = of.iter().map(|(_, class)| *class).enumerate().collect();
    let classes = of.iter().map(|(_, class)| class + 1).max().unwrap_or(0);
    let fit = fit(&products, &samples, classes);
    let (mut summing, mut heading) = (Summing::new(&fit, fit.scales().clone()), Heading::new());
    let statistics = loop {
        if let Some(found) = summing.advance(&fit, &products, (SHRINKAGE, SHARPNESS)) {
            break found;
        }
    };
    let weights = loop {
        if let Some(weights) = heading.advance(&fit, &products) {
            break weights;
        }
    };
    let head = weights.head(&fit, &products, SHARPNESS);
    (head.expect("it is bounded"), statistics)
}

/// What both say of their samples, as one head. `classes`: which of all each of theirs is.
fn together(
    widths: &[usize],
    both: [&(Head, Statistics); 2],
    samples: [Vec<usize>; 2],
    classes: [Vec<usize>; 2],
) -> (Head, Statistics) {
    let all = classes.iter().flatten().max().map_or(0, |most| most + 1);
    let source = |i: usize| Source {
        statistics: &both[i].1,
        widths,
        sees: &both[i].0.input.parts,
        samples: samples[i].clone(),
        classes: classes[i].clone(),
    };
    merged([&source(0), &source(1)], all).expect("there is a head of both")
}

/// Less what all classes share.
fn logits(head: &Head, features: &Features) -> Vec<f32> {
    let logits = head.logits(features).expect("it has all parts");
    let mean = logits.iter().sum::<f32>() / logits.len() as f32;
    logits.iter().map(|v| v - mean).collect()
}

/// Samples of two layers and an embedding, about a centre for each class.
fn random(classes: &[usize], each: usize) -> Vec<(Features, usize)> {
    let mut found = Vec::new();
    for class in classes {
        let mut centre = SplitMix64(*class as u64);
        let centre: Vec<f32> = (0..60).map(|_| centre.normal()).collect();
        for i in 0..each {
            let mut random = SplitMix64((100 * class + i) as u64);
            let numbers = centre.iter().map(|c| (c + random.normal()).powi(2));
            let embedding: Vec<f32> = numbers.collect();
            let layers = (0..40).map(|i| 0.01 * embedding[i] + random.uniform().abs());
            let layers = layers.collect();
            found.push((Features { embedding, layers }, *class));
        }
    }
    found
}

/// Where samples are so few that the factor holds all of their scatter, but for rounding to f16, with a class that both know and one that
/// each of them lacks.
#[test]
fn of_few_samples_it_is_the_head_of_all() {
    let parts = [
        Part::Layers { from: 0, to: 30 },
        Part::Layers { from: 30, to: 40 },
        Part::Embedding,
    ];
    let all = random(&[0, 1, 2, 3], 6);
    // The first knows classes 0, 1 and 2, the second 2 and 3.
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (i, (features, class)) in all.iter().enumerate() {
        match class {
            3 => second.push((features, 1)),
            2 if i % 2 == 0 => second.push((features, 0)),
            class => first.push((features, *class)),
        }
    }
    assert!(first.len() - 3 <= RANK && second.len() - 2 <= RANK);
    let both = [&made(&parts, &first), &made(&parts, &second)];
    let samples = [vec![6, 6, 3], vec![3, 6]];
    let classes = [vec![0, 1, 2], vec![2, 3]];
    let (found, statistics) = together(&[30, 10, 60], both, samples, classes);
    let whole: Vec<(&Features, usize)> = all.iter().map(|(f, class)| (f, *class)).collect();
    let (truth, of_all) = made(&parts, &whole);
    assert_eq!(statistics.heads, 2);
    for (found, truth) in statistics.within.iter().zip(&of_all.within) {
        assert!((found / truth - 1.0).abs() < 2e-3, "{found} {truth}");
    }
    let mut largest_error = 0f32;
    let mut size = 0f32;
    for (features, _) in all.iter().chain(&random(&[0, 1, 2, 3, 4], 9)) {
        let pairs = logits(&found, features)
            .into_iter()
            .zip(logits(&truth, features));
        for (found, truth) in pairs {
            largest_error = largest_error.max((found - truth).abs());
            size = size.max(truth.abs());
        }
    }
    println!("{largest_error} of {size}");
    assert!(largest_error < 5e-3 * size, "{largest_error} of {size}");
}

/// Real photos, half of their classes in each of two heads: on photos that none of them knows, the merged head is right as often as that of
/// all photos together, or nearly so.
#[test]
fn on_photos_it_is_nearly_as_good_as_the_head_of_all() {
    let spec = find_backbone("efficientnet-lite0-160").expect("it is there");
    let root = env!("CARGO_MANIFEST_DIR");
    let weights = std::fs::read(format!("{root}/public/{}", spec.file));
    let backbone = Backbone::on_cpu(spec, &weights.expect("it is there")).expect("it is whole");
    let sets = ["birds", "flowers", "fruit", "vegetables", "hand-signs"];
    let mut photos: Vec<(Features, usize)> = Vec::new();
    for (class, set) in sets.iter().enumerate() {
        let folder = std::fs::read_dir(format!("{root}/public/samples/photos/{set}"));
        let mut files: Vec<_> = folder
            .expect("it is there")
            .flatten()
            .map(|f| f.path())
            .collect();
        files.sort();
        // What is in their names is their class where there are several.
        let mut kinds = HashMap::new();
        for file in files {
            let name = file
                .file_stem()
                .expect("a file")
                .to_string_lossy()
                .into_owned();
            let kind = name.trim_end_matches(|c: char| c.is_ascii_digit() || "-_".contains(c));
            let next = kinds.len();
            kinds.entry(kind.to_owned()).or_insert(next);
            let bytes = std::fs::read(&file).expect("it is there");
            let photo = photo::decode(&bytes).expect("it is a photo");
            let square = to_square(&photo, spec.input_size as u32).into_raw();
            let seen = pollster::block_on(backbone.embed(&[&square])).expect("it is computed");
            photos.push((seen.into_iter().next().expect("one"), class));
        }
        println!("{set}: {kinds:?}");
    }
    let mut from = 0;
    let layers = backbone.layer_widths().into_iter().map(|width| {
        from += width;
        Part::Layers {
            from: from - width,
            to: from,
        }
    });
    let parts: Vec<Part> = layers.chain([Part::Embedding]).collect();
    let mut widths = backbone.layer_widths();
    widths.push(spec.width);
    let (mut ours, mut theirs, mut n) = (0, 0, 0);
    for fold in 0..3 {
        let learned = |i: &usize| i % 3 != fold;
        let of = |which: &[usize]| -> Vec<(&Features, usize)> {
            let all = photos.iter().enumerate().filter(|(i, _)| learned(i));
            let all = all.filter_map(|(_, (features, class))| {
                Some((features, which.iter().position(|c| c == class)?))
            });
            all.collect()
        };
        let halves = [vec![0, 2, 4], vec![1, 3]];
        let counts = halves.clone().map(|half| {
            let known = of(&half);
            let count = |class| known.iter().filter(|(_, of)| *of == class).count();
            (0..half.len()).map(count).collect::<Vec<usize>>()
        });
        let both = [
            &made(&parts, &of(&halves[0])),
            &made(&parts, &of(&halves[1])),
        ];
        let (merged, _) = together(&widths, both, counts, halves);
        let (joint, _) = made(&parts, &of(&[0, 1, 2, 3, 4]));
        for (_, (features, class)) in photos.iter().enumerate().filter(|(i, _)| !learned(i)) {
            let right = |head: &Head| largest(&logits(head, features)) == *class;
            ours += usize::from(right(&merged));
            theirs += usize::from(right(&joint));
            n += 1;
        }
    }
    println!("merged {ours}, together {theirs} of {n}");
    assert!(n > 100 && theirs * 10 > n * 8, "{theirs} of {n}");
    // At most two points fewer.
    assert!(
        ours + n / 50 >= theirs,
        "merged {ours}, together {theirs} of {n}"
    );
}
