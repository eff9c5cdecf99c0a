//! The app without a browser: requests in, events out.

mod heads;
mod host;
mod lab;
mod large;
mod looks;
mod names;
mod opening;
mod photos;
mod storage;
mod tuning;
mod unread;

use std::sync::OnceLock;
use std::time::Instant;

use graft::data::backbone::{DeviceKind, DeviceReason, DeviceReport, find_backbone};
use graft::data::prediction::Prediction;
use graft::data::settings::TrainSettings;
use graft::engine::{Engine, Output};
use graft::formats::photo;
use graft::ml::backbone::Backbone;
use graft::protocol::{Event, HeadView, Request};
use image::{Rgb, RgbImage};
use pollster::block_on;

/// The small variant: half the work.
const BACKBONE: &str = "efficientnet-lite0-160";

fn engine() -> Engine {
    Engine::new(backbone(BACKBONE), report(), clock)
}

/// Milliseconds.
fn clock() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

fn report() -> DeviceReport {
    DeviceReport {
        kind: DeviceKind::Cpu,
        adapter: String::new(),
        reason: DeviceReason::Asked,
    }
}

fn backbone(id: &str) -> Backbone {
    let spec = find_backbone(id).expect("the registry has it");
    let weights = include_bytes!("../../public/model/efficientnet-lite0-224.safetensors");
    Backbone::on_cpu(spec, weights).expect("the committed weights are whole")
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
    let to = engine.classes_named([class]).expect("few classes")[0];
    engine.announce(to, photos.len());
    let mut outputs = engine.overview();
    for (i, bytes) in photos.iter().enumerate() {
        outputs.extend(engine.add_photo(
            to,
            Some(i as u64),
            &format!("{class}{i}.jpg"),
            Ok(bytes.clone().into()),
        ));
        outputs.extend(run(engine));
    }
    outputs
}

fn trained() -> (Engine, HeadView) {
    let mut engine = with_photos();
    let head = train(&mut engine)
        .into_iter()
        .find_map(|event| match event {
            Event::Head(head) => head,
            _ => None,
        });
    (engine, head.expect("training ends with a head"))
}

/// Two classes of five.
fn with_photos() -> Engine {
    let mut engine = engine();
    for (class, disc) in [("Disc", true), ("Stripes", false)] {
        let photos: Vec<_> = (0..5).map(|i| picture(disc, i)).collect();
        add(&mut engine, class, &photos);
    }
    engine
}

fn train(engine: &mut Engine) -> Vec<Event> {
    let settings = TrainSettings {
        epochs: 40,
        ..Default::default()
    };
    let mut outputs = block_on(engine.handle(Request::Train { settings }, vec![]));
    outputs.extend(run(engine));
    outputs.into_iter().map(|(event, _)| event).collect()
}

fn try_photo(engine: &mut Engine, bytes: Vec<u8>) -> Vec<Prediction> {
    match block_on(engine.try_photo(None, "new.jpg", Ok(bytes.into())))
        .remove(0)
        .0
    {
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
