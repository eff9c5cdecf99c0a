//! What the tab has sent.

use super::stored::bytes;

/// Bytes, as “Nothing sent” or “2.1 MB sent”.
pub fn sent_short(sent: f64) -> String {
    match sent > 0.0 {
        true => words::sent_some(&amount(sent)),
        false => words::sent().into(),
    }
}

/// The number alone, for where there is no room.
pub fn sent_number(sent: f64) -> String {
    match sent < 1e3 {
        true => words::sent_narrow(sent as usize),
        false => bytes(sent),
    }
}

/// The same as a sentence.
pub fn sent_so_far(sent: f64) -> String {
    words::sent_so_far(&amount(sent))
}

fn amount(sent: f64) -> String {
    match sent < 1e3 {
        true => words::size_bytes(sent as usize),
        false => bytes(sent),
    }
}
