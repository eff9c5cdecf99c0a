//! Data sets come split: samples to learn from, to decide with, to test with. A sample to test with must stay new.

use std::collections::HashMap;

use nfc::lowercase;

use super::{Group, Placed, Sorted, by_folder, parts};
use crate::names::key;
use crate::order::sort_by_key;

const TRAIN: &[&str] = &["train", "training", "trainset", "trainingset"];
const TEST: &[&str] = &[
    "test",
    "testing",
    "testset",
    "tests",
    "val",
    "valid",
    "validation",
    "valset",
    "validset",
    "validationset",
    "dev",
    "eval",
    "evaluation",
    "holdout",
];

/// True where a folder's name is one of the words or has one as a part: `seg_train`, `test2017`.
fn is_one_of(folder: &str, words: &[&str]) -> bool {
    let folder = lowercase(folder);
    let mut parts = folder.split(|c: char| !c.is_alphabetic());
    parts.any(|part| words.contains(&part))
}

impl Sorted {
    /// What is set apart goes to the class that one of its folders is called as, the innermost of such.
    pub(super) fn name_apart<P: AsRef<str>>(&mut self, paths: &[P]) {
        if self.apart.samples.is_empty() {
            return;
        }
        let names = self.classes.iter().enumerate();
        let places: HashMap<String, usize> =
            names.map(|(i, group)| (key(&group.name), i)).collect();
        let group = |group: &Group| Group {
            name: group.name.clone(),
            samples: Vec::new(),
        };
        let mut groups: Vec<Group> = self.classes.iter().map(group).collect();
        for index in &self.apart.samples {
            let mut folders: Vec<&str> = parts(paths[*index].as_ref()).collect();
            folders.pop();
            let mut classes = folders
                .iter()
                .rev()
                .filter_map(|name| places.get(&key(name)));
            if let Some(place) = classes.next() {
                groups[*place].samples.push(*index);
            }
        }
        groups.retain(|group| !group.samples.is_empty());
        self.apart.classes = groups;
    }

    /// Where these samples lie in folders to learn from beside such to test with: the former, inside of theirs, while
    /// the latter are set apart, with all that lies in further folders. None where this is no split: a class may be
    /// called train.
    pub(super) fn set_apart<'a>(&mut self, placed: &[Placed<'a>]) -> Option<Vec<Placed<'a>>> {
        let groups = by_folder(placed);
        let learns = |name: &str| is_one_of(name, TRAIN) && !is_one_of(name, TEST);
        let tests = |name: &str| is_one_of(name, TEST) && !is_one_of(name, TRAIN);
        if !groups.iter().any(|(name, _)| learns(name))
            || !groups.iter().any(|(name, _)| tests(name))
        {
            return None;
        }
        let loose = placed.iter().filter(|p| p.folders.is_empty());
        self.loose.extend(loose.map(|sample| sample.index));
        let mut rest = Vec::new();
        for (name, group) in groups {
            if learns(name) {
                rest.extend(group);
                continue;
            }
            self.apart
                .samples
                .extend(group.iter().map(|sample| sample.index));
            if !self.apart.folders.iter().any(|folder| folder == name) {
                self.apart.folders.push(name.to_owned());
            }
        }
        sort_by_key(&mut rest, |sample| sample.index);
        for sample in &mut rest {
            sample.folders.remove(0);
        }
        Some(rest)
    }
}
