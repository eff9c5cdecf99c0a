//! Bytes and pixels from outside: files, this site's own files, the browser's decoder.

use std::io::{Error, Read, Result as IoResult, Seek, SeekFrom};

use js_sys::{Function, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, FileReaderSync, ImageBitmap, OffscreenCanvas, OffscreenCanvasRenderingContext2d,
};

use super::{launch, words};
use crate::data::photo::MAX_BYTES;
use crate::data::problem::PhotoProblem;
use crate::engine::{PhotoFile, RgbImage, needs_browser};

/// A file of this site, relative to the page; or why not.
pub async fn fetch(path: &str) -> Result<Vec<u8>, String> {
    let address = launch::address(path).map_err(|e| words(&e))?;
    let response = gloo::net::http::Request::get(&address)
        .send()
        .await
        .map_err(|e| e.to_string())?;
    if !response.ok() {
        return Err(format!("the server answered {}", response.status()));
    }
    response.binary().await.map_err(|e| e.to_string())
}

/// The bytes of a file the person chose.
pub async fn blob(blob: &Blob) -> Result<Vec<u8>, PhotoProblem> {
    if blob.size() > MAX_BYTES as f64 {
        let megabytes = (blob.size() / f64::from(1 << 20)) as u64;
        return Err(PhotoProblem::TooManyBytes { megabytes });
    }
    match JsFuture::from(blob.array_buffer()).await {
        Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
        Err(e) => Err(PhotoProblem::Unreadable(words(&e))),
    }
}

/// What the engine cannot decode, the browser may.
pub async fn photo(bytes: Vec<u8>) -> PhotoFile {
    let pixels = match needs_browser(&bytes) {
        true => decode(&bytes).await.ok(),
        false => None,
    };
    PhotoFile { bytes, pixels }
}

/// The browser's decoder: turns by EXIF, draws on white.
async fn decode(bytes: &[u8]) -> Result<RgbImage, JsValue> {
    let part = js_sys::Array::of1(&Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence(&part)?;
    let scope = js_sys::global();
    let create: Function = Reflect::get(&scope, &"createImageBitmap".into())?.dyn_into()?;
    let promise: Promise = create.call1(&scope, &blob)?.dyn_into()?;
    let bitmap: ImageBitmap = JsFuture::from(promise).await?.dyn_into()?;
    let (width, height) = (bitmap.width(), bitmap.height());
    let canvas = OffscreenCanvas::new(width, height)?;
    let context: OffscreenCanvasRenderingContext2d =
        canvas.get_context("2d")?.ok_or(JsValue::NULL)?.dyn_into()?;
    context.set_fill_style_str("white");
    context.fill_rect(0.0, 0.0, width.into(), height.into());
    context.draw_image_with_image_bitmap(&bitmap, 0.0, 0.0)?;
    bitmap.close();
    let rgba = context
        .get_image_data(0.0, 0.0, width.into(), height.into())?
        .data();
    let rgb = rgba
        .as_chunks::<4>()
        .0
        .iter()
        .flat_map(|p| [p[0], p[1], p[2]]);
    RgbImage::from_vec(width, height, rgb.collect()).ok_or(JsValue::NULL)
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
