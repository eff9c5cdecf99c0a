//! The app without a browser: photos in, a trained head out, opened elsewhere.

use graft::data::backbone::find_backbone;
use graft::data::prediction::{Prediction, top};
use graft::data::problem::{PhotoProblem, Problem};
use graft::data::settings::TrainSettings;
use graft::engine::{Engine, Output};
use graft::formats::photo;
use graft::ml::backbone::Backbone;
use graft::ml::device::cpu;
use graft::protocol::{Event, HeadView, Request};
use image::{Rgb, RgbImage};
use pollster::block_on;

fn engine() -> Engine {
    let spec = find_backbone("efficientnet-lite0-160").expect("the registry has it");
    let weights = include_bytes!("../public/model/efficientnet-lite0-224.safetensors");
    Engine::new(Backbone::load(spec, weights, &cpu()).expect("the committed weights are whole"))
}

/// A disc or stripes, different each time.
fn picture(disc: bool, i: u32) -> Vec<u8> {
    let picture = RgbImage::from_fn(180, 160, |x, y| {
        let (dx, dy) = (i64::from(x) - 90 - i64::from(i), i64::from(y) - 80);
        let inside = if disc {
            dx * dx + dy * dy < 2500
        } else {
            (x + 3 * i) % 24 < 12
        };
        if inside {
            Rgb([200, 60 + 9 * i as u8, 40])
        } else {
            Rgb([240, 240, 230])
        }
    });
    photo::jpeg(&picture, 90)
}

fn run(engine: &mut Engine) -> Vec<Output> {
    let mut outputs = Vec::new();
    while engine.busy() {
        outputs.extend(block_on(engine.step()));
    }
    outputs
}

fn add(engine: &mut Engine, class: &str, photos: &[Vec<u8>]) -> Vec<Output> {
    let to = engine.class_named(class);
    let mut outputs = engine.announce(to, photos.len());
    for (i, bytes) in photos.iter().enumerate() {
        outputs.extend(engine.add_photo(
            to,
            i as u64,
            &format!("{class}{i}.jpg"),
            Ok(bytes.clone()),
        ));
        outputs.extend(run(engine));
    }
    outputs
}

fn trained() -> (Engine, HeadView) {
    let mut engine = engine();
    for (class, disc) in [("Disc", true), ("Stripes", false)] {
        let photos: Vec<_> = (0..5).map(|i| picture(disc, i)).collect();
        add(&mut engine, class, &photos);
    }
    block_on(engine.handle(
        Request::Train {
            settings: TrainSettings {
                epochs: 40,
                ..Default::default()
            },
        },
        vec![],
    ));
    let head = run(&mut engine)
        .into_iter()
        .find_map(|(event, _)| match event {
            Event::Head(head) => head,
            _ => None,
        });
    (engine, head.expect("training ends with a head"))
}

fn try_photo(engine: &mut Engine, bytes: Vec<u8>) -> Vec<Prediction> {
    let request = Request::TryPhotos {
        names: vec!["new.jpg".into()],
        first: 0,
    };
    match block_on(engine.handle(request, vec![bytes])).remove(0).0 {
        Event::Tried { predictions, .. } => predictions,
        other => panic!("{other:?}"),
    }
}

fn saved(engine: &mut Engine) -> Vec<u8> {
    block_on(engine.handle(
        Request::SaveHead {
            name: "shapes".into(),
        },
        vec![],
    ))
    .remove(0)
    .1
    .remove(0)
}

fn opened(engine: &mut Engine, file: Vec<u8>) -> Event {
    block_on(engine.handle(
        Request::OpenHead {
            name: "shapes".into(),
        },
        vec![file],
    ))
    .remove(0)
    .0
}

#[test]
fn a_head_trains_and_works_in_another_engine() {
    let (mut engine, head) = trained();
    assert_eq!(
        head.info
            .classes
            .iter()
            .map(|c| c.name.as_str())
            .collect::<Vec<_>>(),
        ["Disc", "Stripes"]
    );
    let accuracy = head
        .info
        .validation
        .as_ref()
        .expect("a photo a class was kept apart")
        .accuracy;
    assert_eq!((accuracy.value, accuracy.n), (1.0, 2));
    let here = try_photo(&mut engine, picture(true, 9));
    assert_eq!(top(&here).map(|p| p.class.as_str()), Some("Disc"));
    assert!((here.iter().map(|p| p.confidence).sum::<f32>() - 1.0).abs() < 1e-5);

    let mut elsewhere = self::engine();
    assert!(matches!(
        opened(&mut elsewhere, saved(&mut engine)),
        Event::Head(Some(HeadView { opened: true, .. }))
    ));
    assert_eq!(try_photo(&mut elsewhere, picture(true, 9)), here);
}

#[test]
fn the_same_photos_and_seed_give_the_same_head() {
    assert_eq!(saved(&mut trained().0), saved(&mut trained().0));
}

#[test]
fn a_bad_head_is_refused_and_the_old_one_stays() {
    let (mut engine, _) = trained();
    let good = saved(&mut engine);
    let before = try_photo(&mut engine, picture(false, 9));
    let mut lying = good.clone();
    lying[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let mut not_a_number = good.clone();
    let end = not_a_number.len();
    not_a_number[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let replace = |from: &str, to: &str| {
        // The same length, so that the header's own length still holds.
        assert_eq!(from.len(), to.len());
        let at = good
            .windows(from.len())
            .position(|w| w == from.as_bytes())
            .expect("the header says so");
        let mut file = good.clone();
        file[at..at + to.len()].copy_from_slice(to.as_bytes());
        file
    };
    let newer = replace(r#"{\"version\":1"#, r#"{\"version\":9"#);
    let unknown = replace("efficientnet-lite0-160", "efficientnet-lite9-160");
    for (file, expected) in [
        (Vec::new(), "NotAHead"),
        (b"just some text".to_vec(), "NotAHead"),
        (good[..good.len() - 100].to_vec(), "Damaged"),
        (lying, "Damaged"),
        (not_a_number, "NotFinite"),
        (newer, "Newer"),
        (unknown, "UnknownBackbone"),
    ] {
        match opened(&mut engine, file) {
            Event::Problem(Problem::Head { why, .. }) => {
                assert!(
                    format!("{why:?}").starts_with(expected),
                    "{why:?}, not {expected}"
                );
            }
            other => panic!("{other:?}, not {expected}"),
        }
    }
    assert_eq!(try_photo(&mut engine, picture(false, 9)), before);
}

#[test]
fn bad_photos_say_why_and_cost_nothing() {
    let mut engine = engine();
    let good = picture(true, 0);
    let outputs = add(
        &mut engine,
        "Disc",
        &[
            good.clone(),
            good.clone(),
            Vec::new(),
            b"no picture".to_vec(),
            good[..good.len() / 2].to_vec(),
        ],
    );
    let problems: Vec<PhotoProblem> = outputs
        .into_iter()
        .filter_map(|(event, _)| match event {
            Event::Problem(Problem::Photo { why, .. }) => Some(why),
            _ => None,
        })
        .collect();
    assert_eq!(
        problems[0],
        PhotoProblem::Duplicate {
            class: "Disc".into()
        }
    );
    assert_eq!(
        problems[1..3],
        [PhotoProblem::Empty, PhotoProblem::NotAnImage]
    );
}
