//! The Lab: what it asks, and what it explains. What it found out is worded in `findings`.

use data::lab::Features;
use data::transfer::Method;

pub use super::findings::*;
use super::method as name_of;

pub const NAME: &str = "Lab";
pub const TITLE: &str = "What does transfer buy?";
pub const LEAD: &str = "The network here has learned from 1.3 million photos of 1,000 kinds of things, and knows edges, textures \
    and parts of things. Transfer learning uses that knowledge for classes it never heard of: yours. Here you measure how much it helps.";
pub const LESSON: &str = "Lesson plan: 45 minutes with the Lab";

pub const COMPARE: &str = "Three ways to transfer, and two without";
pub const COMPARE_ABOUT: &str = "Each method learns from the same few photos and is measured on the same other ones, which none of them saw.";
pub const SETTINGS: &str = "What to compare";
pub const CLASSES: &str = "Classes";
pub const NO_CLASSES: &str =
    "The Lab needs photos: collect your own on the workbench, or take a ready-made set.";
pub const PHOTOS: &str = "Photos a class to learn from";
pub const RESOLUTION: &str = "Resolution";
pub const RESOLUTION_MEANS: &str =
    "Side of the picture the network sees. It learned at 224; smaller is faster and less sharp.";
pub const BUDGET: &str = "Budget of each method";
pub const BUDGET_AMOUNT: &str = "How much";
pub const BUDGET_UNIT: &str = "Passes or seconds";
pub const EPOCHS: &str = "passes over the photos";
pub const SECONDS: &str = "seconds of computing";
pub const BUDGET_MEANS: &str = "The same seconds for all: who learns fastest? The same passes: who learns most from the photos? \
    (A head on a frozen network makes its usual passes; they cost next to nothing.)";
pub const METHODS: &str = "Methods";
pub const SEED_MEANS: &str = "Decides which photos are learned from, and every other chance. Another seed shows how much \
    of a difference is luck.";

/// What is frozen, what learns, and how fast.
pub fn method(method: Method) -> &'static str {
    match method {
        Method::FeatureExtraction => {
            "The pre-trained network is frozen; only a new head learns from the numbers it makes of each photo. \
            Little has to be learned, so few photos are enough."
        }
        Method::FineTuning => {
            "A new head first; then the last layers learn on, with steps that get smaller towards the photo. \
            Small, because those layers hold knowledge that big steps would wipe out."
        }
        Method::WeightInitialisation => {
            "The pre-trained weights are only the start: every layer learns, at the full rate. Free to fit your photos, \
            and free to forget."
        }
        Method::FromScratch => {
            "The same network from random weights: every layer learns at the full rate, and all it will know comes \
            from your photos. What transfer must beat."
        }
        Method::RandomFeatures => {
            "A network of random weights is frozen and only a head learns. Shows what the layers' wiring does \
            without any knowledge in it."
        }
    }
}

pub fn pixels(side: usize) -> String {
    match side {
        224 => "224 px, as it learned".into(),
        side => format!("{side} px"),
    }
}

pub fn photos_a_class(n: usize) -> String {
    format!("{n} photos a class")
}

/// What is learned from and what is left.
pub fn split(learned: usize, all: usize) -> String {
    match all > learned && learned > 0 {
        true => format!(
            "Learns from {learned} of {all} photos; others that look different, up to 50 a class, measure how good it became."
        ),
        false => "Photos that are not learned from measure how good it became.".into(),
    }
}

pub const RUN: &str = "Compare";
pub const STOP: &str = "Stop all";
pub const STOP_ONE: &str = "Stop";
pub const READY: &str =
    "Methods run one after the other. You can stop any of them; what it reached counts.";
pub const RUNNING: &str =
    "Running. Stop any method when you have seen enough; what it reached counts.";
pub const TRAINING: &str = "A classifier is training on the workbench. Wait for it, or stop it.";
pub const COMPARING: &str = "A comparison is running. Wait for it, or stop it.";
pub const MEASURING: &str = "Measuring accuracy against photos a class…";
pub const NO_METHOD: &str = "Choose at least one method.";

pub fn too_few_classes(any: bool) -> String {
    match any {
        true => "Choose at least two classes that have photos.".into(),
        false => {
            "The Lab needs two classes with photos: collect some, or take a ready-made set.".into()
        }
    }
}

pub fn still_embedding(pending: usize) -> String {
    format!("{pending} photos are still being read. The Lab can start when they are done.")
}

pub fn too_few_photos(class: &str, has: usize, photos: usize) -> String {
    format!(
        "“{class}” has {has} photos. To learn from {photos} and still measure on others it needs more: \
        choose fewer photos a class, or leave it out."
    )
}

pub fn stop(method: Method) -> String {
    format!("Stop {}", name_of(method).to_lowercase())
}

pub const RESULTS_EMPTY: &str = "Press Compare, and watch each method learn: how often it is right on photos it never saw, how sure \
    that is, and what it cost.";
pub const CHART_MEANS: &str = "Accuracy on the held-out photos as computing time goes by. A bar at the end of a line is its 95 % range: \
    where the true accuracy likely lies.";
pub const SAVE: &str = "Save as";
pub const NO_PICTURE: &str = "The browser could not draw the chart as PNG. Save it as SVG instead.";
pub const EARLIER: &str = "All results";
pub const RESULT: &str = "the result";
pub const STOP_FIRST: &str = "It runs: stop it first.";

pub const ENOUGH: &str = "Do I have enough photos?";
pub const ENOUGH_ABOUT: &str = "Heads are trained again and again on a few photos, then on more, each time on others drawn by chance. \
    Where the line still climbs, more photos help; where it is flat, they do not. Uses the classes ticked above.";
pub const CURVE_RUN: &str = "Measure";
pub const CURVE_READY: &str = "Takes some seconds: the network has seen the photos already.";
pub const CURVE_CHART: &str = "Accuracy against photos a class";
pub const AS_TABLE: &str = "The same as a table";
pub const PHOTOS_AXIS: &str = "Photos a class to learn from";

pub fn features(features: Features) -> &'static str {
    match features {
        Features::Pretrained => "What the pre-trained network sees",
        Features::Random => "What a random network sees",
        Features::Pixels => "The bare pixels",
    }
}

pub const KNEW: &str = "What the network already knew";
pub const KNEW_ABOUT: &str = "Before it came to you, the network learned to tell 1,000 kinds of things apart (ImageNet). Choose a photo: its old \
    head still answers with those, whatever the photo shows.";
pub const KNEW_EMPTY: &str = "Collect photos first; then choose one here.";
pub const CHOOSE_PHOTO: &str = "Choose a photo";
pub const ASKING: &str = "Asking the network…";
pub const NO_ANSWER: &str = "No answer came. A message at the bottom says why.";
pub const OLD_HEAD: &str = "The old head says";
pub const GRAFT: &str = "This old head comes off, yours is grafted on. Everything below it stays: that is the transfer.";
pub const MAPS: &str = "What its layers answer to";
pub const MAPS_ABOUT: &str = "Each small picture is one channel of a layer: bright where in the photo it found what it looks for. \
    Only the strongest are shown.";

pub fn look_at(photo: &str) -> String {
    format!("Look at {photo} with the network")
}

pub const NEAR_FAR: &str = "Near and far";
pub const NEAR_FAR_ABOUT: &str = "Transfer helps most where your photos look like those the network learned from. It saw 59 kinds of birds, and fruit too; \
    it never had to tell letters apart, and drawings have no fur, light or shadow. How far apart is called the domain gap. \
    Compare the same methods on both sets: how much does each win over training from scratch?";
pub const NEAR: &str = "Near: birds and fruit";
pub const NEAR_ABOUT: &str =
    "Photos of things like those it learned from. Expect feature extraction to be hard to beat.";
pub const FAR: &str = "Far: letters and hand signs";
pub const FAR_ABOUT: &str = "Drawings unlike its photos. Edges still help, parts of animals do not: tuning deeper layers may pay off here.";
pub const NEAR_FAR_HOW: &str =
    "A set adds its classes to your project. Tick only those above, so that the sets do not mix.";
