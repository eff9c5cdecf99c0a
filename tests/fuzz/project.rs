//! The rows of a stored project: what a browser gives back may be cut, of another version, or somebody's own work.

use std::collections::BTreeMap;
use std::rc::Rc;

use data::backbone::{DeviceKind, DeviceReason, DeviceReport, find_backbone};
use data::class::ClassId;
use data::lab::{LabReport, LabSettings};
use data::network::{Activation, ConvOp, Network, Op};
use data::photo::{PhotoHash, PhotoId};
use data::protocol::Request;
use data::settings::TrainSettings;
use engine::store::{Snapshot, Table, Write, lab_key};
use engine::{Digest, Engine, Output, Sight};
use network::backbone::Backbone;
use network::weights::Layers;
use pollster::block_on;

use super::harness::Target;

const BACKBONE: &str = "efficientnet-lite0-160";
/// Stands in a file for the head file, which has a target of its own.
const HEAD: &[u8] = b"HEAD";

#[test]
fn project() {
    let network = network();
    let (corpus, head) = stored(&network);
    let head: Rc<[u8]> = head.into();
    Target {
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
fn network() -> Backbone {
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

fn engine(network: &Backbone) -> Engine {
    let report = DeviceReport {
        kind: DeviceKind::Cpu,
        adapter: String::new(),
        reason: DeviceReason::Asked,
    };
    let layers = Layers::clone(network.layers());
    Engine::new(network.with_layers(layers), report, || 0.0)
}

fn ask(engine: &mut Engine, request: Request) -> Vec<Output> {
    let mut outputs = block_on(engine.handle(request, vec![]));
    while engine.busy() {
        outputs.extend(block_on(engine.step()));
    }
    outputs
}

fn add_photo(engine: &mut Engine, to: ClassId, i: u8) {
    engine.announce(to, 1);
    // As it comes from another worker: embedded.
    let digest = Digest {
        hash: PhotoHash(format!("{i:02x}").repeat(32)),
        kept: vec![i],
        thumbnail: vec![i],
        sight: Sight::Embedding(
            (0..WIDTH)
                .map(|k| (k % (3 + usize::from(i))) as f32)
                .collect(),
        ),
    };
    engine.add_digest(to, None, &format!("{i}.jpg"), Ok(digest));
}

type Rows = BTreeMap<(&'static str, String), Vec<u8>>;

/// The rows that a snapshot holds.
fn keep(rows: &mut Rows, writes: Vec<Write>) {
    for write in writes {
        let table = match write.table {
            Table::Project | Table::Photos => write.table.name(),
            _ => continue,
        };
        match write.value {
            Some(value) => rows.insert((table, write.key), value),
            None => rows.remove(&(table, write.key)),
        };
    }
}

/// Projects as they are stored, a row a line, and the head file of theirs.
fn stored(network: &Backbone) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut engine = engine(network);
    let mut rows = Rows::new();
    for (class, photos) in [("Äpfel", 0..4), ("Birnen 🍐", 4..8)] {
        let id = engine.classes_named([class]).expect("few classes")[0];
        photos.for_each(|i| add_photo(&mut engine, id, i));
    }
    let settings = TrainSettings {
        epochs: 2,
        ..Default::default()
    };
    ask(&mut engine, Request::Train { settings });
    keep(&mut rows, engine.changes());
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
    rows.insert((Table::Project.name(), lab_key(3)), report);
    let ids = vec![PhotoId(0)];
    ask(&mut engine, Request::DeletePhotos { ids });
    let (ids, to) = (vec![PhotoId(1)], ClassId(1));
    ask(&mut engine, Request::MovePhotos { ids, to });
    keep(&mut rows, engine.changes());
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

fn snapshot(file: &[u8], head: &[u8]) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for line in file.split(|b| *b == b'\n') {
        let mut parts = line.splitn(3, |b| *b == b' ');
        let (Some(table), Some(key), Some(value)) = (parts.next(), parts.next(), parts.next())
        else {
            continue;
        };
        let key = String::from_utf8_lossy(key).into_owned();
        let value = if value == HEAD { head } else { value };
        let rows = match table {
            b"photos" => &mut snapshot.photos,
            _ => &mut snapshot.project,
        };
        rows.insert(key, value.to_vec());
    }
    snapshot
}

fn read(file: &[u8], network: &Backbone, head: &[u8]) -> String {
    let snapshot = snapshot(file, head);
    let mut engine = engine(network);
    let mut outputs = engine.open(&snapshot);
    for (id, _) in engine.to_recall() {
        let embedding: Vec<u8> = [0.25_f32; WIDTH].map(f32::to_le_bytes).concat();
        engine.recall(id, &embedding);
    }
    outputs.extend(engine.overview());
    engine.changes();
    let Ok(ids) = engine.classes_named(["another"]) else {
        return "too many classes".into();
    };
    let id = ids[0];
    add_photo(&mut engine, id, 99);
    // Nothing that is stored, readable or not, is written over.
    for write in engine.changes() {
        let taken = snapshot.photos.contains_key(&write.key);
        assert!(write.table != Table::Photos || !taken, "{}", write.key);
    }
    let first = || vec![PhotoId(0), PhotoId(u32::MAX)];
    let class = ClassId(0);
    for request in [
        Request::Undo,
        Request::Undo,
        Request::MovePhotos {
            ids: first(),
            to: id,
        },
        Request::Undo,
        Request::RenameClass {
            id: class,
            name: "Äpfel".into(),
        },
        Request::DeletePhotos { ids: first() },
        Request::DeleteClass { id: class },
        Request::Undo,
        Request::SaveHead { name: "x".into() },
        Request::DeleteLab { id: u32::MAX },
    ] {
        ask(&mut engine, request);
    }
    engine.changes();
    // What it said of the rows, without their contents.
    let said = outputs.iter().map(|(event, _)| format!("{event:?}"));
    let said = said.map(|text| text.chars().take(40).collect::<String>());
    said.collect::<Vec<_>>().join(" ")
}
