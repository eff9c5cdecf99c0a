//! What a photo's name says of where it came from: which burst of the camera, which file before it was copied or edited,
//! which number in a row.

use super::time;
use crate::sample::Provenance;

/// Older frames of the camera have no name of their burst, but the time: one frame followed the other after 150 ms, later
/// on a slow computer.
const BURST_MS: u64 = 1000;

/// Cameras number with so many digits or more: four by their standard (JEITA CP-3461, DCF), as in `IMG_0012`.
const CAMERA_DIGITS: usize = 4;

/// What people and programs add to the name of a copy, as the last word.
const COPY_WORDS: [&str; 14] = [
    "copy",
    "copie",
    "copia",
    "kopie",
    "kopia",
    "edit",
    "edited",
    "bearbeitet",
    "modifié",
    "editado",
    "mirror",
    "mirrored",
    "flip",
    "flipped",
];

/// How two photos belong together, by their names alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinship {
    /// Taken while the camera's button was held once.
    Burst,
    /// A file and its copy, or neighbours in a row of numbers: likely alike, not surely.
    Related,
    None,
}

/// A name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    burst: Option<String>,
    /// Milliseconds since 1970.
    taken: Option<u64>,
    /// In small letters, without ending and marks of a copy.
    stem: String,
    /// What follows the stem.
    mark: String,
    /// `(2)` of a copy.
    copy: Option<u64>,
    /// The number that the stem ends with.
    number: Option<u64>,
    /// Seconds since 1970, by the clock of the camera: of EXIF or of the name.
    at: Option<i64>,
    /// That it came in.
    folder: Option<String>,
}

/// The name of a camera's frame: `camera 2026-11-27 10.03.15 #07.jpg`. `burst` says when the button was pressed, `number`
/// counts from 1.
pub fn frame_name(burst: &str, number: usize) -> String {
    format!("camera {burst} #{number:02}.jpg")
}

impl Origin {
    pub fn of(name: &str) -> Self {
        let name = nfc::lowercase(name);
        let whole = name.rsplit_once('.').map_or(&*name, |(stem, _)| stem);
        // What Roboflow adds to each of the variants that it makes of a photo.
        let mut stem = whole.split_once(".rf.").map_or(whole, |(stem, _)| stem);
        let mut copy = None;
        while let Some((shorter, number)) = without_mark(stem) {
            stem = shorter;
            copy = copy.or(number);
        }
        Self {
            burst: burst_of(whole),
            taken: time_of(whole),
            at: time::in_name(whole).or_else(|| Some((time_of(whole)? / 1000) as i64)),
            folder: None,
            mark: name[stem.len()..].to_owned(),
            copy,
            number: number_of(stem).1,
            stem: stem.to_owned(),
        }
    }

    /// With what is known beside the name.
    pub fn with(mut self, provenance: &Provenance) -> Self {
        self.at = provenance.taken.or(self.at);
        self.folder.clone_from(&provenance.folder);
        self
    }

    /// When it was taken, seconds since 1970 by the camera's clock.
    pub fn at(&self) -> Option<i64> {
        self.at
    }

    pub fn folder(&self) -> Option<&str> {
        self.folder.as_deref()
    }

    /// The row of a camera's numbered names that it stands in, and its number there: none for a copy, which stands beside its
    /// file, and none of numbers that people give.
    pub fn place_in_row(&self) -> Option<(&str, u64)> {
        let (row, number) = number_of(&self.stem);
        let of_camera = self.copy.is_none() && self.stem.len() - row.len() >= CAMERA_DIGITS;
        Some((row, number.filter(|_| of_camera)?))
    }

    /// How two photos are related; the answer is the same whichever of them is asked.
    pub fn kinship(&self, other: &Self) -> Kinship {
        let both = self.taken.zip(other.taken);
        let moments = both.is_some_and(|(a, b)| a.abs_diff(b) <= BURST_MS);
        let burst = self.burst.is_some() && self.burst == other.burst;
        if burst || moments {
            return Kinship::Burst;
        }
        let related = if self.stem == other.stem {
            match (self.copy, other.copy) {
                // Windows numbers unlike photos so when they are renamed at once: `cat (1)` to `cat (50)`.
                (Some(a), Some(b)) => a.abs_diff(b) == 1,
                // `image.jpg` may be anything.
                _ => self.mark != other.mark,
            }
        } else {
            let next = self.number.zip(other.number);
            next.is_some_and(|(a, b)| a.abs_diff(b) == 1)
                && number_of(&self.stem).0 == number_of(&other.stem).0
        };
        match related {
            true => Kinship::Related,
            false => Kinship::None,
        }
    }
}

fn burst_of(name: &str) -> Option<String> {
    let (burst, number) = name.strip_prefix("camera ")?.rsplit_once(" #")?;
    number.parse::<u64>().is_ok().then(|| burst.to_owned())
}

/// The time in a name such as `camera-1764238995123-007`, as frames were named before.
fn time_of(name: &str) -> Option<u64> {
    let (time, number) = name.strip_prefix("camera-")?.split_once('-')?;
    number.parse::<u64>().ok()?;
    time.parse().ok()
}

/// A name without one mark of a copy at its end, and the copy's number.
fn without_mark(stem: &str) -> Option<(&str, Option<u64>)> {
    let separators = [' ', '-', '_', '~', '.'];
    let (shorter, number) = if let Some(open) = stem.strip_suffix(')') {
        let (shorter, number) = open.rsplit_once('(')?;
        (shorter, Some(number.parse().ok()?))
    } else if let Some((shorter, Ok(number))) = stem
        .rsplit_once('~')
        .map(|(shorter, number)| (shorter, number.parse()))
    {
        (shorter, Some(number))
    } else {
        let (before, last) = stem.rsplit_once(separators)?;
        match last.parse().ok() {
            // `cat copy 2`
            Some(number) => {
                let (before, word) = before.rsplit_once(separators)?;
                COPY_WORDS
                    .contains(&word)
                    .then_some((before, Some(number)))?
            }
            None => COPY_WORDS.contains(&last).then_some((before, None))?,
        }
    };
    let shorter = shorter.trim_end_matches(separators);
    (!shorter.is_empty()).then_some((shorter, number))
}

/// `img_0012` -> `img_` and 12.
fn number_of(stem: &str) -> (&str, Option<u64>) {
    let prefix = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    (prefix, stem[prefix.len()..].parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(a: &str, b: &str, expected: Kinship) {
        let (one, other) = (Origin::of(a), Origin::of(b));
        assert_eq!(one.kinship(&other), expected, "{a}, {b}");
        assert_eq!(other.kinship(&one), expected, "{b}, {a}");
    }

    #[test]
    fn frames_of_one_burst_know_each_other() {
        let frame = |second: u32, number| frame_name(&format!("2026-11-27 10.03.{second}"), number);
        assert_eq!(frame(15, 7), "camera 2026-11-27 10.03.15 #07.jpg");
        check(&frame(15, 1), &frame(15, 140), Kinship::Burst);
        check(&frame(15, 1), &frame(17, 1), Kinship::None);
        check(
            "camera-1764238995123-007.jpg",
            "camera-1764238995301-008.jpg",
            Kinship::Burst,
        );
        check(
            "camera-1764238995123-007.jpg",
            "camera-1764239005301-008.jpg",
            Kinship::None,
        );
        check("camera #1.jpg", "camera #2.jpg", Kinship::Related);
    }

    #[test]
    fn copies_are_related_to_their_file() {
        for copy in [
            "IMG_1234 (1).jpg",
            "IMG_1234(2).JPG",
            "IMG_1234-edited.jpg",
            "img_1234 copy.jpg",
            "IMG_1234 - Copy.jpg",
            "IMG_1234 - Copy (2).jpg",
            "IMG_1234 copy 2.jpg",
            "IMG_1234~2.jpg",
            "IMG_1234.png",
            "IMG_1234_flipped.jpg",
            "IMG_1234.rf.0a1b2c3d.jpg",
        ] {
            check("IMG_1234.jpg", copy, Kinship::Related);
            check("IMG_1236.jpg", copy, Kinship::None);
        }
        check("IMG_1234.rf.aa.jpg", "IMG_1234.rf.bb.jpg", Kinship::Related);
        check("cat (1).jpg", "cat (2).jpg", Kinship::Related);
    }

    #[test]
    fn numbers_relate_neighbours_only() {
        check("frame_0001.jpg", "frame_0002.jpg", Kinship::Related);
        check("1.jpg", "2.jpg", Kinship::Related);
        check("1.jpg", "3.jpg", Kinship::None);
        check("IMG_0001.jpg", "IMG_0500.jpg", Kinship::None);
        check("cat 1.jpg", "dog 2.jpg", Kinship::None);
        check("cat (1).jpg", "cat (50).jpg", Kinship::None);
    }

    #[test]
    fn names_that_anything_may_have_say_nothing() {
        for name in [
            "image.jpg",
            "1.jpg",
            "",
            "copy.jpg",
            "(1).jpg",
            ".jpg",
            "é (1",
        ] {
            check(name, name, Kinship::None);
        }
        check("image.jpg", "photo.jpg", Kinship::None);
        // More digits than a number has.
        let long = "9".repeat(40);
        check(&long, "1.jpg", Kinship::None);
    }
}
