//! What the network knew before, and what its layers see.

use data::class::{ClassId, Colour};
use data::classifier::{Dense, Head};
use data::head::{HeadClass, HeadInfo};
use data::photo::PhotoId;
use data::problem::{LabProblem, Problem};
use data::protocol::{Event, Request};
use engine::{Engine, Need};
use formats::head_file::{HeadFile, write};
use pollster::block_on;

use super::host::{Tables, ask};
use super::{add, picture};

fn project() -> (Engine, Tables) {
    let (mut engine, mut tables) = (super::engine(), Tables::default());
    add(&mut engine, "Disc", &[picture(true, 0)]);
    tables.keep(&mut engine);
    (engine, tables)
}

/// Six classes; the bias says which are likely.
fn small_head(hash: &str) -> Vec<u8> {
    let classes = 6;
    let class = |i: usize| HeadClass {
        name: format!("class {i}"),
        colour: Colour(0, 0, 0),
        photos: 0,
    };
    let head = Head {
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
    };
    let changed = Default::default();
    write(&HeadFile {
        head,
        info,
        changed,
    })
}

const ASK: Request = Request::AskOldHead { photo: PhotoId(0) };

#[test]
fn the_old_head_answers_from_the_embedding_that_is_there() {
    let (mut engine, _) = project();
    let hash = super::backbone(super::BACKBONE).hash().to_owned();
    assert!(ask(&mut engine, ASK).is_empty());
    let Some(Need::File { path }) = engine.need() else {
        panic!("{:?}", engine.need());
    };
    let events = engine.give_file(path, Ok(small_head(&hash)));
    let Event::OldHead { photo, predictions } = &events[0].0 else {
        panic!("{events:?}");
    };
    assert_eq!(*photo, PhotoId(0));
    let names: Vec<&str> = predictions.iter().map(|p| p.class.as_str()).collect();
    assert_eq!(
        names,
        ["class 3", "class 5", "class 1", "class 4", "class 2"]
    );
    // It is fetched once.
    assert!(matches!(ask(&mut engine, ASK)[..], [Event::OldHead { .. }]));
    assert_eq!(engine.need(), None);
    let unknown = ask(&mut engine, Request::AskOldHead { photo: PhotoId(9) });
    assert_eq!(unknown, [Event::Problem(Problem::Lab(LabProblem::NoPhoto))]);
}

#[test]
fn an_old_head_that_cannot_be_used_is_said_so_and_fetched_again() {
    for file in [
        Err("offline".to_owned()),
        Ok(b"{".to_vec()),
        Ok(small_head("other")),
    ] {
        let (mut engine, _) = project();
        ask(&mut engine, ASK);
        let Some(Need::File { path }) = engine.need() else {
            panic!("{:?}", engine.need());
        };
        let events = engine.give_file(path, file);
        let [(Event::Problem(Problem::Lab(LabProblem::OldHead(_))), _)] = &events[..] else {
            panic!("{events:?}");
        };
        assert_eq!(engine.need(), None);
    }
}

#[test]
fn imagenets_own_head_knows_a_strawberry() {
    let (mut engine, mut tables) = (super::engine(), Tables::default());
    let path = "public/samples/photos/fruit/strawberry.jpg";
    let path = format!("{}/{path}", env!("CARGO_MANIFEST_DIR"));
    let photo = std::fs::read(path).expect("it is among the samples");
    add(&mut engine, "Fruit", &[photo]);
    let events = tables.answer(&mut engine, ASK);
    let Some(Event::OldHead { predictions, .. }) = events.last() else {
        panic!("{events:?}");
    };
    assert_eq!(predictions.len(), 5);
    assert!(
        predictions[0].class.contains("strawberry"),
        "{predictions:?}"
    );
}

#[test]
fn layers_are_shown_as_rows_of_pictures() {
    let (mut engine, tables) = project();
    let photo = PhotoId(0);
    ask(&mut engine, Request::ShowMaps { photo });
    let Some(Need::Photo { key }) = engine.need() else {
        panic!("{:?}", engine.need());
    };
    let files = tables.of(engine::store::Table::Files);
    let outputs = engine.give_photo(&key, files.get(&key).cloned().map(Into::into));
    let (Event::FeatureMaps { layers, .. }, pictures) = &outputs[0] else {
        panic!("{outputs:?}");
    };
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
    assert_eq!(engine.need(), None);
    // A photo whose file is gone.
    ask(&mut engine, Request::ShowMaps { photo });
    let outputs = engine.give_photo(&key, None);
    assert_eq!(
        outputs[0].0,
        Event::Problem(Problem::Lab(LabProblem::NoPhoto))
    );
    let add_class = Request::AddClass { name: "x".into() };
    block_on(engine.handle(add_class, vec![]));
    assert!(engine.classes_named(["x"]) == Ok(vec![ClassId(1)]));
}
