//! What a camera wrote about a photo.

use std::io::Cursor;

use data::photo::seconds_since_1970;
use exif::{DateTime, In, Reader, Tag, Value};

/// When a photo was taken, in seconds since 1970 by the camera's clock, which says nothing of its zone: EXIF's
/// `DateTimeOriginal`, in a JPEG, PNG, WebP or HEIC. A file's own time is that of its last copy, and EXIF's `DateTime` that of the last
/// change: both say nothing of what it shows.
pub fn taken(bytes: &[u8]) -> Option<i64> {
    let mut reader = Reader::new();
    // A damaged block must not cost what is whole of it.
    reader.continue_on_error(true);
    let read = reader.read_from_container(&mut Cursor::new(bytes));
    let exif = read
        .or_else(|why| why.distill_partial_result(|_| {}))
        .ok()?;
    let field = exif.get_field(Tag::DateTimeOriginal, In::PRIMARY)?;
    let Value::Ascii(texts) = &field.value else {
        return None;
    };
    let at = DateTime::from_ascii(texts.first()?).ok()?;
    let date = [at.year.into(), at.month.into(), at.day.into()];
    seconds_since_1970(date, [at.hour.into(), at.minute.into(), at.second.into()])
}
