//! Bytes and pixels from outside: files, this site's own files, the browser's decoder.

use std::io::{Error, Read, Result as IoResult, Seek, SeekFrom};

use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, FileReaderSync, ImageBitmap, OffscreenCanvas, OffscreenCanvasRenderingContext2d,
};

use super::words;
use data::problem::SampleProblem;
use data::sample::MAX_BYTES;
use engine::SampleFile;
use engine::photo::{Photo, plan, smaller};

/// The bytes of a file the person chose.
pub async fn blob(blob: &Blob) -> Result<Vec<u8>, SampleProblem> {
    if blob.size() > MAX_BYTES as f64 {
        let megabytes = (blob.size() / f64::from(1 << 20)) as u64;
        return Err(SampleProblem::TooManyBytes { megabytes });
    }
    match JsFuture::from(blob.array_buffer()).await {
        Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
        Err(e) => Err(SampleProblem::Unreadable(words(&e).into())),
    }
}

/// Decodes a photo's file: the engine's decoders what they surely read, the browser what it may.
pub async fn photo(bytes: Vec<u8>) -> SampleFile {
    let decoded = Some(decode(&bytes).await);
    SampleFile { bytes, decoded }
}

/// What takes more memory is decoded by one worker at a time, of all workers in all tabs: together they must not exceed
/// what the computer has.
const ALONE: u64 = 48 << 20;

async fn decode(bytes: &[u8]) -> Result<Photo, SampleProblem> {
    let plan = plan(bytes)?;
    let _turn = match plan.memory > ALONE {
        true => turn().await,
        false => None,
    };
    let why = match plan.decode(bytes) {
        Ok(photo) => return Ok(photo),
        Err(why) => why,
    };
    match plan.for_browser(bytes, &why) {
        Some((file, size)) => by_browser(file, size).await.map_err(|_| why),
        None => Err(why),
    }
}

/// Others wait as long as it lives.
struct Turn(Function);

impl Drop for Turn {
    fn drop(&mut self) {
        // A promise that is resolved calls nobody back at once.
        let _ = self.0.call0(&JsValue::UNDEFINED);
    }
}

/// Waits for our turn (Web Locks, W3C); None where the browser has none to give.
async fn turn() -> Option<Turn> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    let request: Function = Reflect::get(&locks, &"request".into())
        .ok()?
        .dyn_into()
        .ok()?;
    let mut asked = None;
    let given = Promise::new(&mut |resolve, _| {
        // The lock is held until the promise that this returns is resolved.
        let hold = Closure::once_into_js(move || {
            Promise::new(&mut |done, _| {
                let _ = resolve.call1(&JsValue::UNDEFINED, &done);
            })
        });
        let name = JsValue::from("graft-large-photo");
        asked = request.call2(&locks, &name, &hold).ok();
    });
    // Where none is given, what was asked for is refused.
    let first = Promise::race(&js_sys::Array::of2(&given, &asked?));
    JsFuture::from(first).await.ok()?.dyn_into().ok().map(Turn)
}

/// The browser's decoder, for a file that says it has this width and height: turns by EXIF, draws on white.
async fn by_browser(file: &[u8], (width, height): (u32, u32)) -> Result<Photo, JsValue> {
    let part = js_sys::Array::of1(&Uint8Array::from(file));
    let blob = Blob::new_with_u8_array_sequence(&part)?;
    let scope = js_sys::global();
    let create: Function = Reflect::get(&scope, &"createImageBitmap".into())?.dyn_into()?;
    let promise: Promise = create.call1(&scope, &blob)?.dyn_into()?;
    let bitmap: ImageBitmap = JsFuture::from(promise).await?.dyn_into()?;
    let pixels = |width: u32, height: u32| u64::from(width) * u64::from(height);
    let picture = match pixels(bitmap.width(), bitmap.height()) <= pixels(width, height) {
        true => drawn(&bitmap),
        // What it says of itself is not true.
        false => Err(JsValue::NULL),
    };
    bitmap.close();
    picture
}

/// Pixels that are read at once.
const STRIP: u32 = 1 << 20;

fn drawn(bitmap: &ImageBitmap) -> Result<Photo, JsValue> {
    let (width, height) = (bitmap.width(), bitmap.height());
    let mut smaller = smaller(width, height).ok_or(JsValue::NULL)?;
    let rows = (STRIP / width).clamp(1, height);
    let canvas = OffscreenCanvas::new(width, rows)?;
    let options = js_sys::Object::new();
    Reflect::set(&options, &"willReadFrequently".into(), &JsValue::TRUE)?;
    let context: OffscreenCanvasRenderingContext2d = canvas
        .get_context_with_context_options("2d", &options)?
        .ok_or(JsValue::NULL)?
        .dyn_into()?;
    let (across, down) = (f64::from(width), f64::from(rows));
    for top in (0..height).step_by(rows as usize) {
        context.clear_rect(0.0, 0.0, across, down);
        context.draw_image_with_image_bitmap(bitmap, 0.0, -f64::from(top))?;
        let strip = context.get_image_data(0.0, 0.0, across, down)?.data();
        for (y, row) in (top..height).zip(strip.chunks_exact(4 * width as usize)) {
            smaller.put((0, y as usize), 1, row, 4);
        }
    }
    Photo::of(smaller.picture()).ok_or(JsValue::NULL)
}

/// A file that is read piece by piece, so that a zip of gigabytes takes no memory.
pub struct BlobReader {
    blob: Blob,
    reader: FileReaderSync,
    at: u64,
    /// The last piece read, and where it begins.
    piece: (u64, Vec<u8>),
}

/// Zips are read in small steps; each piece costs a call into the browser.
const PIECE: u64 = 256 << 10;

impl BlobReader {
    pub fn new(blob: Blob) -> Result<Self, JsValue> {
        Ok(Self {
            blob,
            reader: FileReaderSync::new()?,
            at: 0,
            piece: (0, Vec::new()),
        })
    }
}

impl Read for BlobReader {
    fn read(&mut self, out: &mut [u8]) -> IoResult<usize> {
        let inside = |at: u64, (start, bytes): &(u64, Vec<u8>)| {
            at >= *start && at < start + bytes.len() as u64
        };
        if !inside(self.at, &self.piece) {
            let end = (self.at + PIECE).min(self.blob.size() as u64);
            let other = |e: JsValue| Error::other(words(&e));
            let slice = self
                .blob
                .slice_with_f64_and_f64(self.at as f64, end as f64)
                .map_err(other)?;
            let buffer = self.reader.read_as_array_buffer(&slice).map_err(other)?;
            self.piece = (self.at, Uint8Array::new(&buffer).to_vec());
        }
        let from = (self.at - self.piece.0) as usize;
        let rest = self.piece.1.get(from..).unwrap_or_default();
        let n = rest.len().min(out.len());
        out[..n].copy_from_slice(&rest[..n]);
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for BlobReader {
    fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
        let (base, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.blob.size() as u64, by),
            SeekFrom::Current(by) => (self.at, by),
        };
        self.at = base
            .checked_add_signed(by)
            .ok_or_else(|| Error::other("before the start of the file"))?;
        Ok(self.at)
    }
}
