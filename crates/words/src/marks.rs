//! How a message lies in a pack: text, with marks where something is to be filled in. The marks are control characters, which
//! no text holds. Read by this crate, and by `locales`, which writes packs.
//!
//! ```text
//! pack     = fingerprint 0 tag { 0 message }
//! message  = { text | TEXT argument | NUMBER argument style | SELECT argument { VARIANT key THEN message } END }
//! argument = '0' + its place
//! style    = digits before the point, at least; digits behind it, at least and at most; '1' with groups of thousands, else '0'
//! key      = what the argument must be; the usual variant's begins with '*'
//! ```

/// Between messages.
pub const NEXT: char = '\0';
pub const TEXT: char = '\u{1}';
pub const NUMBER: char = '\u{2}';
pub const SELECT: char = '\u{3}';
pub const VARIANT: char = '\u{4}';
pub const THEN: char = '\u{5}';
pub const END: char = '\u{6}';
