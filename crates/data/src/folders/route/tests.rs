use super::*;
use crate::class::{Class, Colour};

fn class(id: u32, name: &str) -> ClassView {
    ClassView {
        class: Class {
            id: ClassId(id),
            name: name.into(),
            colour: Colour(0, 0, 0),
        },
        count: 0,
        pending: 0,
    }
}

fn at(place: Place, paths: &[&str], classes: &[ClassView]) -> Vec<Step> {
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let project = Project {
        classes,
        has_head: false,
        head_classes: &[],
    };
    route(place, &paths, project)
}

fn named(files: &[(&str, usize)]) -> Named {
    files.iter().map(|(n, i)| ((*n).to_owned(), *i)).collect()
}

#[test]
fn a_head_is_opened_wherever_it_comes_to_and_the_rest_goes_its_way() {
    let one = ClassId(1);
    for place in [Place::Page, Place::Class(one), Place::Try] {
        let steps = at(place, &["Shapes.graft.SafeTensors"], &[]);
        assert_eq!(steps, [Step::OpenHead(0)], "{place:?}");
    }
    let steps = at(Place::Class(one), &["a.jpg", "h.safetensors", "b.png"], &[]);
    let samples = named(&[("a.jpg", 0), ("b.png", 2)]);
    let added = Step::Add(Target::Class(one), samples);
    assert_eq!(steps, [Step::OpenHead(1), added]);
}

#[test]
fn folders_become_classes_on_the_page_and_go_into_the_class_they_are_dropped_on() {
    let paths = ["pets/cat/1.jpg", "pets/dog/2.jpg", "pets/.DS_Store"];
    let on_page = named(&[("cat/pets/cat/1.jpg", 0), ("dog/pets/dog/2.jpg", 1)]);
    let steps = at(Place::Page, &paths, &[]);
    assert_eq!(steps, [Step::Add(Target::Folders, on_page)]);
    let one = ClassId(1);
    let in_class = named(&[("pets/cat/1.jpg", 0), ("pets/dog/2.jpg", 1)]);
    let steps = at(Place::Class(one), &paths, &[]);
    assert_eq!(steps, [Step::Add(Target::Class(one), in_class)]);
}

#[test]
fn a_project_file_is_asked_about_unless_somebody_said_where_its_photos_go() {
    for name in ["pets.graft.zip", "Pets.Graft (12).ZIP", "in/pets.graft.zip"] {
        let steps = at(Place::Page, &[name, "graft.zip"], &[]);
        let zips = named(&[("graft.zip", 1)]);
        let rest = Step::Add(Target::Folders, zips);
        assert_eq!(steps, [Step::OpenProject(0), rest], "{name}");
    }
    let one = ClassId(1);
    let zips = named(&[("pets.graft.zip", 0)]);
    let steps = at(Place::Class(one), &["pets.graft.zip"], &[]);
    assert_eq!(steps, [Step::Add(Target::Class(one), zips)]);
}

#[test]
fn a_table_of_labels_names_the_classes_of_files_that_no_folder_does() {
    let paths = |all: &[&str]| all.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>();
    let table = "file,label\n1.jpg,a/b\n2.jpg,c\n";
    let found = labelled(table, &paths(&["labels.csv", "1.jpg", "2.jpg"]));
    assert_eq!(found, Some(named(&[("a-b/1.jpg", 1), ("c/2.jpg", 2)])));
    let found = labelled(
        table,
        &paths(&["x/labels.csv", "x/1.jpg", "x/2.jpg", "x/3.jpg"]),
    );
    assert_eq!(found, Some(named(&[("a-b/1.jpg", 1), ("c/2.jpg", 2)])));
    assert_eq!(labelled(table, &paths(&["u/1.jpg", "v/2.jpg"])), None);
    assert_eq!(labelled(table, &paths(&["8.jpg", "9.jpg"])), None);
}

#[test]
fn zips_keep_their_name_and_tell_their_classes_themselves() {
    let steps = at(Place::Page, &["photos.zip", "in/a/other.zip"], &[]);
    let zips = named(&[("photos.zip", 0), ("other.zip", 1)]);
    assert_eq!(steps, [Step::Add(Target::Folders, zips)]);
}

#[test]
fn samples_that_nobody_said_the_class_of_go_into_the_only_one() {
    let samples = || named(&[("a.jpg", 0)]);
    let only = [class(7, "cat")];
    let steps = at(Place::Page, &["a.jpg"], &only);
    assert_eq!(steps, [Step::Add(Target::Class(ClassId(7)), samples())]);
    let two = [class(7, "cat"), class(8, "dog")];
    assert_eq!(at(Place::Page, &["a.jpg"], &two), [Step::WhichClass]);
    assert_eq!(at(Place::Page, &["a.jpg"], &[]), [Step::WhichClass]);
}

#[test]
fn samples_are_tried_where_there_is_a_head() {
    let paths = ["a.jpg".to_owned()];
    let project = |has_head| Project {
        classes: &[],
        has_head,
        head_classes: &[],
    };
    let steps = route(Place::Try, &paths, project(true));
    assert_eq!(steps, [Step::Try(named(&[("a.jpg", 0)]))]);
    let steps = route(Place::Try, &paths, project(false));
    assert_eq!(steps, [Step::NoHead]);
}

#[test]
fn tests_go_to_the_classes_that_folders_and_names_say() {
    let classes = [class(1, "Cat"), class(2, "Red dog")];
    let test = |named: Named| Step::Add(Target::Test, named);
    let paths = [
        "red dog_3.JPG",
        "cat (2).png",
        "t/cat/1.jpg",
        "t/bee/2.jpg",
        "IMG_1.jpg",
        "a.zip",
    ];
    let steps = at(Place::Test(None), &paths, &classes);
    let missing = Step::Report(Problem::LeftOut {
        from: "t".into(),
        what: LeftOut::NoSuchClass {
            classes: vec!["bee".into()],
            samples: 1,
        },
    });
    let named = named(&[
        ("a.zip", 5),
        ("cat/t/cat/1.jpg", 2),
        ("red dog/red dog_3.JPG", 0),
        ("cat/cat (2).png", 1),
    ]);
    assert_eq!(steps, [missing, test(named), Step::WhichTestClass]);
    let of_one = at(Place::Test(Some(ClassId(2))), &["IMG_1.jpg"], &classes);
    let samples = vec![("IMG_1.jpg".to_owned(), 0)];
    assert_eq!(of_one, [Step::Add(Target::TestOf(ClassId(2)), samples)]);
    // Nothing is made by a name that nobody knows.
    let steps = at(Place::Test(None), &["t/bee/2.jpg", "t/ant/2.jpg"], &classes);
    assert!(matches!(&steps[..], [Step::Report(_)]), "{steps:?}");
}

/// What a head from a file tells apart can be tested without a class of one's own.
#[test]
fn classes_of_a_head_are_known() {
    let head_classes = [crate::head::HeadClass {
        name: "Cat".into(),
        colour: Colour(0, 0, 0),
        samples: 3,
    }];
    let project = Project {
        classes: &[],
        has_head: true,
        head_classes: &head_classes,
    };
    let steps = route(Place::Test(None), &["cat1.jpg".to_owned()], project);
    let samples = named(&[("cat/cat1.jpg", 0)]);
    assert_eq!(steps, [Step::Add(Target::Test, samples)]);
}

#[test]
fn the_tests_of_a_split_go_beside_what_is_learned_from() {
    let paths = [
        "d/train/cat/1.jpg",
        "d/train/dog/2.jpg",
        "d/test/cat/3.jpg",
        "d/test/4.jpg",
    ];
    let steps = at(Place::Page, &paths, &[]);
    let learned = named(&[("cat/d/train/cat/1.jpg", 0), ("dog/d/train/dog/2.jpg", 1)]);
    let tests = named(&[("cat/d/test/cat/3.jpg", 2)]);
    let said = |what: LeftOut| {
        let from = "d".into();
        Step::Report(Problem::LeftOut { from, what })
    };
    let folders = || vec!["test".to_owned()];
    assert_eq!(
        steps,
        [
            said(LeftOut::IntoTestSet {
                folders: folders(),
                samples: 1
            }),
            said(LeftOut::ToTest {
                folders: folders(),
                samples: 1
            }),
            Step::Add(Target::Folders, learned),
            Step::Add(Target::Test, tests),
        ]
    );
}

#[test]
fn what_holds_no_sample_is_said_and_nothing_is_not() {
    let nothing = ["folder/Thumbs.db", "folder/notes.txt"];
    for place in [Place::Page, Place::Class(ClassId(1)), Place::Try] {
        assert_eq!(at(place, &nothing, &[]), [Step::NothingThere], "{place:?}");
        assert_eq!(at(place, &[], &[]), [], "{place:?}");
    }
}

#[test]
fn more_classes_than_a_project_takes_are_refused_before_anything_is_made() {
    let there: Vec<ClassView> = (0..MOST_CLASSES as u32)
        .map(|i| class(i, &format!("class {i}")))
        .collect();
    let paths = ["new/a/1.jpg", "new/class 3/2.jpg"];
    let classes = MOST_CLASSES + 1;
    let refused = Step::Report(Problem::TooManyClasses { classes });
    assert_eq!(at(Place::Page, &paths, &there), [refused]);
    // Those that are there already are no more.
    let known = ["new/class 1/1.jpg", "new/class 3/2.jpg"];
    let steps = at(Place::Page, &known, &there);
    assert!(matches!(&steps[..], [Step::Add(..)]), "{steps:?}");
}
