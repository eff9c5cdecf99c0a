//! Projects and project files.

use super::stored::bytes;
use data::problem::ProjectProblem;
use data::protocol::{ProjectFileView, ProjectView};

/// As the page calls it.
pub fn project_name(view: &ProjectView) -> String {
    let name = view.name.clone();
    name.unwrap_or_else(|| words::project_unnamed().into())
}

/// How many photos, and how large where that is known.
pub fn project_size(view: &ProjectView) -> String {
    match view.bytes {
        Some(size) => words::project_size(&bytes(size as f64), view.samples),
        None => words::photo_count(view.samples),
    }
}

/// What is in a file.
pub fn holds(view: &ProjectFileView) -> String {
    words::project_holds(view.classes, view.samples, view.heads)
}

pub(super) fn problem(name: &str, why: &ProjectProblem) -> String {
    let said = match why {
        ProjectProblem::Damaged => return words::project_damaged(name),
        ProjectProblem::NewerFile => return words::project_newer(name),
        ProjectProblem::NoProject => return words::project_none(name),
        ProjectProblem::LeftOut { samples } => return words::project_left_out(name, *samples),
        ProjectProblem::NotSaved { samples } => return words::project_not_saved(name, *samples),
        ProjectProblem::NoRoom => return words::project_no_room(name),
        ProjectProblem::Busy => words::project_one_at_a_time(),
        ProjectProblem::OpenElsewhere => words::project_elsewhere(),
        ProjectProblem::NotStored => words::project_not_stored(),
        ProjectProblem::Gone => words::project_gone(),
        ProjectProblem::NoStorage => words::project_no_storage(),
    };
    said.into()
}
