//! A head as text for the end of an address, and back: `docs/head-format.md` says how ("The link").
//!
//! Half of what a head's file holds says nothing of its answers: the mean that is taken off can be counted into the bias, and of
//! each layer of outputs only differences matter. The rest is whole numbers of steps, which pack well. Whether such a head still
//! answers as before is for who has photos: what a link holds is read back and compared (`engine::sharing`).

mod dense;
mod digits;
mod prototypes;

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as LETTERS;
use data::backbone::find_backbone;
use data::classifier::Input;
use data::head::HeadInfo;
use data::limits::{MOST_CLASSES, MOST_HIDDEN, MOST_PROTOTYPES, product};
use data::share::{KEY, LONGEST_LINK, LinkProblem, MOST_NUMBERS, Precision, Qr};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use formats::head_file::{self, HeadFile};
use serde::{Deserialize, Serialize};

use crate::qr;

/// Raised whenever an older Graft would misread a new link.
const VERSION: u8 = 1;
/// Bytes of the SHA-256 of what is packed that stand before it.
const CHECK: usize = 4;
/// Bytes of the description. A table of mistakes between 300 classes fits.
const LONGEST_DESCRIPTION: usize = 1 << 20;
/// Bytes that a link's text unpacks to.
const MOST_UNPACKED: usize = LONGEST_DESCRIPTION + 6 * MOST_NUMBERS;

/// What is no number: JSON.
#[derive(Serialize, Deserialize)]
struct Description {
    info: HeadInfo,
    #[serde(default)]
    input: Input,
    /// Units of the hidden layer, or none.
    hidden: Option<usize>,
    /// How many there are.
    prototypes: usize,
}

/// A link, and as a picture where it is short enough.
pub struct Link {
    /// The whole address.
    pub url: String,
    pub qr: Option<Qr>,
}

/// A head's file as a link, and the head's file that comes out of it again: whoever has photos compares both.
pub fn of_file(
    bytes: &[u8],
    precision: Precision,
    address: &str,
) -> Result<(String, Option<Qr>, Vec<u8>), LinkProblem> {
    let file = head_file::read(bytes).map_err(|_| LinkProblem::NoHead)?;
    let Link { url, qr } = write(&file, precision, address)?;
    let (_, text) = url.rsplit_once(KEY).expect("it was put in");
    let read_back = read(text)?;
    Ok((url, qr, read_back))
}

/// A head file as a link to `address`.
pub fn write(file: &HeadFile, precision: Precision, address: &str) -> Result<Link, LinkProblem> {
    let bytes = packed(file, precision)?;
    let url = format!("{address}#{KEY}{}", LETTERS.encode(&bytes));
    if url.len() > LONGEST_LINK {
        return Err(LinkProblem::TooLarge);
    }
    // Digits alone take less room in a QR code than letters.
    let qr = qr::picture(&format!("{address}#{KEY}"), &digits::write(&bytes));
    Ok(Link { url, qr })
}

/// The head file that stands in the text behind `#head=`. It is as whole as any file that may come from anyone: whoever opens it
/// judges it.
pub fn read(text: &str) -> Result<Vec<u8>, LinkProblem> {
    if text.len() > LONGEST_LINK {
        return Err(LinkProblem::TooLong {
            letters: text.len(),
        });
    }
    // Programs that hand links on take marks behind them along.
    let text = text.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_');
    let bytes = match digits::are_all(text) {
        true => digits::read(text),
        false => LETTERS.decode(text).ok(),
    };
    let bytes = bytes.ok_or(LinkProblem::Cut)?;
    match bytes.first() {
        Some(&VERSION) => {}
        Some(&newer) if newer > VERSION && newer < 0x20 => return Err(LinkProblem::Newer(newer)),
        _ => return Err(LinkProblem::Cut),
    }
    let (check, packed) = bytes[1..]
        .split_first_chunk::<CHECK>()
        .ok_or(LinkProblem::Cut)?;
    if *check != checksum(packed) {
        return Err(LinkProblem::Cut);
    }
    let mut unpacked = Vec::new();
    let limit = MOST_UNPACKED as u64 + 1;
    DeflateDecoder::new(packed)
        .take(limit)
        .read_to_end(&mut unpacked)
        .map_err(|_| LinkProblem::NoHead)?;
    let file = head(&unpacked).ok_or(LinkProblem::NoHead)?;
    Ok(head_file::write(&file))
}

/// For tests: what is in a link's bytes, unpacked.
#[doc(hidden)]
pub fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut unpacked = Vec::new();
    let packed = &bytes[1 + CHECK..];
    let read = DeflateDecoder::new(packed).read_to_end(&mut unpacked);
    read.expect("it is whole");
    unpacked
}

/// For tests that change a link's bytes: makes the checksum fit again.
#[doc(hidden)]
pub fn mend(bytes: &mut [u8]) {
    if bytes.len() > 1 + CHECK {
        let check = checksum(&bytes[1 + CHECK..]);
        bytes[1..=CHECK].copy_from_slice(&check);
    }
}

fn checksum(packed: &[u8]) -> [u8; CHECK] {
    let hash = formats::hash(packed).0;
    let digits = |i: usize| u8::from_str_radix(&hash[2 * i..2 * i + 2], 16);
    std::array::from_fn(|i| digits(i).expect("a hash is hexadecimal"))
}

fn packed(file: &HeadFile, precision: Precision) -> Result<Vec<u8>, LinkProblem> {
    let HeadFile {
        head,
        info,
        tuned_layers,
        // A third of a megabyte: a link goes without.
        statistics: _,
    } = file;
    if !tuned_layers.is_empty() {
        return Err(LinkProblem::Tuned);
    }
    let unknown = info.unknown.as_deref();
    let prototypes = unknown.map_or(0, |u| u.prototypes.len() / u.width.max(1));
    let hidden = head.hidden.as_ref();
    let numbers = head.out.weight.len()
        + hidden.map_or(0, |hidden| hidden.weight.len())
        + unknown.map_or(0, |unknown| unknown.prototypes.len());
    let description = Description {
        info: info.clone(),
        input: head.input.clone(),
        hidden: hidden.map(|hidden| hidden.bias.len()),
        prototypes,
    };
    let json = serde_json::to_vec(&description).expect("plain data becomes JSON");
    if numbers > MOST_NUMBERS || json.len() > LONGEST_DESCRIPTION {
        return Err(LinkProblem::TooLarge);
    }
    let mut all = vec![precision as u8];
    all.extend((json.len() as u32).to_le_bytes());
    all.extend(json);
    dense::write(head, precision, &mut all);
    if let Some(unknown) = unknown {
        prototypes::write(&unknown.prototypes, unknown.width, precision, &mut all);
    }
    Ok(pack(&all))
}

/// A link's bytes.
#[doc(hidden)]
pub fn pack(all: &[u8]) -> Vec<u8> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::best());
    packer.write_all(all).expect("memory takes all");
    let packed = packer.finish().expect("memory takes all");
    let mut bytes = vec![VERSION];
    bytes.extend(checksum(&packed));
    bytes.extend(packed);
    bytes
}

/// What unpacked bytes say; none where they make no head.
fn head(all: &[u8]) -> Option<HeadFile> {
    let (precision, rest) = all.split_first()?;
    let precision = *Precision::ALL.get(usize::from(*precision))?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (json, mut numbers) = rest.split_at_checked(length)?;
    if json.len() > LONGEST_DESCRIPTION {
        return None;
    }
    let Description {
        mut info,
        input,
        hidden,
        prototypes,
    } = serde_json::from_slice(json).ok()?;
    let backbone = find_backbone(&info.backbone)?;
    let classes = info.classes.len();
    let seen = input.width(backbone.width, backbone.layers)?;
    if !(2..=MOST_CLASSES).contains(&classes) || hidden == Some(0) || hidden > Some(MOST_HIDDEN) {
        return None;
    }
    let few = |sizes: &[usize]| product(sizes).filter(|all| *all <= MOST_NUMBERS);
    few(&[hidden.unwrap_or(seen), classes])?;
    few(&[seen, hidden.unwrap_or(1)])?;
    let shape = dense::Shape {
        seen,
        hidden,
        classes,
    };
    let mut head = dense::read(shape, precision, &mut numbers)?;
    head.input = input;
    info.tuned = None;
    if let Some(unknown) = &mut info.unknown {
        if unknown.width != backbone.width || prototypes > MOST_PROTOTYPES {
            return None;
        }
        few(&[prototypes, unknown.width])?;
        unknown.prototypes = prototypes::read(prototypes, unknown.width, precision, &mut numbers)?;
    }
    numbers.is_empty().then_some(HeadFile {
        head,
        info,
        tuned_layers: Default::default(),
        statistics: None,
    })
}

/// The next `count` bytes.
fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count)?;
    *bytes = rest;
    Some(taken)
}

/// The next `count` floats.
fn floats(bytes: &mut &[u8], count: usize) -> Option<Vec<f32>> {
    let taken = take(bytes, count.checked_mul(4)?)?;
    let floats = taken.as_chunks().0.iter();
    Some(floats.map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn put_floats(values: &[f32], into: &mut Vec<u8>) {
    into.extend(values.iter().flat_map(|v| v.to_le_bytes()));
}

/// Floats of 16 bits: all lower bytes, then all upper ones, which resemble each other.
fn put_halves(values: impl Iterator<Item = f32>, into: &mut Vec<u8>) {
    let halves: Vec<[u8; 2]> = values
        .map(|v| half::f16::from_f32(v).to_le_bytes())
        .collect();
    into.extend(halves.iter().map(|half| half[0]));
    into.extend(halves.iter().map(|half| half[1]));
}

fn halves(bytes: &mut &[u8], count: usize) -> Option<Vec<f32>> {
    let (lower, upper) = (take(bytes, count)?, take(bytes, count)?);
    let pairs = lower.iter().zip(upper);
    let half = |(lower, upper): (&u8, &u8)| half::f16::from_le_bytes([*lower, *upper]).to_f32();
    Some(pairs.map(half).collect())
}
