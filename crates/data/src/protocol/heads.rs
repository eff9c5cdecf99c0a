//! What page and worker say of the heads that a project keeps beside the one in use.

use serde::{Deserialize, Serialize};

use crate::head::How;
use crate::metrics::Interval;
use crate::settings::TrainSettings;

/// A head that is kept, by the moment when it was: milliseconds since 1970, and later than those before it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct KeptId(pub u64);

/// Of the heads that are kept, each answered with [`Event::KeptHeads`](super::Event::KeptHeads) where it changes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum HeadRequest {
    /// Keeps the head in use under this name. `now`: milliseconds since 1970.
    Keep {
        name: String,
        now: f64,
    },
    /// Puts a kept head into use. The one before comes back by an undo.
    Use {
        id: KeptId,
    },
    Rename {
        id: KeptId,
        name: String,
    },
    /// An undo brings it back.
    Delete {
        id: KeptId,
    },
    /// Puts the head in use and a kept one together: one head that knows the classes of both takes the place of the one in use.
    Merge {
        id: KeptId,
    },
    /// Trains a head on the project's samples and puts it together with the one in use, which came from a file. Answers like
    /// [`Request::Train`](super::Request::Train).
    GoOn {
        settings: TrainSettings,
    },
    /// As a file: answers with [`Event::File`](super::Event::File).
    Save {
        id: KeptId,
        name: String,
    },
}

impl HeadRequest {
    /// It changes what is stored, in one step.
    pub fn is_change(&self) -> bool {
        !matches!(self, Self::Save { .. } | Self::GoOn { .. })
    }
}

/// A head that is kept, as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptHeadView {
    pub id: KeptId,
    pub name: String,
    pub classes: Vec<String>,
    /// A row of [`BACKBONES`](crate::backbone::BACKBONES).
    pub backbone: String,
    /// How good it is, and on what that was measured; `None` where it was not.
    pub accuracy: Option<(How, Interval)>,
}
