//! Photos that cannot be used.

use data::photo::PhotoProblem;
use data::problem::SampleProblem;

/// One photo, in a sentence or two: what is wrong, and what to do.
pub(super) fn one(file: &str, why: &SampleProblem) -> String {
    match why {
        SampleProblem::Empty => words::photo_empty(file),
        SampleProblem::Photo(PhotoProblem::NotAnImage) => words::photo_no_image(file),
        SampleProblem::Unsupported(format) => words::photo_unsupported(file, format),
        SampleProblem::Photo(PhotoProblem::UnusualJpeg) => words::photo_unusual_jpeg(file),
        SampleProblem::Photo(PhotoProblem::Raw) => words::photo_raw(file),
        SampleProblem::Photo(PhotoProblem::Drawing) => words::photo_drawing(file),
        SampleProblem::Damaged => words::photo_damaged(file),
        SampleProblem::Photo(PhotoProblem::TooLarge { width, height }) => {
            words::photo_too_large(file, *width, *height)
        }
        SampleProblem::TooManyBytes { megabytes } => words::photo_too_many_bytes(file, *megabytes),
        SampleProblem::Duplicate { class } => words::photo_duplicate(file, class),
        SampleProblem::InTestSet { class } => words::photo_in_test_set(file, class),
        SampleProblem::LearnedFrom { class } => words::photo_learned_from(file, class),
        SampleProblem::Unreadable(_) => words::photo_unreadable(file),
        SampleProblem::NoClass => words::photo_no_class(file),
    }
}

/// Several photos with the same problem, in one sentence.
pub fn many(why: &SampleProblem, count: usize) -> String {
    match why {
        SampleProblem::Empty => words::photo_empty_many(count),
        SampleProblem::Photo(PhotoProblem::NotAnImage) => words::photo_no_image_many(count),
        SampleProblem::Unsupported(format) => words::photo_unsupported_many(count, format),
        SampleProblem::Photo(PhotoProblem::UnusualJpeg) => words::photo_unusual_jpeg_many(count),
        SampleProblem::Photo(PhotoProblem::Raw) => words::photo_raw_many(count),
        SampleProblem::Photo(PhotoProblem::Drawing) => words::photo_drawing_many(count),
        SampleProblem::Damaged => words::photo_damaged_many(count),
        SampleProblem::Photo(PhotoProblem::TooLarge { .. }) => words::photo_too_large_many(count),
        SampleProblem::TooManyBytes { .. } => words::photo_too_many_bytes_many(count),
        SampleProblem::Duplicate { .. } => words::photo_duplicate_many(count),
        SampleProblem::InTestSet { .. } => words::photo_in_test_set_many(count),
        SampleProblem::LearnedFrom { .. } => words::photo_learned_from_many(count),
        SampleProblem::Unreadable(_) => words::photo_unreadable_many(count),
        SampleProblem::NoClass => words::photo_no_class_many(count),
    }
}

/// What is wrong with a photo, without its name and what to do: for lists.
pub fn fault(why: &SampleProblem) -> String {
    let said = match why {
        SampleProblem::Unsupported(format) => return words::photo_unsupported_fault(format),
        SampleProblem::Photo(PhotoProblem::TooLarge { width, height }) => {
            return words::photo_too_large_fault(*width, *height);
        }
        SampleProblem::TooManyBytes { megabytes } => {
            return words::photo_too_many_bytes_fault(*megabytes);
        }
        SampleProblem::Duplicate { class } => return words::photo_duplicate_fault(class),
        SampleProblem::InTestSet { class } => return words::photo_in_test_set_fault(class),
        SampleProblem::LearnedFrom { class } => return words::photo_learned_from_fault(class),
        SampleProblem::Empty => words::photo_empty_fault(),
        SampleProblem::Photo(PhotoProblem::NotAnImage) => words::photo_no_image_fault(),
        SampleProblem::Photo(PhotoProblem::UnusualJpeg) => words::photo_unusual_jpeg_fault(),
        SampleProblem::Photo(PhotoProblem::Raw) => words::photo_raw_fault(),
        SampleProblem::Photo(PhotoProblem::Drawing) => words::photo_drawing_fault(),
        SampleProblem::Damaged => words::photo_damaged_fault(),
        SampleProblem::Unreadable(_) => words::photo_unreadable_fault(),
        SampleProblem::NoClass => words::photo_no_class_fault(),
    };
    said.into()
}
