//! Several projects in one browser, and projects as files.

mod earlier;
mod files;
mod hostile;
mod list;

use std::io::{Cursor, Read};

use data::problem::Problem;
use data::protocol::{Event, ProjectEvent, ProjectRequest, ProjectView, Request};
use engine::session::Payload;

use super::host::{App, BACKBONE, file, options, problems};
use super::machine::{Machine, Projects, Tables};
use super::picture;

/// A browser with its projects, and a page with one of them.
pub struct Page {
    pub shelf: Projects,
    pub app: App,
}

impl Page {
    /// The first page of a new browser.
    pub fn new() -> Self {
        Self::open(&Projects::default(), "first")
    }

    pub fn open(shelf: &Projects, id: &str) -> Self {
        let mut shelf = shelf.clone();
        id.clone_into(&mut shelf.open);
        let tables = shelf.all.borrow_mut().entry(id.into()).or_default().clone();
        let mut machine = Machine::new(tables);
        machine.projects = shelf.clone();
        let app = App::try_open(machine, options()).expect("the network is there");
        Self { shelf, app }
    }

    /// The same browser's page with another project.
    pub fn go_to(self, events: &[Event]) -> Self {
        let next = next(events).unwrap_or_else(|| panic!("it goes nowhere: {events:?}"));
        assert!(self.app.session.is_over());
        // Its lock is free for the next page.
        self.tables().faults.elsewhere.set(false);
        Self::open(&self.shelf, &next)
    }

    pub fn ask(&mut self, request: ProjectRequest) -> Vec<Event> {
        self.app.answer(Request::Projects(request))
    }

    /// Hands a file over with the request.
    pub fn hand(&mut self, request: ProjectRequest, bytes: &[u8]) -> Vec<Event> {
        let payloads: Vec<Payload<_>> = vec![file(bytes)];
        self.app.send(Request::Projects(request), payloads);
        let mut events = self.app.told();
        events.extend(self.app.work());
        events
    }

    pub fn list(&mut self) -> Vec<ProjectView> {
        let sizes = true;
        listed(&self.ask(ProjectRequest::List { sizes })).expect("there is a list")
    }

    pub fn names(&mut self) -> Vec<String> {
        let shown = self.list().into_iter().filter(|view| !view.deleted);
        shown.map(|view| view.name.unwrap_or_default()).collect()
    }

    /// The open project as a file.
    pub fn saved(&mut self, metadata: bool) -> Vec<u8> {
        let name = "Shapes: disc/stripes".into();
        let events = self.ask(ProjectRequest::Save { name, metadata });
        assert_eq!(problems(&events), []);
        let url = events.iter().find_map(|event| match event {
            Event::Projects(ProjectEvent::Saved { name, url }) => {
                assert_eq!(name, "Shapes_ disc_stripes.graft.zip");
                Some(url.clone())
            }
            _ => None,
        });
        let url = url.unwrap_or_else(|| panic!("{events:?}"));
        self.shelf.files.borrow()[&url].clone()
    }

    pub fn tables(&self) -> &Tables {
        &self.app.tables
    }
}

pub fn listed(events: &[Event]) -> Option<Vec<ProjectView>> {
    events.iter().rev().find_map(|event| match event {
        Event::Projects(ProjectEvent::List(all)) => Some(all.clone()),
        _ => None,
    })
}

/// The project that another worker is to open.
pub fn next(events: &[Event]) -> Option<String> {
    events.iter().rev().find_map(|event| match event {
        Event::Projects(ProjectEvent::GoTo { id }) => Some(id.clone()),
        _ => None,
    })
}

/// Two classes of four photos, trained.
pub fn shapes() -> Page {
    let mut page = Page::new();
    for (class, disc) in [("disc", true), ("stripes", false)] {
        let photos: Vec<_> = (0..4).map(|i| picture(disc, i)).collect();
        page.app.add(class, &photos);
    }
    let settings = data::settings::TrainSettings::default();
    let events = page.app.answer(Request::Train { settings });
    assert_eq!(problems(&events), []);
    page
}

/// Names and bytes, as another program finds them.
pub fn unzipped(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut zip = zip::ZipArchive::new(Cursor::new(zip)).expect("it is a zip");
    let count = zip.len();
    let read = |i| {
        let mut bytes = Vec::new();
        let mut file = zip.by_index(i).expect("it is there");
        file.read_to_end(&mut bytes).expect("it is whole");
        let name = file.name().expect("it is UTF-8").into_owned();
        (name, bytes)
    };
    (0..count).map(read).collect()
}

pub fn problem(events: &[Event]) -> Problem {
    let all = problems(events);
    assert_eq!(all.len(), 1, "{events:?}");
    all.into_iter().next().expect("there is one")
}

#[test]
fn the_backbone_of_these_tests_is_one_that_a_project_names() {
    let page = shapes();
    let classes = page
        .tables()
        .value(engine::store::Table::Project, "classes");
    let classes = String::from_utf8(classes.expect("it is stored")).expect("it is JSON");
    assert!(classes.contains(BACKBONE));
}
