//! Ways to hand the built site on: [`archive`] packs it into one file, and the others serve it to a class whose network reaches no
//! internet, over https, because browsers lend cameras and GPUs to no other pages, with a certificate made on the spot.
//!
//! The class's server opens one address of this computer, after it has said so; hands out the site's files, which it reads once, and
//! nothing else; and takes nothing in: a request is answered by its path alone.

pub mod archive;
pub mod certificate;
pub mod files;
pub mod network;
pub mod serve;
