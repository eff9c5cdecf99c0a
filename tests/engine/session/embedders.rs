//! Photos that other workers prepare come in whatever order, or not at all: the project is the same.

use std::mem;

use data::backbone::find_backbone;
use data::protocol::{Event, Request, Target};
use engine::session::{EmbedJob, Incoming, JobSource};
use engine::store::Table;
use engine::{NetworkInput, PreparedSample, SampleFile};
use network::backbone::Backbone;
use pollster::block_on;

use super::super::host::{App, BACKBONE, options};
use super::super::machine::{File, Machine};
use super::super::{picture, train};
use super::all_ended_once;
use super::storing::is_stored;

const LARGE: &str = "efficientnet-lite0-224";

/// Two classes; one photo comes twice, one is none.
fn files() -> Vec<(String, Vec<u8>)> {
    let named = |i: u32| {
        let class = ["Disc", "Stripes"][i as usize % 2];
        (format!("{class}/{i}.jpg"), picture(class == "Disc", i / 2))
    };
    let mut files: Vec<_> = (0..10).map(named).collect();
    files.insert(3, ("Disc/twin.jpg".into(), picture(true, 1)));
    files.insert(5, ("Disc/none.jpg".into(), b"nothing".to_vec()));
    files
}

fn with_embedders(room: usize) -> App {
    let mut machine = Machine::new(Default::default());
    machine.pool.room = room;
    machine.at_telling = Some(is_stored);
    App::try_open(machine, options()).expect("the committed weights are whole")
}

fn network(id: &str) -> Backbone {
    let spec = find_backbone(id).expect("the registry has it");
    let weights = include_bytes!("../../../public/model/efficientnet-lite0-224.safetensors");
    Backbone::on_cpu(spec, weights).expect("the committed weights are whole")
}

/// As another worker does it.
fn prepared(network: &Backbone, job: EmbedJob<File>) -> Incoming<File> {
    assert!(job.embed, "the CPU embeds here");
    assert_eq!(job.backbone, network.spec());
    let bytes = match job.source {
        JobSource::File(file) => file.to_vec(),
        JobSource::Bytes(bytes) => bytes,
        JobSource::Url(url) => panic!("{url} is no file of the page's"),
    };
    let sample = PreparedSample::of(&SampleFile::from(bytes), job.backbone.input_size);
    let sample = sample.map(|mut sample| {
        let NetworkInput::Bytes(input) = &sample.input else {
            panic!("nobody has embedded it")
        };
        let embedded = block_on(network.embed(&[input.as_slice()]));
        let embedding = embedded.expect("the CPU can do it").remove(0).embedding;
        sample.input = NetworkInput::Features(embedding.into());
        sample
    });
    let job = job.job;
    Incoming::Prepared { job, sample }
}

fn given(app: &mut App) -> Vec<EmbedJob<File>> {
    mem::take(&mut app.machine().pool.given)
}

/// Embedders do all there is, the last one first.
fn embed_all(app: &mut App, network: &Backbone) -> Vec<Event> {
    let mut events = app.work();
    loop {
        let jobs = given(app);
        assert!(jobs.len() <= app.machine().pool.room);
        if jobs.is_empty() {
            return events;
        }
        for job in jobs.into_iter().rev() {
            events.extend(app.take(prepared(network, job)));
        }
        events.extend(app.work());
    }
}

/// The project that comes of the files without embedders, and what each of them ends with.
fn alone() -> (App, Vec<Event>) {
    let mut app = App::new();
    let events = app.add_files(Target::Folders, &files());
    (app, ends(events))
}

/// In the order of the files.
fn ends(events: Vec<Event>) -> Vec<Event> {
    let end = |event: &Event| match event {
        Event::Done { id } | Event::Refused { id, .. } => Some(*id),
        _ => None,
    };
    let mut ends: Vec<Event> = events.into_iter().filter(|e| end(e).is_some()).collect();
    ends.sort_by_key(|event| end(event));
    ends
}

/// The same photos with the same numbers, and the same head out of them, bit by bit.
fn same(app: &mut App, events: Vec<Event>) {
    let (mut expected, ends_alone) = alone();
    all_ended_once(app, &events);
    assert_eq!(ends(events), ends_alone);
    for table in [Table::Samples, Table::Files, Table::Embeddings] {
        assert!(
            app.tables.of(table) == expected.tables.of(table),
            "{table:?} differs"
        );
    }
    assert_eq!(app.classes(), expected.classes());
    app.machine().pool.room = 0;
    train(app);
    train(&mut expected);
    assert!(app.saved() == expected.saved(), "the head is another one");
}

#[test]
fn photos_that_come_out_of_order_make_the_same_project() {
    let network = network(BACKBONE);
    let mut app = with_embedders(3);
    app.send_files(Target::Folders, &files());
    let mut events = app.told();
    // What is done and is not the next one waits.
    events.extend(app.work());
    let mut jobs = given(&mut app);
    assert_eq!(jobs.len(), 3);
    let first = jobs.remove(0);
    for job in jobs {
        events.extend(app.take(prepared(&network, job)));
        assert_eq!(app.turn(), None, "the first one is on its way");
    }
    events.extend(app.take(prepared(&network, first)));
    events.extend(embed_all(&mut app, &network));
    same(&mut app, events);
}

#[test]
fn embedders_that_break_lose_nothing() {
    let network = network(BACKBONE);
    // Others take their place, or this worker does all itself.
    for room in [3, 0] {
        let mut app = with_embedders(3);
        app.send_files(Target::Folders, &files());
        let mut events = app.told();
        events.extend(app.work());
        let mut jobs = given(&mut app);
        let done = jobs.pop().expect("three are given");
        events.extend(app.take(prepared(&network, done)));
        app.machine().pool.room = room;
        assert_eq!(app.take(Incoming::EmbeddersBroke), []);
        // What comes late was called back.
        for job in jobs {
            assert_eq!(app.take(prepared(&network, job)), []);
        }
        events.extend(embed_all(&mut app, &network));
        same(&mut app, events);
    }
}

#[test]
fn another_network_has_photos_embedded_anew() {
    let mut app = with_embedders(3);
    app.machine().at_telling = None;
    app.send_files(Target::Folders, &files());
    let mut events = app.told();
    events.extend(app.work());
    let small = network(BACKBONE);
    let mut late = given(&mut app);
    let in_time = late.remove(0);
    events.extend(app.take(prepared(&small, in_time)));
    events.extend(app.ask(Request::UseBackbone { id: LARGE.into() }));
    events.extend(app.work());
    for job in late {
        assert_eq!(app.take(prepared(&small, job)), []);
    }
    let large = network(LARGE);
    events.extend(embed_all(&mut app, &large));
    all_ended_once(&app, &events);
    let counts: Vec<_> = app.classes().iter().map(|c| (c.count, c.pending)).collect();
    assert_eq!(counts, [(5, 0), (5, 0)]);
    // All are seen by the network in use: there is one that is seen by both.
    let embeddings = app.tables.of(Table::Embeddings);
    let of = |id: &str| embeddings.keys().filter(|key| key.starts_with(id)).count();
    assert_eq!((of(LARGE), of(BACKBONE)), (10, 1));
}

#[test]
fn photos_of_a_class_that_goes_meanwhile_end_and_are_not_kept() {
    let network = network(BACKBONE);
    let mut app = with_embedders(3);
    app.send_files(Target::Folders, &files());
    let mut events = app.told();
    events.extend(app.work());
    let id = app.class("Stripes").expect("its photos wait");
    // That fewer wait is told as well, of a class that is gone by then.
    app.machine().at_telling = None;
    events.extend(app.ask(Request::DeleteClass { id }));
    let jobs = given(&mut app);
    for job in jobs {
        events.extend(app.take(prepared(&network, job)));
    }
    events.extend(embed_all(&mut app, &network));
    all_ended_once(&app, &events);
    assert_eq!(app.names(), ["Disc"]);
    let counts: Vec<_> = app.classes().iter().map(|c| (c.count, c.pending)).collect();
    assert_eq!(counts, [(5, 0)]);
    assert_eq!(app.tables.of(Table::Samples).len(), 5);
    assert_eq!(app.tables.of(Table::Files).len(), 5);
}
