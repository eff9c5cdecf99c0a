//! A worker beside the worker: it reads, decodes and embeds photos, one after the other, and
//! knows nothing of the project. [`super::pool`] gives it work.

use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, MessageEvent};

use super::channel::Channel;
use super::fetch::fetch;
use super::scope::{bytes_of, now, scope};
use super::wasm_memory::{Memory, ROOM_OF_EMBEDDER};
use super::{message, read};
use data::backbone::find_backbone;
use data::problem::SampleProblem;
use data::sample::SampleHash;
use engine::backbones::Backbone;
use engine::store;
use engine::{NetworkInput, PreparedSample};

/// The name by which the script knows which of the two workers it is.
pub const NAME: &str = "embedder";

/// A photo to work on. Payload: its file or bytes, where there is no address.
#[derive(Serialize, Deserialize)]
pub struct EmbedRequest {
    pub number: u64,
    /// Relative to the page.
    pub url: Option<String>,
    pub backbone: String,
    /// Else the backbone runs elsewhere (on the GPU), and only the square is wanted.
    pub embed: bool,
    /// It becomes part of the project; else only what the network sees, or says, is wanted.
    pub keep: bool,
}

#[derive(Serialize, Deserialize)]
pub enum Answer {
    /// It listens; what is sent before is lost.
    Started,
    /// Payloads of a good one: the photo as it is kept, its thumbnail, and what the
    /// network says of it ([`store::features`]) or its square.
    Photo {
        number: u64,
        result: Result<Made, SampleProblem>,
        /// It has taken much memory, and should be replaced when it is done with all it was given.
        grown: bool,
    },
    /// It cannot work: no weights, say.
    Broken,
}

#[derive(Serialize, Deserialize)]
pub struct Made {
    pub hash: SampleHash,
    /// When it was taken, as its file says.
    pub taken: Option<i64>,
    /// Numbers of the embedding, where the network has seen it.
    pub width: Option<usize>,
    /// From its first byte to here.
    pub milliseconds: f64,
}

pub fn start() {
    let letters = Channel::default();
    let inbox = letters.clone();
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        match message::unpack::<EmbedRequest>(&event.data()) {
            Ok(letter) => inbox.put(letter),
            Err(_) => post(&Answer::Broken, &[]),
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    let on_lost = Closure::<dyn Fn()>::new(|| post(&Answer::Broken, &[]));
    scope().set_onmessageerror(Some(on_lost.as_ref().unchecked_ref()));
    on_lost.forget();
    post(&Answer::Started, &[]);
    spawn_local(run(letters));
}

async fn run(letters: Channel<(EmbedRequest, Vec<JsValue>)>) {
    let mut backbone: Option<Backbone> = None;
    let mut memory = Memory::now();
    loop {
        letters.wait().await;
        let Some((request, payloads)) = letters.take() else {
            continue;
        };
        if backbone.as_ref().map(|b| b.spec().id) != Some(request.backbone.as_str()) {
            backbone = load(&request.backbone).await;
            memory = Memory::now();
        }
        let Some(backbone) = &backbone else {
            return post(&Answer::Broken, &[]);
        };
        let number = request.number;
        let (result, payloads) = match answer(backbone, request, payloads).await {
            Ok((made, payloads)) => (Ok(made), payloads.to_vec()),
            Err(why) => (Err(why), Vec::new()),
        };
        let grown = memory.grown(ROOM_OF_EMBEDDER);
        let answer = Answer::Photo {
            number,
            result,
            grown,
        };
        post(&answer, &payloads);
    }
}

async fn load(id: &str) -> Option<Backbone> {
    let spec = find_backbone(id)?;
    let weights = fetch(spec.file).await.ok()?;
    Backbone::on_cpu(spec, &weights).ok()
}

/// What is made of a photo, and its payloads.
async fn answer(
    backbone: &Backbone,
    request: EmbedRequest,
    payloads: Vec<JsValue>,
) -> Result<(Made, [Vec<u8>; 3]), SampleProblem> {
    let start = now();
    let prepared = prepare(backbone, request, payloads).await?;
    let (seen, width) = match prepared.input {
        NetworkInput::Bytes(square) => (square, None),
        NetworkInput::Features(features) => {
            (store::features(&features), Some(features.embedding.len()))
        }
    };
    let (hash, taken) = (prepared.hash, prepared.taken);
    Ok((
        Made {
            hash,
            taken,
            width,
            milliseconds: now() - start,
        },
        [prepared.kept, prepared.thumbnail, seen],
    ))
}

async fn prepare(
    backbone: &Backbone,
    request: EmbedRequest,
    payloads: Vec<JsValue>,
) -> Result<PreparedSample, SampleProblem> {
    let bytes = match (request.url, payloads.into_iter().next()) {
        (Some(url), _) => fetch(&url)
            .await
            .map_err(|why| SampleProblem::Unreadable(why.into()))?,
        (None, Some(payload)) => match payload.dyn_into::<Blob>() {
            Ok(blob) => read::blob(&blob).await?,
            Err(array) => bytes_of(array),
        },
        (None, None) => Vec::new(),
    };
    let photo = read::photo(bytes).await;
    let size = backbone.spec().input_size;
    let mut prepared = match request.keep {
        true => PreparedSample::of(&photo, size)?,
        false => PreparedSample::to_ask(&photo, size)?,
    };
    if let (true, NetworkInput::Bytes(square)) = (request.embed, &prepared.input) {
        // What fails here is tried again, and told, where the square goes.
        if let Ok(mut features) = backbone.embed(&[square]).await {
            prepared.input = NetworkInput::Features(features.remove(0));
        }
    }
    Ok(prepared)
}

fn post(answer: &Answer, payloads: &[Vec<u8>]) {
    let (arrays, transfer) = message::buffers(payloads);
    scope()
        .post_message_with_transfer(&message::pack(answer, arrays), &transfer)
        .expect("headers and buffers can be posted");
}
