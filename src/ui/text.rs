//! Every word the page says.

use crate::data::backbone::{DeviceKind, DeviceReason};
use crate::data::metrics::Interval;
use crate::data::problem::{
    BackboneProblem, HeadProblem, PhotoProblem, Problem, StorageProblem, ZipProblem,
};
use crate::protocol::{Job, Undoable};

pub const NAME: &str = "Graft";
pub const TAGLINE: &str = "Teach your browser to tell your photos apart.";
pub const LOADING: &str = "Starting…";
pub const PRIVATE: &str = "Your photos never leave this computer.";
pub const DISMISS: &str = "Dismiss";
pub const NOTICES: &str = "Messages";

pub const COLLECT: &str = "Collect";
pub const COLLECT_EMPTY: &str = "Start with two classes, say “cat” and “dog”, and put a few photos into each. \
    Or look around with a ready-made set:";
pub const ADD_CLASS: &str = "Add a class";
pub const DATASET_FOLDER: &str = "Open a folder of folders";
pub const DATASET_FOLDER_HINT: &str = "Each folder inside becomes a class with the photos in it.";
pub const SAMPLE_MENU: &str = "Ready-made sets";
pub const SAMPLE_SETS: &[(&str, &str)] =
    &[("fruit-birds", "Fruit and birds"), ("garden", "Garden")];
pub const CLASS_NAME: &str = "Name of the class";
pub const COLOUR: &str = "Colour";
pub const PHOTOS: &str = "Add photos";
pub const FOLDER: &str = "Add a folder";
pub const CARD_EMPTY: &str = "Drop photos here, or add them with the buttons. Ten is a good start.";
pub const COLOUR_NAMES: [&str; 7] = [
    "Blue",
    "Orange",
    "Green",
    "Purple",
    "Vermilion",
    "Sky blue",
    "Yellow",
];

pub const TRAIN: &str = "Train";
pub const STOP: &str = "Stop and keep the best";
pub const TRAIN_EMPTY: &str = "Training takes seconds: the network already knows how to see, and only \
    learns which of your classes is which.";
pub const ADVANCED: &str = "Advanced";
pub const RESET: &str = "Reset to defaults";
pub const CURVE: &str = "Loss and accuracy while training";
pub const LOSS: &str = "Loss (lower is better)";
pub const ACCURACY: &str = "Accuracy";
pub const CONFUSION: &str = "What it took for what: rows are the true class, columns its answer.";
pub const NOT_MEASURED: &str = "No photo was kept apart, so its accuracy is not known.";
pub const STALE: &str =
    "Photos or classes changed since this training. Train again to include them.";
pub const OPENED: &str = "This classifier came from a file.";

pub const TRY: &str = "Try";
pub const TRY_EMPTY: &str =
    "Train first, or open a classifier file. Then drop photos here to see its answers.";
pub const TRY_READY: &str = "Drop photos it has never seen here.";
pub const TRY_FILES: &str = "Choose photos";
pub const CSV: &str = "Save results as CSV";
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
        Problem::DeviceLost | Problem::Storage(_) => Kind::Warning,
        _ => Kind::Error,
    }
}

pub fn new_class(number: usize) -> String {
    format!("Class {number}")
}

pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

pub fn accuracy(a: &Interval) -> String {
    let photos = if a.n == 1 { "photo" } else { "photos" };
    let (value, low, high, n) = (percent(a.value), a.low * 100.0, a.high * 100.0, a.n);
    format!("{value} ({low:.0}-{high:.0} %), on {n} {photos} it never saw")
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
        Undoable::Photos { count: 1 } => "Bring back the photo".into(),
        Undoable::Photos { count } => format!("Bring back {count} photos"),
    }
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

pub fn epoch(epoch: usize, epochs: usize, loss: f32, accuracy: f32) -> String {
    format!(
        "Pass {epoch} of {epochs}: loss {loss:.3}, {} right on the photos it learns from",
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
    }
}

pub fn device(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Webgpu => "Runs on the GPU",
        DeviceKind::Cpu => "Runs on the CPU",
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
        DeviceReason::FallbackAdapter => "The browser only emulates a GPU in software, which is slower than using the CPU directly.".into(),
        DeviceReason::WrongResult { cosine } => {
            format!("The GPU failed its test (similarity {cosine:.4} instead of 1), so the CPU does the work.")
        }
        DeviceReason::StartFailed(words) => format!("The GPU could not be started, so the CPU does the work. The browser says: {words}"),
        DeviceReason::Lost => "The GPU went away while in use, so the CPU goes on; reload the page to try the GPU again.".into(),
    }
}

/// One sentence or two: what is wrong, and what to do.
pub fn problem(problem: &Problem) -> String {
    match problem {
        Problem::Photo { file, why } => photo(file, why),
        Problem::Head { file, why } => head(file, why),
        Problem::Backbone(why) => backbone(why),
        Problem::Computation(detail) => format!(
            "The network could not be run on a photo ({detail}). Reload the page, or add ?device=cpu to its address."
        ),
        Problem::DeviceUnavailable { why } => {
            format!(
                "The device asked for cannot be used, so another one runs. {}",
                reason(why)
            )
        }
        Problem::DeviceLost => {
            "The GPU went away, so the CPU goes on. Nothing is lost; reload to try the GPU again."
                .into()
        }
        Problem::TrainingDiverged => {
            "Training ran off to infinity. Lower the learning rate under Advanced and train again."
                .into()
        }
        Problem::SampleSet { set, detail } => {
            format!(
                "The set “{set}” could not be fetched ({detail}). Check the connection and try again."
            )
        }
        Problem::Zip { file, why } => match why {
            ZipProblem::Damaged(detail) => {
                format!("“{file}” is not a zip that can be read ({detail}). Make it again.")
            }
            ZipProblem::NoPhotos => format!(
                "“{file}” holds no folder with photos. Put the photos of each class into a folder named after it, and zip those."
            ),
            ZipProblem::TooMany { files } => {
                format!("“{file}” holds {files} files, too many at once. Split it into smaller ones.")
            }
        },
        Problem::Storage(why) => match why {
            StorageProblem::Full => "The browser's storage is full: what you add from now on is lost when the page is closed. Delete photos, or free space on this computer.".into(),
            StorageProblem::Blocked(detail) => format!("This browser keeps nothing for this page ({detail}), so all is lost when it is closed. Save your classifier as a file."),
            StorageProblem::Damaged(detail) => format!("A part of the stored project could not be read ({detail}) and was left out."),
        },
        Problem::Internal(detail) => format!(
            "Graft made a mistake ({detail}). Reload the page; if it comes back, report it."
        ),
    }
}

fn photo(file: &str, why: &PhotoProblem) -> String {
    match why {
        PhotoProblem::Empty => format!("“{file}” is empty. Copy it again from where it came from."),
        PhotoProblem::NotAnImage => {
            format!("“{file}” is not an image. Choose a JPEG, PNG, WebP, GIF or BMP file.")
        }
        PhotoProblem::Unsupported(format) => format!(
            "“{file}” is {format}, which this browser cannot read. Save it as JPEG and add it again."
        ),
        PhotoProblem::Damaged(detail) => {
            format!("“{file}” is damaged ({detail}). Copy it again or leave it out.")
        }
        PhotoProblem::TooLarge { width, height } => format!(
            "“{file}” is {width}×{height} pixels, too large. Save a smaller version and add that."
        ),
        PhotoProblem::TooManyBytes { megabytes } => format!(
            "“{file}” has {megabytes} MB, too many for a photo. Save a smaller version and add that."
        ),
        PhotoProblem::Duplicate { class } => format!(
            "“{file}” is already in class “{class}” and is kept once. Delete it there to put it elsewhere."
        ),
        PhotoProblem::Unreadable(detail) => format!(
            "“{file}” could not be read ({detail}). Check that it still exists and add it again."
        ),
        PhotoProblem::NoClass => format!(
            "“{file}” was passed over: it is in no folder that names a class. Put it into one, or add it to a class."
        ),
    }
}

fn head(file: &str, why: &HeadProblem) -> String {
    match why {
        HeadProblem::NotAHead => format!(
            "“{file}” is not a Graft classifier. Open a .safetensors file that Graft saved."
        ),
        HeadProblem::Damaged(detail) => {
            format!("“{file}” is damaged ({detail}). Save or copy it again.")
        }
        HeadProblem::Newer { found, known } => format!(
            "“{file}” has format {found}, newer than this Graft knows ({known}). Use a newer Graft."
        ),
        HeadProblem::NotFinite => {
            format!("“{file}” holds weights that are not numbers. Train again and save a new one.")
        }
        HeadProblem::Shape(detail) => {
            format!("The parts of “{file}” do not fit together ({detail}). Save it again.")
        }
        HeadProblem::UnknownBackbone(id) => format!(
            "“{file}” needs the network “{id}”, which this Graft lacks. Use the Graft it was saved with."
        ),
        HeadProblem::OtherBackbone(id) => format!(
            "“{file}” was made for the network “{id}”, and another one is loaded. Open Graft with ?backbone={id} in the address."
        ),
        HeadProblem::OtherWeights(id) => format!(
            "“{file}” was trained on another version of “{id}”. Train again with this Graft."
        ),
    }
}

fn backbone(why: &BackboneProblem) -> String {
    match why {
        BackboneProblem::Missing(detail) => format!("The network could not be fetched ({detail}). Check the connection and reload the page."),
        BackboneProblem::Damaged(detail) => format!("The network arrived damaged ({detail}). Reload the page."),
        BackboneProblem::SelfTest => "The network failed its self-test, so its answers cannot be trusted. Try another browser.".into(),
    }
}
