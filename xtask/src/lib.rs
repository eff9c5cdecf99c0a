//! The project's own command line, `cargo xtask …`: sets up the tools, builds the site, serves it and runs every test.
//!
//! Each module is one job: [`setup`] finds or installs tools, [`site`] makes `dist/`, [`serve`] hands it to a browser,
//! [`suite`] runs the checks, [`bench`] measures. A failure is a sentence for the person at the terminal, so errors are
//! plain strings here.

pub mod addresses;
pub mod agree;
pub mod alike;
pub mod bench;
pub mod cmd;
pub mod compress;
pub mod experiment;
pub mod first;
pub mod hand_on;
pub mod imports;
pub mod lesson;
pub mod modules;
pub mod offline;
pub mod optimise;
pub mod pack;
pub mod page;
pub mod paths;
pub mod sections;
pub mod serve;
pub mod setup;
pub mod site;
pub mod stages;
pub mod suite;

/// What went wrong, as a sentence that says what to do about it.
pub type Result<T = ()> = std::result::Result<T, String>;
