//! Graft: transfer learning on photos, inside one browser tab.
//!
//! This crate is what a browser runs: the page and its worker. What it runs lies below, a crate for each layer:
//!
//! ```text
//! bin/app             → ui → web::{ address, client }         → data
//!                          → text → words
//! bin/worker, worker_* → web::worker → engine → learn → network → data
//!                                             → formats         → data
//! ```
//!
//! The way of one photo: file → `formats::photo` (decode, upright, RGB8) → `network::preprocess` (crop, resize, normalise) →
//! `network::backbone` (the frozen network, `[n, width]`) → the engine's project and the browser's storage. Training,
//! validation and prediction work on those cached vectors and never touch pixels again.
//!
//! What is absent, and why: no `#[wasm_bindgen]` export (it would root code in both
//! bundles), no thread (`+atomics` takes wgpu's Send/Sync away), no synchronous read of
//! a tensor (it panics on WebGPU in a browser).

// Natively too, for the tests.
#[cfg(feature = "page")]
pub mod charts;
#[cfg(feature = "page")]
pub mod text;
#[cfg(all(target_arch = "wasm32", feature = "page"))]
pub mod ui;
#[cfg(target_arch = "wasm32")]
pub mod web;
