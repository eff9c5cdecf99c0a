//! What transfer brings, measured: methods × photos a class × draws, on labelled photos.
//! `cargo xtask experiment transfer [FOLDER]` runs it and writes its tables into docs/experiments.md.

mod backbones;
mod discriminants;
mod goal;
mod many;
mod merge;
mod peer;
mod photos;
mod regression;
mod report;
mod runs;
mod unknown;
mod unknown_tuned;

use std::path::Path;
use std::process::ExitCode;

use data::backbone::{BackboneSpec, default_backbone};
use data::classifier::{Head, Part};
use data::features::Features;
use data::transfer::{Depth, TuneSettings};
use learn::lda::Sample;
use learn::lda::choose::{Candidate, Reach};
use learn::trainer::largest;
use learn::tuner::Shown;
use network::backbone::Backbone;
use photos::{Failure, Set};
use report::Row;
use runs::Start;

const WEIGHTS: &[u8] =
    include_bytes!("../../../../public/model/efficientnet-lite0-224.safetensors");
/// Photos a class to learn from.
const SIZES: [usize; 4] = [5, 10, 20, 50];
/// Draws of heads on frozen features, which take seconds.
const DRAWS: u64 = 5;
/// Draws of tuning at 224 pixels, for each number of photos a class.
const TUNED_DRAWS: [(usize, u64); 2] = [(20, 3), (50, 3)];
/// Every layer learns at this size only, with this many photos a class.
const SMALL: (usize, usize) = (96, 20);
/// Random weights, drawn once: their luck is not what is measured.
const RANDOM_SEED: u64 = 1;

const USAGE: &str = "\
experiment transfer FOLDER PAGE [SET...]   all methods on the sets in FOLDER (or on these); tables into PAGE
experiment heads FOLDER                    the app's head and Teachable Machine's on the same embeddings
experiment discriminants                   how long they take
experiment discriminants FOLDER SEED       heads in closed form beside the app's and Teachable Machine's, ten draws from this seed on
experiment many FOLDER PHOTOS              how long a head in closed form of so many photos takes, of 20 classes made of the sets in FOLDER
experiment regression FOLDER SEED          whether softmax regression is worth being chosen beside them, five draws from this seed on
experiment merge FOLDER SEED               heads put together from two beside those of all photos, ten draws from this seed on
experiment goal FOLDER                     heads on a frozen network in the draws of fine-tuning, with seconds and multiply-adds
experiment backbones SET FILE=SIZE...      the app's head on the features of each weights file, in the same draws
experiment tune SET KEY=VALUE,...          single runs of tuning, one for each list of settings
experiment unknown SET...                  what tells samples of no class from those of each set; the others are far from it
experiment unknown-tuned LEFT_OUT SEED,... SET...  the same of tuned heads; each draw once more without so many classes in turn";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let done = match args.as_slice() {
        ["transfer", folder, page, sets @ ..] => transfer(Path::new(folder), Path::new(page), sets),
        ["heads", folder] => heads(Path::new(folder)),
        ["discriminants", folder, first] => discriminants(Path::new(folder), first),
        ["regression", folder, first] => backbone().and_then(|(_, backbone)| {
            regression::measure(&backbone, Path::new(folder), first.parse()?)
        }),
        ["merge", folder, first] => {
            backbone().and_then(|(_, b)| merge::measure(&b, Path::new(folder), first.parse()?))
        }
        ["goal", folder] => backbone().and_then(|(_, b)| goal::measure(&b, Path::new(folder))),
        ["discriminants"] => backbone().and_then(|(_, backbone)| discriminants::time(&backbone)),
        ["many", folder, photos] => backbone()
            .and_then(|(_, backbone)| many::measure(&backbone, Path::new(folder), photos.parse()?)),
        ["unknown-tuned", left_out, seeds, sets @ ..] if sets.len() > 1 => {
            let seeds = seeds
                .split(',')
                .map(str::parse)
                .collect::<Result<Vec<u64>, _>>();
            seeds
                .map_err(Failure::from)
                .and_then(|seeds| unknown_tuned::measure(sets, &seeds, left_out.parse()?))
        }
        ["backbones", set, files @ ..] => backbones::measure(Path::new(set), files),
        ["tune", set, lists @ ..] => tune(Path::new(set), lists),
        ["unknown", sets @ ..] if sets.len() > 1 => unknown::measure(sets),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn backbone() -> Result<(&'static BackboneSpec, Backbone), Failure> {
    let spec = default_backbone();
    let backbone = Backbone::on_cpu(spec, WEIGHTS).map_err(|e| e.to_string())?;
    Ok((spec, backbone))
}

fn transfer(folder: &Path, page: &Path, sets: &[&str]) -> Result<(), Failure> {
    let (spec, backbone) = backbone()?;
    let mut rows = Vec::new();
    for path in photos::folders(folder)? {
        let set = Set::read(&path, spec.input_size)?;
        if !sets.is_empty() && !sets.contains(&set.name.as_str()) {
            continue;
        }
        let embeddings = runs::embed(&backbone, &set)?;
        frozen(&backbone, &set, &embeddings, &mut rows)?;
        report::write(page, &rows, &SIZES)?;
        whole(&backbone, &set, &mut rows)?;
        report::write(page, &rows, &SIZES)?;
        fine_tuned(&backbone, &set, &embeddings, &mut rows)?;
        report::write(page, &rows, &SIZES)?;
    }
    Ok(())
}

/// The app's head beside the one that Teachable Machine trains, on the same draws; and on square
/// roots of the embeddings, which have long tails and are never negative.
fn heads(folder: &Path) -> Result<(), Failure> {
    const DRAWS: u64 = 10;
    let (spec, backbone) = backbone()?;
    for path in photos::folders(folder)? {
        let set = Set::read(&path, spec.input_size)?;
        let embeddings = runs::embed(&backbone, &set)?;
        let root = |e: &Vec<f32>| e.iter().map(|v| v.sqrt()).collect();
        let roots: Vec<Vec<f32>> = embeddings.iter().map(root).collect();
        for photos in SIZES {
            let mut draws = Vec::new();
            for seed in 1..=DRAWS {
                let (train, test) = set.draw(photos, seed);
                let ours = |of| Ok::<_, Failure>(runs::head(&set, of, &train, &test)?.1.accuracy);
                let theirs = runs::peer(&set, &embeddings, &train, &test, seed);
                draws.push([ours(&embeddings)?, theirs, ours(&roots)?]);
            }
            report::compare(&set.name, photos, &draws);
        }
    }
    Ok(())
}

/// Heads in closed form.
fn discriminants(folder: &Path, first: &str) -> Result<(), Failure> {
    let (_, backbone) = backbone()?;
    discriminants::measure(&backbone, folder, first.parse()?)
}

/// Heads on embeddings, on those of random weights, and on the pixels.
fn frozen(
    backbone: &Backbone,
    set: &Set,
    embeddings: &[Vec<f32>],
    rows: &mut Vec<Row>,
) -> Result<(), Failure> {
    let size = backbone.spec().input_size;
    let random = runs::random_layers(backbone.layers(), set, size, RANDOM_SEED);
    let of_random = runs::embed(&backbone.with_layers(random), set)?;
    let pixels = set.pixels();
    for (method, features) in [
        ("feature extraction", embeddings),
        ("random features", &of_random),
        ("16 × 16 pixels", &pixels),
    ] {
        for photos in SIZES {
            let draw = |seed| -> Result<runs::Outcome, Failure> {
                let (train, test) = set.draw(photos, seed);
                Ok(runs::head(set, features, &train, &test)?.1)
            };
            let outcomes = (1..=DRAWS).map(draw).collect::<Result<_, _>>()?;
            add(rows, set, method, photos, outcomes);
        }
    }
    Ok(())
}

/// The last stages go on learning, from a trained head.
fn fine_tuned(
    backbone: &Backbone,
    set: &Set,
    embeddings: &[Vec<f32>],
    rows: &mut Vec<Row>,
) -> Result<(), Failure> {
    let mut start = Start {
        layers: backbone.layers(),
        head: None,
        size: backbone.spec().input_size,
        settings: TuneSettings {
            patience: 0,
            ..Default::default()
        },
    };
    let shown = runs::prepare(set, &start)?;
    for (photos, draws) in TUNED_DRAWS {
        let mut outcomes = Vec::new();
        for seed in 1..=draws {
            let (train, test) = set.draw(photos, seed);
            start.head = Some(runs::head(set, embeddings, &train, &test)?.0);
            start.settings.seed = seed;
            outcomes.push(runs::tune(set, &start, &train, &test, Some(&shown))?);
        }
        add(rows, set, "fine-tuning, last stage", photos, outcomes);
    }
    Ok(())
}

/// Every layer learns, at a small size; feature extraction and fine-tuning there too, to compare.
fn whole(backbone: &Backbone, set: &Set, rows: &mut Vec<Row>) -> Result<(), Failure> {
    let (size, photos) = SMALL;
    let (train, test) = set.draw(photos, 1);
    let random = runs::random_layers(backbone.layers(), set, size, RANDOM_SEED);
    let all = |learning_rate, epochs| TuneSettings {
        learning_rate,
        epochs,
        patience: 0,
        ..TuneSettings::whole()
    };
    let head_alone = TuneSettings {
        depth: Depth::Head,
        learning_rate: 1e-3,
        epochs: 50,
        augment: false,
        patience: 0,
        ..Default::default()
    };
    let last_stage = TuneSettings {
        patience: 0,
        ..Default::default()
    };
    for (method, layers, settings) in [
        (
            "feature extraction",
            &**backbone.layers(),
            head_alone.clone(),
        ),
        ("random features", &random, head_alone),
        ("fine-tuning, last stage", backbone.layers(), last_stage),
        ("weight initialisation", backbone.layers(), all(3e-4, 15)),
        ("from scratch", &random, all(1e-3, 30)),
    ] {
        let start = Start {
            layers,
            head: None,
            size,
            settings,
        };
        let outcome = runs::tune(set, &start, &train, &test, None)?;
        add(
            rows,
            set,
            &format!("{method}, {size} px"),
            photos,
            vec![outcome],
        );
    }
    Ok(())
}

fn add(rows: &mut Vec<Row>, set: &Set, method: &str, photos: usize, outcomes: Vec<runs::Outcome>) {
    let row = Row {
        set: set.name.clone(),
        method: method.to_owned(),
        photos,
        outcomes,
    };
    report::show(&row);
    rows.push(row);
}

fn tune(folder: &Path, lists: &[&str]) -> Result<(), Failure> {
    let (spec, backbone) = backbone()?;
    let set = Set::read(folder, spec.input_size)?;
    let embeddings = runs::embed(&backbone, &set)?;
    let mut shown: Option<(Depth, usize, Shown)> = None;
    for list in lists {
        let (mut photos, mut linear_first, mut from) = (20, true, "gradients");
        let mut start = Start {
            layers: backbone.layers(),
            head: None,
            size: spec.input_size,
            settings: TuneSettings {
                patience: 0,
                ..Default::default()
            },
        };
        for word in list.split(',') {
            let (key, value) = word.split_once('=').ok_or("a setting is KEY=VALUE")?;
            let settings = &mut start.settings;
            match key {
                "photos" => photos = value.parse()?,
                "linear-first" => linear_first = value.parse()?,
                "start" => from = value,
                "size" => start.size = value.parse()?,
                "seed" => settings.seed = value.parse()?,
                "depth" => settings.depth = serde_json::from_str(&format!("\"{value}\""))?,
                "epochs" => settings.epochs = value.parse()?,
                "rate" => settings.learning_rate = value.parse()?,
                "decay" => settings.rate_decay = value.parse()?,
                "batch" => settings.batch_size = value.parse()?,
                "augment" => settings.augment = value.parse()?,
                _ => return Err(format!("there is no setting `{key}`").into()),
            }
        }
        let (depth, size) = (start.settings.depth, start.size);
        let (train, test) = set.draw(photos, start.settings.seed);
        let (head, frozen) = match from {
            "gradients" => runs::head(&set, &embeddings, &train, &test)?,
            "closed" => closed(&set, &embeddings, &train, &test, true)?,
            "closed-plain" => closed(&set, &embeddings, &train, &test, false)?,
            _ => return Err(format!("there is no start `{from}`").into()),
        };
        // Embeddings, and with them the head, are of the backbone's own size.
        start.head = Some(head).filter(|_| linear_first && size == spec.input_size);
        if depth == Depth::All || start.head.is_none() {
            shown = None;
        } else if shown
            .as_ref()
            .is_none_or(|(d, s, _)| (*d, *s) != (depth, size))
        {
            shown = Some((depth, size, runs::prepare(&set, &start)?));
        }
        let of_all = shown.as_ref().map(|(_, _, shown)| shown);
        let outcome = runs::tune(&set, &start, &train, &test, of_all)?;
        println!(
            "{list}: {:.1} % (frozen at {}: {:.1} %), {:.1} s, {} numbers learn, {:.1} G multiply-adds",
            100.0 * outcome.accuracy,
            spec.input_size,
            100.0 * frozen.accuracy,
            outcome.seconds,
            outcome.trained_parameters,
            outcome.multiply_adds / 1e9,
        );
    }
    Ok(())
}

/// The head in closed form on embeddings alone, of their square roots or as they are.
fn closed(
    set: &Set,
    embeddings: &[Vec<f32>],
    train: &[usize],
    test: &[usize],
    root: bool,
) -> Result<(Head, runs::Outcome), Failure> {
    let seen = |i: &usize| -> Features {
        // What is squared first, is itself when the root is taken.
        let values = embeddings[*i].iter().map(|v| if root { *v } else { v * v });
        values.collect::<Vec<f32>>().into()
    };
    let clock = runs::Clock::start();
    let features: Vec<Features> = train.iter().map(seen).collect();
    let products =
        discriminants::products(&[Part::Embedding], &features.iter().collect::<Vec<_>>())?;
    let samples: Vec<Sample> = train
        .iter()
        .map(|i| set.pictures[*i].class)
        .enumerate()
        .collect();
    let candidate = Candidate {
        reach: Reach::Embedding,
        shrinkage: 0.6,
    };
    let mut head = discriminants::head(&products, &samples, set.classes.len(), candidate)?;
    head.input.root = root;
    let seconds = clock.seconds();
    let right = |i: &&usize| largest(&head.predict(&embeddings[**i])) == set.pictures[**i].class;
    let accuracy = test.iter().filter(right).count() as f64 / test.len() as f64;
    let trained_parameters = head.out.weight.len() + head.out.bias.len();
    let outcome = runs::Outcome {
        accuracy,
        seconds,
        trained_parameters,
        multiply_adds: 0.0,
    };
    Ok((head, outcome))
}
