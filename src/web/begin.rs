//! The worker's start: whose the project is, and the database that holds it.

use std::rc::Rc;

use web_sys::Blob;

use super::channel::Channel;
use super::device::Gpu;
use super::lock::{Answer, Lock, Word};
use super::platform::Browser;
use super::pool::Pool;
use super::projects::Projects;
use super::storage::{Fate, Tables};
use super::wasm_memory::Memory;
use super::worker::Letter;
use data::problem::{BackboneProblem, StorageProblem};
use data::protocol::{Access, KeptEntry, StartOptions};
use engine::session::{Incoming, Opening, Session};

/// What the page held for the worker before this one.
type Kept = (u64, Vec<KeptEntry>, Vec<Blob>);

/// The project's lock and storage, and a session on them.
pub async fn begin(
    options: StartOptions,
    letters: Channel<Letter>,
    kept: Vec<Kept>,
) -> Result<Session<Browser>, BackboneProblem> {
    let projects = Projects::of_page(&options).await;
    let name = projects.name().to_owned();
    let mut trouble = Vec::new();
    let (lock, mut access) = ask(&name, &options, &letters, &mut trouble).await;
    let inbox = letters.clone();
    let tell_fate = Rc::new(move |fate| {
        inbox.put(Letter::Session(match fate {
            Fate::Newer => Incoming::NewerGraft,
            Fate::Closed => Incoming::DatabaseClosed,
        }));
    });
    let mut storage = match Tables::open(&name, tell_fate).await {
        Ok((storage, problem)) => {
            // A worker before this one has said so.
            trouble.extend(problem.filter(|_| !options.resume));
            storage
        }
        Err(why) => {
            access = Access::Closed;
            trouble.push(why);
            Tables::of_nothing()
        }
    };
    for (number, entries, blobs) in kept {
        storage.restore(number, entries, blobs);
    }
    let platform = Browser {
        pool: Pool::new(options.workers, letters),
        options: options.clone(),
        gpu: Gpu::default(),
        storage,
        projects,
        lock,
        memory: Memory::now(),
    };
    let opening = Opening {
        options,
        access,
        trouble,
    };
    let mut session = Session::begin(platform, opening).await?;
    session.platform_mut().memory = Memory::now();
    Ok(session)
}

/// Asks for the project's lock.
async fn ask(
    name: &str,
    options: &StartOptions,
    letters: &Channel<Letter>,
    trouble: &mut Vec<StorageProblem>,
) -> (Lock, Access) {
    let tell = {
        let letters = letters.clone();
        move |word| {
            letters.put(Letter::Session(match word {
                Word::Give => Incoming::Wanted,
                Word::Taken => Incoming::Taken,
            }));
        }
    };
    let lock = Lock::of(name, tell.clone());
    let answer = lock.ask(options.take_over, tell).await;
    if answer == Answer::Kept {
        trouble.push(StorageProblem::NotHandedOver);
    }
    let access = match answer {
        Answer::Granted => Access::Writer,
        Answer::Elsewhere | Answer::Kept => Access::Reader,
    };
    (lock, access)
}
