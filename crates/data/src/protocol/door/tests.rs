use super::*;
use crate::class::ClassId;
use crate::protocol::Target;

type Page = Door<&'static str>;

fn door() -> Page {
    Door::new(StartOptions::default())
}

/// A worker that listens.
fn listening() -> Page {
    let mut door = door();
    door.receive(Event::Started, Vec::new(), false, false);
    door
}

fn add_class(name: &str) -> Request {
    Request::AddClass { name: name.into() }
}

fn add_samples(names: &[&str]) -> Request {
    Request::AddSamples {
        to: Target::Class(ClassId(0)),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        first: 0,
    }
}

/// What goes to the worker: ids and requests.
fn posted(acts: &[Act<&'static str>]) -> Vec<(u64, Request)> {
    let posted = |act: &Act<_>| match act {
        Act::Post(message) => Some((message.numbered.id, message.numbered.request.clone())),
        Act::Tell(..) | Act::Replace => None,
    };
    acts.iter().filter_map(posted).collect()
}

fn hear(door: &mut Page, event: Event) -> Vec<Act<&'static str>> {
    door.receive(event, Vec::new(), false, false)
}

#[test]
fn what_is_sent_before_the_worker_listens_waits_for_its_start() {
    let mut door = door();
    let (id, acts) = door.send(add_class("cat"), Vec::new());
    assert!(acts.is_empty());
    let acts = hear(&mut door, Event::Started);
    let posted = posted(&acts);
    assert!(matches!(posted[0], (FIRST, Request::Start(_))), "{acts:?}");
    assert_eq!(posted[1..], [(id, add_class("cat"))]);
    assert_eq!(acts.last(), Some(&Act::Tell(Event::Started, Vec::new())));
    let (next, acts) = door.send(Request::Undo, Vec::new());
    assert_eq!(super::tests::posted(&acts), [(next, Request::Undo)]);
    assert_ne!(next, id);
}

#[test]
fn a_break_hands_over_again_what_had_not_ended_and_nothing_else() {
    let mut door = listening();
    let (done, _) = door.send(add_class("done"), Vec::new());
    let (open, _) = door.send(add_class("open"), Vec::new());
    let (files, _) = door.send(add_samples(&["a.jpg", "b.jpg"]), vec!["a", "b"]);
    door.send(Request::SaveHead { name: "h".into() }, Vec::new());
    hear(&mut door, Event::Done { id: done });
    hear(&mut door, Event::Done { id: files });
    assert_eq!(door.files_under_way(), 1);
    let acts = door.broken("trap", 0.0);
    assert_eq!(
        acts,
        [
            Act::Tell(
                Event::Problem(Problem::Restarted { training: false }),
                Vec::new()
            ),
            Act::Replace
        ]
    );
    assert!(door.options().resume);
    // Sent while no worker is there.
    let (later, acts) = door.send(add_class("later"), Vec::new());
    assert!(acts.is_empty());
    let acts = hear(&mut door, Event::Started);
    let posted = posted(&acts);
    let ids: Vec<u64> = posted[1..].iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, [open, files + 1, later]);
    let Act::Post(message) = &acts[2] else {
        panic!("{acts:?}");
    };
    assert_eq!(message.payloads, ["b"]);
    assert_eq!(message.numbered.again, Some(Vec::new()));
}

#[test]
fn a_head_that_was_being_opened_is_opened_by_the_next_worker() {
    let mut door = listening();
    let open = Request::OpenHead { name: "h".into() };
    let (id, _) = door.send(open.clone(), vec!["head file"]);
    door.broken("trap", 0.0);
    let acts = hear(&mut door, Event::Started);
    let Some(Act::Post(message)) = acts.get(1) else {
        panic!("{acts:?}");
    };
    assert_eq!(message.numbered.id, id);
    assert_eq!(message.numbered.request, open);
    assert_eq!(message.payloads, ["head file"]);
}

#[test]
fn breaks_in_a_row_fail_the_page_unless_work_gets_done_or_time_goes_by() {
    let failed = |acts: &[Act<_>]| matches!(acts, [Act::Tell(Event::Failed(_), _)]);
    let mut door = listening();
    for i in 0..MOST_RESTARTS {
        assert!(!failed(&door.broken("trap", f64::from(i))), "break {i}");
        hear(&mut door, Event::Started);
    }
    assert!(failed(&door.broken("trap", 10.0)));

    let mut door = listening();
    for i in 0..10 {
        let (id, _) = door.send(add_class("x"), Vec::new());
        hear(&mut door, Event::Done { id });
        assert!(!failed(&door.broken("trap", f64::from(i))), "break {i}");
        hear(&mut door, Event::Started);
    }
    // What is not handed over again shows nothing: a new worker answers it even where it breaks at the next step.
    let mut door = listening();
    let mut breaks = 0;
    while !failed(&door.broken("trap", 0.0)) {
        breaks += 1;
        hear(&mut door, Event::Started);
        let (id, _) = door.send(Request::Thumbnails { ids: Vec::new() }, Vec::new());
        hear(&mut door, Event::Done { id });
        assert!(breaks < 10, "it never ends");
    }

    let mut door = listening();
    for i in 0..10 {
        let now = f64::from(i) * (FORGIVEN + 1.0);
        assert!(!failed(&door.broken("trap", now)), "break {i}");
        hear(&mut door, Event::Started);
    }
}

#[test]
fn who_is_to_blame_is_refused_by_its_id() {
    let mut door = listening();
    let (id, _) = door.send(add_samples(&["bad.jpg"]), vec!["bad"]);
    for _ in 0..2 {
        door.broken("trap", 0.0);
        hear(&mut door, Event::Started);
    }
    let acts = door.broken("trap", 0.0);
    let file = "bad.jpg".into();
    let problem = Problem::Breaks { file };
    assert_eq!(
        acts[0],
        Act::Tell(Event::Refused { id, problem }, Vec::new())
    );
    assert_eq!(door.files_under_way(), 0);
    let acts = hear(&mut door, Event::Started);
    assert_eq!(posted(&acts).len(), 1, "it is not handed over again");
}

#[test]
fn what_could_not_be_stored_goes_to_the_next_worker_until_it_is_written() {
    let mut door = listening();
    let keep = |number| Event::Keep {
        number,
        entries: Vec::new(),
    };
    for number in [3, 4] {
        let acts = door.receive(keep(number), vec!["blob"], false, false);
        assert!(acts.is_empty(), "that is the door's own");
    }
    hear(&mut door, Event::Written { number: 3 });
    door.broken("trap", 0.0);
    let acts = hear(&mut door, Event::Started);
    let posted = posted(&acts);
    let Request::Start(options) = &posted[0].1 else {
        panic!("{posted:?}");
    };
    assert_eq!(options.kept, 1);
    assert!(matches!(posted[1].1, Request::Keep { number: 4, .. }));
}

#[test]
fn a_worker_that_has_grown_goes_while_nothing_is_on_its_way_and_nobody_types() {
    let mut door = listening();
    let typing = door.receive(Event::Grown, Vec::new(), false, true);
    assert!(typing.is_empty());
    let acts = hear(&mut door, Event::Grown);
    assert!(matches!(posted(&acts)[..], [(_, Request::Retire)]));
    // What is sent now waits for the answer.
    let (id, acts) = door.send(add_class("x"), Vec::new());
    assert!(acts.is_empty());
    assert!(hear(&mut door, Event::Grown).is_empty(), "it was asked");
    let acts = hear(&mut door, Event::Retired(false));
    assert_eq!(posted(&acts), [(id, add_class("x"))]);
    hear(&mut door, Event::Done { id });

    hear(&mut door, Event::Grown);
    let (id, _) = door.send(add_class("y"), Vec::new());
    let acts = hear(&mut door, Event::Retired(true));
    assert_eq!(acts.last(), Some(&Act::Replace));
    let acts = hear(&mut door, Event::Started);
    assert_eq!(posted(&acts)[1..], [(id, add_class("y"))]);
}

#[test]
fn a_lost_gpu_is_left_alone_by_the_next_worker() {
    let mut door = listening();
    let lost = Event::Problem(Problem::DeviceLost);
    let acts = hear(&mut door, lost.clone());
    assert_eq!(acts, [Act::Tell(lost, Vec::new()), Act::Replace]);
    assert!(door.options().lost);
}

#[test]
fn the_project_is_asked_for_once() {
    let mut door = listening();
    assert_eq!(door.take_over(), Act::Replace);
    let start = |acts: &[Act<_>]| match &posted(acts)[0].1 {
        Request::Start(options) => options.clone(),
        other => panic!("{other:?}"),
    };
    let acts = door.receive(Event::Started, Vec::new(), true, false);
    assert!(start(&acts).take_over && start(&acts).safe);
    door.broken("trap", 0.0);
    let acts = hear(&mut door, Event::Started);
    assert!(!start(&acts).take_over && !start(&acts).safe);
}

#[test]
fn another_project_is_told_nothing_that_was_meant_for_this_one() {
    let mut door = listening();
    let entries = Vec::new();
    hear(&mut door, Event::Keep { number: 0, entries });
    let (last, _) = door.send(add_class("here"), Vec::new());
    door.send(add_samples(&["a.jpg"]), vec!["a"]);
    let id = "there".to_owned();
    let go = Event::Projects(ProjectEvent::GoTo { id: id.clone() });
    let acts = hear(&mut door, go.clone());
    assert_eq!(acts, [Act::Tell(go, Vec::new()), Act::Replace]);
    assert_eq!(door.files_under_way(), 0);
    // What is sent from now on is for the other one.
    let (next, acts) = door.send(add_class("there"), Vec::new());
    assert!(acts.is_empty() && next > last);
    let posted = posted(&hear(&mut door, Event::Started));
    match &posted[..] {
        [(FIRST, Request::Start(options)), (_, request)] => {
            assert_eq!(options.project, Some(id));
            assert!(options.kept == 0 && !options.resume);
            assert_eq!(*request, add_class("there"));
        }
        other => panic!("{other:?}"),
    }
}
