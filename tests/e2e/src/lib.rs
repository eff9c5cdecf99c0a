//! The harness of the browser tests: a Chromium with a fresh profile, the built site, and the acts of a user.
//!
//! A test is a [`case`]: it gets a [`Browser`], uses the page through [`Page`], and at the end the harness itself asks for what
//! every test must show: no error on the console, no request to another origin.

mod accessibility;
mod browser;
mod builds;
mod case;
mod chromedriver;
mod files;
mod hand_over;
mod lab;
mod messages;
mod netlog;
mod page;
mod records;
mod said;
mod stored;
mod strict;
mod wait;

pub use browser::{Browser, Device, Setup};
pub use builds::{build_of, list_again, next_build};
pub use case::{
    ON_CPU, before_engines, case, case_at, case_with, copy_site, file_of, outcome, site,
};
pub use files::{bad_file, case_file, made_photos, photo, sample_classes, small_photo, zip_of};
pub use messages::{ID, file_done, header, kinds};
pub use page::Page;
pub use records::{Accuracy, App, Arm, ClassCard, HeadInfo, Notice, Prediction, TryResult};
pub use said::{says, says_photo, says_storage};
pub use stored::{Access, Stored, access, case_script, report};
pub use strict::{Seen, Strict};
/// A folder that goes away with its owner.
pub use tempfile::TempDir;
pub use wait::{LONG, SHORT, VERY_LONG, until};

pub type Result<T = ()> = anyhow::Result<T>;
