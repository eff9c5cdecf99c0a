//! Photos that cannot be used.

use data::problem::PhotoProblem;

/// One photo, in a sentence or two: what is wrong, and what to do.
pub(super) fn one(file: &str, why: &PhotoProblem) -> String {
    match why {
        PhotoProblem::Empty => words::photo_empty(file),
        PhotoProblem::NotAnImage => words::photo_no_image(file),
        PhotoProblem::Unsupported(format) => words::photo_unsupported(file, format),
        PhotoProblem::UnusualJpeg => words::photo_unusual_jpeg(file),
        PhotoProblem::Raw => words::photo_raw(file),
        PhotoProblem::Drawing => words::photo_drawing(file),
        PhotoProblem::Damaged => words::photo_damaged(file),
        PhotoProblem::TooLarge { width, height } => words::photo_too_large(file, *width, *height),
        PhotoProblem::TooManyBytes { megabytes } => words::photo_too_many_bytes(file, *megabytes),
        PhotoProblem::Duplicate { class } => words::photo_duplicate(file, class),
        PhotoProblem::Unreadable(_) => words::photo_unreadable(file),
        PhotoProblem::NoClass => words::photo_no_class(file),
    }
}

/// Several photos with the same problem, in one sentence.
pub fn many(why: &PhotoProblem, count: usize) -> String {
    match why {
        PhotoProblem::Empty => words::photo_empty_many(count),
        PhotoProblem::NotAnImage => words::photo_no_image_many(count),
        PhotoProblem::Unsupported(format) => words::photo_unsupported_many(count, format),
        PhotoProblem::UnusualJpeg => words::photo_unusual_jpeg_many(count),
        PhotoProblem::Raw => words::photo_raw_many(count),
        PhotoProblem::Drawing => words::photo_drawing_many(count),
        PhotoProblem::Damaged => words::photo_damaged_many(count),
        PhotoProblem::TooLarge { .. } => words::photo_too_large_many(count),
        PhotoProblem::TooManyBytes { .. } => words::photo_too_many_bytes_many(count),
        PhotoProblem::Duplicate { .. } => words::photo_duplicate_many(count),
        PhotoProblem::Unreadable(_) => words::photo_unreadable_many(count),
        PhotoProblem::NoClass => words::photo_no_class_many(count),
    }
}

/// What is wrong with a photo, without its name and what to do: for lists.
pub fn fault(why: &PhotoProblem) -> String {
    let said = match why {
        PhotoProblem::Unsupported(format) => return words::photo_unsupported_fault(format),
        PhotoProblem::TooLarge { width, height } => {
            return words::photo_too_large_fault(*width, *height);
        }
        PhotoProblem::TooManyBytes { megabytes } => {
            return words::photo_too_many_bytes_fault(*megabytes);
        }
        PhotoProblem::Duplicate { class } => return words::photo_duplicate_fault(class),
        PhotoProblem::Empty => words::photo_empty_fault(),
        PhotoProblem::NotAnImage => words::photo_no_image_fault(),
        PhotoProblem::UnusualJpeg => words::photo_unusual_jpeg_fault(),
        PhotoProblem::Raw => words::photo_raw_fault(),
        PhotoProblem::Drawing => words::photo_drawing_fault(),
        PhotoProblem::Damaged => words::photo_damaged_fault(),
        PhotoProblem::Unreadable(_) => words::photo_unreadable_fault(),
        PhotoProblem::NoClass => words::photo_no_class_fault(),
    };
    said.into()
}
