//! The app without a browser: a session as it ships, requests in, events out.

mod batch;
mod chosen;
mod drafts;
mod earlier;
#[path = "../tuner/elsewhere.rs"]
mod elsewhere;
mod exporting;
mod groups;
mod heads;
mod host;
mod kept;
mod lab;
mod large;
mod looks;
mod machine;
mod merging;
mod names;
mod opening;
mod photos;
mod private;
mod probes;
mod projects;
mod service;
mod session;
mod sharing;
mod similar;
mod storage;
mod test_set;
mod tuning;
mod unread;

use data::protocol::{Event, HeadView, Request};
use data::settings::{Measure, Optimiser, TrainSettings};
use formats::photo;
use image::{Rgb, RgbImage};

use host::{App, head};

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

/// Two classes of five.
fn with_photos() -> App {
    let mut app = App::new();
    for (class, disc) in [("Disc", true), ("Stripes", false)] {
        let photos: Vec<_> = (0..5).map(|i| picture(disc, i)).collect();
        app.add(class, &photos);
    }
    app
}

fn train(app: &mut App) -> Vec<Event> {
    let settings = TrainSettings {
        epochs: 40,
        ..Default::default()
    };
    app.answer(Request::Train { settings })
}

/// Passes that can be watched, and photos kept apart.
fn by_gradients() -> TrainSettings {
    TrainSettings {
        optimiser: Optimiser::Lbfgs,
        measure: Measure::HeldOut,
        epochs: 40,
        ..Default::default()
    }
}

fn trained() -> (App, HeadView) {
    let mut app = with_photos();
    let events = train(&mut app);
    let head = head(&events).expect("training ends with a head");
    (app, head)
}
