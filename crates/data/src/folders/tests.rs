use super::*;

/// `name: paths` of each class.
fn classes(paths: &[&str]) -> Vec<(String, usize)> {
    let sorted = sort(paths, "whole");
    let class = |group: Group| (group.name, group.samples.len());
    sorted.classes.into_iter().map(class).collect()
}

fn check(paths: &[&str], expected: &[(&str, usize)]) {
    let found = classes(paths);
    let found: Vec<(&str, usize)> = found.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    assert_eq!(found, expected, "{paths:?}");
}

#[test]
fn the_level_that_tells_samples_apart_names_the_class() {
    check(
        &["cat/1.jpg", "dog/1.jpg", "cat/2.PNG"],
        &[("cat", 2), ("dog", 1)],
    );
    check(
        &["my/pets/cat/1.jpg", "my/pets/dog/1.jpg"],
        &[("cat", 1), ("dog", 1)],
    );
    check(&["./cat/1.jpg", "./dog//1.jpg"], &[("cat", 1), ("dog", 1)]);
    check(&["../cat/1.jpg", "../dog/1.jpg"], &[("cat", 1), ("dog", 1)]);
    let deep = [
        "glass/100CANON/1.jpg",
        "metal/100CANON/2.jpg",
        "metal/101CANON/3.jpg",
    ];
    check(&deep, &[("glass", 1), ("metal", 2)]);
    // Each with a camera's folder of its own.
    check(
        &["glass/100CANON/1.jpg", "metal/101CANON/2.jpg"],
        &[("glass", 1), ("metal", 1)],
    );
    check(
        &["glass/DCIM/100CANON/1.jpg", "glass/101_PANA/2.jpg"],
        &[("glass", 2)],
    );
    check(
        &["rose/2023/1.jpg", "daisy/2024/1.jpg", "daisy/2.jpg"],
        &[("rose", 1), ("daisy", 2)],
    );
    check(&["pets/cat/1.jpg"], &[("cat", 1)]);
    assert_eq!(
        sort(&["a/b/1.jpg", "a/c/2.jpg", "d/3.jpg"], "x").merged,
        ["a"]
    );
    assert!(sort(&deep, "x").merged.is_empty());
}

#[test]
fn without_a_folder_all_is_one_class() {
    check(&["1.jpg", "2.jpg"], &[("whole", 2)]);
    check(&["100CANON/1.jpg", "DCIM/101CANON/2.jpg"], &[("whole", 2)]);
    assert_eq!(
        sort(&["0.jpg", "1.jpg"], "Class 3-samples").classes[0].name,
        "Class 3"
    );
    assert_eq!(
        sort(&["0.jpg"], "Class 3-samples (1)").classes[0].name,
        "Class 3"
    );
    assert_eq!(
        sort(&["jar.jpg"], "blood-samples").classes[0].name,
        "blood-samples"
    );
    check(
        &["Rose-samples/0.jpg", "Rose-samples/1.jpg"],
        &[("Rose", 2)],
    );
}

#[test]
fn samples_beside_the_folders_are_counted() {
    let paths = ["cover.jpg", "cat/1.jpg", "cat/2.jpg", "dog/3.jpg"];
    check(&paths, &[("cat", 2), ("dog", 1)]);
    assert_eq!(sort(&paths, "x").loose, [0]);
    // A folder inside a class.
    check(
        &[
            "glass/1.jpg",
            "glass/more/2.jpg",
            "glass/more/3.jpg",
            "glass/4.jpg",
        ],
        &[("glass", 4)],
    );
    // Folders are the exception.
    check(
        &["1.jpg", "2.jpg", "3.jpg", "a/4.jpg", "b/5.jpg"],
        &[("whole", 5)],
    );
}

#[test]
fn samples_to_test_with_are_set_apart() {
    let paths = [
        "train/cat/1.jpg",
        "train/dog/2.jpg",
        "test/cat/3.jpg",
        "valid/dog/4.jpg",
    ];
    check(&paths, &[("cat", 1), ("dog", 1)]);
    let apart = sort(&paths, "x").apart;
    assert_eq!(
        (apart.samples, apart.folders),
        (vec![2, 3], vec!["test".into(), "valid".into()])
    );
    let inside = [
        "set/cat/Train/1.jpg",
        "set/cat/Test/2.jpg",
        "set/dog/Train/3.jpg",
        "set/dog/Test/4.jpg",
    ];
    check(&inside, &[("cat", 1), ("dog", 1)]);
    assert_eq!(sort(&inside, "x").apart.samples, [1, 3]);
    // Each to the class that a folder of it is called as.
    let tests = |paths: &[&str]| -> Vec<(String, Vec<usize>)> {
        let groups = sort(paths, "x").apart.classes.into_iter();
        groups.map(|group| (group.name, group.samples)).collect()
    };
    let of = |cat: usize, dog: usize| vec![("cat".into(), vec![cat]), ("dog".into(), vec![dog])];
    assert_eq!(tests(&paths), of(2, 3));
    assert_eq!(tests(&inside), of(1, 3));
    let others = [
        "train/cat/1.jpg",
        "train/dog/2.jpg",
        "test/CAT/3.jpg",
        "test/bee/4.jpg",
        "test/5.jpg",
    ];
    assert_eq!(tests(&others), [("cat".into(), vec![2])]);
    check(
        &[
            "seg_train/images/cat/1.jpg",
            "seg_train/images/dog/2.jpg",
            "seg_test/images/cat/3.jpg",
        ],
        &[("cat", 1), ("dog", 1)],
    );
    check(&["train/1.jpg", "test/2.jpg"], &[("whole", 1)]);
    check(&["set/train/1.jpg", "set/test/2.jpg"], &[("set", 1)]);
    // Classes that are called so.
    check(
        &["car/1.jpg", "train/2.jpg", "bus/3.jpg"],
        &[("car", 1), ("train", 1), ("bus", 1)],
    );
    check(
        &["test/cat/1.jpg", "test/dog/2.jpg"],
        &[("cat", 1), ("dog", 1)],
    );
}

#[test]
fn what_is_no_sample_makes_no_class() {
    let paths = [
        "set/cat/1.jpg",
        "set/cat/notes.txt",
        "set/dog/2.jpg",
        "set/README",
        "set/labels.csv",
        "set/more.zip",
        "set/cat/Thumbs.db",
        "__MACOSX/set/cat/._1.jpg",
        "set/dog/@eaDir/2.jpg/THUMB.jpg",
    ];
    check(&paths, &[("cat", 1), ("dog", 1)]);
    let sorted = sort(&paths, "x");
    assert_eq!((sorted.others, sorted.archives), (vec![1, 3, 4], vec![5]));
    check(
        &["cat/1.jpg_large", "dog/2.jpeg?size=3", "dog/3.jpg.part"],
        &[("cat", 1), ("dog", 1)],
    );
    check(&["keras_model.h5", "labels.txt"], &[]);
    check(&[], &[]);
    // No endings at all.
    check(
        &["cat/0001", "dog/0001", "dog/list.txt"],
        &[("cat", 1), ("dog", 1)],
    );
}

#[test]
fn projects_of_others_keep_their_classes() {
    let paths = [
        "glass-!-0.jpg",
        "glass-!-1.jpg",
        "left-!-right-!-0.jpg",
        "manifest.json",
    ];
    check(&paths, &[("glass", 2), ("left-!-right", 1)]);
    assert!(sort(&paths, "x").others.is_empty());
    // Unpacked, and with a slash in a name.
    check(
        &["p/glass-!-0.jpg", "p/a/b-!-0.jpg", "p/manifest.json"],
        &[("glass", 1), ("a/b", 1)],
    );
    let genai = [
        "samples/1_0.png",
        "samples/0_1.png",
        "samples/0_0.png",
        "metadata.json",
        "model.json",
    ];
    check(&genai, &[("0", 2), ("1", 1)]);
    assert_eq!(sort(&genai, "x").labels, Some(3));
    check(&["samples/1_0.png", "samples/0_1.png"], &[("samples", 2)]);
}

#[test]
fn many_folders_take_time_in_proportion() {
    let paths: Vec<String> = (0..20_000).map(|i| format!("kind {i}/{i}.jpg")).collect();
    assert_eq!(sort(&paths, "x").classes.len(), 20_000);
}

#[test]
fn a_project_file_is_also_a_data_set() {
    let paths = [
        "cat/1.jpg",
        "dog/2.jpg",
        "graft/files/3.jpg",
        "graft/records-0001.bin",
        "graft/project.json",
    ];
    check(&paths, &[("cat", 1), ("dog", 1)]);
    let sorted = sort(&paths, "x");
    assert!(sorted.others.is_empty() && sorted.apart.samples.is_empty());
    // A class may be called so.
    check(&["graft/1.jpg", "cat/2.jpg"], &[("graft", 1), ("cat", 1)]);
}
