//! What is written for people and for their programs: `files/`, with this export's names put in.

use data::export::{Format, Order};

pub const CHECK_ONNX: &str = include_str!("../files/check_onnx.py");
pub const CHECK_TFJS: &str = include_str!("../files/check_tfjs.mjs");
pub const CHECK_TFLITE: &str = include_str!("../files/check_tflite.py");

/// A class a line; as Teachable Machine writes them for TensorFlow Lite, with its number in front.
pub fn labels(order: &Order, numbered: bool) -> Vec<u8> {
    let labels = order.labels.iter().enumerate();
    let lines = labels.map(|(i, label)| match numbered {
        true => format!("{i} {label}\n"),
        false => format!("{label}\n"),
    });
    lines.collect::<String>().into_bytes()
}

pub fn readme(order: &Order) -> Vec<u8> {
    let text = match order.format {
        Format::Onnx => include_str!("../files/onnx.txt"),
        Format::Python => include_str!("../files/python.txt"),
        Format::TeachableMachine => include_str!("../files/teachable_machine.txt"),
        Format::TfLite => include_str!("../files/tflite.txt"),
    };
    let mut classes = order.labels.join(", ");
    if classes.chars().count() > 300 {
        classes = format!("{} classes, named in the files", order.labels.len());
    }
    let unknown = match &order.unknown {
        Some(_) if order.format.tells_unknown() => include_str!("../files/unknown.txt"),
        Some(_) => include_str!("../files/always.txt"),
        None => "",
    };
    text.replace("{name}", &order.name)
        .replace("{classes}", &classes)
        .replace("{size}", &order.input_size.to_string())
        .replace("{unknown}", unknown)
        .into_bytes()
}

/// What runs the ONNX model.
pub fn programs(_: &Order) -> Vec<(String, Vec<u8>)> {
    [
        ("classify.py", include_str!("../files/classify.py")),
        ("requirements.txt", "numpy\nonnxruntime\npillow\n"),
        ("classify.mjs", include_str!("../files/classify.mjs")),
        ("package.json", include_str!("../files/package.json")),
        ("index.html", include_str!("../files/index.html")),
    ]
    .map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()))
    .into()
}
