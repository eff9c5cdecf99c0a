//! The app without a browser: requests in, events out.

mod heads;
mod host;
mod lab;
mod large;
mod looks;
mod names;
mod opening;
mod photos;
mod similar;
mod storage;
mod tuning;
mod unread;

use std::sync::OnceLock;
use std::time::Instant;

use data::backbone::{DeviceKind, DeviceReason, DeviceReport, find_backbone};
use data::prediction::Prediction;
use data::protocol::{Event, HeadView, Request};
use data::settings::TrainSettings;
use engine::{Engine, Output};
use formats::photo;
use image::{Rgb, RgbImage};
use network::backbone::Backbone;
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

const FRONTS: [[u8; 3]; 10] = [
    [200, 60, 40],
    [40, 90, 200],
    [30, 150, 60],
    [150, 40, 160],
    [220, 170, 30],
    [20, 20, 20],
    [90, 200, 190],
    [240, 120, 160],
    [120, 80, 30],
    [250, 250, 250],
];
const BACKS: [[u8; 3]; 10] = [
    [240, 240, 230],
    [20, 60, 40],
    [230, 190, 120],
    [250, 250, 250],
    [60, 40, 90],
    [120, 180, 230],
    [90, 20, 30],
    [40, 40, 40],
    [200, 230, 200],
    [70, 110, 60],
];

/// A disc or stripes, up to 100 of each, so different that nobody takes two of the first ten for one moment.
fn picture(disc: bool, i: u32) -> Vec<u8> {
    let (radius, left, top) = (24 + 17 * i % 40, 65 + 23 * i % 50, 58 + 19 * i % 44);
    let width = 10 + 13 * i % 42;
    let picture = RgbImage::from_fn(180, 160, |x, y| {
        let inside = if disc {
            x.abs_diff(left).pow(2) + y.abs_diff(top).pow(2) < radius * radius
        } else {
            let across = [x, y, x + y, x + 2 * y][i as usize % 4];
            across % width < width / 2
        };
        let (front, back) = (i as usize % 10, (i + i / 10) as usize % 10);
        Rgb(if inside { FRONTS[front] } else { BACKS[back] })
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
