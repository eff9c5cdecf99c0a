//! A session as the worker runs it, and a page that asks it.

use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};

use data::class::{ClassId, ClassView};
use data::prediction::Prediction;
use data::problem::{BackboneProblem, Problem};
use data::protocol::{Access, Event, HeadView, Numbered, Request, StartOptions, Target};
use engine::Output;
use engine::session::{Incoming, Opening, Payload, Session};
use pollster::block_on;

use super::machine::{File, Machine, Tables};

/// The small variant: half the work.
pub const BACKBONE: &str = "efficientnet-lite0-160";

pub struct App {
    pub session: Session<Machine>,
    pub tables: Tables,
    /// The id of the next request.
    next: u64,
    /// The id of the last one.
    pub last: u64,
    /// What was told while it began.
    pub begun: Vec<Event>,
    /// The classes as the page shows them.
    shown: Vec<ClassView>,
}

impl App {
    /// An empty project.
    pub fn new() -> Self {
        Self::open(&Tables::default())
    }

    /// The project that is stored, with the backbone of most tests.
    pub fn open(tables: &Tables) -> Self {
        Self::open_with(tables, options())
    }

    pub fn open_with(tables: &Tables, options: StartOptions) -> Self {
        let begun = Self::try_open(Machine::new(tables.clone()), options);
        begun.expect("the committed weights are whole")
    }

    pub fn try_open(machine: Machine, options: StartOptions) -> Result<Self, BackboneProblem> {
        let tables = machine.tables.clone();
        let opening = Opening {
            options,
            access: match tables.faults.elsewhere.get() {
                true => Access::Reader,
                false => Access::Writer,
            },
            trouble: Vec::new(),
        };
        let session = block_on(Session::begin(machine, opening))?;
        let mut app = Self {
            session,
            tables,
            next: 0,
            last: 0,
            begun: Vec::new(),
            shown: Vec::new(),
        };
        app.begun = app.told();
        Ok(app)
    }

    pub fn machine(&mut self) -> &mut Machine {
        self.session.platform_mut()
    }

    /// What the page was told since the last time.
    pub fn outputs(&mut self) -> Vec<Output> {
        let told = std::mem::take(self.machine().told.get_mut());
        for (event, _) in &told {
            match event {
                Event::Classes(views) => self.shown = views.clone(),
                Event::Counts(counts) => {
                    for new in counts {
                        let mut shown = self.shown.iter_mut();
                        let shown = shown.find(|view| view.class.id == new.id);
                        let view = shown.expect("it was told of before");
                        (view.count, view.pending) = (new.count, new.pending);
                    }
                }
                _ => {}
            }
        }
        told
    }

    pub fn told(&mut self) -> Vec<Event> {
        events(self.outputs())
    }

    /// Something comes; what is told at once.
    pub fn take(&mut self, incoming: Incoming<File>) -> Vec<Event> {
        block_on(self.session.take(incoming));
        self.told()
    }

    /// Hands a request over and lets nothing be done about it yet; its id.
    pub fn send(&mut self, request: Request, payloads: Vec<Payload<File>>) -> u64 {
        let id = self.next;
        self.next += (payloads.len() as u64).max(1);
        self.last = id;
        let numbered = Numbered::new(id, with_ids(request, id));
        block_on(self.session.take(Incoming::Request(numbered, payloads)));
        id
    }

    /// How many ids were given out.
    pub fn asked(&self) -> u64 {
        self.next
    }

    /// Asks, and does no work that it makes: what is told at once.
    pub fn ask(&mut self, request: Request) -> Vec<Event> {
        self.send(request, Vec::new());
        self.told()
    }

    /// The end of the last request.
    pub fn done(&self) -> Event {
        Event::Done { id: self.last }
    }

    /// The same, if nothing came of it.
    pub fn refused(&self, problem: Problem) -> Event {
        let id = self.last;
        Event::Refused { id, problem }
    }

    /// One piece of work; none when there is nothing to do.
    pub fn turn(&mut self) -> Option<Vec<Event>> {
        let worked = block_on(self.session.turn());
        let told = self.told();
        worked.then_some(told)
    }

    /// Until all is done.
    pub fn work(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(more) = self.turn() {
            events.extend(more);
        }
        events
    }

    /// Until something is told that is so; all that was told.
    pub fn work_until(&mut self, is_so: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        while !events.iter().any(&is_so) {
            events.extend(self.turn().expect("it goes on"));
        }
        events
    }

    /// Asks, and waits for the end.
    pub fn answer(&mut self, request: Request) -> Vec<Event> {
        let mut events = self.ask(request);
        events.extend(self.work());
        events
    }

    /// Hands files over, and lets nothing be done about them yet; the id of the first.
    pub fn send_files(&mut self, to: Target, files: &[(String, Vec<u8>)]) -> u64 {
        let names = files.iter().map(|(name, _)| name.clone()).collect();
        let payloads = files.iter().map(|(_, bytes)| file(bytes));
        let first = 0; // the request's id
        self.send(Request::AddSamples { to, names, first }, payloads.collect())
    }

    /// What is told of files until all are read.
    pub fn add_files(&mut self, to: Target, files: &[(String, Vec<u8>)]) -> Vec<Event> {
        self.send_files(to, files);
        let mut events = self.told();
        events.extend(self.work());
        events
    }

    /// Adds photos by name to a class, which is made where it is missing.
    pub fn add_named(&mut self, class: &str, photos: &[(String, Vec<u8>)]) -> Vec<Event> {
        let named = |(name, bytes): &(String, Vec<u8>)| (format!("{class}/{name}"), bytes.clone());
        let photos: Vec<_> = photos.iter().map(named).collect();
        self.add_files(Target::Folders, &photos)
    }

    pub fn add(&mut self, class: &str, photos: &[Vec<u8>]) -> Vec<Event> {
        let name = |(i, bytes): (usize, &Vec<u8>)| (format!("{class}{i}.jpg"), bytes.clone());
        let photos: Vec<_> = photos.iter().enumerate().map(name).collect();
        self.add_named(class, &photos)
    }

    /// What is told of a photo that is tried.
    pub fn try_file(&mut self, bytes: &[u8]) -> Vec<Event> {
        let names = vec!["new.jpg".into()];
        self.send(Request::TrySamples { names, first: 0 }, vec![file(bytes)]);
        let mut events = self.told();
        let of_it = self.last;
        let end = |event: &Event| matches!(event, Event::Done { id } | Event::Refused { id, .. } if *id == of_it);
        events.extend(self.work_until(end));
        events
    }

    pub fn try_photo(&mut self, bytes: &[u8]) -> Vec<Prediction> {
        let events = self.try_file(bytes);
        match &events[..] {
            [Event::Tried { predictions, .. }, Event::Done { .. }] => predictions.clone(),
            other => panic!("{other:?}"),
        }
    }

    /// How strange a photo is to the head in use.
    pub fn strangeness(&mut self, bytes: &[u8]) -> f32 {
        let events = self.try_file(bytes);
        let strangeness = events.iter().find_map(|event| match event {
            Event::Tried { strangeness, .. } => *strangeness,
            _ => None,
        });
        strangeness.unwrap_or_else(|| panic!("{events:?}"))
    }

    /// The head in use as a file, if there is one.
    pub fn save(&mut self) -> Option<Vec<u8>> {
        let name = "shapes".into();
        self.send(Request::SaveHead { name }, Vec::new());
        let outputs = self.outputs();
        let mut files = outputs
            .into_iter()
            .filter_map(|(event, payloads)| match event {
                Event::File { .. } => payloads.into_iter().next(),
                _ => None,
            });
        files.next()
    }

    pub fn saved(&mut self) -> Vec<u8> {
        self.save().expect("there is a head")
    }

    /// What is told of a head file, as far as that needs no other network.
    pub fn open_head(&mut self, bytes: &[u8]) -> Vec<Event> {
        let name = "shapes".into();
        self.send(Request::OpenHead { name }, vec![file(bytes)]);
        self.told()
    }

    /// The classes as the page was told of them last.
    pub fn classes(&self) -> &[ClassView] {
        &self.shown
    }

    pub fn names(&self) -> Vec<&str> {
        let classes = self.shown.iter();
        classes.map(|view| view.class.name.as_str()).collect()
    }

    /// The class of this name, if the page shows one.
    pub fn class(&self, name: &str) -> Option<ClassId> {
        let mut classes = self.shown.iter().map(|view| &view.class);
        classes
            .find(|class| class.name == name)
            .map(|class| class.id)
    }
}

/// As the page's address with `?backbone=`; another page each time.
pub fn options() -> StartOptions {
    static PAGES: AtomicU32 = AtomicU32::new(1000);
    StartOptions {
        backbone: Some(BACKBONE.into()),
        opened: PAGES.fetch_add(1, Ordering::Relaxed).into(),
        ..StartOptions::default()
    }
}

pub fn file(bytes: &[u8]) -> Payload<File> {
    Payload::File(Rc::new(bytes.to_vec()))
}

pub fn events(outputs: Vec<Output>) -> Vec<Event> {
    outputs.into_iter().map(|(event, _)| event).collect()
}

/// The last head that was told of.
pub fn head(events: &[Event]) -> Option<HeadView> {
    events.iter().rev().find_map(|event| match event {
        Event::Head(head) => head.clone(),
        _ => None,
    })
}

/// Why requests, files or parts of them were refused.
pub fn problems(events: &[Event]) -> Vec<Problem> {
    let problem = |event: &Event| match event {
        Event::Problem(problem) | Event::Refused { problem, .. } => Some(problem.clone()),
        _ => None,
    };
    events.iter().filter_map(problem).collect()
}

/// As the page's door does: the first file has the request's id.
fn with_ids(mut request: Request, id: u64) -> Request {
    match &mut request {
        Request::AddSamples { first, .. }
        | Request::TrySamples { first, .. }
        | Request::Classify { first, .. }
        | Request::AddSampleSet { first, .. } => *first = id,
        _ => {}
    }
    request
}
