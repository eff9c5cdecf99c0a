//! The side that tunes.

use std::sync::Arc;

use burn::tensor::Device;

use super::{Answer, Beginning, Command, Status};
use crate::tuner::{Entered, Picture, Rates, Start, Tuner};
use network::ComputeError;
use network::weights::Layers;

pub struct Served {
    device: Device,
    /// Milliseconds of a steady clock.
    clock: fn() -> f64,
    /// What is tuned; none until the host has loaded it.
    layers: Option<Arc<Layers>>,
    tuner: Option<Tuner>,
    entered: Vec<Entered>,
}

impl Served {
    pub fn new(device: Device, clock: fn() -> f64) -> Self {
        Self {
            device,
            clock,
            layers: None,
            tuner: None,
            entered: Vec::new(),
        }
    }

    /// The network of [`Command::Network`], pre-trained.
    pub fn use_layers(&mut self, layers: Arc<Layers>) {
        self.layers = Some(layers);
        self.tuner = None;
    }

    /// Does what is asked, in order, up to the first that fails.
    pub async fn answer(&mut self, commands: Vec<Command>, payloads: Vec<Vec<u8>>) -> Answer {
        let mut payloads = payloads.into_iter();
        let last = commands.len().saturating_sub(1);
        let mut answer = Answer::Done(self.status());
        for (i, command) in commands.into_iter().enumerate() {
            let count = match command {
                Command::Add { .. } => 1,
                // It is the last one, and takes all that are left.
                _ if i == last => usize::MAX,
                _ => 0,
            };
            let pictures = payloads.by_ref().take(count).map(Arc::from).collect();
            answer = match self.obey(command, pictures).await {
                Ok(answer) => answer,
                Err(ComputeError(why)) => {
                    self.tuner = None;
                    return Answer::Failed(why);
                }
            };
        }
        answer
    }

    fn status(&self) -> Status {
        self.tuner
            .as_ref()
            .map_or_else(Status::default, |tuner| Status {
                wants_sample: tuner.wants_sample(),
                done: tuner.done(),
                trained_parameters: tuner.trained_parameters(),
                multiply_adds: tuner.multiply_adds(),
            })
    }

    async fn obey(
        &mut self,
        command: Command,
        pictures: Vec<Arc<[u8]>>,
    ) -> Result<Answer, ComputeError> {
        let nothing = || ComputeError("nothing is being tuned".into());
        // Nobody looks at the class of a picture that is not learned from.
        let unlabelled = |rgb: &Arc<[u8]>| Picture {
            rgb: rgb.clone(),
            class: 0,
        };
        match command {
            Command::Network { .. } => match self.layers {
                Some(_) => {}
                None => return Err(ComputeError("the network is missing".into())),
            },
            Command::Begin(beginning) => self.begin(*beginning, &pictures)?,
            Command::Add { class, validates } => {
                let rgb = pictures.into_iter().next().unwrap_or_default();
                let tuner = self.tuner.as_mut().ok_or_else(nothing)?;
                tuner.add(Picture { rgb, class }, validates);
            }
            Command::Complete => self.tuner.as_mut().ok_or_else(nothing)?.complete(),
            Command::Step => {
                let step = self.tuner.as_mut().ok_or_else(nothing)?.step().await?;
                return Ok(Answer::Step(step, self.status()));
            }
            Command::Enter => {
                let tuner = self.tuner.as_ref().ok_or_else(nothing)?;
                let pictures: Vec<Picture> = pictures.iter().map(unlabelled).collect();
                self.entered.push(tuner.enter(&pictures).await?);
            }
            Command::PredictEntered { number } => {
                let tuner = self.tuner.as_ref().ok_or_else(nothing)?;
                let entered = self.entered.get(number).ok_or_else(nothing)?;
                return Ok(Answer::Predicted(tuner.predict_entered(entered).await?));
            }
            Command::Predict => {
                let tuner = self.tuner.as_ref().ok_or_else(nothing)?;
                let pictures: Vec<Picture> = pictures.iter().map(unlabelled).collect();
                return Ok(Answer::Predicted(tuner.predict(&pictures).await?));
            }
            Command::Best => {
                let best = self.tuner.take().and_then(Tuner::into_best);
                return Ok(Answer::Best(best));
            }
            Command::Rates { size, settings } => {
                let layers = self.layers.as_ref().ok_or_else(nothing)?;
                let (clock, device) = (self.clock, &self.device);
                let rates = Rates::measure(layers, size, &settings, clock, device).await?;
                return Ok(Answer::Rates(rates));
            }
        }
        Ok(Answer::Done(self.status()))
    }

    fn begin(&mut self, beginning: Beginning, pictures: &[Arc<[u8]>]) -> Result<(), ComputeError> {
        let missing = || ComputeError("the network is missing".into());
        let pretrained = self.layers.as_ref().ok_or_else(missing)?;
        let Beginning {
            size,
            classes,
            head,
            settings,
            keeping,
            random,
        } = beginning;
        let random = random.map(|seed| Layers::random(pretrained, seed, pictures, size));
        let start = Start {
            layers: random.as_ref().unwrap_or(pretrained),
            size,
            classes,
            head,
        };
        self.tuner = Some(Tuner::waiting(start, &settings, keeping, &self.device));
        self.entered = Vec::new();
        Ok(())
    }
}
