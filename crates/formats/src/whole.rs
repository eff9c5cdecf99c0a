//! Is a JPEG file all there? The decoder fills what a cut-off file lacks with grey and says
//! nothing, as browsers do; a half-grey photo would teach a class the colour of the missing half.

/// True where the file goes on to its end-of-image marker (ITU-T T.81, B.1.1).
///
/// What follows that marker is not looked at: phones put depth maps, a second picture (MPF) or a
/// short film there. Thumbnails lie inside a segment, whose length leads past their own marker.
pub(super) fn is_whole(file: &[u8]) -> bool {
    const START_OF_IMAGE: u8 = 0xd8;
    const END_OF_IMAGE: u8 = 0xd9;
    let mut at = 0;
    while let Some((marker, after)) = next_marker(file, at) {
        at = match marker {
            END_OF_IMAGE => return true,
            START_OF_IMAGE => after,
            // A segment begins with its own length, two bytes of which are the length itself.
            // Coded data follow only a start-of-scan segment, and `next_marker` passes over them.
            _ => match file.get(after..after + 2) {
                Some(&[high, low]) => after + usize::from(u16::from_be_bytes([high, low])).max(2),
                _ => return false,
            },
        };
    }
    false
}

/// The first marker from `at` on that is not part of coded data, and where it ends.
pub(super) fn next_marker(file: &[u8], mut at: usize) -> Option<(u8, usize)> {
    loop {
        at += file.get(at..)?.iter().position(|byte| *byte == 0xff)? + 1;
        match *file.get(at)? {
            // A stuffed 0xff of the coded data, TEM, and the restarts between their parts.
            0x00 | 0x01 | 0xd0..=0xd7 => at += 1,
            // Any number of 0xff may stand before a marker.
            0xff => {}
            marker => return Some((marker, at + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_picture_s_own_end_counts() {
        // A start, a segment of any kind, a scan, coded data, an end.
        const START: &[u8] = &[0xff, 0xd8];
        const THUMBNAIL: &[u8] = &[0xff, 0xe1, 0, 6, 0xff, 0xd8, 0xff, 0xd9];
        const SCAN: &[u8] = &[0xff, 0xda, 0, 4, 1, 0];
        const CODED: &[u8] = &[0x12, 0xff, 0x00, 0xd9, 0xff, 0xd3, 0x34];
        const TABLE: &[u8] = &[0xff, 0xc4, 0, 3, 7];
        const END: &[u8] = &[0xff, 0xd9];
        let check = |parts: &[&[u8]], whole: bool| {
            assert_eq!(is_whole(&parts.concat()), whole, "{parts:x?}");
        };
        check(&[START, SCAN, CODED, END], true);
        check(&[START, SCAN, CODED], false);
        check(&[START, THUMBNAIL, SCAN, CODED], false);
        check(&[START, THUMBNAIL, SCAN, CODED, END], true);
        // Several scans, as progressive files have; fill bytes; something behind the end.
        check(&[START, SCAN, CODED, TABLE, SCAN, CODED, END], true);
        check(&[START, SCAN, CODED, TABLE, SCAN, CODED], false);
        check(&[START, SCAN, CODED, &[0xff, 0xff], END], true);
        check(&[START, SCAN, CODED, END, b"ftypmp42"], true);
        // Cut inside a segment, inside a length, inside a marker; a length that lies.
        check(&[START, &THUMBNAIL[..5]], false);
        check(&[START, &SCAN[..3]], false);
        check(&[START, SCAN, CODED, &END[..1]], false);
        check(&[START, &[0xff, 0xe1, 0xff, 0xff], SCAN, CODED, END], false);
        check(&[START, &[0xff, 0xe1, 0, 0], SCAN, CODED, END], true);
        check(&[], false);
    }
}
