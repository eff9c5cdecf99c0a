//! Photos taken together stay together when a classifier is tested, as far as that leaves something to learn from; and a person
//! has the last word.

use std::fs;

use data::class::ClassId;
use data::groups::{ClassGroups, Regroup, Together};
use data::protocol::{Event, HeadView, Request, Target, Undoable};
use data::sample::SampleId;
use data::settings::TrainSettings;
use formats::photo;
use image::imageops;

use super::host::{App, head};
use super::picture;

/// A JPEG that says when it was taken: `2026:11:27 10:03:15`.
pub fn taken_at(jpeg: &[u8], time: &str) -> Vec<u8> {
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        let halves = [tag, kind].map(u16::to_le_bytes).concat();
        [halves, [count, value].map(u32::to_le_bytes).concat()].concat()
    };
    // A directory has 18 bytes with one entry; the second one's text follows it.
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    tiff.extend([&1_u16.to_le_bytes()[..], &entry(0x8769, 4, 1, 26), &[0; 4]].concat());
    tiff.extend([&1_u16.to_le_bytes()[..], &entry(0x9003, 2, 20, 44), &[0; 4]].concat());
    tiff.extend(format!("{time}\0").bytes());
    let segment = [b"Exif\0\0", &tiff[..]].concat();
    let length = (segment.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &segment, &jpeg[2..]].concat()
}

/// Names that tell nothing.
fn name(i: u32) -> String {
    let letter = |n: u32| char::from(b'a' + (n % 26) as u8);
    format!("{}{}x.jpg", letter(i / 26), letter(i))
}

fn groups_of(events: &[Event]) -> Option<Vec<ClassGroups>> {
    events.iter().find_map(|event| match event {
        Event::Groups(groups) => Some(groups.clone()),
        _ => None,
    })
}

fn listed(app: &mut App) -> Vec<ClassGroups> {
    let events = app.answer(Request::ListGroups);
    groups_of(&events).expect("it answers")
}

fn sizes(class: &ClassGroups) -> Vec<usize> {
    class.groups.iter().map(Vec::len).collect()
}

fn train(app: &mut App) -> HeadView {
    let settings = TrainSettings::default();
    let events = app.answer(Request::Train { settings });
    head(&events).expect("training ends with a head")
}

/// Discs on three mornings, stripes within minutes.
fn mornings() -> App {
    let mut app = App::new();
    let day = |i: u32| format!("2026:11:{:02} 10:{:02}:00", 10 + i / 3, 7 * (i % 3));
    let discs = (0..9).map(|i| (name(i), taken_at(&picture(true, i), &day(i))));
    app.add_named("Disc", &discs.collect::<Vec<_>>());
    let minute = |i: u32| format!("2026:11:10 10:{i:02}:00");
    let stripes = (0..9).map(|i| (name(i), taken_at(&picture(false, i), &minute(i))));
    app.add_named("Stripes", &stripes.collect::<Vec<_>>());
    app
}

#[test]
fn what_was_taken_together_is_a_group_unless_it_is_the_class() {
    let mut app = mornings();
    let groups = listed(&mut app);
    assert_eq!(groups.len(), 2);
    assert_eq!((sizes(&groups[0]), groups[0].undivided), (vec![3; 3], None));
    // A class that was taken in one go is still tested, photo by photo; and it is said.
    assert_eq!(sizes(&groups[1]), vec![1; 9]);
    assert_eq!(groups[1].undivided, Some(Together::Minutes));
    let validation = train(&mut app).info.validation.expect("it was tested");
    assert_eq!(validation.accuracy.n, 18);
    assert_eq!(
        listed(&mut App::open(&app.tables)),
        groups,
        "times are stored"
    );
}

#[test]
fn one_folder_or_zip_is_a_source_where_there_are_several() {
    let files = |folders: [&str; 3]| -> Vec<(String, Vec<u8>)> {
        let photo = |i: u32| {
            let folder = folders[i as usize / 2];
            (format!("Disc/{folder}/{}", name(i)), picture(true, i))
        };
        (0..6).map(photo).collect()
    };
    let mut app = App::new();
    app.add_files(Target::Folders, &files(["ann", "bob", "eve"]));
    let groups = listed(&mut app);
    assert_eq!((sizes(&groups[0]), groups[0].undivided), (vec![2; 3], None));
    let mut app = App::new();
    app.add_files(Target::Folders, &files(["all"; 3]));
    let groups = listed(&mut app);
    assert_eq!(sizes(&groups[0]), vec![1; 6]);
    assert_eq!(groups[0].undivided, Some(Together::Folder));
}

/// Each scene was photographed six times in one go, and belongs to one class by chance: of an unseen scene nothing can be known.
#[test]
fn scenes_on_both_sides_are_told_from_unseen_ones() {
    let of = |kind: &str| {
        let root = env!("CARGO_MANIFEST_DIR");
        let folder = fs::read_dir(format!("{root}/public/samples/photos/{kind}"));
        let entries = folder.expect("the samples are there");
        let mut paths: Vec<_> = entries
            .map(|entry| entry.expect("it can be read").path())
            .collect();
        paths.sort();
        paths.truncate(6);
        paths
    };
    // Each class has as many birds as fruit.
    let pairs = of("birds").into_iter().zip(of("fruit"));
    let paths: Vec<_> = pairs.flat_map(|(bird, fruit)| [bird, fruit]).collect();
    let scenes = |time: fn(u32) -> String| {
        let mut app = App::new();
        for (scene, path) in (0..12_u32).zip(&paths) {
            let whole = photo::decode(&fs::read(path).expect("a file")).expect("a photo");
            let class = ["Odd", "Even"][scene as usize / 2 % 2];
            let (width, height) = whole.dimensions();
            let shots = (0..6).map(|shot| {
                // Another part of it, in another light: not so alike that it is one moment.
                let (left, top) = (width * shot / 30, height * (5 - shot) / 30);
                let part = imageops::crop_imm(&whole, left, top, width * 4 / 5, height * 4 / 5);
                let light = imageops::brighten(&part.to_image(), 14 * shot as i32 - 35);
                let jpeg = photo::jpeg(&light, 90);
                (
                    name(6 * scene + shot),
                    taken_at(&jpeg, &time(6 * scene + shot)),
                )
            });
            app.add_named(class, &shots.collect::<Vec<_>>());
        }
        app
    };
    let mut sittings = scenes(|i| format!("2026:11:{:02} 10:{:02}:00", 1 + i / 6, i % 6));
    for class in listed(&mut sittings) {
        assert_eq!(sizes(&class), vec![6; class.groups.len()], "{class:?}");
    }
    let honest = train(&mut sittings)
        .info
        .validation
        .expect("tested")
        .accuracy;
    // The same photos with times that say nothing.
    let mut apart = scenes(|i| format!("20{:02}:11:01 10:00:00", i));
    let leaking = train(&mut apart).info.validation.expect("tested").accuracy;
    let groups: usize = listed(&mut apart)
        .iter()
        .map(|class| class.groups.len())
        .sum();
    println!("{honest:?}, without times {leaking:?} in {groups} groups");
    assert!(honest.low < 0.5 && honest.value < 0.6, "{honest:?}");
    assert!(leaking.value > honest.value + 0.1, "{leaking:?}");
}

#[test]
fn a_person_splits_and_joins_groups_and_takes_it_back() {
    let mut app = mornings();
    let found = listed(&mut app);
    let head = train(&mut app);
    assert!(!head.stale);
    let first = found[0].groups[0].clone();
    let regroup = |app: &mut App, ids: &[SampleId], how| {
        let ids = ids.to_vec();
        app.answer(Request::Regroup { ids, how })
    };
    let split = regroup(&mut app, &first, Regroup::Split);
    assert!(split.contains(&Event::Undoable(Some(Undoable::Groups { count: 3 }))));
    let after = groups_of(&split).expect("the page sees it");
    assert_eq!(
        (sizes(&after[0]), after[0].by_hand),
        (vec![3, 3, 1, 1, 1], true)
    );
    assert_eq!(after[1], found[1]);
    let is_stale = |event: &Event| matches!(event, Event::Head(Some(head)) if head.stale);
    assert!(
        split.iter().any(is_stale),
        "it was judged with other groups"
    );

    // What is joined is a group whatever is known of it, and stays one in another session.
    let some = [found[0].groups[1][0], found[0].groups[2][0], first[1]];
    let joined = groups_of(&regroup(&mut app, &some, Regroup::Join)).expect("as above");
    assert_eq!(sizes(&joined[0]), vec![3, 2, 2, 1, 1]);
    let mut sorted = some.to_vec();
    sorted.sort_unstable();
    assert!(joined[0].groups.contains(&sorted), "{joined:?}");
    let mut again = App::open(&app.tables);
    assert_eq!(listed(&mut again), joined);
    let undone = again.answer(Request::Undo);
    assert_eq!(groups_of(&undone), Some(after), "one step back");
    assert!(undone.contains(&Event::Undoable(None)));

    let all: Vec<SampleId> = found[0].groups.concat();
    let reset = groups_of(&regroup(&mut again, &all, Regroup::AsFound));
    assert_eq!(reset, Some(found.clone()));
    // What is so already changes nothing, and nobody is told.
    let events = regroup(&mut again, &all, Regroup::AsFound);
    assert_eq!(events, [again.done()]);
    let events = regroup(&mut again, &[SampleId(999)], Regroup::Join);
    assert_eq!(events, [again.done()]);

    // Photos that move or go take the undo of groups with them, and come back as they were.
    regroup(&mut again, &first, Regroup::Split);
    let (ids, to) = (vec![first[0]], ClassId(1));
    let moved = again.answer(Request::MoveSamples { ids, to });
    assert!(moved.contains(&Event::Undoable(Some(Undoable::Move { count: 1 }))));
    again.answer(Request::Undo);
    let groups = listed(&mut again);
    assert_eq!(sizes(&groups[0]), vec![3, 3, 1, 1, 1]);
}
