//! What the page says of the things in `data`: which message, and what is filled into it. The messages themselves are in
//! `locales/en.ftl`, each a function of the crate `words`.

mod depth;
mod export;
mod findings;
mod kept;
mod lists;
mod measured;
mod photo;
mod problems;
mod projects;
mod sent;
mod share;
mod stored;
mod transfer;

pub use depth::{depth_about, depth_finding, depth_layer};
pub use export::*;
pub use findings::*;
pub use kept::kept_line;
pub use lists::{backbone_name, colour, list, sample_name, unknown_means};
pub use measured::*;
pub use photo::{fault, many};
pub use problems::problem;
pub use projects::{holds, project_name, project_size};
pub use sent::{sent_number, sent_short, sent_so_far};
pub use share::{fault as gallery_fault, link_length, link_same, listed};
pub use stored::space;
pub use transfer::*;
pub use words::*;

use data::backbone::{DeviceKind, DeviceReason};
use data::head::How;
use data::metrics::Interval;
use data::problem::{LeftOut, Problem, ProjectProblem, SampleProblem};
use data::protocol::{Job, Undoable};

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
    /// As in `data-kind`.
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
        Problem::Sample {
            why:
                SampleProblem::Duplicate { .. }
                | SampleProblem::InTestSet { .. }
                | SampleProblem::LearnedFrom { .. }
                | SampleProblem::NoClass,
            ..
        } => Kind::Info,
        Problem::LeftOut {
            what:
                LeftOut::NotSamples(_)
                | LeftOut::ToLearn { .. }
                | LeftOut::IntoTestSet { .. }
                | LeftOut::Merged(_),
            ..
        } => Kind::Info,
        Problem::Compare(_) => Kind::Info,
        Problem::Project {
            why: ProjectProblem::LeftOut { .. } | ProjectProblem::NotSaved { .. },
            ..
        } => Kind::Warning,
        Problem::DeviceLost | Problem::Storage(_) | Problem::LeftOut { .. } => Kind::Warning,
        _ => Kind::Error,
    }
}

/// A probability or another fraction, as a percentage.
pub fn percent(fraction: f64) -> String {
    words::percent(fraction * 100.0)
}

/// An accuracy, and how sure it is.
pub fn accuracy(a: &Interval, how: How) -> (String, String) {
    let (low, high) = (a.low * 100.0, a.high * 100.0);
    let rest = match how {
        How::HeldOut => words::accuracy(low, high, a.n),
        How::CrossValidated => words::accuracy_cross_validated(low, high, a.n),
        How::TestSet => words::accuracy_test_set(low, high, a.n),
    };
    (percent(a.value), rest)
}

pub fn accuracy_means(how: How) -> &'static str {
    match how {
        How::HeldOut => words::accuracy_range(),
        How::CrossValidated => words::accuracy_cross_validated_means(),
        How::TestSet => words::accuracy_test_set_means(),
    }
}

/// Why there is no picture from the camera.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    Forbidden,
    NoneFound,
    InUse,
    /// Pages that did not come over https have none.
    Insecure,
    /// The browser's own words.
    Other(String),
}

pub fn no_camera(why: &Refusal) -> String {
    match why {
        Refusal::Forbidden => words::camera_forbidden().into(),
        Refusal::NoneFound => words::camera_none().into(),
        Refusal::InUse => words::camera_in_use().into(),
        Refusal::Insecure => words::camera_insecure().into(),
        Refusal::Other(detail) => words::camera_refused(detail),
    }
}

/// Photos taken so far.
pub fn recorded(count: usize) -> String {
    match count {
        0 => String::new(),
        _ => words::camera_taken(count),
    }
}

/// How often a second the live answer is new.
pub fn rate(per_second: f64) -> String {
    match per_second {
        0.0 => words::camera_starting().into(),
        rate => words::camera_rate(rate),
    }
}

/// A cell of the confusion table.
pub fn cell(actual: &str, predicted: &str, count: usize) -> String {
    match actual == predicted {
        true => words::confusion_right(count, actual),
        false => words::confusion_wrong(count, actual, predicted),
    }
}

/// Above the list of some of the mistakes, or of all.
pub fn mistakes(shown: usize, most: usize) -> String {
    match shown < most {
        true => words::mistakes().into(),
        false => words::mistakes_most(shown),
    }
}

/// What the classifier says of a photo.
pub fn says(predicted: &str, confidence: f32) -> String {
    words::tested_says(predicted, &percent(confidence.into()))
}

pub fn on_backbone(id: &str) -> String {
    words::on_backbone(&backbone_name(id))
}

/// Photos of a class.
pub fn count(count: usize, pending: usize) -> String {
    match pending {
        0 => words::photo_count(count),
        _ => words::photo_count_pending(count, pending),
    }
}

pub fn undo(what: &Undoable) -> String {
    match what {
        Undoable::Class { name } => words::undo_class(name),
        Undoable::Move { count } => words::undo_move(*count),
        Undoable::TestSamples { count } => words::undo_test_photos(*count),
        Undoable::Groups { count } => words::undo_groups(*count),
        Undoable::Head => words::undo_head().into(),
        Undoable::KeptHead { name } => words::undo_kept_head(name),
        Undoable::Samples { count } => words::undo_photos(*count),
    }
}

pub fn too_few_classes(with_photos: usize) -> &'static str {
    match with_photos {
        0 => words::train_needs_classes(),
        _ => words::train_needs_second(),
    }
}

/// Under the curve: the last pass.
pub fn epoch(epoch: usize, loss: f32, accuracy: f32) -> String {
    words::curve_last(epoch, loss, &percent(accuracy.into()))
}

pub fn job(job: Job, done: usize, total: usize) -> String {
    match job {
        Job::Fetch => words::job_fetch(done as f64 / 1e6, total as f64 / 1e6),
        Job::WarmUp => words::job_warm_up().into(),
        Job::Restore => words::job_restore(done, total),
        Job::Embed => words::job_embed(done, total),
        Job::Train => words::job_train(done, total),
        Job::Tune => words::job_tune(done, total),
        Job::Prepare => words::job_prepare(done, total),
        Job::Lab => words::job_lab(done, total),
        Job::SaveProject => words::job_save_project(part(done, total)),
        Job::OpenProject => words::job_open_project(part(done, total)),
        Job::CopyProject => words::job_copy_project(part(done, total)),
        Job::Classify => words::job_classify(done, total),
        Job::Sort => words::job_sort(part(done, total)),
    }
}

/// So many of so many, 0 to 100.
fn part(done: usize, total: usize) -> f64 {
    100.0 * done as f64 / total.max(1) as f64
}

pub fn device(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Webgpu => words::device_gpu(),
        DeviceKind::Cpu => words::device_cpu(),
    }
}

/// Why this device runs.
pub fn reason(reason: &DeviceReason) -> String {
    let said = match reason {
        DeviceReason::Faster { gpu_ms, cpu_ms } => return words::reason_faster(*gpu_ms, *cpu_ms),
        DeviceReason::GpuSlower { gpu_ms, cpu_ms } => {
            return words::reason_slower(*gpu_ms, *cpu_ms);
        }
        DeviceReason::WrongResult { cosine } => return words::reason_wrong_result(*cosine),
        DeviceReason::StartFailed(detail) => return words::reason_start_failed(detail.shown()),
        DeviceReason::Lacks { feature } => return words::reason_lacks(feature),
        DeviceReason::Asked => words::reason_asked(),
        DeviceReason::NoWebGpu => words::reason_no_webgpu(),
        DeviceReason::NoAdapter => words::reason_no_adapter(),
        DeviceReason::NotBuilt => words::reason_not_built(),
        DeviceReason::NoAnswer => words::reason_no_answer(),
        DeviceReason::FallbackAdapter => words::reason_fallback(),
        DeviceReason::Lost => words::reason_lost(),
    };
    said.into()
}
