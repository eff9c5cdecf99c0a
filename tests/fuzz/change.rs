//! Changes at random, half of them where a file has its structure.

use network::random::SplitMix64;

use super::harness::Target;

/// Numbers at which something ends: of bits, of types, of signs.
const NUMBERS: [u64; 22] = [
    0,
    1,
    2,
    3,
    7,
    8,
    15,
    16,
    63,
    64,
    0x7f,
    0x80,
    0xff,
    0x100,
    0x7fff,
    0x8000,
    0xffff,
    0x1_0000,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    u64::MAX,
];
/// The same in a text.
const WORDS: [&str; 18] = [
    "0",
    "-1",
    "1",
    "2",
    "255",
    "65536",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "1e999",
    "1e-40",
    "0.5",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "[[[[[[[[",
];
/// Beyond this length a file is cut: it would only take longer.
const LONGEST: usize = 1 << 20;
/// So near to a mark a field lies that the mark is for.
const NEAR: usize = 32;

/// A file made from `file`, and from parts of others.
pub fn changed(
    target: &Target,
    file: &[u8],
    others: &[Vec<u8>],
    random: &mut SplitMix64,
) -> Vec<u8> {
    let mut bytes = file.to_vec();
    let marks = (target.marks)(&bytes);
    // Few more often than many.
    let most = 1 << random.below(5);
    for _ in 0..1 + random.below(most) {
        change(target, &mut bytes, &marks, others, random);
    }
    bytes.truncate(LONGEST);
    if random.below(4) > 0 {
        (target.mend)(&mut bytes);
    }
    bytes
}

fn change(
    target: &Target,
    bytes: &mut Vec<u8>,
    marks: &[usize],
    others: &[Vec<u8>],
    random: &mut SplitMix64,
) {
    let at = place(bytes, marks, random);
    let end = (at + length(random)).min(bytes.len());
    match random.below(12) {
        0 => set(bytes, at, |b| b ^ (1 << random.below(8))),
        1 => set(bytes, at, |_| random.below(256) as u8),
        2 => set(bytes, at, |b| {
            b.wrapping_add(random.below(9) as u8).wrapping_sub(4)
        }),
        3 | 4 => number(bytes, at, random),
        5 => drop(bytes.drain(at..end)),
        6 => {
            let part = bytes[at..end].to_vec();
            let again = 1 + random.below(4);
            (0..again).for_each(|_| insert(bytes, at, &part));
        }
        7 => {
            let other = &others[random.below(others.len())];
            let from = place(other, &(target.marks)(other), random);
            let part = &other[from..(from + length(random)).min(other.len())];
            match random.below(2) {
                0 => insert(bytes, at, part),
                _ => {
                    let end = (at + part.len()).min(bytes.len());
                    bytes.splice(at..end, part.iter().copied());
                }
            }
        }
        8 => {
            // Two parts change places.
            let to = place(bytes, marks, random);
            let part: Vec<u8> = bytes.drain(at..end).collect();
            insert(bytes, to.min(bytes.len()), &part);
        }
        9 if random.below(4) == 0 => bytes.truncate(at),
        9 | 10 => text(bytes, at, random),
        _ => {
            let words = target.words;
            if !words.is_empty() {
                insert(bytes, at, words[random.below(words.len())]);
            }
        }
    }
}

/// Somewhere in a file.
fn place(bytes: &[u8], marks: &[usize], random: &mut SplitMix64) -> usize {
    let at = match marks {
        [_, ..] if random.below(2) == 0 => marks[random.below(marks.len())] + random.below(NEAR),
        _ => random.below(bytes.len() + 1),
    };
    at.min(bytes.len())
}

/// Short ones more often than long ones.
fn length(random: &mut SplitMix64) -> usize {
    let most = 1 << random.below(13);
    1 + random.below(most)
}

fn set(bytes: &mut [u8], at: usize, change: impl FnOnce(u8) -> u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte = change(*byte);
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, part: &[u8]) {
    if bytes.len() + part.len() <= LONGEST {
        bytes.splice(at..at, part.iter().copied());
    }
}

/// A number of one to eight bytes, either end first.
fn number(bytes: &mut [u8], at: usize, random: &mut SplitMix64) {
    let value = match random.below(4) {
        0 => bytes.len() as u64,
        _ => NUMBERS[random.below(NUMBERS.len())],
    };
    let size = 1 << random.below(4);
    let little = value.to_le_bytes();
    let mut part = little[..size].to_vec();
    if random.below(2) == 0 {
        part.reverse();
    }
    let end = (at + size).min(bytes.len());
    bytes[at..end].copy_from_slice(&part[..end - at]);
}

/// The next number in a text becomes another word.
fn text(bytes: &mut Vec<u8>, at: usize, random: &mut SplitMix64) {
    let digit = |b: &u8| b.is_ascii_digit();
    let Some(start) = bytes[at..].iter().position(digit).map(|i| at + i) else {
        return;
    };
    let rest = &bytes[start..];
    let end = start + rest.iter().position(|b| !digit(b)).unwrap_or(rest.len());
    let word = WORDS[random.below(WORDS.len())];
    bytes.splice(start..end, word.bytes());
}

/// The checksum of zips and PNGs (ISO 3309).
pub fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(u32::MAX, step)
}
