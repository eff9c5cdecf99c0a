//! Tuning that runs elsewhere, in a worker with a GPU say: what is asked of it, what does it there ([`Served`]), and what
//! stands for it here ([`TunerHandle`]).
//!
//! Commands are asked in order and answered one by one; several may travel together, and the answer is that to the last.

mod handle;
mod served;

use std::pin::Pin;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::{Keeping, Rates, TuneStep, Tuned};
use data::classifier::Head;
use data::transfer::TuneSettings;
pub use network::ComputeError;

pub use handle::{Held, Run, TunerHandle};
pub use served::Served;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// The network that is tuned, by its id in the registry. The host loads it before it passes anything on.
    Network {
        id: String,
    },
    /// A run, which takes the place of the one before.
    Begin(Box<Beginning>),
    /// A picture, `side * side * 3` bytes RGB, its only payload.
    Add {
        class: usize,
        validates: bool,
    },
    /// All pictures were added.
    Complete,
    Step,
    /// Sends pictures, a payload each, through the frozen part, and holds what came out under the next number, from 0.
    Enter,
    /// What the network says by now of pictures that [`Self::Enter`] sent.
    PredictEntered {
        number: usize,
    },
    /// What the network says of pictures, a payload each.
    Predict,
    /// Ends the run.
    Best,
    Rates {
        size: usize,
        settings: TuneSettings,
    },
}

/// See [`super::Start`] and [`super::Tuner::waiting`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Beginning {
    pub size: usize,
    pub classes: usize,
    pub head: Option<Head>,
    pub settings: TuneSettings,
    pub keeping: Keeping,
    /// From random weights of this seed, scaled on the pictures that are payloads; else from those that were pre-trained.
    pub random: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// There is nothing to tell.
    Done(Status),
    Step(TuneStep, Status),
    /// One probability a class for each picture.
    Predicted(Vec<Vec<f32>>),
    Best(Option<Tuned>),
    Rates(Rates),
    /// It could not be computed; whatever was under way is over.
    Failed(String),
}

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Status {
    pub wants_sample: bool,
    pub done: bool,
    pub trained_parameters: usize,
    pub multiply_adds: f64,
}

/// Commands and their payloads.
pub type Order = (Vec<Command>, Vec<Vec<u8>>);

type Answering = Pin<Box<dyn Future<Output = Result<Answer, ComputeError>>>>;

/// The way to whoever tunes.
pub trait Link {
    /// The answer to the last of the commands, or to the first that failed.
    fn ask(&self, order: Order) -> Answering;
}

/// Whether there is somebody who tunes this network.
pub async fn is_there(link: &Rc<dyn Link>, network: &str) -> bool {
    let id = network.to_owned();
    let answer = link.ask((vec![Command::Network { id }], Vec::new())).await;
    matches!(answer, Ok(Answer::Done(_)))
}

/// As [`Rates::measure`].
pub async fn rates(
    link: &Rc<dyn Link>,
    size: usize,
    settings: &TuneSettings,
) -> Result<Rates, ComputeError> {
    let settings = settings.clone();
    let command = Command::Rates { size, settings };
    match link.ask((vec![command], Vec::new())).await? {
        Answer::Rates(rates) => Ok(rates),
        other => Err(unexpected(other)),
    }
}

fn unexpected(answer: Answer) -> ComputeError {
    ComputeError(match answer {
        Answer::Failed(why) => why,
        _ => "another answer was expected".into(),
    })
}
