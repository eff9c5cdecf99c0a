//! The page: shows what the worker says, sends what the person asks. It computes nothing.

mod album;
mod app;
mod batch;
mod camera;
mod card;
mod collect;
mod curve;
mod depth;
mod drop;
mod each_class;
mod erased;
mod events;
mod export;
mod files;
mod folded;
mod groups;
mod kept;
mod keyed;
mod lab;

mod live;
mod notices;
mod outcome;
mod pages;
mod photos;
mod portions;
mod predictions;
mod project_file;
mod projects;
mod record;
mod sent;
mod settings;
mod speak;
mod state;
mod steps;
mod storage;
mod test_set;
mod topbar;
mod train;
mod try_it;
mod tuning;
mod ways_in;

use crate::text;
pub use speak::start;
