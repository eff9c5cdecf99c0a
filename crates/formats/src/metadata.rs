//! Photos without what their files say beside the picture: place, time, device, names, thumbnails of an uncropped picture.
//!
//! Nothing is encoded anew. What a decoder needs is kept, by a list of what that is; all else goes, whatever it is, and so does what
//! stands behind the picture's end, where phones put films and second pictures with metadata of their own. How the picture is
//! turned stays, as an Exif block that holds that one number.
//!
//! ```
//! use formats::{metadata, photo};
//!
//! let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/photos/bird_1.jpg");
//! let mut bytes = std::fs::read(file)?;
//! // A comment (ITU-T T.81, B.2.4.5) behind the start of the image.
//! bytes.splice(2..2, *b"\xff\xfe\x00\x08secret");
//! let clean = metadata::removed(&bytes).expect("it is a JPEG");
//! assert!(!clean.windows(6).any(|part| part == b"secret"));
//! assert_eq!(photo::decode(&clean), photo::decode(&bytes));
//! # Ok::<(), std::io::Error>(())
//! ```

use flate2::Crc;
use image::metadata::Orientation;
use jpeg::Jpeg;
use kernels::pictures::{self, Format, Png};

use super::kinds::{Kind, kind};
use super::whole::next_marker;

/// The file without metadata; none where its format is one that we do not take apart, or it breaks off.
pub fn removed(file: &[u8]) -> Option<Vec<u8>> {
    match kind(file) {
        Kind::Jpeg { at } => of_jpeg(&file[at..]),
        Kind::Png => of_png(file),
        Kind::Other(Format::WebP) => of_webp(file),
        Kind::Other(Format::Gif) => of_gif(file),
        // It has no place for them.
        Kind::Other(Format::Bmp) => Some(file.to_vec()),
        Kind::Foreign { .. } | Kind::Raw | Kind::Drawing | Kind::NoImage => None,
    }
}

/// A TIFF header and one directory with the one entry 0x0112, orientation (CIPA DC-008, 4.6.4 A); none for a picture that is upright.
fn exif(turn: Option<Orientation>) -> Option<Vec<u8>> {
    let turn = turn.filter(|turn| *turn != Orientation::NoTransforms)?;
    let mut tiff = b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    tiff.extend([turn.to_exif(), 0, 0, 0, 0, 0, 0]);
    Some(tiff)
}

/// ITU-T T.81, annex B.
fn of_jpeg(file: &[u8]) -> Option<Vec<u8>> {
    const END_OF_IMAGE: u8 = 0xd9;
    const SCAN: u8 = 0xda;
    let opened = Jpeg::open(file).ok()?;
    let turn = opened.exif().and_then(Orientation::from_exif_chunk);
    let mut out = vec![0xff, 0xd8];
    let segment = |out: &mut Vec<u8>, marker: u8, data: &[u8]| {
        out.extend([0xff, marker]);
        out.extend((data.len() as u16 + 2).to_be_bytes());
        out.extend(data);
    };
    let mut exif = exif(turn);
    let mut at = 2;
    loop {
        let (marker, after) = next_marker(file, at)?;
        if marker == END_OF_IMAGE {
            out.extend([0xff, END_OF_IMAGE]);
            return Some(out);
        }
        let length = usize::from(u16::from_be_bytes(*file.get(after..)?.first_chunk()?));
        let data = file.get(after + 2..after + length.max(2))?;
        at = after + length.max(2);
        // JFIF's own place is right behind the start; ours is next (CIPA DC-008, 4.5.4).
        if marker != 0xe0
            && let Some(tiff) = exif.take()
        {
            segment(&mut out, 0xe1, &[b"Exif\0\0", &tiff[..]].concat());
        }
        match marker {
            // Without its thumbnail: version, unit and density (JFIF 1.02).
            0xe0 => {
                if let Some(jfif) = data.get(..12).filter(|d| d.starts_with(b"JFIF\0")) {
                    segment(&mut out, marker, &[jfif, &[0, 0]].concat());
                }
            }
            0xe2 if !data.starts_with(b"ICC_PROFILE\0") => {}
            0xee if !data.starts_with(b"Adobe") => {}
            // Colours: a profile, and which transform was used. Other applications' segments, and comments.
            0xe1 | 0xe3..=0xed | 0xef | 0xfe => {}
            _ => segment(&mut out, marker, data),
        }
        if marker == SCAN {
            // Coded data go on to the next marker that is none of theirs.
            let (_, next) = next_marker(file, at)?;
            let end = file[..next - 1].iter().rposition(|byte| *byte != 0xff)? + 1;
            out.extend(file.get(at..end.max(at))?);
            at = end.max(at);
        }
    }
}

/// PNG (W3C, third edition), 5.3 and 11.
fn of_png(file: &[u8]) -> Option<Vec<u8>> {
    const KEPT: [&[u8; 4]; 12] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP",
        b"sBIT", b"bKGD",
    ];
    let exif = {
        let (_, exif) = Png::open(file).ok()?.decode(usize::MAX).ok()?;
        self::exif(exif.as_deref().and_then(Orientation::from_exif_chunk))
    };
    let (signature, mut rest) = file.split_at_checked(8)?;
    let mut out = signature.to_vec();
    loop {
        let (length, behind) = rest.split_first_chunk()?;
        let length = u32::from_be_bytes(*length) as usize;
        // Type, data, and their sum.
        let (chunk, behind) = behind.split_at_checked(length.checked_add(8)?)?;
        let name: &[u8; 4] = chunk.first_chunk()?;
        if KEPT.contains(&name) {
            out.extend((length as u32).to_be_bytes());
            out.extend(chunk);
        }
        if name == b"IHDR"
            && let Some(tiff) = &exif
        {
            let chunk = [b"eXIf", &tiff[..]].concat();
            let mut crc = Crc::new();
            crc.update(&chunk);
            out.extend((tiff.len() as u32).to_be_bytes());
            out.extend(chunk);
            out.extend(crc.sum().to_be_bytes());
        }
        if name == b"IEND" {
            return Some(out);
        }
        rest = behind;
    }
}

/// WebP container specification (RFC 9649), 2.
fn of_webp(file: &[u8]) -> Option<Vec<u8>> {
    const KEPT: [&[u8; 4]; 7] = [
        b"VP8X", b"ICCP", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L",
    ];
    /// Bits of VP8X that say that there is an Exif or an XMP chunk.
    const EXIF: u8 = 1 << 3;
    const XMP: u8 = 1 << 2;
    let mut decoder = pictures::decoder(Format::WebP, file).ok()?;
    let exif = exif(image::ImageDecoder::orientation(&mut decoder).ok());
    let length = u32::from_le_bytes(*file.get(4..)?.first_chunk()?) as usize;
    let mut rest = file.get(12..file.len().min(length.checked_add(8)?))?;
    let mut chunks = b"WEBP".to_vec();
    let chunk = |chunks: &mut Vec<u8>, name: &[u8; 4], data: &[u8]| {
        chunks.extend(name);
        chunks.extend((data.len() as u32).to_le_bytes());
        chunks.extend(data);
        chunks.resize(chunks.len() + data.len() % 2, 0);
    };
    while let Some((head, behind)) = rest.split_first_chunk::<8>() {
        let length = u32::from_le_bytes(*head.last_chunk()?) as usize;
        let (data, behind) = behind.split_at_checked(length)?;
        let name: &[u8; 4] = head.first_chunk()?;
        rest = behind.get(length % 2..).unwrap_or_default();
        if name == b"VP8X" {
            let mut data = data.to_vec();
            let flags = data.first_mut()?;
            *flags &= !(EXIF | XMP);
            if exif.is_some() {
                *flags |= EXIF;
            }
            chunk(&mut chunks, name, &data);
        } else if KEPT.contains(&name) {
            chunk(&mut chunks, name, data);
        }
    }
    // Only one with a VP8X can have had one.
    if let Some(tiff) = exif {
        chunk(&mut chunks, b"EXIF", &tiff);
    }
    Some([b"RIFF", &(chunks.len() as u32).to_le_bytes()[..], &chunks].concat())
}

/// GIF89a (CompuServe, 1990), 17 to 27.
fn of_gif(file: &[u8]) -> Option<Vec<u8>> {
    const IMAGE: u8 = 0x2c;
    const EXTENSION: u8 = 0x21;
    const CONTROL: u8 = 0xf9;
    const END: u8 = 0x3b;
    let colours = |flags: u8| match flags & 0x80 {
        0 => 0,
        _ => 3 << (1 + (flags & 7)),
    };
    // Blocks that each begin with their length, up to one of none.
    let blocks_end = |mut at: usize| loop {
        match *file.get(at)? {
            0 => return Some(at + 1),
            length => at += 1 + usize::from(length),
        }
    };
    let mut at = 13 + colours(*file.get(10)?);
    let mut out = file.get(..at)?.to_vec();
    loop {
        let from = at;
        let kept = match *file.get(at)? {
            END => {
                out.push(END);
                return Some(out);
            }
            IMAGE => {
                at = blocks_end(at + 11 + colours(*file.get(at + 9)?))?;
                true
            }
            EXTENSION => {
                at = blocks_end(at + 2)?;
                *file.get(from + 1)? == CONTROL
            }
            _ => return None,
        };
        if kept {
            out.extend(file.get(from..at)?);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::photo;

    /// What must not be in any file: a place, a time, a device.
    const SECRETS: [&[u8]; 3] = [b"N 52 31 12", b"2024:05:17", b"Pixel 8 Pro"];

    fn secret() -> Vec<u8> {
        SECRETS.concat()
    }

    /// Exif with the secrets in it, turned by a quarter.
    fn full_exif() -> Vec<u8> {
        let mut tiff = exif(Some(Orientation::Rotate90)).expect("it is turned");
        tiff.extend(secret());
        tiff
    }

    fn check(name: &str, file: &[u8]) -> Vec<u8> {
        let has = |bytes: &[u8], secret: &[u8]| bytes.windows(secret.len()).any(|w| w == secret);
        for secret in SECRETS {
            assert!(has(file, secret), "{name} has its secrets at first");
        }
        let clean = removed(file).unwrap_or_else(|| panic!("{name} is taken apart"));
        for secret in SECRETS {
            assert!(!has(&clean, secret), "{name} keeps {secret:?}");
        }
        let (before, after) = (photo::decode(file), photo::decode(&clean));
        assert!(before.is_ok() && before == after, "{name}: {after:?}");
        assert_eq!(
            removed(&clean).as_ref(),
            Some(&clean),
            "{name}: once is enough"
        );
        clean
    }

    fn jpeg_segment(marker: u8, data: &[u8]) -> Vec<u8> {
        let length = (data.len() as u16 + 2).to_be_bytes();
        [&[0xff, marker], &length[..], data].concat()
    }

    #[test]
    fn a_jpeg_keeps_its_pixels_and_its_turn() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/photos/bird_1.jpg");
        let plain = std::fs::read(file).expect("it is there");
        let (width, height) = photo::decode(&plain).expect("it is whole").dimensions();
        let all = [
            jpeg_segment(0xe1, &[b"Exif\0\0", &full_exif()[..]].concat()),
            jpeg_segment(
                0xe1,
                &[b"http://ns.adobe.com/xap/1.0/\0", &secret()[..]].concat(),
            ),
            jpeg_segment(0xed, &secret()),
            jpeg_segment(0xe2, &[b"MPF\0", &secret()[..]].concat()),
            jpeg_segment(0xfe, &secret()),
        ]
        .concat();
        let mut file = plain.clone();
        file.splice(2..2, all);
        // A second picture behind the end, as phones put it there.
        file.extend(&secret());
        let clean = check("JPEG", &file);
        let turned = photo::decode(&clean).expect("it is whole").dimensions();
        assert_eq!(turned, (height, width), "it stays turned");
        assert!(clean.len() < plain.len() + 64);
    }

    #[test]
    fn png_webp_and_gif_keep_their_pixels() {
        let made = |format: image::ImageFormat| {
            let picture =
                image::RgbImage::from_fn(20, 12, |x, y| image::Rgb([x as u8 * 9, y as u8 * 20, 7]));
            let mut bytes = std::io::Cursor::new(Vec::new());
            picture.write_to(&mut bytes, format).expect("it is written");
            bytes.into_inner()
        };
        let png_chunk = |name: &[u8; 4], data: &[u8]| {
            let body = [name, data].concat();
            let mut crc = Crc::new();
            crc.update(&body);
            let length = (data.len() as u32).to_be_bytes();
            [&length[..], &body, &crc.sum().to_be_bytes()].concat()
        };
        let mut png = made(image::ImageFormat::Png);
        let text = [b"Comment\0", &secret()[..]].concat();
        let all = [
            png_chunk(b"eXIf", &full_exif()),
            png_chunk(b"tEXt", &text),
            png_chunk(b"tIME", &secret()),
        ];
        png.splice(33..33, all.concat());
        png.extend(secret());
        let clean = check("PNG", &png);
        assert_eq!(
            photo::decode(&clean).expect("it is whole").dimensions(),
            (12, 20)
        );

        let plain = made(image::ImageFormat::WebP);
        let picture = &plain[12..];
        let chunk = |name: &[u8; 4], data: &[u8]| {
            let mut chunk = [name, &(data.len() as u32).to_le_bytes()[..], data].concat();
            chunk.resize(chunk.len() + data.len() % 2, 0);
            chunk
        };
        let chunks = [
            b"WEBP".to_vec(),
            chunk(b"VP8X", &[0b1100, 0, 0, 0, 19, 0, 0, 11, 0, 0]),
            picture.to_vec(),
            chunk(b"EXIF", &full_exif()),
            chunk(b"XMP ", &secret()),
        ]
        .concat();
        let webp = [b"RIFF", &(chunks.len() as u32).to_le_bytes()[..], &chunks].concat();
        let clean = check("WebP", &webp);
        assert_eq!(
            photo::decode(&clean).expect("it is whole").dimensions(),
            (12, 20)
        );
        // One without a header of its own has no place for metadata.
        assert_eq!(removed(&plain), Some(plain));

        let mut gif = made(image::ImageFormat::Gif);
        let comment = [&[0x21, 0xfe, secret().len() as u8], &secret()[..], &[0]].concat();
        gif.splice(gif.len() - 1..gif.len() - 1, comment);
        check("GIF", &gif);
    }

    #[test]
    fn what_breaks_off_or_is_of_another_kind_is_not_taken_apart() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/photos/bird_1.jpg");
        let whole = std::fs::read(file).expect("it is there");
        for length in [2, 20, 200, whole.len() / 2, whole.len() - 1] {
            assert_eq!(removed(&whole[..length]), None, "{length} bytes");
        }
        assert_eq!(removed(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1"), None);
        assert_eq!(removed(b"text"), None);
    }
}
