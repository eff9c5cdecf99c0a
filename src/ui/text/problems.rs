//! Each problem as a sentence.

use super::reason;
use crate::data::problem::{
    BackboneProblem, HeadProblem, LabProblem, PhotoProblem, Problem, TrainingProblem, ZipProblem,
};

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
            "The GPU went away, so the CPU goes on. Your project is all there; reload to try the GPU again."
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
        Problem::Storage(why) => super::stored::problem(why),
        Problem::Lab(why) => lab(why),
        Problem::Training(why) => training(why),
        Problem::Internal(detail) => format!(
            "Graft made a mistake ({detail}). Reload the page; if it comes back, report it."
        ),
        Problem::Restarted { training: false } => {
            "Graft made a mistake and started its work again. Your project is all there.".into()
        }
        Problem::Restarted { training: true } => {
            "Graft made a mistake and had to stop training. Your project is all there: train again.".into()
        }
        Problem::Breaks { file } if file.is_empty() => {
            "Graft made a mistake three times with your last change and left it out. The rest of your project is all there.".into()
        }
        Problem::Breaks { file } => format!(
            "“{file}” makes Graft stop each time, so it was left out. Save it again in another program, then add that."
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

fn lab(why: &LabProblem) -> String {
    match why {
        LabProblem::TooFewClasses => "A comparison needs two classes or more. Choose another one.".into(),
        LabProblem::NoMethod => "No method was chosen. Choose one or more to compare.".into(),
        LabProblem::TooFewPhotos { class, photos, needed } => format!(
            "“{class}” has {photos} photos, and {needed} are needed: some to learn from, and one or more to measure on. Add photos, or learn from fewer."
        ),
        LabProblem::TooAlike { class } => format!(
            "Too many photos of “{class}” look alike, as those of one burst do: what was learned from some cannot be measured on the others. \
            Add photos taken at other moments, or learn from fewer."
        ),
        LabProblem::Training => "Training is under way. Stop it, or wait until it is done, and try again.".into(),
        LabProblem::Running => "The Lab is at work. Stop it, or wait until it is done, and try again.".into(),
        LabProblem::NoPhoto => "The network has not looked at this photo. Wait until it is read, or choose another one.".into(),
        LabProblem::NoOldHead => "The network in use comes without its old head. Choose another network at the top.".into(),
        LabProblem::OldHead(detail) => format!(
            "The network's old head could not be used ({detail}). Check the connection and try again."
        ),
        LabProblem::TooLarge => "This would take more memory than a browser tab has. Choose fewer classes or photos, or a smaller resolution.".into(),
    }
}

fn training(why: &TrainingProblem) -> String {
    match why {
        TrainingProblem::HeadTooLarge => "Training on so many photos and classes would take more memory than a browser tab has. Delete some, or merge classes.".into(),
        TrainingProblem::TuningTooLarge { photos } => format!(
            "Fine-tuning on {photos} photos would take more memory than a browser tab has. Choose fewer layers or feature extraction, or delete photos."
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

/// Several photos with the same problem, in one sentence.
pub fn many(why: &PhotoProblem, count: usize) -> String {
    match why {
        PhotoProblem::Empty => {
            format!("{count} files are empty. Copy them again from where they came from.")
        }
        PhotoProblem::NotAnImage => {
            format!(
                "{count} files are not images and were left out. Graft reads JPEG, PNG, WebP, GIF and BMP."
            )
        }
        PhotoProblem::Unsupported(format) => format!(
            "{count} photos have a format this browser cannot read, the last is {format}. Save them as JPEG and add them again."
        ),
        PhotoProblem::Damaged(_) => {
            format!(
                "{count} photos are damaged and were left out. Copy them again if you need them."
            )
        }
        PhotoProblem::TooLarge { .. } => {
            format!("{count} photos have too many pixels. Save smaller versions and add those.")
        }
        PhotoProblem::TooManyBytes { .. } => {
            format!("{count} files are too large for photos. Save smaller versions and add those.")
        }
        PhotoProblem::Duplicate { .. } => {
            format!("{count} photos were already there and are kept once.")
        }
        PhotoProblem::Unreadable(_) => {
            format!(
                "{count} files could not be read. Check that they still exist and add them again."
            )
        }
        PhotoProblem::NoClass => format!(
            "{count} files were passed over: they lie in no folder that names a class. Put them into one, or add them to a class."
        ),
    }
}
