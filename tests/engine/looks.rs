//! What the network knew before, and what its layers see.

use data::backbone::{BackboneSpec, find_backbone};
use data::class::{ClassId, Colour};
use data::classifier::{Dense, Head};
use data::head::{HeadClass, HeadInfo};
use data::problem::{LabProblem, Problem};
use data::protocol::{Event, Request};
use data::sample::SampleId;
use engine::store::Table;
use formats::head_file::{HeadFile, write};

use super::host::{App, BACKBONE};
use super::picture;

fn project() -> App {
    let mut app = App::new();
    app.add("Disc", &[picture(true, 0)]);
    app
}

fn spec() -> &'static BackboneSpec {
    find_backbone(BACKBONE).expect("the registry has it")
}

/// What the site serves as the head that the network was trained with.
fn serve(app: &mut App, file: Result<Vec<u8>, String>) {
    let path = spec().old_head.expect("it comes with one");
    app.machine().site.insert(path.into(), file);
}

/// How often that was fetched.
fn fetched(app: &mut App) -> usize {
    let fetched = app.machine().fetched.get_mut();
    let of_it = fetched
        .iter()
        .filter(|path| Some(path.as_str()) == spec().old_head);
    of_it.count()
}

/// Six classes; the bias says which are likely.
fn small_head(hash: &str) -> Vec<u8> {
    let classes = 6;
    let class = |i: usize| HeadClass {
        name: format!("class {i}"),
        colour: Colour(0, 0, 0),
        samples: 0,
    };
    let head = Head {
        input: Default::default(),
        mean: vec![0.0; 1280],
        scale: 1.0,
        hidden: None,
        out: Dense {
            weight: vec![0.0; 1280 * classes],
            bias: vec![0.0, 3.0, 1.0, 5.0, 2.0, 4.0],
        },
    };
    let info = HeadInfo {
        classes: (0..classes).map(class).collect(),
        backbone: "efficientnet-lite0-224".into(),
        backbone_hash: hash.into(),
        input_size: 224,
        settings: Default::default(),
        validation: None,
        tuned: None,
        choice: None,
        unknown: None,
    };
    let tuned_layers = Default::default();
    write(&HeadFile {
        head,
        info,
        tuned_layers,
        statistics: None,
    })
}

const ASK: Request = Request::AskOldHead {
    sample: SampleId(0),
};

/// The classes that the old head named, the likeliest first.
fn named(app: &App, events: &[Event]) -> Vec<String> {
    let [
        Event::OldHead {
            sample: photo,
            predictions,
        },
        end,
    ] = events
    else {
        panic!("{events:?}");
    };
    assert_eq!((*photo, end), (SampleId(0), &app.done()));
    predictions.iter().map(|p| p.class.clone()).collect()
}

const LIKELIEST: [&str; 5] = ["class 3", "class 5", "class 1", "class 4", "class 2"];

#[test]
fn the_old_head_answers_from_the_embedding_that_is_there() {
    let mut app = project();
    serve(&mut app, Ok(small_head(spec().hash)));
    assert_eq!(app.ask(ASK), [], "the file is not there yet");
    let events = app.work();
    assert_eq!(named(&app, &events), LIKELIEST);
    // It is fetched once.
    let events = app.ask(ASK);
    assert_eq!(named(&app, &events), LIKELIEST);
    assert_eq!(app.turn(), None);
    assert_eq!(fetched(&mut app), 1);
    let unknown = app.answer(Request::AskOldHead {
        sample: SampleId(9),
    });
    assert_eq!(unknown, [app.refused(Problem::Lab(LabProblem::NoSample))]);
}

#[test]
fn an_old_head_that_cannot_be_used_is_said_so_and_fetched_again() {
    for file in [
        Err("offline".to_owned()),
        Ok(b"{".to_vec()),
        Ok(small_head("other")),
    ] {
        let mut app = project();
        serve(&mut app, file);
        let events = app.answer(ASK);
        let [
            Event::Refused {
                id,
                problem: Problem::Lab(LabProblem::OldHead(_)),
            },
        ] = &events[..]
        else {
            panic!("{events:?}");
        };
        assert_eq!(*id, app.last);
        // Nobody waits for it any more; the next one who asks has it fetched.
        assert_eq!((app.turn(), fetched(&mut app)), (None, 1));
        serve(&mut app, Ok(small_head(spec().hash)));
        let events = app.answer(ASK);
        assert_eq!(named(&app, &events), LIKELIEST);
        assert_eq!(fetched(&mut app), 2);
    }
}

#[test]
fn imagenets_own_head_knows_a_strawberry() {
    let mut app = App::new();
    let path = "public/samples/photos/fruit/strawberry.jpg";
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    let photo = std::fs::read(path).expect("it is among the samples");
    app.add("Fruit", &[photo]);
    let events = app.answer(ASK);
    let named = named(&app, &events);
    assert_eq!(named.len(), 5);
    assert!(named[0].contains("strawberry"), "{named:?}");
}

#[test]
fn layers_are_shown_as_rows_of_pictures() {
    let mut app = project();
    let photo = SampleId(0);
    assert_eq!(app.ask(Request::ShowMaps { sample: photo }), []);
    // The photo comes from storage.
    while app.machine().told.get_mut().is_empty() {
        let working = pollster::block_on(app.session.turn());
        assert!(working, "nothing was told");
    }
    let outputs = app.outputs();
    let [(Event::FeatureMaps { layers, .. }, pictures), (end, _)] = &outputs[..] else {
        panic!("{outputs:?}");
    };
    assert_eq!(*end, app.done());
    let told: Vec<_> = layers
        .iter()
        .map(|l| (l.layer.as_str(), l.side, l.channels))
        .collect();
    let expected = [
        ("stem", 80, 32),
        ("blocks.2", 40, 24),
        ("blocks.4", 20, 40),
        ("blocks.10", 10, 112),
        ("blocks.15", 5, 320),
    ];
    assert_eq!(told, expected);
    assert_eq!(pictures.len(), layers.len());
    for (layer, png) in layers.iter().zip(pictures) {
        let picture = image::load_from_memory(png)
            .expect("it is a PNG")
            .into_luma8();
        let size = (layer.side * layer.shown, layer.side);
        assert_eq!((picture.width() as usize, picture.height() as usize), size);
        // Each map from black to white.
        let values: Vec<u8> = picture.pixels().map(|p| p.0[0]).collect();
        assert!(
            values.contains(&0) && values.contains(&255),
            "{}",
            layer.layer
        );
    }
    assert_eq!(app.turn(), None);
    // A photo whose file is gone.
    app.tables.clear(Table::Files);
    let events = app.answer(Request::ShowMaps { sample: photo });
    assert_eq!(events, [app.refused(Problem::Lab(LabProblem::NoSample))]);
    app.ask(Request::AddClass { name: "x".into() });
    assert_eq!(app.class("x"), Some(ClassId(1)), "it goes on");
}
