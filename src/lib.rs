//! Graft: transfer learning on photos, inside one browser tab.
//!
//! The way of one photo: file → [`formats::photo`] (decode, upright, RGB8) →
//! `ml::preprocess` (crop, resize, normalise) → `ml::backbone` (the frozen
//! network, `[n, 1280]`) → [`data::dataset`] and the browser's storage. Training,
//! validation and prediction work on those cached vectors and never touch pixels again.
//!
//! The layers, and who may import whom (`tests/tidy.rs` checks it):
//!
//! ```text
//! bin/app    → ui → web::{ address, client } → protocol → data
//! bin/worker, worker_* → web::worker → engine → { ml, formats, protocol } → data
//! ```
//!
//! What is absent, and why: no `#[wasm_bindgen]` export (it would root code in both
//! bundles), no thread (`+atomics` takes wgpu's Send/Sync away), no synchronous read of
//! a tensor (it panics on WebGPU in a browser).

pub mod data;
#[cfg(feature = "engine")]
pub mod engine;
#[cfg(feature = "engine")]
pub mod formats;
#[cfg(feature = "engine")]
pub mod ml;
pub mod protocol;

#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod ui;
#[cfg(target_arch = "wasm32")]
pub mod web;
