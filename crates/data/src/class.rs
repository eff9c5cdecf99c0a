//! A class: what the classifier learns to tell from the others.

use serde::{Deserialize, Serialize};

/// Stays the same when the class is renamed; never reused in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32")]
pub struct ClassId(pub u32);

impl TryFrom<u32> for ClassId {
    type Error = TooLarge;

    fn try_from(number: u32) -> Result<Self, TooLarge> {
        in_range(number).map(Self)
    }
}

/// No project comes this far. What is stored or sent with a number from here on is damaged, and would leave none for what is
/// new.
pub const END_OF_NUMBERS: u32 = 1 << 31;

#[derive(Debug, thiserror::Error)]
#[error("{0} is the number of nothing")]
pub struct TooLarge(u32);

/// A number of a class or sample.
pub(super) fn in_range(number: u32) -> Result<u32, TooLarge> {
    match number {
        ..END_OF_NUMBERS => Ok(number),
        _ => Err(TooLarge(number)),
    }
}

/// sRGB colour of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colour(pub u8, pub u8, pub u8);

/// Okabe and Ito's colour-blind-safe set ("Color Universal Design", 2008), without black and
/// with yellow last (it is the hardest to see on white).
pub const PALETTE: [Colour; 7] = [
    Colour(0, 114, 178),   // blue
    Colour(230, 159, 0),   // orange
    Colour(0, 158, 115),   // bluish green
    Colour(204, 121, 167), // reddish purple
    Colour(213, 94, 0),    // vermilion
    Colour(86, 180, 233),  // sky blue
    Colour(240, 228, 66),  // yellow
];

impl Colour {
    /// `#rrggbb`
    pub fn hex(self) -> String {
        format!("#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }

    /// Reads `#rrggbb`.
    pub fn parse(hex: &str) -> Option<Self> {
        let digits = hex
            .strip_prefix('#')
            .filter(|d| d.len() == 6 && d.is_ascii())?;
        let byte = |i: usize| u8::from_str_radix(&digits[i..i + 2], 16).ok();
        Some(Self(byte(0)?, byte(2)?, byte(4)?))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    pub id: ClassId,
    pub name: String,
    pub colour: Colour,
}

/// How many samples a class has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCount {
    pub id: ClassId,
    /// As in [`ClassView`].
    pub count: usize,
    pub pending: usize,
}

/// A class as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassView {
    pub class: Class,
    /// Samples with an embedding.
    pub count: usize,
    /// Samples still to embed.
    pub pending: usize,
}
