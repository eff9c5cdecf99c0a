//! A worker that tunes networks on a GPU. What that takes, burn's operations with their gradients, is larger than all the rest:
//! so it is fetched when networks are to be tuned, and not before.

use serde::{Deserialize, Serialize};

#[cfg(feature = "tuner")]
pub use answers::start;
#[cfg(feature = "gpu")]
pub use asks::Tuner;

/// Commands, whose payloads come with it.
#[derive(Serialize, Deserialize)]
struct Question<C>(Vec<C>);

#[cfg(feature = "gpu")]
mod asks {
    use std::cell::RefCell;
    use std::pin::Pin;
    use std::rc::Rc;

    use super::Question;
    use crate::web::asked::Asked;
    use engine::tuning_service::{Answer, ComputeError, Link, Order};

    const ENGINE: &str = "worker_tune";
    /// Milliseconds after which a worker that does not start is given up.
    const PATIENCE: f64 = 30_000.0;

    /// Starts when it is asked for the first time.
    #[derive(Clone, Default)]
    pub struct Tuner(Rc<RefCell<Option<Rc<Asked>>>>);

    impl Tuner {
        async fn worker(&self) -> Option<Rc<Asked>> {
            if let Some(worker) = &*self.0.borrow() {
                return Some(worker.clone());
            }
            let worker = Rc::new(Asked::start(ENGINE, PATIENCE).await?);
            *self.0.borrow_mut() = Some(worker.clone());
            Some(worker)
        }
    }

    impl Link for Tuner {
        fn ask(
            &self,
            (commands, payloads): Order,
        ) -> Pin<Box<dyn Future<Output = Result<Answer, ComputeError>>>> {
            let tuner = self.clone();
            Box::pin(async move {
                let gone = || ComputeError("the worker that tunes is gone".into());
                let worker = tuner.worker().await.ok_or_else(gone)?;
                let question = Question(commands);
                let answer = worker.ask(&question, &payloads, None).await;
                if answer.is_none() {
                    *tuner.0.borrow_mut() = None;
                }
                answer.ok_or_else(gone)
            })
        }
    }
}

#[cfg(feature = "tuner")]
mod answers {
    use std::sync::Arc;

    use wasm_bindgen::prelude::Closure;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::spawn_local;
    use web_sys::MessageEvent;

    use super::Question;
    use crate::web::channel::Channel;
    use crate::web::fetch::fetch;
    use crate::web::message;
    use crate::web::scope::{bytes_of, now, scope};
    use data::backbone::find_backbone;
    use learn::tuner::service::{Answer, Command, Served};
    use network::gpu::Gpu;
    use network::weights::Layers;

    type Asked = (Question<Command>, Vec<JsValue>);

    /// Called by the worker's `main`.
    pub fn start() {
        let questions = Channel::<Result<Asked, String>>::default();
        let inbox = questions.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            inbox.put(message::unpack(&event.data()));
        });
        scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();
        post(&JsValue::from(js_sys::Array::new()));
        spawn_local(run(questions));
    }

    async fn run(questions: Channel<Result<Asked, String>>) {
        let (mut served, mut loaded) = (None, String::new());
        loop {
            questions.wait().await;
            let Some(asked) = questions.take() else {
                continue;
            };
            let answer = match asked {
                Ok((Question(commands), payloads)) => {
                    let payloads = payloads.into_iter().map(bytes_of).collect();
                    match ready(&mut served, &mut loaded, &commands).await {
                        Ok(served) => served.answer(commands, payloads).await,
                        Err(why) => Answer::Failed(why),
                    }
                }
                Err(why) => Answer::Failed(why),
            };
            post(&message::pack(&answer, []).into());
        }
    }

    /// With the GPU started and, where another one is asked for, the network loaded: every estimate asks for it.
    async fn ready<'a>(
        served: &'a mut Option<Served>,
        loaded: &mut String,
        commands: &[Command],
    ) -> Result<&'a mut Served, String> {
        if served.is_none() {
            let gpu = Gpu::start().await.map_err(|e| e.to_string())?;
            *served = Some(Served::new(gpu.device(), now));
        }
        let served = served.as_mut().ok_or("there is no GPU")?;
        if let Some(Command::Network { id }) = commands.first()
            && id != loaded
        {
            let spec = find_backbone(id).ok_or("the network is not known")?;
            let file = fetch(spec.file).await?;
            let layers = Layers::read(&file).map_err(|e| e.to_string())?;
            served.use_layers(Arc::new(layers));
            loaded.clone_from(id);
        }
        Ok(served)
    }

    fn post(message: &JsValue) {
        scope().post_message(message).expect("bytes can be posted");
    }
}
