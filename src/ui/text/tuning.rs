//! The ways to transfer, and how a network is tuned.

use data::backbone::DeviceKind;
use data::transfer::{Depth, Method, TuneSettings};

type Words = (&'static str, &'static str);

pub const METHOD: &str = "Way to learn";
pub const DEPTH: &str = "What learns besides the head";
pub const LAYERS: &str = "The network's layers";
pub const HEAD: &str = "The head, before that";
pub const PAUSE: &str = "Pause";
pub const RESUME: &str = "Go on";
pub const PAUSED: &str = "Paused. What was reached is kept; go on when you like.";
pub const ESTIMATING: &str = "Estimating the time…";
pub const ESTIMATE_LATER: &str = "How long it takes is estimated once there are photos.";
pub const UNDER_WAY: &str = "Under way.";

/// Name of a way to transfer, at the beginning of a sentence.
pub fn method(method: Method) -> &'static str {
    match method {
        Method::FeatureExtraction => "Feature extraction",
        Method::FineTuning => "Fine-tuning",
        Method::WeightInitialisation => "Weight initialisation",
        Method::FromScratch => "Training from scratch",
        Method::RandomFeatures => "Random features",
    }
}

/// In the Train column.
pub fn means(method: Method) -> &'static str {
    match method {
        Method::FineTuning => {
            "A new head learns first, then the network's last layers go on learning with it, in small steps. \
            Takes minutes, and pays off when your photos look unlike everyday ones."
        }
        _ => {
            "The network stays as it is; only a new head learns. Takes seconds, and is hard to beat with few photos."
        }
    }
}

/// How much learns: its name and a sentence.
pub fn depth(depth: Depth) -> Words {
    match depth {
        Depth::Head => (
            "Nothing: the head only",
            "No layer of the network learns. The head alone goes on, on changed copies of the photos.",
        ),
        Depth::LastBlock => (
            "The last block",
            "The few layers just before the head: where parts become whole things. The quickest.",
        ),
        Depth::LastStage => (
            "The last stage",
            "All layers that see the photo at its coarsest, in a grid of about 7 × 7. A good first choice.",
        ),
        Depth::LastTwoStages => (
            "The last two stages",
            "Also those that see it twice as fine and know parts of things. For photos unlike everyday ones.",
        ),
        Depth::All => (
            "All layers",
            "Down to the first, which sees edges. The slowest; with few photos it may learn them by heart.",
        ),
    }
}

pub const EPOCHS: Words = (
    "Passes",
    "At most so many passes over the photos (1 to 200).",
);
pub const LEARNING_RATE: Words = (
    "Learning rate",
    "Size of the steps of the layers nearest the head. Small, because those layers know something already: \
    big steps would wipe it out (0.000001 to 0.1).",
);
pub const RATE_DECAY: Words = (
    "Rate decay",
    "Each block learns at this share of the rate of the block after it, so that early layers change least; \
    1 means all alike (0.1 to 1).",
);
pub const BATCH_SIZE: Words = ("Batch size", "Photos looked at before each step (1 to 64).");
pub const PATIENCE: Words = (
    "Patience",
    "Ends after so many passes without getting better on the photos kept apart; 0 never ends early.",
);
pub const AUGMENT: Words = (
    "Changed copies",
    "Each pass sees the photos flipped, cropped, brighter or darker at random, so that few teach more.",
);

/// About how long, in words that claim no more than an estimate can.
pub fn estimate(seconds: f64, device: DeviceKind) -> String {
    let on = match device {
        DeviceKind::Cpu => "on the CPU",
        DeviceKind::Webgpu => "on the GPU",
    };
    match about(seconds) {
        Some(time) => format!("Takes at most {time} {on}."),
        None => format!("How long it takes {on} is not known yet."),
    }
}

fn about(seconds: f64) -> Option<String> {
    if !seconds.is_finite() || seconds < 0.0 {
        return None;
    }
    Some(match seconds {
        s if s < 1.0 => "about a second".into(),
        s if s < 20.0 => format!("about {:.0} s", s.ceil()),
        s if s < 90.0 => format!("about {:.0} s", (s / 10.0).ceil() * 10.0),
        s if s < 5400.0 => format!("about {:.0} minutes", (s / 60.0).ceil()),
        s => format!("about {:.1} hours", s / 3600.0),
    })
}

/// On the classifier's card.
pub fn tuned(how: Option<&TuneSettings>) -> &'static str {
    match how.map(|t| t.depth) {
        None => "The network stayed frozen: only the head learned.",
        Some(Depth::Head) => "Fine-tuned: the head, on changed copies of the photos.",
        Some(Depth::LastBlock) => "Fine-tuned: the network's last block learned with the head.",
        Some(Depth::LastStage) => "Fine-tuned: the network's last stage learned with the head.",
        Some(Depth::LastTwoStages) => {
            "Fine-tuned: the network's last two stages learned with the head."
        }
        Some(Depth::All) => "Fine-tuned: every layer of the network learned with the head.",
    }
}
