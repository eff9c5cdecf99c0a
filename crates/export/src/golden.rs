//! What the page says of some inputs, so that whoever has an export can see that it says the same.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data::export::{Format, Order};
use serde_json::{Value, json};

/// The largest difference of a probability from the page's on the same input: of full weights, and of weights of 8 bits.
const EXACT: f64 = 1e-4;
const OF_EIGHT_BITS: f64 = 0.04;

/// The file `golden.json`.
pub fn json(order: &Order) -> Vec<u8> {
    let samples: Vec<Value> = order
        .samples
        .iter()
        .map(|sample| {
            let mut one = json!({
                "pixels": STANDARD.encode(&sample.pixels),
                "probabilities": sample.probabilities,
            });
            if let Some(strangeness) = sample.strangeness.filter(|_| order.format.tells_unknown()) {
                one["strangeness"] = json!(strangeness);
            }
            one
        })
        .collect();
    let eight_bits = order.small && order.format == Format::TfLite;
    let mut golden = json!({
        "about": "What the page said of these inputs: RGB bytes, row by row, in base64. A model that was exported well says the same.",
        "size": order.input_size,
        "labels": order.labels,
        "tolerance": if eight_bits { OF_EIGHT_BITS } else { EXACT },
        "samples": samples,
    });
    if let Some((unknown, _)) = order
        .unknown
        .as_ref()
        .filter(|_| order.format.tells_unknown())
    {
        golden["strangeness_limit"] = json!(unknown.limit());
    }
    let text = serde_json::to_string_pretty(&golden).expect("plain data becomes JSON");
    text.into_bytes()
}
