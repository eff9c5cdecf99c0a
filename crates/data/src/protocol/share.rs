//! What page and worker say to each other of heads that are handed on: as links, and as files that lie beside the site.

use serde::{Deserialize, Serialize};

use crate::head::HeadInfo;
use crate::share::{Listing, Precision, Qr};

/// What the page asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ShareRequest {
    /// The head in use as a link to `address`, the page's own without what stands behind its `#`. `unknown`: it can say that it does
    /// not know; else that is left out, which makes the link far shorter. Answers with [`ShareEvent::Made`].
    Make { address: String, unknown: bool },
    /// What head is this? From a link's text, or from a file that is the payload. Nothing is changed by it. Answers with
    /// [`ShareEvent::Found`].
    Look { name: String, link: Option<String> },
    /// What is listed beside the site. Answers with [`ShareEvent::Listed`].
    List,
}

/// What the worker tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ShareEvent {
    Made(HeadLink),
    /// Payload: the head's file, which is good to be opened.
    Found {
        name: String,
        info: Box<HeadInfo>,
    },
    Listed(Listing),
}

/// A link that holds a head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeadLink {
    /// The whole address.
    pub url: String,
    pub precision: Precision,
    /// It was compared with the head that it was made of, on so many samples of the project.
    pub samples: usize,
    /// By so much a probability differs at most, 0..=1.
    pub difference: f32,
    /// The same head in another spelling, as a picture; none where it does not fit.
    pub qr: Option<Qr>,
}
