//! The rows of a stored project: what a browser gives back may be cut, of another version, or somebody's own work.

use std::collections::BTreeMap;
use std::rc::Rc;

use data::backbone::find_backbone;
use data::class::ClassId;
use data::lab::{LabReport, LabSettings};
use data::network::{Activation, ConvOp, Network, Op};
use data::problem::{BackboneProblem, Problem};
use data::protocol::{Event, Request, Target};
use data::sample::{SampleHash, SampleId};
use data::settings::TrainSettings;
use engine::session::Incoming;
use engine::store::{SampleRow, Table, embedding_key, floats, lab_key};
use engine::{NetworkInput, PreparedSample};
use network::backbone::Backbone;
use network::weights::Layers;

use super::harness::Target as Fuzzed;
use super::host::{App, BACKBONE, options, problems};
use super::machine::{Machine, Tables};

/// Stands in a file for the head file, which has a target of its own.
const HEAD: &[u8] = b"HEAD";

#[test]
fn project() {
    let network = network();
    let (corpus, head) = stored(&network);
    let head: Rc<[u8]> = head.into();
    Fuzzed {
        name: "project",
        corpus,
        marks: |file| {
            let starts = file
                .iter()
                .enumerate()
                .filter(|(_, b)| b"\n{[:,".contains(b));
            starts.map(|(at, _)| at).collect()
        },
        words: &[
            b"\nphotos 0000000007 {\"id\":7,\"class\":0,\"name\":\"x\",\"hash\":\"00\"}\n",
            b"\nproject classes {\"classes\":[],\"next\":0,\"backbone\":\"\"}\n",
            b"\nproject lab-next 4294967295\n",
            b"4294967295",
            b"\"\"",
            b"\\u0000",
            b"\\ud83c\\udf4e",
            b"efficientnet-lite1-240",
        ],
        mend: |_| (),
        most_bytes: 64 << 20,
        most_seconds: 10.0,
        read: Box::new(move |file| read(file, &network, &head)),
    }
    .run();
}

/// Length of its embeddings: the registry's.
const WIDTH: usize = 1280;

/// One block of a network, with the name of a whole one: what matters here are rows.
pub fn network() -> Backbone {
    let spec = find_backbone(BACKBONE).expect("the registry has it");
    let weights = include_bytes!("../../public/model/efficientnet-lite0-224.safetensors");
    let whole = Backbone::on_cpu(spec, weights).expect("the committed weights are whole");
    let conv = |name: &str, [inputs, outputs]: [usize; 2], kernel, stride, groups, activation| {
        Op::Conv(ConvOp {
            name: name.into(),
            inputs,
            outputs,
            kernel,
            stride,
            groups,
            activation,
        })
    };
    let ops = vec![
        conv("stem", [3, 32], 3, 2, 1, Activation::Relu6),
        conv("blocks.0.depthwise", [32, 32], 3, 2, 32, Activation::Relu6),
        conv("blocks.0.project", [32, 16], 1, 1, 1, Activation::Linear),
        conv("head", [16, WIDTH], 1, 1, 1, Activation::Relu6),
        Op::MeanPool,
    ];
    let mut layers = Layers::zeros(Network::new(ops).expect("it keeps the rules"));
    for conv in layers.convs_mut() {
        for (i, w) in conv.weight.iter_mut().enumerate() {
            *w = (i % 13) as f32 * 0.01;
        }
        conv.bias.fill(0.1);
    }
    whole.with_layers(layers)
}

/// With an embedder beside it, for photos that nobody has to embed.
pub fn app(network: &Backbone, tables: Tables) -> App {
    let (layers, id) = (network.layers().clone(), network.spec().id);
    let network = network.with_layers(Layers::clone(&layers));
    // Another one is refused, as where the site cannot be reached.
    let load = move |spec: &data::backbone::BackboneSpec| match spec.id == id {
        true => Ok(network.with_layers(Layers::clone(&layers))),
        false => Err(BackboneProblem::Missing("offline".into())),
    };
    let mut machine = Machine::new(tables);
    machine.network = Some(Rc::new(load));
    machine.clock = || 0.0;
    machine.pool.room = 1;
    App::try_open(machine, options()).expect("its network is there")
}

/// As it comes from another worker: embedded.
fn made_up(i: u8) -> PreparedSample {
    let value = |k: usize| (k % (3 + usize::from(i))) as f32;
    PreparedSample {
        taken: None,
        hash: SampleHash(format!("{i:02x}").repeat(32)),
        kept: vec![i],
        thumbnail: vec![i],
        input: NetworkInput::Features((0..WIDTH).map(value).collect::<Vec<f32>>().into()),
        milliseconds: None,
    }
}

fn add_photo(app: &mut App, class: &str, i: u8) -> Vec<Event> {
    let file = (format!("{class}/{i}.jpg"), vec![i]);
    let mut events = app.add_files(Target::Folders, &[file]);
    for job in std::mem::take(&mut app.machine().pool.given) {
        let (job, sample) = (job.job, Ok(made_up(i)));
        events.extend(app.take(Incoming::Prepared { job, sample }));
        events.extend(app.work());
    }
    events
}

type Rows = BTreeMap<(&'static str, String), Vec<u8>>;

/// The rows that a start reads.
fn small_rows(app: &App) -> Rows {
    let rows = app.tables.rows().into_iter();
    let small = rows.filter(|((table, _), _)| matches!(table, Table::Project | Table::Samples));
    small
        .map(|((table, key), value)| ((table.name(), key), value))
        .collect()
}

/// Projects as they are stored, a row a line, and the head file of theirs.
fn stored(network: &Backbone) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut app = app(network, Tables::default());
    for (class, photos) in [("Äpfel", 0..4), ("Birnen 🍐", 4..8)] {
        for i in photos {
            add_photo(&mut app, class, i);
        }
    }
    let settings = TrainSettings {
        epochs: 2,
        ..Default::default()
    };
    app.answer(Request::Train { settings });
    let mut rows = small_rows(&app);
    let trained = rows.clone();
    let head_key = rows
        .keys()
        .find(|(_, key)| key.starts_with("head-file/"))
        .expect("training ends with a head");
    let head = rows[head_key].clone();
    let report = LabReport {
        id: 3,
        settings: LabSettings::default(),
        class_names: vec!["Äpfel".into(), "Birnen 🍐".into()],
        train: 6,
        held_out: 2,
        arms: Vec::new(),
    };
    let report = serde_json::to_vec(&report).expect("plain data becomes JSON");
    let ids = vec![SampleId(0)];
    app.answer(Request::DeleteSamples { ids });
    let (ids, to) = (vec![SampleId(1)], ClassId(1));
    app.answer(Request::MoveSamples { ids, to });
    rows = small_rows(&app);
    rows.insert((Table::Project.name(), lab_key(3)), report);
    let files = [Rows::new(), trained, rows].map(|rows| {
        let line = |((table, key), value): (&(&str, String), &Vec<u8>)| {
            let value = if key.starts_with("head-file/") {
                HEAD
            } else {
                value
            };
            [format!("{table} {key} ").as_bytes(), value, b"\n"].concat()
        };
        rows.iter().flat_map(line).collect()
    });
    (files.to_vec(), head)
}

fn tables(file: &[u8], head: &[u8]) -> Tables {
    let tables = Tables::default();
    for line in file.split(|b| *b == b'\n') {
        let mut parts = line.splitn(3, |b| *b == b' ');
        let (Some(table), Some(key), Some(value)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let key = String::from_utf8_lossy(key).into_owned();
        let value = if value == HEAD { head } else { value };
        let table = match table {
            b"photos" => Table::Samples,
            _ => Table::Project,
        };
        // What cannot be read is not embedded either, and has no file that could be.
        if let Ok(row) = serde_json::from_slice::<SampleRow>(value) {
            let key = embedding_key(BACKBONE, &row.hash);
            tables.put(Table::Embeddings, &key, floats(&[0.25; WIDTH]));
        }
        tables.put(table, &key, value.to_vec());
    }
    tables
}

fn read(file: &[u8], network: &Backbone, head: &[u8]) -> String {
    let tables = tables(file, head);
    let photos = tables.of(Table::Samples);
    let mut app = app(network, tables.clone());
    let mut events = std::mem::take(&mut app.begun);
    events.extend(app.work());
    let added = add_photo(&mut app, "another", 99);
    if matches!(problems(&added)[..], [Problem::TooManyClasses { .. }]) {
        return "too many classes".into();
    }
    // Nothing that is stored, readable or not, is written over.
    for (key, value) in &photos {
        let now = tables.value(Table::Samples, key);
        assert!(now.as_ref() == Some(value), "{key}");
    }
    let first = || vec![SampleId(0), SampleId(u32::MAX)];
    let to = app.class("another").unwrap_or(ClassId(1));
    let id = ClassId(0);
    for request in [
        Request::Undo,
        Request::Undo,
        Request::MoveSamples { ids: first(), to },
        Request::Undo,
        Request::RenameClass {
            id,
            name: "Äpfel".into(),
        },
        Request::DeleteSamples { ids: first() },
        Request::DeleteClass { id },
        Request::Undo,
        Request::SaveHead { name: "x".into() },
        Request::DeleteLab { id: u32::MAX },
    ] {
        let told = app.answer(request);
        let ends = [Event::Done { id: app.last }];
        let ended = |event: &Event| match event {
            Event::Refused { id, .. } => *id == app.last,
            event => ends.contains(event),
        };
        let ended = told.iter().filter(|event| ended(event));
        assert_eq!(ended.count(), 1, "{told:?}");
    }
    // What it said of the rows, without their contents.
    let said = events.iter().map(|event| format!("{event:?}"));
    let said = said.map(|text| text.chars().take(40).collect::<String>());
    said.collect::<Vec<_>>().join(" ")
}
