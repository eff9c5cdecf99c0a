//! The page: shows what the worker says, sends what the person asks. It computes nothing.

mod app;
mod collect;
mod files;
mod notices;
mod photos;
mod predictions;
mod settings;
mod state;
mod text;
mod topbar;
mod train;
mod try_it;

pub use app::App;
