//! What a file is, by its first bytes: its name does not count.

use kernels::pictures::Format;

/// Pixels across and down.
type Size = (u32, u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Jpeg {
        /// Where it begins: bytes that belong to nothing may stand before it.
        at: usize,
    },
    Png,
    Other(Format),
    /// A picture that a browser may read; of a size, where its header tells.
    Foreign {
        name: &'static str,
        size: Option<Size>,
    },
    /// What a camera's sensor saw, in a format of its maker's.
    Raw,
    /// A drawing in SVG: a document, which may hold programs.
    Drawing,
    NoImage,
}

/// Bytes before a JPEG that are passed over.
const MOST_JUNK: usize = 1024;

pub(super) fn kind(file: &[u8]) -> Kind {
    const JPEG: &[u8] = &[0xff, 0xd8, 0xff];
    const END_OF_JPEG: &[u8] = &[0xff, 0xd9];
    let foreign = |name, size| Kind::Foreign { name, size };
    match file {
        _ if file.starts_with(JPEG) => Kind::Jpeg { at: 0 },
        _ if file.starts_with(b"\x89PNG\r\n\x1a\n") => Kind::Png,
        _ if file.starts_with(b"GIF87a") || file.starts_with(b"GIF89a") => Kind::Other(Format::Gif),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Kind::Other(Format::WebP),
        // Behind the file's header comes another one, which begins with its own length.
        [b'B', b'M', ..] if matches!(file.get(14..18), Some([12..=124, 0, 0, 0])) => {
            Kind::Other(Format::Bmp)
        }
        _ if is_raw(file) => Kind::Raw,
        _ if is_drawing(file) => Kind::Drawing,
        _ if file.starts_with(b"II*\0") || file.starts_with(b"MM\0*") => {
            foreign("TIFF", Tiff::of(file).and_then(|tiff| tiff.size()))
        }
        // ISO/IEC 18181-2: a container's signature, or a codestream's own.
        _ if file.starts_with(b"\0\0\0\x0cJXL \r\n\x87\n") || file.starts_with(&[0xff, 0x0a]) => {
            foreign("JPEG XL", jpeg_xl_size(file))
        }
        _ if file.starts_with(b"\0\0\x01\0") && file.len() > 22 => foreign("ICO", None),
        _ => match coded_by(file) {
            Some(name) => foreign(name, high_efficiency_size(file)),
            None => {
                let head = &file[..file.len().min(MOST_JUNK)];
                // A song or a film may have a JPEG in its head, but does not end with it.
                let at = head.windows(3).position(|bytes| bytes == JPEG);
                let at = at.filter(|_| file.trim_ascii_end().ends_with(END_OF_JPEG));
                at.map_or(Kind::NoImage, |at| Kind::Jpeg { at })
            }
        },
    }
}

/// How the picture in an ISO file (ISO/IEC 14496-12) is coded. Such a file begins with its `ftyp` box, which names a major
/// brand, a version and compatible brands. Films are such files too, under other brands.
fn coded_by(file: &[u8]) -> Option<&'static str> {
    // HEIC's brands stand in ISO/IEC 23008-12, annexes B and E; AVIF's in the AV1 Image File Format, 7.
    // `mif1`, a picture by any coder, comes last: files of both kinds carry it.
    [
        ("AVIF", &[b"avif", b"avis"][..]),
        (
            "HEIC",
            &[b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"],
        ),
        ("HEIF", &[b"mif1", b"msf1"]),
    ]
    .into_iter()
    .find(|(_, known)| brands(file).any(|brand| known.contains(&brand)))
    .map(|(name, _)| name)
}

fn brands(file: &[u8]) -> impl Iterator<Item = &[u8; 4]> {
    let length = match file {
        [a, b, c, d, b'f', b't', b'y', b'p', ..] => u32::from_be_bytes([*a, *b, *c, *d]),
        _ => 0,
    };
    let end = (length as usize).min(file.len());
    file.get(8..end).unwrap_or_default().as_chunks().0.iter()
}

/// The largest of the pictures that an ISO file describes: each has its size in an `ispe` box (ISO/IEC 23008-12, 6.5.3),
/// the tiles of a large one have theirs.
fn high_efficiency_size(file: &[u8]) -> Option<Size> {
    let meta = boxed(file, b"meta")?;
    // Behind the name come a version and flags.
    let sizes = meta.windows(16).filter(|bytes| bytes.starts_with(b"ispe"));
    let sizes = sizes.filter_map(|bytes| {
        let long = |at: usize| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
        Some((long(8)?, long(12)?))
    });
    let pixels = |(width, height): &Size| u64::from(*width) * u64::from(*height);
    sizes.max_by_key(pixels).filter(|size| pixels(size) > 0)
}

/// What is in the first box of a name, one of those that a file is made of.
fn boxed<'a>(mut file: &'a [u8], name: &[u8; 4]) -> Option<&'a [u8]> {
    loop {
        let (&[a, b, c, d, e, f, g, h], rest) = file.split_first_chunk()?;
        let (length, head) = match u32::from_be_bytes([a, b, c, d]) {
            // Up to the end.
            0 => (file.len() as u64, 8),
            1 => (u64::from_be_bytes(*rest.first_chunk()?), 16),
            length => (length.into(), 8),
        };
        let length = usize::try_from(length).ok()?.min(file.len());
        let inside = file.get(head..length)?;
        if [e, f, g, h] == *name {
            return Some(inside);
        }
        file = &file[length..];
    }
}

/// The header of a JPEG XL codestream, ISO/IEC 18181-1, D.2.
fn jpeg_xl_size(file: &[u8]) -> Option<Size> {
    let partial = || boxed(file, b"jxlp")?.get(4..);
    let stream = match file {
        [0xff, ..] => file,
        _ => boxed(file, b"jxlc").or_else(partial)?,
    };
    let head = stream.strip_prefix(&[0xff, 0x0a])?;
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(head)
        .for_each(|(to, from)| *to = *from);
    let bits = &mut u128::from_le_bytes(bytes);
    let is_small = take(bits, 1) == 1;
    let height = jpeg_xl_side(bits, is_small);
    let of_height = |a: u64, b: u64| height * a / b;
    let width = match take(bits, 3) {
        0 => jpeg_xl_side(bits, is_small),
        1 => height,
        2 => of_height(12, 10),
        3 => of_height(4, 3),
        4 => of_height(3, 2),
        5 => of_height(16, 9),
        6 => of_height(5, 4),
        _ => of_height(2, 1),
    };
    Some((u32::try_from(width).ok()?, u32::try_from(height).ok()?))
}

fn jpeg_xl_side(bits: &mut u128, is_small: bool) -> u64 {
    if is_small {
        return 8 * (take(bits, 5) + 1);
    }
    let n = [9, 13, 18, 30][take(bits, 2) as usize];
    take(bits, n) + 1
}

/// The lowest `n` bits, which are gone then.
fn take(bits: &mut u128, n: u32) -> u64 {
    let value = *bits & ((1 << n) - 1);
    *bits >>= n;
    value as u64
}

/// An SVG: XML, in which the first element that is no declaration or comment is `svg`.
fn is_drawing(file: &[u8]) -> bool {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let text = file.trim_ascii_start();
    let head = &text[..text.len().min(4096)];
    head.starts_with(b"<") && head.windows(4).any(|bytes| bytes == b"<svg")
}

/// Most are TIFFs of their makers' own (DNG, NEF, ARW, CR2, PEF …).
fn is_raw(file: &[u8]) -> bool {
    let signatures: [&[u8]; 8] = [
        b"FUJIFILMCCD-RAW",
        b"IIRO",
        b"IIRS",
        b"MMOR",
        b"IIU\0",
        b"FOVb",
        b"\0MRM",
        b"II\x1a\0\0\0HEAPCCDR",
    ];
    signatures.iter().any(|first| file.starts_with(first))
        || brands(file).any(|brand| brand == b"crx ")
        || Tiff::of(file).is_some_and(|tiff| tiff.is_raw())
}

/// The first directory of a TIFF (TIFF 6.0, section 2).
struct Tiff<'a> {
    file: &'a [u8],
    is_little: bool,
    entries: &'a [[u8; 12]],
}

impl<'a> Tiff<'a> {
    fn of(file: &'a [u8]) -> Option<Self> {
        let is_little = match file.first_chunk()? {
            b"II*\0" => true,
            b"MM\0*" => false,
            _ => return None,
        };
        let mut tiff = Self {
            file,
            is_little,
            entries: &[],
        };
        let at = tiff.long(*file.get(4..8)?.first_chunk()?) as usize;
        let directory = file.get(at..)?;
        let (count, entries) = directory.split_first_chunk()?;
        let (entries, _) = entries.as_chunks();
        tiff.entries = &entries[..entries.len().min(tiff.short(*count).into())];
        Some(tiff)
    }

    fn short(&self, bytes: [u8; 2]) -> u16 {
        match self.is_little {
            true => u16::from_le_bytes(bytes),
            false => u16::from_be_bytes(bytes),
        }
    }

    fn long(&self, bytes: [u8; 4]) -> u32 {
        match self.is_little {
            true => u32::from_le_bytes(bytes),
            false => u32::from_be_bytes(bytes),
        }
    }

    /// A number, or the place of what does not fit there.
    fn value(&self, wanted: u16) -> Option<u32> {
        let tag = |entry: &&[u8; 12]| self.short([entry[0], entry[1]]) == wanted;
        let &[_, _, k1, k2, _, _, _, _, a, b, c, d] = self.entries.iter().find(tag)?;
        Some(match self.short([k1, k2]) {
            3 => self.short([a, b]).into(),
            _ => self.long([a, b, c, d]),
        })
    }

    fn size(&self) -> Option<Size> {
        Some((self.value(256)?, self.value(257)?))
    }

    fn is_raw(&self) -> bool {
        const MAKER: u16 = 271;
        const PHOTOMETRIC: u16 = 262;
        const FURTHER_DIRECTORIES: u16 = 330;
        const DNG_VERSION: u16 = 50_706;
        /// Colours side by side, as a sensor has them (TIFF/EP).
        const FILTERS: u32 = 32_803;
        self.file.get(8..10) == Some(b"CR")
            || self.value(DNG_VERSION).is_some()
            || self.value(PHOTOMETRIC) == Some(FILTERS)
            || (self.value(MAKER).is_some() && self.value(FURTHER_DIRECTORIES).is_some())
    }
}
