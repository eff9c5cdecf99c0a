//! Words about where the project is.

use data::problem::StorageProblem;

pub const STORED: &str = "Saved";
pub const NOT_STORED: &str = "Not saved";
pub const STORED_MEANS: &str = "Everything you see is saved in this browser, on this computer. If the computer runs \
    out of space, the browser may delete it.";
pub const PERSISTENT: &str =
    "Everything you see is saved in this browser, on this computer, until you delete it.";
pub const NOT_STORED_MEANS: &str = "Some of what you see is only in this tab and is lost when you close it. Make room \
    on this computer, or save your classifier as a file.";
pub const NOT_PERSISTENT: &str = "Your project is saved in this browser. If this computer runs out of space, the \
    browser may delete it, so save your classifier as a file as well.";
pub const ELSEWHERE: &str = "This project is open in another tab. You can look around and try photos here, but not change anything.";
pub const TAKE_OVER: &str = "Use it in this tab";
pub const READ_ONLY: &str =
    "The project is open in another tab. To train here, use it in this tab first.";
pub const SAVE_UNREAD: &str = "Save these parts as a file";
pub const OPEN_FRESH: &str = "Start an empty project beside it";

/// One sentence or two: what is wrong, and what to do.
pub fn problem(why: &StorageProblem) -> String {
    match why {
        StorageProblem::Full => "The browser's storage is full: what you add from now on is lost when the page is closed. Delete photos, or free space on this computer.".into(),
        StorageProblem::Blocked(_) => "This browser does not let the page save anything, so all is lost when you close it. Save your classifier as a file.".into(),
        StorageProblem::NearlyFull { free } => format!(
            "The browser's storage is nearly full: {} left. Delete photos you do not need, or free space on this computer.",
            bytes(*free as f64)
        ),
        StorageProblem::Unreadable { photos, classifier, others, newer } => unreadable(*photos, *classifier, *others, *newer),
        StorageProblem::FilesGone { photos } => format!(
            "{} cannot be used with this network, because the stored picture could not be read. Reload the page to try again, or add the photo anew.",
            count(*photos, "photo")
        ),
        StorageProblem::Unread => "Your project is here, but the browser could not read it. Nothing was changed. Reload the page; if that does not help, restart the browser.".into(),
        StorageProblem::Newer => "This project was made with a newer Graft, so this one leaves it alone. Reload the page to get the newer Graft.".into(),
        StorageProblem::Cleared => "The browser has deleted what was saved. What you see is only in this tab now: save your classifier as a file before you close it.".into(),
        StorageProblem::NotHandedOver => "The other tab has work that it could not save, so it keeps the project. Go there and make room first.".into(),
        StorageProblem::TakenOver { waiting } => format!(
            "Another tab took over the project before {} had been read. Add what is missing there.",
            count(*waiting, "photo")
        ),
        StorageProblem::ReadOnly => "This tab cannot change the project. The message at the top says why, and what you can do.".into(),
        StorageProblem::Safe { stored: false } => "Graft failed to start twice, so it goes on with your photos alone. Nothing is saved in this browser: train a new classifier, and save it as a file.".into(),
        StorageProblem::Safe { stored: true } => "Graft failed to start twice, so it opened your project without its classifier and comparisons. They are still saved: reload the page to try again with them, or train a new classifier.".into(),
    }
}

fn unreadable(photos: usize, classifier: bool, others: usize, newer: bool) -> String {
    let mut parts = Vec::new();
    if photos > 0 {
        parts.push(count(photos, "photo"));
    }
    if classifier {
        parts.push("the classifier".into());
    }
    if others > 0 {
        parts.push(
            if parts.is_empty() {
                "part"
            } else {
                "other parts"
            }
            .into(),
        );
    }
    let is = if parts.len() == 1 && photos < 2 {
        "is"
    } else {
        "are"
    };
    let last = parts.pop().unwrap_or_default();
    let what = match parts.is_empty() {
        true => last,
        false => format!("{} and {last}", parts.join(", ")),
    };
    let why = match newer {
        true => "made with a newer Graft and cannot be shown here",
        false => "damaged and cannot be shown",
    };
    let kept = match newer {
        true => {
            "Nothing was deleted; reload the page to get the newer Graft, or save these parts as a file."
        }
        false => "Nothing was deleted: you can save these parts as a file.",
    };
    let what = what[..1].to_uppercase() + &what[1..];
    format!("{what} of this project {is} {why}. {kept}")
}

fn count(n: usize, what: &str) -> String {
    match n {
        1 => format!("1 {what}"),
        n => format!("{n} {what}s"),
    }
}

/// Used and granted.
pub fn space(used: f64, granted: f64) -> String {
    let free = (granted - used).max(0.0);
    format!("{} used, {} free", bytes(used), bytes(free))
}

fn bytes(n: f64) -> String {
    match n {
        n if n >= 1e9 => format!("{:.1} GB", n / 1e9),
        n if n >= 1e6 => format!("{:.0} MB", n / 1e6),
        n => format!("{:.0} kB", n / 1e3),
    }
}
