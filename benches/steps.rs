//! How long the worker is away from its messages: each request and each step of long work on large projects, made up, with what
//! they tell turned into JSON as for the page. `cargo bench --bench steps`; a name narrows it down. `--profile dev` with
//! `CARGO_PROFILE_DEV_OPT_LEVEL=3` spares compiling the dependencies again and is as fast.

use data::backbone::{DeviceKind, DeviceReason, DeviceReport, default_backbone};
use data::class::{Class, ClassId, PALETTE};
use data::photo::{PhotoHash, PhotoId};
use data::protocol::Request;
use data::settings::{Optimiser, TrainSettings};
use engine::store::{ClassList, PhotoRow, Snapshot, floats, photo_key};
use engine::{Engine, Output};
use network::backbone::Backbone;
use network::random::SplitMix64;
use pollster::block_on;

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

/// Milliseconds that this thread has computed: other work on the machine does not count.
#[cfg(target_os = "linux")]
fn clock() -> f64 {
    #[repr(C)]
    struct Time {
        seconds: i64,
        nanoseconds: i64,
    }
    unsafe extern "C" {
        fn clock_gettime(clock: i32, time: *mut Time) -> i32;
    }
    const THREAD_CPU_TIME: i32 = 3; // CLOCK_THREAD_CPUTIME_ID of <bits/time.h>
    let mut time = Time {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: it writes to what is ours and is laid out as it says on 64 bits.
    unsafe { clock_gettime(THREAD_CPU_TIME, &mut time) };
    time.seconds as f64 * 1e3 + time.nanoseconds as f64 / 1e6
}

#[cfg(not(target_os = "linux"))]
fn clock() -> f64 {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    let start = START.get_or_init(std::time::Instant::now);
    start.elapsed().as_secs_f64() * 1000.0
}

/// Milliseconds of each piece of one kind of work.
struct Times(Vec<f64>);

impl Times {
    fn tell(&self, what: &str) {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
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

/// As the worker does it: the changes taken, the events written for the page.
fn published(engine: &mut Engine, work: impl FnOnce(&mut Engine) -> Vec<Output>) -> f64 {
    let start = clock();
    let outputs = work(engine);
    let computed = clock() - start;
    let changes = engine.changes();
    let json = outputs
        .iter()
        .map(|(event, _)| serde_json::to_string(event).map_or(0, |j| j.len()));
    std::hint::black_box((json.sum::<usize>(), changes.len()));
    let all = clock() - start;
    if all > LONG {
        let kinds = outputs.iter().map(|(event, _)| format!("{event:.0?}"));
        let kinds = kinds.map(|kind| kind.split(['(', ' ']).next().unwrap_or("").to_owned());
        let kinds: Vec<String> = kinds.collect();
        println!("    {all:.0} ms, {computed:.0} of them in the engine: {kinds:?}");
    }
    all
}

fn ask(engine: &mut Engine, request: Request) -> f64 {
    published(engine, |engine| {
        block_on(engine.handle(request, Vec::new()))
    })
}

fn steps(engine: &mut Engine) -> Times {
    let mut times = Vec::new();
    while engine.busy() {
        times.push(published(engine, |engine| block_on(engine.step())));
    }
    Times(times)
}

/// Photos around a place of their class, as embeddings are: none below zero.
fn project(counts: &[usize]) -> Engine {
    let weights = std::fs::read(format!(
        "{}/public/{}",
        env!("CARGO_MANIFEST_DIR"),
        default_backbone().file
    ));
    let backbone = weights.map(|file| Backbone::on_cpu(default_backbone(), &file));
    let backbone = backbone
        .expect("the weights are there")
        .expect("the weights are whole");
    let report = DeviceReport {
        kind: DeviceKind::Cpu,
        adapter: String::new(),
        reason: DeviceReason::Asked,
    };
    let mut engine = Engine::new(backbone, report, clock);
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
    let mut snapshot = Snapshot::default();
    let json = serde_json::to_vec(&list).expect("plain data becomes JSON");
    snapshot.project.insert("classes".into(), json);
    let labels: Vec<usize> = counts
        .iter()
        .enumerate()
        .flat_map(|(c, n)| vec![c; *n])
        .collect();
    for (i, class) in labels.iter().enumerate() {
        let row = PhotoRow {
            id: PhotoId(i as u32),
            class: ClassId(*class as u32),
            name: format!("IMG_{i}.jpg"),
            hash: PhotoHash(format!(
                "{:064x}",
                (i as u128 + 1) * 0x9e37_79b9_7f4a_7c15_f39c
            )),
        };
        let json = serde_json::to_vec(&row).expect("plain data becomes JSON");
        snapshot.photos.insert(photo_key(row.id), json);
    }
    let start = clock();
    engine.open(&snapshot);
    println!("  opened in {:.0} ms", clock() - start);
    let mut random = SplitMix64(1);
    let mut normal = |n: usize| -> Vec<f32> { (0..n).map(|_| random.normal()).collect() };
    let places: Vec<Vec<f32>> = counts.iter().map(|_| normal(WIDTH)).collect();
    let noise = normal(WIDTH * 37);
    let embeddings: Vec<Vec<u8>> = labels
        .iter()
        .enumerate()
        .map(|(i, class)| {
            let own = noise[i * 7919 % (WIDTH * 36)..].iter();
            let values = places[*class].iter().zip(own);
            let values: Vec<f32> = values.map(|(p, o)| (0.3 * p + 0.5 * o).max(0.0)).collect();
            floats(&values)
        })
        .collect();
    let start = clock();
    for (i, bytes) in embeddings.iter().enumerate() {
        engine.recall(PhotoId(i as u32), bytes);
    }
    println!("  embeddings recalled in {:.0} ms", clock() - start);
    engine
}

fn train(engine: &mut Engine, what: &str, settings: TrainSettings) {
    let began = ask(engine, Request::Train { settings });
    let times = steps(engine);
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
        let mut engine = project(counts);
        train(&mut engine, "head", TrainSettings::default());
        // A photo less: a draft from the head before.
        let ids = vec![PhotoId(3)];
        println!(
            "  photo deleted in {:.1} ms",
            ask(&mut engine, Request::DeletePhotos { ids })
        );
        train(&mut engine, "head with a draft", TrainSettings::default());
        let few = |hidden| TrainSettings {
            optimiser: Optimiser::Adam,
            hidden,
            epochs: 2,
            ..TrainSettings::default()
        };
        train(&mut engine, "Adam, 2 epochs", few(0));
        train(&mut engine, "hidden layer of 64, 2 epochs", few(64));
        let classes: Vec<ClassId> = (0..counts.len().min(20))
            .map(|i| ClassId(i as u32))
            .collect();
        let began = ask(&mut engine, Request::MeasureCurve { classes, seed: 1 });
        println!("  learning curve: began in {began:.1} ms");
        // Until it asks for photos.
        steps(&mut engine).tell("learning curve, embeddings");
        ask(&mut engine, Request::StopLab { method: None });
        let half: Vec<PhotoId> = (0..1000).map(|i| PhotoId(2 * i)).collect();
        let rename = Request::RenameClass {
            id: ClassId(0),
            name: "another".into(),
        };
        println!("  renamed in {:.1} ms", ask(&mut engine, rename));
        let add = Request::AddClass { name: "new".into() };
        println!("  class added in {:.1} ms", ask(&mut engine, add));
        let (ids, to) = (half.clone(), ClassId(1));
        println!(
            "  1,000 moved in {:.1} ms",
            ask(&mut engine, Request::MovePhotos { ids, to })
        );
        println!("  moved back in {:.1} ms", ask(&mut engine, Request::Undo));
        let delete =
            |engine: &mut Engine, ids: Vec<PhotoId>| ask(engine, Request::DeletePhotos { ids });
        println!(
            "  1,000 deleted in {:.1} ms",
            delete(&mut engine, half.clone())
        );
        println!(
            "  brought back in {:.1} ms",
            ask(&mut engine, Request::Undo)
        );
        delete(&mut engine, half);
        let others = (0..900).map(|i| PhotoId(2 * i + 1)).collect();
        println!(
            "  900 others deleted in {:.1} ms",
            delete(&mut engine, others)
        );
        let told = (0..20).map(|_| published(&mut engine, Engine::overview));
        println!(
            "  told of the classes in {:.2} ms",
            told.sum::<f64>() / 20.0
        );
    }
}
