//! What can be wrong with heads that a project keeps.

use serde::{Deserialize, Serialize};

/// Why a head was not kept, used or put together with another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum KeptProblem {
    /// A project keeps this many at most, and so many bytes of them.
    #[error("{most} heads are kept already")]
    Full { most: usize },
    /// It is not there any more.
    #[error("gone")]
    Gone,
    /// The two that should become one are for different backbones.
    #[error("for another backbone")]
    OtherBackbone,
    /// The backbone was tuned with one of the two.
    #[error("with tuned layers")]
    Tuned,
    /// The head of this name does not say what its classes look like: gradients found it, or an earlier Graft saved it. Without a
    /// name it is the one in use.
    #[error("{name} says nothing of its classes")]
    NoStatistics { name: String },
    /// Together they would have more classes than a head may.
    #[error("{classes} classes")]
    TooManyClasses { classes: usize },
    /// They see nothing in common, or their numbers are too far apart for one head.
    #[error("no head of both")]
    Apart,
    /// The head should be trained on, and the project has no samples of these classes of it.
    #[error("no samples of {0:?}")]
    OtherClasses(Vec<String>),
    /// It should be trained on by gradients, or with more samples than a head in closed form is made of.
    #[error("not in closed form")]
    NotClosed,
}
