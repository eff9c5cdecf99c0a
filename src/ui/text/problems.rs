//! Each problem as a sentence.

use super::reason;
use data::limits::MOST_CLASSES;
use data::problem::{
    BackboneProblem, HeadProblem, LabProblem, LeftOut, Listed, PhotoProblem, Problem,
    TrainingProblem, ZipProblem,
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
        Problem::Zip { file, why } => zip(file, why),
        Problem::LeftOut { from, what } => left_out(from, what),
        Problem::TooManyClasses { classes } => format!(
            "That would make {classes} classes, and a project takes {MOST_CLASSES}. Put the photos into fewer folders, or delete classes."
        ),
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
        PhotoProblem::UnusualJpeg => format!(
            "“{file}” is an unusual kind of JPEG that this browser cannot read. Save it as an ordinary JPEG and add it again."
        ),
        PhotoProblem::Raw => format!(
            "“{file}” is a camera's RAW file, which browsers cannot read. Save it as JPEG in a photo program and add that."
        ),
        PhotoProblem::Drawing => format!(
            "“{file}” is a drawing (SVG), not a photo. Save it as PNG or JPEG and add that."
        ),
        PhotoProblem::Damaged => {
            format!("“{file}” is damaged or incomplete. Copy it again or leave it out.")
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
        PhotoProblem::Unreadable(_) => {
            format!("“{file}” could not be read. Check that it still exists and add it again.")
        }
        PhotoProblem::NoClass => format!(
            "“{file}” was passed over: it is in no folder that names a class. Put it into one, or add it to a class."
        ),
    }
}

/// What is wrong with a photo, without its name and what to do: for lists.
pub fn fault(file: &str, why: &PhotoProblem) -> String {
    let sentence = photo(file, why);
    let behind = sentence.strip_prefix(&format!("“{file}” "));
    let said = behind.unwrap_or(&sentence);
    said.split_once(". ")
        .map_or(said, |(what, _)| what)
        .to_owned()
}

fn zip(file: &str, why: &ZipProblem) -> String {
    match why {
        ZipProblem::Damaged => {
            format!(
                "“{file}” is damaged, or not a zip at all. Copy or download it again, or zip the folder once more."
            )
        }
        ZipProblem::Unreadable(words) => {
            format!(
                "“{file}” could not be read ({words}). Check that it still exists and add it again."
            )
        }
        ZipProblem::NoPhotos => {
            format!("There are no photos in “{file}”. Zip photos, best in a folder for each class.")
        }
        ZipProblem::TooMany { files } => {
            format!("“{file}” holds {files} files, too many at once. Split it into smaller ones.")
        }
        ZipProblem::TooManyClasses { classes } => format!(
            "With the folders in “{file}” there would be {classes} classes, and a project takes {MOST_CLASSES}. Put the photos into fewer folders and zip those."
        ),
        ZipProblem::OtherKind(kind) => format!(
            "“{file}” is packed as {kind}, which Graft cannot open. Unpack it and add the folder, or zip that."
        ),
        ZipProblem::Password => format!(
            "“{file}” is locked with a password. Unpack it first and add the folder, or zip that without a password."
        ),
        ZipProblem::Method(method) => format!(
            "“{file}” is packed in an unusual way ({method}) that Graft cannot open. Unpack it and add the folder, or zip that in the usual way."
        ),
        ZipProblem::Nested => format!(
            "“{file}” holds other zips instead of photos. Unpack it and add those: each becomes a class."
        ),
        ZipProblem::Part => format!(
            "“{file}” is one part of a zip in several parts. Unpack them together and add the folder."
        ),
        ZipProblem::Overlapping => format!(
            "The files in “{file}” overlap, so it is damaged or made to do harm. Zip the photos once more."
        ),
        ZipProblem::Bomb { megabytes } => format!(
            "“{file}” would unpack to {megabytes} MB, far more than photos need, so it was not opened. Zip the photos once more."
        ),
    }
}

fn left_out(from: &str, what: &LeftOut) -> String {
    match what {
        LeftOut::NotPhotos(Listed { first, count: 1 }) => {
            format!(
                "{} in “{from}” is not a photo and was left out.",
                quoted(first)
            )
        }
        LeftOut::NotPhotos(all) => {
            format!(
                "{} files in “{from}” are not photos and were left out.",
                all.count
            )
        }
        LeftOut::Archives(Listed { first, count: 1 }) => format!(
            "{} inside “{from}” was left out. Unpack it and add the folder.",
            quoted(first)
        ),
        LeftOut::Archives(all) => format!(
            "{} zips inside “{from}” were left out. Unpack them and add the folders.",
            all.count
        ),
        LeftOut::Loose(Listed { first, count: 1 }) => format!(
            "{} was left out: it lies beside the folders of “{from}”, which name the classes. Drop it on a class.",
            quoted(first)
        ),
        LeftOut::Loose(all) => format!(
            "{} photos were left out: they lie beside the folders of “{from}”, which name the classes. Drop them on a class.",
            all.count
        ),
        LeftOut::ToTest { folders, photos } => format!(
            "{} in {} stayed out of the classes, to test with: what a classifier has learned from tells nothing of how good it is. Drop “{from}” on Try after training.",
            photos_of(*photos),
            quoted(folders)
        ),
        LeftOut::ToLearn { folders, photos } => format!(
            "Only the photos in {} are tried. The other {photos} are there to learn from.",
            quoted(folders)
        ),
        LeftOut::Merged(classes) => format!(
            "Folders inside of {} were taken together: the outer folders name the classes.",
            quoted(classes)
        ),
        LeftOut::Names => format!(
            "Graft could not tell in which alphabet the names in “{from}” are written. Correct the names of the classes if they look wrong."
        ),
    }
}

fn photos_of(count: usize) -> String {
    match count {
        1 => "1 photo".into(),
        _ => format!("{count} photos"),
    }
}

/// `“a”, “b” and 2 more`
fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = names
        .iter()
        .take(SHOWN)
        .map(|name| format!("“{name}”"))
        .collect();
    match (shown.as_slice(), names.len().saturating_sub(SHOWN)) {
        ([rest @ .., last], 0) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        (_, 0) => shown.join(", "),
        (_, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

fn head(file: &str, why: &HeadProblem) -> String {
    match why {
        HeadProblem::NotAHead => format!(
            "“{file}” is not a Graft classifier. Open a .safetensors file that Graft saved."
        ),
        HeadProblem::Damaged(_) => {
            format!("“{file}” is damaged. Save it again, or copy it again from where it came from.")
        }
        HeadProblem::Newer { found, known } => format!(
            "“{file}” has format {found}, newer than this Graft knows ({known}). Use a newer Graft."
        ),
        HeadProblem::NotFinite => {
            format!("“{file}” holds weights that are not numbers. Train again and save a new one.")
        }
        HeadProblem::Shape(_) => {
            format!("The parts of “{file}” do not fit together. Save it again, or train a new one.")
        }
        HeadProblem::UnknownBackbone(id) => format!(
            "“{file}” needs the network “{id}”, which this Graft lacks. Use the Graft it was saved with."
        ),
        HeadProblem::OtherWeights(id) => format!(
            "“{file}” was trained on another version of “{id}”. Train again with this Graft."
        ),
        HeadProblem::TooLarge(_) => format!(
            "“{file}” is larger than any classifier that Graft makes. Open a .safetensors file that Graft saved."
        ),
        HeadProblem::TooManyClasses { classes } => format!(
            "“{file}” tells {classes} classes apart, and Graft takes up to {MOST_CLASSES}. Train one with fewer classes."
        ),
        HeadProblem::Unbounded => format!(
            "“{file}” gives no usable answers, because its numbers grow without bound. Train again and save a new one."
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
        LabProblem::TooManyClasses { classes } => format!(
            "Your project has {classes} classes with photos, and a classifier learns up to {MOST_CLASSES}. Delete some, or put some together."
        ),
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
        PhotoProblem::UnusualJpeg => format!(
            "{count} photos are of an unusual kind of JPEG that this browser cannot read. Save them as ordinary JPEGs and add them again."
        ),
        PhotoProblem::Raw => format!(
            "{count} files are a camera's RAW files, which browsers cannot read. Save them as JPEG in a photo program and add those."
        ),
        PhotoProblem::Drawing => format!(
            "{count} files are drawings (SVG), not photos. Save them as PNG or JPEG and add those."
        ),
        PhotoProblem::Damaged => {
            format!(
                "{count} photos are damaged or incomplete and were left out. Copy them again if you need them."
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
