//! Each problem as a sentence or two: what is wrong, and what to do.

use super::lists::quoted;
use super::{kept, photo, projects, reason, sample_name, share, stored, too_few_classes};
use data::limits::MOST_CLASSES;
use data::problem::{
    BackboneProblem, CompareProblem, HeadProblem, LabProblem, LeftOut, Listed, Problem,
    TrainingProblem, ZipProblem,
};

pub fn problem(problem: &Problem) -> String {
    let said = match problem {
        Problem::Sample { file, why } => return photo::one(file, why),
        Problem::Head { file, why } => return head(file, why),
        Problem::Zip { file, why } => return zip(file, why),
        Problem::LeftOut { from, what } => return left_out(from, what),
        Problem::Storage(why) => return stored::problem(why),
        Problem::Link(why) => return share::problem(why),
        Problem::Project { name, why } => return projects::problem(name, why),
        Problem::Lab(why) => return lab(why),
        Problem::Training(TrainingProblem::TuningTooLarge { samples }) => {
            return words::problem_tuning_too_large(*samples);
        }
        Problem::DeviceUnavailable { why } => return words::problem_device(&reason(why)),
        Problem::SampleSet { set, .. } => return words::problem_sample_set(sample_name(set)),
        Problem::TooManyClasses { classes } => {
            return words::problem_too_many_classes(*classes, MOST_CLASSES);
        }
        Problem::Internal(detail) => return words::problem_internal(detail.shown()),
        Problem::Breaks { file } if !file.is_empty() => return words::problem_breaks_file(file),
        Problem::Breaks { .. } => words::problem_breaks(),
        Problem::Training(TrainingProblem::TooFewClasses { classes }) => too_few_classes(*classes),
        Problem::NoHead => words::problem_no_head(),
        Problem::Compare(CompareProblem::OneHead) => words::compare_heads_one(),
        Problem::Compare(CompareProblem::OtherBackbone) => words::compare_heads_backbone(),
        Problem::Compare(CompareProblem::Unreadable) => words::compare_heads_unreadable(),
        Problem::Compare(CompareProblem::NothingShared) => words::compare_heads_nothing(),
        Problem::Kept(why) => return kept::problem(why),
        Problem::Export(_) => words::problem_export(),
        Problem::Training(TrainingProblem::HeadTooLarge) => words::problem_head_too_large(),
        Problem::Backbone(BackboneProblem::Missing(_)) => words::problem_backbone_missing(),
        Problem::Backbone(BackboneProblem::Damaged(_)) => words::problem_backbone_damaged(),
        Problem::Backbone(BackboneProblem::SelfTest) => words::problem_backbone_self_test(),
        Problem::Computation(_) => words::problem_computation(),
        Problem::DeviceLost => words::problem_device_lost(),
        Problem::TrainingDiverged => words::problem_diverged(),
        Problem::Outdated => words::problem_outdated(),
        Problem::Restarted { training: false } => words::problem_restarted(),
        Problem::Restarted { training: true } => words::problem_restarted_training(),
    };
    said.into()
}

fn zip(file: &str, why: &ZipProblem) -> String {
    match why {
        ZipProblem::Damaged => words::zip_damaged(file),
        ZipProblem::Unreadable(_) => words::photo_unreadable(file),
        ZipProblem::NoSamples => words::zip_no_photos(file),
        ZipProblem::TooMany { files } => words::zip_too_many(file, *files),
        ZipProblem::TooManyClasses { classes } => {
            words::zip_too_many_classes(file, *classes, MOST_CLASSES)
        }
        ZipProblem::OtherKind(kind) => words::zip_other_kind(file, kind),
        ZipProblem::Password => words::zip_password(file),
        // Few of them have a name.
        ZipProblem::Method(method) if method.parse::<u16>().is_ok() => {
            words::zip_method(file, &words::zip_method_number(method))
        }
        ZipProblem::Method(method) => words::zip_method(file, method),
        ZipProblem::Nested => words::zip_nested(file),
        ZipProblem::Part => words::zip_part(file),
        ZipProblem::Overlapping => words::zip_overlapping(file),
        ZipProblem::Bomb { megabytes } => words::zip_bomb(file, *megabytes),
    }
}

fn left_out(from: &str, what: &LeftOut) -> String {
    // One is called by its name.
    let only =
        |all: &Listed| (all.count == 1).then(|| all.first.first().cloned().unwrap_or_default());
    match what {
        LeftOut::NotSamples(all) => match only(all) {
            Some(file) => words::left_out_not_photo(&file, from),
            None => words::left_out_not_photo_many(from, all.count),
        },
        LeftOut::Archives(all) => match only(all) {
            Some(file) => words::left_out_archive(&file, from),
            None => words::left_out_archive_many(from, all.count),
        },
        LeftOut::Loose(all) => match only(all) {
            Some(file) => words::left_out_loose(&file, from),
            None => words::left_out_loose_many(from, all.count),
        },
        LeftOut::ToTest { folders, samples } => {
            words::left_out_to_test(*samples, &quoted(folders), from)
        }
        LeftOut::IntoTestSet { folders, samples } => {
            words::left_out_into_test_set(*samples, &quoted(folders))
        }
        LeftOut::NoSuchClass { classes, samples } => {
            words::left_out_no_such_class(*samples, &quoted(classes))
        }
        LeftOut::ToLearn { folders, samples } => {
            words::left_out_to_learn(&quoted(folders), *samples)
        }
        LeftOut::Merged(classes) => words::left_out_merged(&quoted(classes)),
        LeftOut::Names => words::left_out_names(from),
    }
}

fn head(file: &str, why: &HeadProblem) -> String {
    // The one that an undo would bring back comes from no file.
    let file = match file.is_empty() {
        true => words::classifier_before(),
        false => file,
    };
    match why {
        HeadProblem::NotAHead => words::head_no_head(file),
        HeadProblem::Damaged(_) => words::head_damaged(file),
        HeadProblem::Newer { found, known } => words::head_newer(file, *found, *known),
        HeadProblem::NotFinite => words::head_not_finite(file),
        HeadProblem::Shape(_) => words::head_shape(file),
        HeadProblem::UnknownBackbone(id) => words::head_unknown_backbone(file, id),
        HeadProblem::OtherWeights(id) => words::head_other_weights(file, id),
        HeadProblem::TooLarge(_) => words::head_too_large(file),
        HeadProblem::TooManyClasses { classes } => {
            words::head_too_many_classes(file, *classes, MOST_CLASSES)
        }
        HeadProblem::Unbounded => words::head_unbounded(file),
    }
}

fn lab(why: &LabProblem) -> String {
    let said = match why {
        LabProblem::TooFewSamples {
            class,
            samples,
            needed,
        } => return words::lab_problem_photos(class, *samples, *needed),
        LabProblem::TooAlike { class } => return words::lab_problem_alike(class),
        LabProblem::TooManyClasses { classes } => {
            return words::lab_problem_too_many_classes(*classes, MOST_CLASSES);
        }
        LabProblem::TooFewClasses => words::lab_problem_classes(),
        LabProblem::NoMethod => words::lab_problem_method(),
        LabProblem::Training => words::lab_problem_training(),
        LabProblem::Running => words::lab_problem_running(),
        LabProblem::NoSample => words::lab_problem_no_photo(),
        LabProblem::NoOldHead => words::lab_problem_no_old_head(),
        LabProblem::OldHead(_) => words::lab_problem_old_head(),
        LabProblem::TooLarge => words::lab_problem_memory(),
    };
    said.into()
}
