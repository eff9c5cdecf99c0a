//! Where the project is, and how much room there is.

use data::problem::StorageProblem;

pub(super) fn problem(why: &StorageProblem) -> String {
    let said = match why {
        StorageProblem::NearlyFull { free } => {
            return words::storage_nearly_full(&bytes(*free as f64));
        }
        StorageProblem::Unreadable {
            samples,
            classifier,
            others,
            newer,
        } => {
            let parts = parts(*samples > 0, *classifier, *others > 0);
            let why = if *newer { "newer" } else { "damaged" };
            return words::storage_unreadable(parts, *samples, why);
        }
        StorageProblem::FilesGone { samples } => return words::storage_files_gone(*samples),
        StorageProblem::TakenOver { waiting } => return words::storage_taken_over(*waiting),
        StorageProblem::Full => words::storage_full(),
        StorageProblem::Blocked(_) => words::storage_blocked(),
        StorageProblem::Unread => words::storage_unread(),
        StorageProblem::Newer => words::storage_newer(),
        StorageProblem::Cleared => words::storage_cleared(),
        StorageProblem::NotHandedOver => words::storage_not_handed_over(),
        StorageProblem::ReadOnly => words::storage_read_only(),
        StorageProblem::Safe { stored: false } => words::storage_safe_unsaved(),
        StorageProblem::Safe { stored: true } => words::storage_safe(),
    };
    said.into()
}

/// The message's key for what cannot be read.
fn parts(photos: bool, classifier: bool, others: bool) -> &'static str {
    match (photos, classifier, others) {
        (true, false, false) => "photos",
        (false, true, false) => "classifier",
        (true, true, false) => "photos-classifier",
        (true, false, true) => "photos-others",
        (false, true, true) => "classifier-others",
        (true, true, true) => "photos-classifier-others",
        (false, false, _) => "others",
    }
}

/// Used and granted.
pub fn space(used: f64, granted: f64) -> String {
    let free = (granted - used).max(0.0);
    words::stored_space(&bytes(used), &bytes(free))
}

pub(super) fn bytes(n: f64) -> String {
    match n {
        n if n >= 1e9 => words::size_gb(n / 1e9),
        n if n >= 1e6 => words::size_mb(n / 1e6),
        n => words::size_kb(n / 1e3),
    }
}
