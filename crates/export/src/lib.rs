#![doc = include_str!("../README.md")]

mod golden;
pub mod graph;
mod keras;
pub mod link;
pub mod onnx;
mod qr;
mod texts;
mod tflite;

use data::export::{Format, Order};
use data::network::NetworkProblem;
use formats::bundle;
use graph::Graph;

/// Files with their names.
type Files = Vec<(String, Vec<u8>)>;

/// The zip that is asked for. `tensors` has the network's numbers in the order of its ops, each one's weight and then its
/// bias, as little-endian f32; with what tuning changed in place.
pub fn export(order: &Order, tensors: &[u8]) -> Result<Vec<u8>, NetworkProblem> {
    let numbers = tensors.as_chunks().0.iter();
    let numbers: Vec<f32> = numbers.map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let graph = Graph::classifier(order, &numbers)?;
    let mut files = match order.format {
        Format::Onnx => of_onnx(order, &graph),
        Format::Python => {
            let mut files = of_onnx(order, &graph);
            files.extend(texts::programs(order));
            files
        }
        Format::TeachableMachine => {
            let mut files = keras::files(order, &graph);
            files.push(("check.mjs".into(), texts::CHECK_TFJS.into()));
            files
        }
        Format::TfLite => vec![
            ("model.tflite".into(), tflite::model(order, &graph)),
            ("labels.txt".into(), texts::labels(order, true)),
            ("check.py".into(), texts::CHECK_TFLITE.into()),
        ],
    };
    files.push(("golden.json".into(), golden::json(order)));
    files.push(("README.txt".into(), texts::readme(order)));
    Ok(bundle::zip(&files))
}

fn of_onnx(order: &Order, graph: &Graph) -> Files {
    let mut about = vec![
        ("labels", serde_json::json!(order.labels).to_string()),
        ("backbone", order.backbone.clone()),
        ("date", order.date.clone()),
        (
            "input",
            "RGB bytes, [n, height, width, 3], upright; the model cuts out the centre square and resizes it".into(),
        ),
    ];
    if let Some((unknown, _)) = &order.unknown {
        about.push(("strangeness_limit", unknown.limit().to_string()));
    }
    let model = onnx::classifier(graph, order.small, about);
    vec![
        ("model.onnx".into(), model),
        ("labels.txt".into(), texts::labels(order, false)),
        ("check.py".into(), texts::CHECK_ONNX.into()),
    ]
}
