//! The side that asks: a tuner here, or what stands for one elsewhere.

use std::rc::Rc;

use burn::tensor::Device;

use super::{Answer, Beginning, Command, Link, Order, Status, unexpected};
use crate::tuner::{Entered, Keeping, Picture, Start, TuneStep, Tuned, Tuner};
use data::classifier::Head;
use data::transfer::TuneSettings;
use network::ComputeError;
use network::weights::Layers;

/// Pictures that wait to be sent before the tuner elsewhere is asked to work at them.
const TOGETHER: usize = 4;

/// A tuning run, wherever it runs. See [`Tuner`], whose functions these are.
pub enum TunerHandle {
    Here(Box<Tuner>),
    There(There),
}

/// What stands for a run elsewhere.
pub struct There {
    link: Rc<dyn Link>,
    /// What was not sent yet.
    waiting: Order,
    status: Status,
    /// Pictures that came, those to learn from among them, and those that were not sent yet.
    came: usize,
    train: usize,
    unsent: usize,
    complete: bool,
    /// Numbers of what was entered.
    entered: usize,
}

/// What came out of the frozen part.
pub enum Held {
    Here(Entered),
    There(usize),
}

/// What a run begins with.
pub struct Run<'a> {
    /// Pre-trained weights.
    pub layers: &'a Layers,
    /// Random weights that it begins with instead, and their seed and the pictures they are scaled on.
    pub random: Option<(&'a Layers, u64, &'a [Picture])>,
    pub size: usize,
    pub classes: usize,
    pub head: Option<Head>,
    pub settings: &'a TuneSettings,
    pub keeping: Keeping,
}

impl TunerHandle {
    /// On the CPU here, or behind a link.
    pub fn new(run: Run, link: Option<&Rc<dyn Link>>) -> Self {
        let Some(link) = link else {
            let start = Start {
                layers: run.random.map_or(run.layers, |(layers, ..)| layers),
                size: run.size,
                classes: run.classes,
                head: run.head,
            };
            let device = Device::flex();
            let tuner = Tuner::waiting(start, run.settings, run.keeping, &device);
            return Self::Here(Box::new(tuner));
        };
        let pictures = run.random.map_or(&[][..], |(.., pictures)| pictures);
        let begin = Command::Begin(Box::new(Beginning {
            size: run.size,
            classes: run.classes,
            head: run.head,
            settings: run.settings.clone(),
            keeping: run.keeping,
            random: run.random.map(|(_, seed, _)| seed),
        }));
        Self::There(There {
            link: link.clone(),
            waiting: (vec![begin], payloads(pictures)),
            status: Status::default(),
            came: 0,
            train: 0,
            unsent: 0,
            complete: false,
            entered: 0,
        })
    }

    pub fn add(&mut self, picture: Picture, validates: bool) {
        match self {
            Self::Here(tuner) => tuner.add(picture, validates),
            Self::There(there) => {
                let class = picture.class;
                there.waiting.0.push(Command::Add { class, validates });
                there.waiting.1.extend(payloads(&[picture]));
                there.came += 1;
                there.train += usize::from(!validates);
                there.unsent += 1;
            }
        }
    }

    pub fn complete(&mut self) {
        match self {
            Self::Here(tuner) => tuner.complete(),
            Self::There(there) => {
                there.waiting.0.push(Command::Complete);
                there.complete = true;
            }
        }
    }

    pub fn wants_sample(&self) -> bool {
        match self {
            Self::Here(tuner) => tuner.wants_sample(),
            Self::There(there) => {
                let idle = there.unsent > 0 || there.status.wants_sample || there.came == 0;
                !there.complete && there.unsent < TOGETHER && idle
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        match self {
            Self::Here(tuner) => tuner.is_empty(),
            Self::There(there) => there.train == 0,
        }
    }

    pub fn done(&self) -> bool {
        match self {
            Self::Here(tuner) => tuner.done(),
            Self::There(there) => there.status.done,
        }
    }

    /// None before the first step elsewhere.
    pub fn trained_parameters(&self) -> usize {
        match self {
            Self::Here(tuner) => tuner.trained_parameters(),
            Self::There(there) => there.status.trained_parameters,
        }
    }

    pub fn multiply_adds(&self) -> f64 {
        match self {
            Self::Here(tuner) => tuner.multiply_adds(),
            Self::There(there) => there.status.multiply_adds,
        }
    }

    pub async fn step(&mut self) -> Result<TuneStep, ComputeError> {
        match self {
            Self::Here(tuner) => tuner.step().await,
            Self::There(there) => match there.ask(Command::Step, Vec::new()).await? {
                Answer::Step(step, status) => {
                    there.status = status;
                    Ok(step)
                }
                other => Err(unexpected(other)),
            },
        }
    }

    pub async fn enter(&mut self, pictures: &[Picture]) -> Result<Held, ComputeError> {
        match self {
            Self::Here(tuner) => Ok(Held::Here(tuner.enter(pictures).await?)),
            Self::There(there) => {
                match there.ask(Command::Enter, payloads(pictures)).await? {
                    Answer::Done(_) => {}
                    other => return Err(unexpected(other)),
                }
                there.entered += 1;
                Ok(Held::There(there.entered - 1))
            }
        }
    }

    pub async fn predict_entered(&mut self, held: &Held) -> Result<Vec<Vec<f32>>, ComputeError> {
        match (self, held) {
            (Self::Here(tuner), Held::Here(entered)) => tuner.predict_entered(entered).await,
            (Self::There(there), Held::There(number)) => {
                let number = *number;
                let command = Command::PredictEntered { number };
                predicted(there.ask(command, Vec::new()).await?)
            }
            _ => Err(ComputeError("it is of another run".into())),
        }
    }

    pub async fn predict(&mut self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>, ComputeError> {
        match self {
            Self::Here(tuner) => tuner.predict(pictures).await,
            Self::There(there) => predicted(there.ask(Command::Predict, payloads(pictures)).await?),
        }
    }

    /// Ends the run.
    pub async fn into_best(self) -> Result<Option<Tuned>, ComputeError> {
        match self {
            Self::Here(tuner) => Ok(tuner.into_best()),
            Self::There(mut there) => match there.ask(Command::Best, Vec::new()).await? {
                Answer::Best(best) => Ok(best),
                other => Err(unexpected(other)),
            },
        }
    }
}

impl There {
    /// Sends what waits, and this behind it.
    async fn ask(
        &mut self,
        command: Command,
        payloads: Vec<Vec<u8>>,
    ) -> Result<Answer, ComputeError> {
        let (mut commands, mut all) = std::mem::take(&mut self.waiting);
        self.unsent = 0;
        // Only the last of an order takes more than one payload.
        if !all.is_empty() && matches!(commands[..], [Command::Begin(_), ..]) {
            let begin = commands.remove(0);
            let added = commands.iter().filter(|c| matches!(c, Command::Add { .. }));
            let pictures = all.drain(..all.len() - added.count()).collect();
            answered(self.link.ask((vec![begin], pictures)).await?)?;
        }
        commands.push(command);
        all.extend(payloads);
        self.link.ask((commands, all)).await
    }
}

fn answered(answer: Answer) -> Result<(), ComputeError> {
    match answer {
        Answer::Done(_) => Ok(()),
        other => Err(unexpected(other)),
    }
}

fn predicted(answer: Answer) -> Result<Vec<Vec<f32>>, ComputeError> {
    match answer {
        Answer::Predicted(probabilities) => Ok(probabilities),
        other => Err(unexpected(other)),
    }
}

fn payloads(pictures: &[Picture]) -> Vec<Vec<u8>> {
    pictures
        .iter()
        .map(|picture| picture.rgb.to_vec())
        .collect()
}
