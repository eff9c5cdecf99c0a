//! The closed-form head against scikit-learn, what it says of samples left out against scikit-learn fitted without them, and the
//! temperature against SciPy. Where the truth comes from stands in `fixtures/README.md`.

use data::classifier::Part;
use data::features::Features;
use learn::lda::primal::{self, Observation};
use learn::lda::temperature::Sharpening;
use learn::lda::{Fit, Fitting, LeavingOut, LeftOut, Products, Sample, Setting, Spreads};
use serde_json::Value;

/// Of the largest logit: products are kept as f32.
const DIGITS: f64 = 1e-6;

fn numbers(of: &Value) -> Vec<f64> {
    let row = of.as_array().expect("it is a list");
    row.iter()
        .map(|v| v.as_f64().unwrap_or(f64::NEG_INFINITY))
        .collect()
}

fn list(of: &Value) -> Vec<usize> {
    numbers(of).iter().map(|v| *v as usize).collect()
}

fn rows(of: &Value) -> Vec<Vec<f64>> {
    let rows = of.as_array().expect("it is a list");
    rows.iter().map(numbers).collect()
}

fn small(of: &Value) -> Vec<Vec<f32>> {
    let small = |row: Vec<f64>| row.iter().map(|v| *v as f32).collect();
    rows(of).into_iter().map(small).collect()
}

/// Each row less its mean over the classes that are there.
fn centred(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let row = |row: &Vec<f64>| {
        let finite = row.iter().filter(|v| v.is_finite());
        let mean = finite.clone().sum::<f64>() / finite.count().max(1) as f64;
        row.iter().map(|v| v - mean).collect()
    };
    rows.iter().map(row).collect()
}

/// Equal up to what all classes share, to [`DIGITS`] of the largest.
fn assert_alike(found: &[Vec<f64>], truth: &[Vec<f64>], what: &str) {
    let (found, truth) = (centred(found), centred(truth));
    let finite = truth.iter().flatten().filter(|v| v.is_finite());
    let size = finite.fold(1.0, |most: f64, v| most.max(v.abs()));
    assert_eq!(found.len(), truth.len());
    for (f, t) in found.iter().flatten().zip(truth.iter().flatten()) {
        assert_eq!(f.is_finite(), t.is_finite(), "{what}: {f}, {t}");
        let error = if f.is_finite() { (f - t).abs() } else { 0.0 };
        assert!(error <= DIGITS * size, "{what}: {error} of {size}");
    }
}

fn fit(products: &Products, samples: &[Sample], classes: usize, setting: &Setting) -> Fit {
    let mut spreads = Spreads::new(samples.to_vec(), classes).expect("no class is empty");
    while spreads.step(products) {}
    let scales = spreads.scales(products, setting);
    let mut fitting = Fitting::new(samples.to_vec(), classes, scales).expect("no class is empty");
    loop {
        if let Some(fit) = fitting.advance(products).expect("it has an inverse") {
            return fit;
        }
    }
}

fn left_out(fit: &Fit, groups: &[usize]) -> LeftOut {
    let mut leaving = LeavingOut::new(fit, groups);
    loop {
        if let Some(left_out) = leaving.advance(fit).expect("it has an inverse") {
            return left_out;
        }
    }
}

#[test]
fn it_is_scikit_learns() {
    let truth: Value =
        serde_json::from_slice(include_bytes!("fixtures/lda.json")).expect("it is JSON");
    let labels = list(&truth["labels"]);
    let classes = labels.iter().max().map_or(0, |most| most + 1);
    let samples: Vec<Sample> = labels.iter().copied().enumerate().collect();
    let mut parts = vec![Part::Embedding];
    let mut from = 0;
    for width in list(&truth["layer_widths"]) {
        let to = from + width;
        parts.push(Part::Layers { from, to });
        from = to;
    }
    let mut products = Products::new(parts);
    let layers = small(&truth["layers"]).into_iter();
    for (embedding, layers) in small(&truth["embedding"]).into_iter().zip(layers) {
        let features = Features { embedding, layers };
        products.add(&features).expect("it is sound");
    }
    while products.step() {}
    for case in truth["cases"].as_array().expect("it is a list") {
        let setting = Setting {
            parts: match case["input"].as_str() {
                Some("all") => vec![0, 1, 2],
                _ => vec![0],
            },
            shrinkage: truth["shrinkage"].as_f64().expect("it is a number"),
        };
        let fit = fit(&products, &samples, classes, &setting);
        let seen = rows(&case["seen"]);
        let by_products = (0..labels.len()).map(|i| fit.logits(&products, i));
        assert_alike(&by_products.collect::<Vec<_>>(), &seen, "seen");
        let by_itself = (0..labels.len()).map(|i| fit.seen(i));
        assert_alike(&by_itself.collect::<Vec<_>>(), &seen, "seen, by itself");
        for (kind, truth) in case["left_out"].as_object().expect("it has kinds") {
            let left_out = left_out(&fit, &list(&truth["groups"]));
            let found: Vec<Vec<f64>> = left_out.rows().map(<[f64]>::to_vec).collect();
            assert_alike(&found, &rows(&truth["logits"]), kind);
            let mut sharpening = Sharpening::new(&left_out, labels.iter().copied());
            let sharpness = loop {
                if let Some(found) = sharpening.advance(&left_out) {
                    break found.expect("there are samples");
                }
            };
            let number = |key: &str| truth[key].as_f64().expect("it is a number");
            assert!((sharpness.factor / number("sharpness") - 1.0).abs() < 1e-5);
            assert!((sharpness.loss - number("loss")).abs() < 1e-6);
        }
    }
}

/// The form for many samples, of which nothing is said where all of their class are left out.
#[test]
fn of_many_samples_it_is_scikit_learns_too() {
    let truth: Value =
        serde_json::from_slice(include_bytes!("fixtures/lda.json")).expect("it is JSON");
    let labels = list(&truth["labels"]);
    let classes = labels.iter().max().map_or(0, |most| most + 1);
    let layers = small(&truth["layers"]).into_iter();
    let features = small(&truth["embedding"]).into_iter().zip(layers);
    let observations = features
        .zip(&labels)
        .map(|((embedding, layers), class)| Observation {
            embedding: embedding.into(),
            layers: layers.into(),
            class: *class,
        });
    let observations: Vec<Observation> = observations.collect();
    for case in truth["cases"].as_array().expect("it is a list") {
        let mut parts = vec![Part::Embedding];
        let mut from = 0;
        for width in list(&truth["layer_widths"]) {
            let to = from + width;
            parts.push(Part::Layers { from, to });
            from = to;
        }
        if case["input"] != "all" {
            parts.truncate(1);
        }
        let shrinkage = truth["shrinkage"].as_f64().expect("it is a number");
        let fitting = primal::Fitting::new(observations.clone(), classes, &parts, shrinkage);
        let mut fitting = fitting.expect("no class is empty");
        let mut fit = loop {
            if let Some(fit) = fitting.advance().expect("it has an inverse") {
                break fit;
            }
        };
        let seen: Vec<_> = observations.iter().map(|o| fit.logits(o)).collect();
        assert_alike(&seen, &rows(&case["seen"]), "seen");
        for kind in ["alone", "bursts"] {
            let truth = &case["left_out"][kind];
            let groups = list(&truth["groups"]).into_iter().map(Some);
            let groups: Vec<Option<usize>> = groups.collect();
            let mut leaving = primal::LeavingOut::new(&fit, &groups);
            let left_out = loop {
                if let Some(left_out) = leaving.advance(&mut fit).expect("it has an inverse") {
                    break left_out;
                }
            };
            let truth = rows(&truth["logits"]);
            let remains = |(i, _): &(usize, &Vec<f64>)| truth[*i][labels[*i]].is_finite();
            let found: Vec<Vec<f64>> = left_out.rows().map(<[f64]>::to_vec).collect();
            let found = found.iter().enumerate().filter(remains);
            let found: Vec<Vec<f64>> = found.map(|(_, row)| row.clone()).collect();
            let truth = truth.iter().enumerate().filter(remains);
            let truth: Vec<Vec<f64>> = truth.map(|(_, row)| row.clone()).collect();
            assert!(truth.len() > 20, "{kind} leaves nothing to compare");
            assert_alike(&found, &truth, kind);
        }
    }
}
