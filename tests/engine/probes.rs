//! "Which layer tells your photos apart?"

use data::class::ClassId;
use data::classifier::Part;
use data::features::Features;
use data::lab::LabSettings;
use data::probes::LayerProbes;
use data::problem::{LabProblem, Problem};
use data::protocol::{Event, Request};
use data::settings::{Measure, TrainSettings};
use engine::store::{SampleRow, Table, read_features};
use learn::lda::{Fitting, Products, Sample, Setting, Spreads};

use super::host::{App, BACKBONE, head};
use super::{picture, with_photos};

/// Of the pooled layers of Lite0, and of its embedding.
const WIDTHS: [usize; 7] = [96, 144, 240, 480, 672, 1152, 1280];

fn request() -> Request {
    let classes = vec![ClassId(0), ClassId(1)];
    Request::ProbeLayers { classes, seed: 1 }
}

fn measured(app: &mut App) -> LayerProbes {
    let events = app.answer(request());
    let [
        ..,
        Event::LayerProbes(probes),
        Event::Progress { done, total, .. },
        end,
    ] = &events[..]
    else {
        panic!("{events:?}")
    };
    assert!(done == total && *end == app.done(), "{events:?}");
    probes.clone()
}

/// What storage has of each sample, with its class.
fn stored(app: &App) -> Vec<(Features, usize)> {
    let rows = app.tables.of(Table::Samples).into_values();
    let rows = rows.map(|json| serde_json::from_slice::<SampleRow>(&json).expect("a row"));
    let features = rows.map(|row| {
        let key = format!("{BACKBONE}/{}", row.hash.0);
        let bytes = app
            .tables
            .value(Table::Embeddings, &key)
            .expect("it is stored");
        let layers = WIDTHS[..6].iter().sum();
        let features = read_features(&bytes, 1280, layers).expect("it is whole");
        (features, row.class.0 as usize)
    });
    features.collect()
}

fn whole<T, E: std::fmt::Debug>(mut step: impl FnMut() -> Result<Option<T>, E>) -> T {
    loop {
        if let Some(done) = step().expect("there is a closed form") {
            return done;
        }
    }
}

/// How many samples a head that sees one part recognises, each by a fit of its own on all others.
fn refitted(products: &Products, samples: &[Sample], part: usize) -> usize {
    let setting = Setting {
        parts: vec![part],
        shrinkage: 0.6,
    };
    let mut spreads = Spreads::new(samples.to_vec(), 2).expect("both classes are there");
    while spreads.step(products) {}
    let scales = spreads.scales(products, &setting);
    let right = |(place, class): &&Sample| {
        let others = samples.iter().filter(|(other, _)| other != place).copied();
        let mut fitting = Fitting::new(others.collect(), 2, scales.clone()).expect("as above");
        let logits = whole(|| fitting.advance(products)).logits(products, *place);
        logits[*class] >= logits[1 - *class]
    };
    samples.iter().filter(right).count()
}

#[test]
fn each_depth_is_as_accurate_as_fits_without_the_sample_say() {
    let mut app = with_photos();
    let probes = measured(&mut app);
    let widths: Vec<usize> = probes.layers.iter().map(|layer| layer.width).collect();
    assert_eq!(widths, WIDTHS);
    let blocks: Vec<usize> = probes.layers.iter().map(|layer| layer.block).collect();
    // Before the first of sixteen blocks stands the stem, behind the last one the matrix that makes embeddings.
    assert_eq!((blocks, probes.blocks), (vec![3, 5, 7, 10, 13, 17, 18], 18));
    assert_eq!(probes.layers[3].layer, "blocks.8");
    let samples = stored(&app);
    let mut from = 0;
    let layers = WIDTHS[..6].iter().map(|width| {
        from += width;
        Part::Layers {
            from: from - width,
            to: from,
        }
    });
    let parts: Vec<Part> = layers.chain([Part::Embedding]).collect();
    let mut products = Products::new(parts);
    let places = samples.iter().map(|(features, class)| {
        let place = products.add(features).expect("features are not negative");
        (place, *class)
    });
    let places: Vec<Sample> = places.collect();
    while products.step() {}
    for (part, layer) in probes.layers.iter().enumerate() {
        assert_eq!(layer.accuracy.n, 10);
        let right = (layer.accuracy.value * 10.0).round() as usize;
        assert_eq!(right, refitted(&products, &places, part), "{}", layer.layer);
    }
    let most = probes.layers.iter().map(|layer| layer.accuracy.value);
    let best = probes.layers[probes.best].accuracy.value;
    assert_eq!(most.fold(0.0, f64::max), best);
}

/// A head that was trained before leaves products behind, and one that is trained after finds its own.
#[test]
fn measuring_layers_and_training_do_not_disturb_each_other() {
    let train = |app: &mut App| {
        let settings = TrainSettings::default();
        assert_eq!(settings.measure, Measure::CrossValidation);
        let events = app.answer(Request::Train { settings });
        head(&events).expect("training ends with a head").tested
    };
    let mut app = with_photos();
    app.add(
        "Third",
        &[picture(true, 7), picture(false, 8), picture(true, 9)],
    );
    let before = train(&mut app);
    let first = measured(&mut app);
    assert_eq!(train(&mut app), before);
    assert_eq!(measured(&mut app), first);
    assert_eq!(measured(&mut App::open(&app.tables)), first);
}

#[test]
fn what_cannot_be_measured_is_refused_with_a_reason() {
    let mut app = App::new();
    let refusal = |app: &mut App, classes: Vec<ClassId>| {
        let events = app.answer(Request::ProbeLayers { classes, seed: 1 });
        match &events[..] {
            [Event::Refused { problem, .. }] => problem.clone(),
            other => panic!("{other:?}"),
        }
    };
    let both = || vec![ClassId(0), ClassId(1)];
    let too_few = Problem::Lab(LabProblem::TooFewClasses);
    assert_eq!(refusal(&mut app, both()), too_few);
    app.add("Disc", &[picture(true, 0), picture(true, 1)]);
    app.add("Stripes", &[picture(false, 0)]);
    assert_eq!(refusal(&mut app, vec![ClassId(0), ClassId(0)]), too_few);
    let one = LabProblem::TooFewSamples {
        class: "Stripes".into(),
        samples: 1,
        needed: 2,
    };
    assert_eq!(refusal(&mut app, both()), Problem::Lab(one));
    // Nothing else is measured meanwhile.
    app.add("Stripes", &[picture(false, 1)]);
    app.ask(request());
    let probing = app.done();
    let settings = LabSettings::default();
    let running = Problem::Lab(LabProblem::Running);
    assert_eq!(
        app.ask(Request::RunLab { settings }),
        [app.refused(running)]
    );
    let events = app.answer(Request::StopLab { method: None });
    assert!(events.contains(&probing), "{events:?}");
}
