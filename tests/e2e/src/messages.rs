//! What a script says to the app's worker, and what it hears, without the page.

use data::backbone::{DeviceKind, DeviceReason, DeviceReport};
use data::problem::Problem;
use data::protocol::{Event, Numbered, Request, encode};
use serde_json::{Value, json};

/// The id of whatever a script asks: it asks one thing at a time, and files alone have an end that it waits for.
pub const ID: u64 = 1;
const OTHERS: u64 = 2;

/// The bytes of a request's header.
pub fn header(request: Request) -> Value {
    let id = if request.hands_files() { ID } else { OTHERS };
    json!(encode(&Numbered::new(id, request)))
}

/// The bytes that tell the end of a file.
pub fn file_done() -> Value {
    json!(encode(&Event::Done { id: ID }))
}

/// The first byte of the header of each kind of event that a script looks at.
pub fn kinds() -> Value {
    let kind = |event: Event| encode(&event)[0];
    let text = String::new;
    let device = DeviceReport {
        kind: DeviceKind::Cpu,
        adapter: text(),
        reason: DeviceReason::Asked,
    };
    json!({
        "Started": kind(Event::Started),
        "Ready": kind(Event::Ready { device, backbone: text() }),
        "Failed": kind(Event::Failed(Problem::DeviceLost)),
        "Problem": kind(Event::Problem(Problem::DeviceLost)),
        "Embedding": kind(Event::Embedding),
        "Tried": kind(Event::Tried { name: text(), predictions: Vec::new(), strangeness: None }),
        "Refused": kind(Event::Refused { id: ID, problem: Problem::DeviceLost }),
        "Head": kind(Event::Head(None)),
        "TrainingEnded": kind(Event::TrainingEnded { stopped: false }),
        "File": kind(Event::File { name: text(), mime: text() }),
    })
}
