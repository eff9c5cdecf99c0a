//! Heads that are handed on: links, and what lies beside the site.

use super::stored::bytes;
use data::share::{Fault, LinkProblem, Listed, ListedKind, Precision};

/// Letters of a message: Discord's limit is the lowest of those that people share links in (Telegram 4,096), Slack's and WhatsApp's
/// (65,536) are the highest. By what the makers stated in 2026.
const SHORT: usize = 2_000;
const LONG: usize = 40_000;

pub(super) fn problem(why: &LinkProblem) -> String {
    let said = match why {
        LinkProblem::TooLong { letters } => return words::link_too_long(*letters),
        LinkProblem::Newer(_) => words::link_newer(),
        LinkProblem::Cut => words::link_cut(),
        LinkProblem::NoHead => words::link_no_head(),
        LinkProblem::TooLarge => words::link_too_large(),
        LinkProblem::Tuned => words::link_tuned(),
        LinkProblem::Missing(_) => words::link_missing(),
    };
    said.into()
}

/// How long a link is, and when a file is better.
pub fn link_length(letters: usize) -> String {
    match letters {
        _ if letters <= SHORT => words::link_length(letters),
        _ if letters <= LONG => words::link_length_long(letters),
        _ => words::link_length_file(letters),
    }
}

/// How surely it answers as the head that it was made of.
pub fn link_same(precision: Precision, samples: usize, difference: f32) -> String {
    match (precision, samples) {
        (Precision::Exact, _) => words::link_exact().into(),
        (_, 0) => words::link_unchecked().into(),
        // Rounded up: it is a promise.
        _ => words::link_same(
            samples,
            (f64::from(difference) * 1000.0).ceil().max(1.0) / 10.0,
        ),
    }
}

/// What lies beside the site, and how large it is.
pub fn listed(entry: &Listed) -> String {
    let kind = match entry.kind {
        ListedKind::Head => words::gallery_head(),
        ListedKind::Project => words::gallery_project(),
    };
    match entry.bytes {
        Some(size) => words::gallery_size(kind, &bytes(size as f64)),
        None => kind.into(),
    }
}

/// Why something of the list is not shown.
pub fn fault(fault: &Fault) -> String {
    match fault {
        Fault::NotAList => words::gallery_not_a_list().into(),
        Fault::NotAnEntry { number } => words::gallery_not_an_entry(*number),
        Fault::Elsewhere { file } => words::gallery_elsewhere(file),
        Fault::OtherKind { file } => words::gallery_other_kind(file),
        Fault::WrongKind { file } => words::gallery_wrong_kind(file),
        Fault::Twice { file } => words::gallery_twice(file),
        Fault::Size { file } => words::gallery_size_wrong(file),
        Fault::TooMany { entries } => words::gallery_too_many(*entries),
    }
}
