//! How long the worker is away from its messages: each request and each piece of long work on large projects, made up, with
//! what they tell turned into bytes as for the page. `cargo bench --bench steps`; a name narrows it down. `--profile dev` with
//! `CARGO_PROFILE_DEV_OPT_LEVEL=3` spares compiling the dependencies again and is as fast.

#[path = "../tests/engine/host.rs"]
#[allow(dead_code, reason = "tests ask for more")]
mod host;
#[path = "../tests/engine/machine.rs"]
#[allow(dead_code, reason = "tests ask for more")]
mod machine;

use data::backbone::default_backbone;
use data::class::{Class, ClassId, PALETTE};
use data::protocol::{Event, Job, Request, StartOptions, encode};
use data::sample::{SampleHash, SampleId};
use data::settings::{Optimiser, TrainSettings};
use engine::store::{ClassList, SampleRow, Table, embedding_key, floats, sample_key};
use host::App;
use machine::{Machine, Tables, computed};
use network::random::SplitMix64;
use serde::Serialize;

const WIDTH: usize = 1280;

/// Milliseconds after which what was done is told.
const LONG: f64 = 35.0;

/// Photos of each class.
const PROJECTS: [(&str, &[usize]); 4] = [
    ("a class of 1,000", &[1000, 1000]),
    ("20 classes of 500", &[500; 20]),
    ("200 classes of 10", &[10; 200]),
    ("1,000 classes of 10", &[10; 1000]),
];

/// Milliseconds of each piece of one kind of work.
struct Times(Vec<f64>);

impl Times {
    fn tell(&self, what: &str) {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |fraction: f64| sorted[((sorted.len() - 1) as f64 * fraction) as usize];
        let sum: f64 = sorted.iter().sum();
        println!(
            "  {what:<34} {:>6} steps, {:>9.0} ms in all, median {:>7.1}, 99 % {:>7.1}, longest {:>7.1} ms",
            sorted.len(),
            sum,
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }
}

/// As the worker does it: the changes stored, the events written for the page. None where there was nothing to do.
fn published(app: &mut App, work: impl FnOnce(&mut App) -> Option<Vec<Event>>) -> Option<Step> {
    let start = computed();
    let events = work(app)?;
    let spent = computed() - start;
    std::hint::black_box(
        events
            .iter()
            .map(|event| encode(event).len())
            .sum::<usize>(),
    );
    let all = computed() - start;
    if all > LONG {
        let kinds = events.iter().map(|event| format!("{event:.0?}"));
        let kinds = kinds.map(|kind| kind.split(['(', ' ']).next().unwrap_or("").to_owned());
        let kinds: Vec<String> = kinds.collect();
        println!("    {all:.0} ms, {spent:.0} of them in the session: {kinds:?}");
    }
    Some(Step { all, events })
}

struct Step {
    /// Milliseconds.
    all: f64,
    events: Vec<Event>,
}

fn ask(app: &mut App, request: Request) -> f64 {
    let step = published(app, |app| Some(app.ask(request)));
    step.map_or(0.0, |step| step.all)
}

/// Until there is nothing to do, or photos are asked for: there are none.
fn steps(app: &mut App) -> Times {
    let mut times = Vec::new();
    let photo = |event: &Event| {
        matches!(
            event,
            Event::Progress {
                job: Job::Prepare,
                ..
            }
        )
    };
    while let Some(step) = published(app, App::turn) {
        times.push(step.all);
        if step.events.iter().any(photo) {
            break;
        }
    }
    Times(times)
}

fn json(row: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(row).expect("plain data becomes JSON")
}

/// Photos around a place of their class, as embeddings are: none below zero.
fn project(counts: &[usize]) -> App {
    let class = |i: usize| Class {
        id: ClassId(i as u32),
        name: format!("class number {i}"),
        colour: PALETTE[i % PALETTE.len()],
    };
    let list = ClassList {
        classes: (0..counts.len()).map(class).collect(),
        next: ClassId(counts.len() as u32),
        backbone: default_backbone().id.into(),
    };
    let tables = Tables::default();
    tables.put(Table::Project, "classes", json(&list));
    let mut random = SplitMix64(1);
    let mut normal = |n: usize| -> Vec<f32> { (0..n).map(|_| random.normal()).collect() };
    let places: Vec<Vec<f32>> = counts.iter().map(|_| normal(WIDTH)).collect();
    let noise = normal(WIDTH * 37);
    let labels = counts.iter().enumerate().flat_map(|(c, n)| vec![c; *n]);
    for (i, class) in labels.enumerate() {
        let row = SampleRow {
            provenance: Default::default(),
            id: SampleId(i as u32),
            class: ClassId(class as u32),
            name: format!("IMG_{i}.jpg"),
            hash: SampleHash(format!(
                "{:064x}",
                (i as u128 + 1) * 0x9e37_79b9_7f4a_7c15_f39c
            )),
        };
        tables.put(Table::Samples, &sample_key(row.id), json(&row));
        let own = noise[i * 7919 % (WIDTH * 36)..].iter();
        let values = places[class].iter().zip(own);
        let values: Vec<f32> = values.map(|(p, o)| (0.3 * p + 0.5 * o).max(0.0)).collect();
        let key = embedding_key(default_backbone().id, &row.hash);
        tables.put(Table::Embeddings, &key, floats(&values));
    }
    let machine = Machine {
        clock: computed,
        ..Machine::new(tables)
    };
    let start = computed();
    let app = App::try_open(machine, StartOptions::default());
    println!("  opened in {:.0} ms, network and all", computed() - start);
    app.expect("the committed weights are whole")
}

fn train(app: &mut App, what: &str, settings: TrainSettings) {
    let began = ask(app, Request::Train { settings });
    let times = steps(app);
    println!("  {what}: began in {began:.1} ms");
    times.tell(what);
}

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .collect();
    for (name, counts) in PROJECTS {
        if !wanted.is_empty() && !wanted.iter().any(|w| name.contains(w.as_str())) {
            continue;
        }
        println!("{name}");
        let mut app = project(counts);
        train(&mut app, "head", TrainSettings::default());
        // A photo less: a draft from the head before.
        let ids = vec![SampleId(3)];
        println!(
            "  photo deleted in {:.1} ms",
            ask(&mut app, Request::DeleteSamples { ids })
        );
        train(&mut app, "head with a draft", TrainSettings::default());
        let few = |hidden| TrainSettings {
            optimiser: Optimiser::Adam,
            hidden,
            epochs: 2,
            ..TrainSettings::default()
        };
        train(&mut app, "Adam, 2 epochs", few(0));
        train(&mut app, "hidden layer of 64, 2 epochs", few(64));
        let classes: Vec<ClassId> = (0..counts.len().min(20))
            .map(|i| ClassId(i as u32))
            .collect();
        let began = ask(&mut app, Request::MeasureCurve { classes, seed: 1 });
        println!("  learning curve: began in {began:.1} ms");
        // Until it asks for photos.
        steps(&mut app).tell("learning curve, embeddings");
        ask(&mut app, Request::StopLab { method: None });
        let half: Vec<SampleId> = (0..1000).map(|i| SampleId(2 * i)).collect();
        let rename = Request::RenameClass {
            id: ClassId(0),
            name: "another".into(),
        };
        println!("  renamed in {:.1} ms", ask(&mut app, rename));
        let add = Request::AddClass { name: "new".into() };
        println!("  class added in {:.1} ms", ask(&mut app, add));
        let (ids, to) = (half.clone(), ClassId(1));
        println!(
            "  1,000 moved in {:.1} ms",
            ask(&mut app, Request::MoveSamples { ids, to })
        );
        println!("  moved back in {:.1} ms", ask(&mut app, Request::Undo));
        let delete = |app: &mut App, ids: Vec<SampleId>| ask(app, Request::DeleteSamples { ids });
        println!(
            "  1,000 deleted in {:.1} ms",
            delete(&mut app, half.clone())
        );
        println!("  brought back in {:.1} ms", ask(&mut app, Request::Undo));
        delete(&mut app, half);
        let others = (0..900).map(|i| SampleId(2 * i + 1)).collect();
        println!("  900 others deleted in {:.1} ms", delete(&mut app, others));
        let (id, colour) = (ClassId(0), PALETTE[1]);
        let told = (0..20).map(|_| ask(&mut app, Request::RecolourClass { id, colour }));
        println!(
            "  recoloured, and told of the classes, in {:.2} ms",
            told.sum::<f64>() / 20.0
        );
    }
}
