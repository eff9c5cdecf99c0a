//! A worker that tunes, as the one with a GPU does, here on the CPU. All that is said goes through bytes.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use data::protocol::{decode, encode};
use learn::tuner::service::{Answer, Command, ComputeError, Link, Order, Served};
use network::Device;
use network::weights::Layers;

/// The worker at the other end; none where it has ended.
#[derive(Clone)]
pub struct Worker(Rc<RefCell<Option<Served>>>);

impl Worker {
    /// With this network loaded.
    pub fn new(layers: Layers) -> Self {
        let mut served = Served::new(Device::flex(), clock);
        served.use_layers(Arc::new(layers));
        Self(Rc::new(RefCell::new(Some(served))))
    }

    pub fn end(&self) {
        *self.0.borrow_mut() = None;
    }

    pub fn link(&self) -> Rc<dyn Link> {
        Rc::new(self.clone())
    }
}

fn clock() -> f64 {
    use std::sync::OnceLock;
    use std::time::Instant;
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed().as_secs_f64() * 1000.0
}

impl Link for Worker {
    fn ask(
        &self,
        (commands, payloads): Order,
    ) -> Pin<Box<dyn Future<Output = Result<Answer, ComputeError>>>> {
        let worker = self.clone();
        Box::pin(async move {
            let commands: Vec<Command> = decode(&encode(&commands)).map_err(ComputeError)?;
            let gone = || ComputeError("it has ended".into());
            let there = worker.0.borrow_mut().take();
            let mut served = there.ok_or_else(gone)?;
            let answer = served.answer(commands, payloads).await;
            *worker.0.borrow_mut() = Some(served);
            decode(&encode(&answer)).map_err(ComputeError)
        })
    }
}
