//! Every word the page says.

mod findings;
pub mod lab;
mod problems;
pub mod settings;
pub mod stored;
pub mod tuning;

pub use tuning::method;

pub use problems::{fault, many, problem};

use super::camera::Refusal;
use data::backbone::{DeviceKind, DeviceReason};
use data::metrics::Interval;
use data::problem::{LeftOut, PhotoProblem, Problem};
use data::protocol::{Job, Undoable};

pub const NAME: &str = "Graft";
pub const TAGLINE: &str = "Teach your browser to tell your photos apart.";
pub const LOADING: &str = "Starting…";
pub const PRIVATE: &str = "Your photos never leave this computer.";
pub const DISMISS: &str = "Dismiss";
pub const NOTICES: &str = "Messages";
pub const WHICH_FILES: &str = "Which files";
pub const FILES: &str = "Files";

pub const PAGES: &str = "Pages";
pub const WORKBENCH: &str = "Workbench";
pub const STEPS: &str = "Steps";

pub const COLLECT: &str = "Collect";
pub const COLLECT_ABOUT: &str = "Photos, sorted into classes";
pub const COLLECT_NOW: &str = "Add photos";
pub const COLLECT_EMPTY: &str = "What should it learn to tell apart? Add a class for each kind of thing, \
    say “cat” and “dog”, and give each about ten photos.";
pub const COLLECT_EMPTY_SETS: &str = "Or look around with ready-made photos:";
pub const ADD_CLASS: &str = "Add a class";
pub const DATASET_FOLDER: &str = "Open a folder";
pub const DATASET_FOLDER_HINT: &str = "Each folder inside becomes a class with the photos in it.";
pub const DATASET_FILES: &str = "Open a zip";
pub const DATASET_FILES_HINT: &str = "Each folder in the zip becomes a class with the photos in it. Projects of Teachable Machine open as well.";
pub const DROP_HINT: &str =
    "You can also drop folders, zips and photos anywhere here, or paste a picture into a class.";
pub const DROP_ANYWHERE: &str =
    "Drop photos on a class or on Try; folders, zips and classifiers anywhere.";
pub const NOTHING_THERE: &str = "There was no photo in what you dropped. Graft takes photos, folders of photos, zips and classifiers.";
pub const WHICH_CLASS: &str =
    "These photos need a class: drop them onto one, or drop a folder that is named after it.";
pub const PASTE_WHERE: &str =
    "Click into a class first, so that Graft knows where the pasted picture belongs.";
pub const READ_STOP: &str = "Stop reading photos";
pub const READ_STOP_SHORT: &str = "Stop";
pub const SAMPLE_MENU: &str = "Ready-made photos";
/// Id, name, and a few photos to show.
pub const SAMPLE_SETS: &[(&str, &str, [&str; 4])] = &[
    (
        "fruit-birds",
        "Fruit and birds",
        [
            "fruit/lemon",
            "birds/peacock",
            "fruit/strawberry",
            "birds/pink_flamingo",
        ],
    ),
    (
        "garden",
        "Garden",
        [
            "fruit/pear",
            "vegetables/carrot",
            "flowers/daffodil",
            "vegetables/tomato",
        ],
    ),
    // Drawings: far from the photos that the network learned from, where the others are close.
    (
        "letters",
        "Letters and hand signs",
        [
            "capitals/B_filled",
            "small-letters/g_outline",
            "hand-signs/asl_y",
            "hand-signs/asl_v",
        ],
    ),
];
/// Like what the network learned from, and unlike it.
pub const NEAR_SET: &[&str] = &["fruit-birds"];
pub const FAR_SET: &[&str] = &["letters"];
pub const CLASS_NAME: &str = "Name of the class";
pub const PHOTOS: &str = "Add photos";
pub const FOLDER: &str = "Add a folder";
pub const CARD_EMPTY: &str =
    "Drop photos here, take some with the camera, or paste them. Ten is a good start.";
pub const MOVE: &str = "Move to…";
pub const MOVE_LABEL: &str = "Move the chosen photos to";
pub const DELETE: &str = "Delete";
pub const UNSELECT: &str = "Choose none";
pub const COLOUR_NAMES: [&str; 7] = [
    "Blue",
    "Orange",
    "Green",
    "Purple",
    "Vermilion",
    "Sky blue",
    "Yellow",
];

pub const CAMERA: &str = "Camera";
pub const CAMERA_PICTURE: &str = "What the camera sees";
pub const CAMERA_CHOOSE: &str = "Which camera";
pub const CAMERA_CLOSE: &str = "Close camera";
pub const RECORD: &str = "Hold to take photos";

pub const TRAIN: &str = "Train";
pub const TRAIN_ABOUT: &str = "Learn from your photos";
pub const TRAIN_NOW: &str = "Train now";
pub const TRAINING: &str = "Training…";
pub const LAB_RUNS: &str =
    "The Lab is measuring. Training can start when it is done, or stopped there.";
pub const STOP: &str = "Stop and keep the best";
pub const ADVANCED: &str = "Advanced";
pub const RESET: &str = "Reset all to defaults";
pub const CURVE: &str = "Loss and accuracy while training, pass by pass";
pub const CURVE_EMPTY: &str =
    "Pass by pass, each a look at all photos, the loss should fall and right answers become more.";
pub const PASSES: &str = "passes";
pub const LOSS: &str = "Loss";
pub const LEARNED: &str = "Right: learned from";
pub const KEPT: &str = "Right: kept apart";
pub const CONFUSION: &str = "Rows are what a photo is, columns what the classifier says.";
pub const CONFUSION_PHOTOS: &str =
    "Rows are what a photo is, columns what the classifier says. Press a number to see its photos.";
pub const CONFUSION_DRAWN: &str = "From top to bottom what a photo is, from left to right what the classifier says. \
    On the line from corner to corner it is right; every other spot is a mistake, the darker the more often.";
pub const IS_SAYS: &str = "is \\ says";
pub const RANGE: &str = "The range says how sure this is: more photos make it narrower. \
    Photos that look alike, such as those of one burst, are kept together.";
pub const NONE_WRONG: &str = "None: every photo kept apart was recognised.";
pub const GONE: &str = "deleted since";
pub const NOT_MEASURED: &str = "No photo was kept apart, so its accuracy is not known.";
pub const ALL_ALIKE: &str = "Photos that look alike, such as those of one burst, are kept together. \
    To measure accuracy, add photos of each class that were taken at another moment.";
pub const STALE: &str =
    "Photos or classes changed since this training. Train again to include them.";
pub const OPENED: &str = "This classifier came from a file.";
pub const BACKBONE: &str = "Network";
pub const BACKBONE_MEANS: &str = "What turns photos into numbers to learn from. Another one looks at all photos anew, once. \
    On our test photos the fast one was right 3 points less often than Lite0 at 224 px, Lite1 about as often.";

pub const TRY: &str = "Try";
pub const TRY_ABOUT: &str = "Ask it about new photos";
pub const TRY_NOW: &str = "Try it";
pub const TRY_EMPTY: &str =
    "Train first, or open a classifier. Then show it photos here and see its answers.";
pub const TRY_READY: &str =
    "Drop photos it has never seen here, or hold something into the camera.";
pub const TRY_FILES: &str = "Choose photos";
pub const CAMERA_LIVE: &str = "Live camera";
pub const CAMERA_STOP: &str = "Stop camera";
pub const RESULTS: &str = "Answers";
pub const CLEAR: &str = "Clear";
pub const CSV: &str = "Save as CSV";
pub const CLASSIFIER: &str = "Classifier";
pub const CLASSIFIER_EMPTY: &str =
    "What training makes is a small file that you can keep, share and open again.";
pub const KNOWS: &str = "It tells apart";
pub const SAVE_HEAD: &str = "Save classifier";
pub const OPEN_HEAD: &str = "Open classifier";
pub const NO_HEAD: &str = "There is no classifier yet: train one or open a file.";

const GLYPHS: [&str; 7] = ["●", "■", "▲", "◆", "★", "✚", "⬟"];

/// A second cue beside the colour.
pub fn glyph(index: usize) -> &'static str {
    GLYPHS[index % GLYPHS.len()]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Error,
    Warning,
    Info,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

pub fn kind(problem: &Problem) -> Kind {
    match problem {
        Problem::Photo {
            why: PhotoProblem::Duplicate { .. } | PhotoProblem::NoClass,
            ..
        } => Kind::Info,
        Problem::LeftOut {
            what: LeftOut::NotPhotos(_) | LeftOut::ToLearn { .. } | LeftOut::Merged(_),
            ..
        } => Kind::Info,
        Problem::DeviceLost | Problem::Storage(_) | Problem::LeftOut { .. } => Kind::Warning,
        _ => Kind::Error,
    }
}

/// Behind a list that does not show all.
pub fn and_more(count: usize) -> String {
    format!("and {count} more")
}

pub fn new_class(number: usize) -> String {
    format!("Class {number}")
}

pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// The share, and how sure it is.
pub fn accuracy(a: &Interval) -> (String, String) {
    let photos = if a.n == 1 { "photo" } else { "photos" };
    let (low, high, n) = (a.low * 100.0, a.high * 100.0, a.n);
    let rest = format!("({low:.0}-{high:.0} %), on {n} {photos} it never saw");
    (percent(a.value), rest)
}

pub fn selected(count: usize) -> String {
    format!("{count} chosen")
}

pub fn select(name: &str) -> String {
    format!("Choose photo {name}")
}

pub fn colour_of(class: &str) -> String {
    format!("Colour of {class}")
}

pub fn recorded(count: usize) -> String {
    match count {
        0 => String::new(),
        1 => "1 photo taken".into(),
        _ => format!("{count} photos taken"),
    }
}

pub fn camera_number(number: usize) -> String {
    format!("Camera {number}")
}

pub fn no_camera(why: &Refusal) -> String {
    match why {
        Refusal::Forbidden => "The camera may not be used here. Allow it for this page in the browser's address bar, then try again.".into(),
        Refusal::NoneFound => "No camera was found. Connect one and try again, or add photos as files.".into(),
        Refusal::InUse => "The camera is in use by another program. Close that and try again.".into(),
        Refusal::Insecure => "The browser gives a camera only to pages that came over https. Open Graft that way, or add photos as files.".into(),
        Refusal::Other(words) => format!("The camera could not be started ({words}). Try again, or add photos as files."),
    }
}

/// How often a second the live answer is new.
pub fn rate(per_second: f64) -> String {
    match per_second {
        0.0 => "Starting the camera…".into(),
        rate => format!("{rate:.1} answers a second"),
    }
}

pub fn cell(actual: &str, predicted: &str, count: usize) -> String {
    let photos = if count == 1 {
        "1 photo"
    } else {
        &format!("{count} photos")
    };
    if actual == predicted {
        format!("{photos} of {actual}, recognised")
    } else {
        format!("{photos} of {actual}, taken for {predicted}")
    }
}

pub fn wrong(count: usize) -> String {
    format!("Which photos were wrong ({count})")
}

/// The table as a picture, for those who do not see it.
pub fn confusion_picture(classes: usize) -> String {
    format!(
        "How often each of {classes} classes is taken for which. The most frequent mistakes are listed below."
    )
}

/// Above the list of some of them, or of all.
pub fn mistakes(shown: usize, most: usize) -> String {
    match shown < most {
        true => "What it confuses".into(),
        false => format!("What it confuses most ({shown})"),
    }
}

/// Folded away, below those that are shown.
pub fn other_classes(count: usize) -> String {
    match count {
        1 => "1 other class".into(),
        _ => format!("{count} other classes"),
    }
}

pub fn other_photos(count: usize) -> String {
    match count {
        1 => "1 other photo".into(),
        _ => format!("{count} other photos"),
    }
}

pub fn says(predicted: &str, confidence: f32) -> String {
    format!("{predicted}, {}", percent(confidence.into()))
}

pub fn is(actual: &str) -> String {
    format!("is {actual}")
}

pub fn reset(setting: &str) -> String {
    format!("Reset {setting}")
}

/// What people call a row of the registry.
pub fn backbone_name(id: &str) -> String {
    match id {
        "efficientnet-lite0-224" => "Lite0, 224 px".into(),
        "efficientnet-lite0-160" => "Lite0, 160 px (fast: half the work)".into(),
        "efficientnet-lite1-240" => "Lite1, 240 px (accurate: 1.6 times the work, 8.2 MB)".into(),
        other => other.into(),
    }
}

pub fn on_backbone(id: &str) -> String {
    format!("On the network {}", backbone_name(id))
}

pub fn count(count: usize, pending: usize) -> String {
    let photos = if count == 1 { "photo" } else { "photos" };
    match pending {
        0 => format!("{count} {photos}"),
        _ => format!("{count} {photos}, {pending} to come"),
    }
}

pub fn show_all(total: usize) -> String {
    format!("Show all {total}")
}

/// `what` is a photo or a class.
pub fn delete(what: &str, name: &str) -> String {
    format!("Delete {what} {name}")
}

pub fn undo(what: &Undoable) -> String {
    match what {
        Undoable::Class { name } => format!("Bring back class “{name}”"),
        Undoable::Move { count: 1 } => "Move the photo back".into(),
        Undoable::Move { count } => format!("Move {count} photos back"),
        Undoable::Head => "Bring back the classifier from before".into(),
        Undoable::Photos { count: 1 } => "Bring back the photo".into(),
        Undoable::Photos { count } => format!("Bring back {count} photos"),
    }
}

/// Training can start.
pub fn train_ready(photos: usize, classes: usize) -> String {
    format!("Ready to learn {classes} classes from {photos} photos.")
}

pub fn too_few_classes(with_photos: usize) -> String {
    match with_photos {
        0 => "Training needs two classes with photos: collect some first.".into(),
        _ => "Training needs photos in a second class to tell apart from the first.".into(),
    }
}

pub fn still_embedding(pending: usize) -> String {
    format!("{pending} photos are still being read. Training can start when they are done.")
}

pub fn epoch(epoch: usize, loss: f32, accuracy: f32) -> String {
    format!(
        "Pass {epoch}: loss {loss:.3}, {} right on the photos it learns from",
        percent(accuracy.into())
    )
}

pub fn job(job: Job, done: usize, total: usize) -> String {
    match job {
        Job::Fetch => format!(
            "Fetching the network: {:.1} of {:.1} MB",
            done as f64 / 1e6,
            total as f64 / 1e6
        ),
        Job::WarmUp => "Starting and testing the device…".into(),
        Job::Restore => format!("Opening your project: {done} of {total} photos"),
        Job::Embed => format!("Reading photos: {done} of {total}"),
        Job::Train => format!("Training: pass {done} of {total}"),
        Job::Tune => format!("Fine-tuning: step {done} of {total}"),
        Job::Prepare => format!("Preparing photos: {done} of {total}"),
        Job::Lab => format!("Comparing: {done} of {total}"),
    }
}

pub const RUNS_ON: &str = "Runs on the ";

pub fn device(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Webgpu => "GPU",
        DeviceKind::Cpu => "CPU",
    }
}

pub fn reason(reason: &DeviceReason) -> String {
    match reason {
        DeviceReason::Asked => "The page's address asked for this device.".into(),
        DeviceReason::Faster { gpu_ms, cpu_ms } => {
            format!("The GPU passed its test and is faster: {gpu_ms:.0} ms a photo, the CPU takes {cpu_ms:.0} ms.")
        }
        DeviceReason::GpuSlower { gpu_ms, cpu_ms } => {
            format!("The CPU is faster here: {cpu_ms:.0} ms a photo, the GPU takes {gpu_ms:.0} ms.")
        }
        DeviceReason::NoWebGpu => "This browser does not offer WebGPU, so the CPU does the work; a current Chrome, Edge or Safari may be faster.".into(),
        DeviceReason::NoAdapter => "The browser found no GPU it may use, so the CPU does the work.".into(),
        DeviceReason::NoAnswer => "The browser did not answer when it was asked for a GPU, so the CPU does the work; restarting the browser may help.".into(),
        DeviceReason::FallbackAdapter => "The browser only emulates a GPU in software, which is slower than using the CPU directly.".into(),
        DeviceReason::WrongResult { cosine } => {
            format!("The GPU failed its test (similarity {cosine:.4} instead of 1), so the CPU does the work.")
        }
        DeviceReason::StartFailed(words) => format!("The GPU could not be started, so the CPU does the work. The browser says: {words}"),
        DeviceReason::Lost => "The GPU went away while in use, so the CPU goes on; reload the page to try the GPU again.".into(),
    }
}
