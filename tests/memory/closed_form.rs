//! A head in closed form with all that the app makes beside it.

use data::classifier::Head;
use data::features::Features;
use data::unknown::Unknown;
use learn::lda::{
    Fitting, Heading, LeavingOut, Products, Running, Sample, Setting, Spreads, Summing,
};
use learn::unknown::{self, Known};

pub fn closed_form(
    all: &[Features],
    products: &Products,
    samples: &[Sample],
    classes: usize,
) -> (Running, Head, Unknown) {
    let whole = "it is positive definite";
    let mut spreads = Spreads::new(samples.to_vec(), classes).expect(whole);
    while spreads.step(products) {}
    let setting = Setting {
        parts: (0..products.parts().len()).collect(),
        shrinkage: 0.6,
    };
    let scales = spreads.scales(products, &setting);
    let mut fitting = Fitting::new(samples.to_vec(), classes, scales).expect(whole);
    let fit = until(|| fitting.advance(products).expect(whole));
    let folds: Vec<usize> = (0..samples.len()).map(|i| i / classes % 10).collect();
    let mut leaving = LeavingOut::new(&fit, &folds);
    let left_out = until(|| leaving.advance(&fit).expect(whole));
    let mut summing = Box::new(Summing::new(&fit, fit.scales().clone()));
    let statistics = until(|| summing.advance(&fit, products, (0.6, 1.0)));
    drop(summing);
    let mut heading = Heading::new();
    let weights = until(|| heading.advance(&fit, products));
    let head = weights.head(&fit, products, 1.0).expect(whole);
    let running = Running::new(fit, weights);
    let places: Vec<usize> = samples.iter().map(|(place, _)| *place).collect();
    let mut cosines = Vec::new();
    for (i, place) in places.iter().enumerate() {
        products.of_last(*place, &places[..=i], &mut cosines);
    }
    let known = left_out.rows().zip(all).zip(samples).zip(&folds);
    let known = known.map(|(((row, features), (_, class)), fold)| Known {
        features: features.embedding.clone(),
        class: *class,
        fold: Some(*fold),
        logits: row.iter().map(|v| *v as f32).collect(),
        learned: true,
    });
    let fitting = unknown::Fitting::new(known.collect(), classes, Some(cosines));
    let mut fitting = fitting.expect("the samples are whole");
    let unknown = until(|| fitting.advance());
    drop(statistics);
    (running, head, unknown)
}

pub fn until<T>(mut portion: impl FnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = portion() {
            return found;
        }
    }
}
