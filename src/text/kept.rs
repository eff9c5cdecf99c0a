//! Classifiers that a project keeps.

use super::lists::{backbone_name, quoted};
use data::limits::MOST_CLASSES;
use data::problem::KeptProblem;
use data::protocol::KeptHeadView;

/// When it was kept, how good it is, and what it tells apart.
pub fn kept_line(view: &KeptHeadView, date: &str) -> String {
    let right = match &view.accuracy {
        Some((how, of)) => {
            let (value, rest) = super::accuracy(of, *how);
            words::kept_right(&value, &rest)
        }
        None => words::kept_right_unknown().into(),
    };
    words::kept_about(
        date,
        &right,
        &quoted(&view.classes),
        &backbone_name(&view.backbone),
    )
}

pub(super) fn problem(why: &KeptProblem) -> String {
    match why {
        KeptProblem::Full { most } => words::kept_full(*most),
        KeptProblem::Gone => words::kept_gone().into(),
        KeptProblem::OtherBackbone => words::merge_other_backbone().into(),
        KeptProblem::Tuned => words::merge_tuned().into(),
        KeptProblem::NoStatistics { name } if name.is_empty() => {
            words::merge_no_statistics().into()
        }
        KeptProblem::NoStatistics { name } => words::merge_no_statistics_of(name),
        KeptProblem::TooManyClasses { classes } => {
            words::merge_too_many_classes(*classes, MOST_CLASSES)
        }
        KeptProblem::Apart => words::merge_apart().into(),
        KeptProblem::OtherClasses(names) => words::go_on_other_classes(&quoted(names)),
        KeptProblem::NotClosed => words::go_on_not_closed().into(),
    }
}
