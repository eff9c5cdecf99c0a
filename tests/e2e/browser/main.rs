//! Every test here drives the built page in a real Chromium as a user would. Run them with `cargo xtask e2e`.
//!
//! They use test ids and data attributes, never texts or styles: words and looks may change, the acts of a user stay. `words` alone
//! reads what the page says.

mod backbones;
mod bad_input;
mod batch;
mod breaks;
mod camera;
mod classes;
mod exports;
mod faults;
mod first_picture;
mod gallery;
mod groups;
mod guards;
mod kept;
mod lab;
mod layers;
mod lesson;
mod main_path;
mod manners;
mod messages;
mod numbers;
mod odd_heads;
mod odd_photos;
mod odd_zips;
mod offline;
mod parity;
mod persistence;
mod photos;
mod policy;
mod pool;
mod projects;
mod results;
mod sent;
mod sharing;
mod soak;
mod tabs;
mod teachable;
mod trouble;
mod unknown;
mod words;
mod zips;
