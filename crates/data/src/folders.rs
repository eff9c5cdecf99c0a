//! Which samples of a folder or a zip make which class. Names alone decide, so that a folder and a zip of it come to
//! the same.
//!
//! The first level at which samples lie in different folders names the classes; what is further inside belongs to
//! them: `pets/cat/1.jpg`, `pets/dog/2020/2.jpg` are `cat` and `dog`. Folders that cameras number (`100CANON`) say
//! nothing. Where samples are split (`train/`, `test/`), the samples to test with are set apart.

mod kind;
pub mod labels;
pub mod route;
mod split;
#[cfg(test)]
mod tests;

pub use kind::{Kind, kind};

use std::collections::HashMap;

use super::order::sort_by_key;
use super::problem::{LeftOut, Listed};

/// Samples by class, as indices into the paths that were sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sorted {
    /// In the order in which they are met.
    pub classes: Vec<Group>,
    /// Samples that a split keeps for testing, and the folders that say so.
    pub apart: Apart,
    /// Samples beside the folders that name classes.
    pub loose: Vec<usize>,
    /// Zips and the like.
    pub archives: Vec<usize>,
    /// What is no sample, but was put there by a person.
    pub others: Vec<usize>,
    /// Classes out of several folders that lie in theirs.
    pub merged: Vec<String>,
    /// A file that says what the classes are called, which have but numbers here.
    pub labels: Option<usize>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// As it is written there.
    pub name: String,
    pub samples: Vec<usize>,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub struct Apart {
    pub folders: Vec<String>,
    pub samples: Vec<usize>,
    /// Those in a folder that is called as one of the classes: what these can be tested with.
    pub classes: Vec<Group>,
}

/// What sorted samples are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To become classes.
    Classes,
    /// To go into one class, whatever folders say.
    OneClass,
    /// To be tried.
    Try,
    /// To test with: folders name the classes.
    Test,
}

impl Sorted {
    /// The samples for this purpose, in their order. No sample that a split keeps to test with is learned from; and
    /// where there are such samples, they are what is tried.
    pub fn samples(&self, purpose: Purpose) -> Vec<usize> {
        let in_classes = self.classes.iter().flat_map(|group| &group.samples);
        let mut all: Vec<usize> = match purpose {
            Purpose::Try if !self.apart.samples.is_empty() => self.apart.samples.clone(),
            Purpose::Classes => in_classes.copied().collect(),
            Purpose::OneClass | Purpose::Try => in_classes.chain(&self.loose).copied().collect(),
            Purpose::Test => self
                .tests()
                .flat_map(|group| &group.samples)
                .copied()
                .collect(),
        };
        sort_by_key(&mut all, |index| *index);
        all
    }

    /// What classes are tested with: what a split keeps for that or, where there is no split, all.
    fn tests(&self) -> impl Iterator<Item = &Group> {
        match self.apart.samples.is_empty() {
            true => self.classes.iter(),
            false => self.apart.classes.iter(),
        }
    }

    /// The same, of the classes that are known by name; and what is to be said of the others.
    pub fn known_tests(&self, known: impl Fn(&str) -> bool) -> (Vec<&Group>, Option<LeftOut>) {
        let (known, others): (Vec<&Group>, Vec<&Group>) =
            self.tests().partition(|group| known(&group.name));
        let samples = others.iter().map(|group| group.samples.len()).sum();
        let classes = others.iter().map(|group| group.name.clone()).collect();
        let said = LeftOut::NoSuchClass { classes, samples };
        (known, (!others.is_empty()).then_some(said))
    }

    /// The samples are sorted by a table of labels, which lies among the other files; those that it does not name are loose.
    /// False where it is no such table.
    pub fn sort_by_labels<P: AsRef<str>>(&mut self, table: usize, text: &str, paths: &[P]) -> bool {
        let in_classes = self.classes.iter().flat_map(|group| &group.samples);
        let all = in_classes.chain(&self.loose).chain(&self.apart.samples);
        let mut all: Vec<usize> = all.copied().collect();
        all.sort_unstable();
        let Some(groups) = labels::sorted(text, paths, &all) else {
            return false;
        };
        let named: std::collections::HashSet<usize> = groups
            .iter()
            .flat_map(|group| group.samples.iter().copied())
            .collect();
        all.retain(|sample| !named.contains(sample));
        self.classes = groups;
        self.loose = all;
        self.apart = Apart::default();
        self.merged.clear();
        self.others.retain(|other| *other != table);
        true
    }

    /// What a person should hear of.
    pub fn left_out<P: AsRef<str>>(&self, paths: &[P], purpose: Purpose) -> Vec<LeftOut> {
        let listed = |all: &[usize]| Listed::of(all.iter().map(|i| paths[*i].as_ref()));
        let mut all = Vec::new();
        if !self.others.is_empty() {
            all.push(LeftOut::NotSamples(listed(&self.others)));
        }
        if !self.archives.is_empty() {
            all.push(LeftOut::Archives(listed(&self.archives)));
        }
        let folders = self.apart.folders.clone();
        let mut samples = self.apart.samples.len();
        let named = self.apart.classes.iter().map(|group| group.samples.len());
        let named: usize = named.sum();
        if purpose == Purpose::Classes && named > 0 {
            let (folders, samples) = (folders.clone(), named);
            all.push(LeftOut::IntoTestSet { folders, samples });
        }
        if purpose == Purpose::Classes {
            samples -= named;
        }
        if purpose == Purpose::Test {
            // Those to learn from are of no use here.
            samples = 0;
        }
        if samples > 0 && purpose == Purpose::Try {
            let samples = self.samples(Purpose::OneClass).len();
            all.push(LeftOut::ToLearn { folders, samples });
        } else if samples > 0 {
            all.push(LeftOut::ToTest { folders, samples });
        }
        let by_folders = [Purpose::Classes, Purpose::Test].contains(&purpose);
        if by_folders && !self.loose.is_empty() {
            all.push(LeftOut::Loose(listed(&self.loose)));
        }
        if purpose == Purpose::Classes && !self.merged.is_empty() {
            all.push(LeftOut::Merged(self.merged.clone()));
        }
        all
    }
}

/// What says that a zip is a project file.
const PROJECT: &str = "graft/project.json";

/// A sample on its way to a class: what is left of its path.
#[derive(Clone)]
struct Placed<'a> {
    index: usize,
    folders: Vec<&'a str>,
    file: &'a str,
}

/// Sorts files by their paths, with `/` between folders. `whole` is what all of it is called, for samples that no
/// folder names.
pub fn sort<P: AsRef<str>>(paths: &[P], whole: &str) -> Sorted {
    let mut sorted = Sorted::default();
    let (mut samples, mut nameless) = (Vec::new(), Vec::new());
    // In a project file, what is no photo of a class is for the project alone.
    let project = paths.iter().any(|path| path.as_ref() == PROJECT);
    for (index, path) in paths.iter().map(AsRef::as_ref).enumerate() {
        match kind(path) {
            _ if project && path.starts_with("graft/") => {}
            Kind::Sample => samples.push(index),
            Kind::Nameless => nameless.push(index),
            Kind::Archive => sorted.archives.push(index),
            Kind::Other => sorted.others.push(index),
            Kind::System => {}
        }
    }
    // Some data sets have no endings at all.
    if samples.is_empty() {
        samples = nameless;
    } else {
        sorted.others.extend(nameless);
        sort_by_key(&mut sorted.others, |index| *index);
    }
    let place = |index: usize| {
        let mut folders: Vec<&str> = parts(paths[index].as_ref()).collect();
        let file = folders.pop().unwrap_or_default();
        Placed {
            index,
            folders,
            file,
        }
    };
    let placed: Vec<Placed> = samples.into_iter().map(place).collect();
    if sorted.take_project(paths, &placed) {
        return sorted;
    }
    sorted.take(placed, whole);
    sorted.name_apart(paths);
    sorted
}

/// The folders of a path and its file; `.` and `..` are none.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."))
}

impl Sorted {
    fn take(&mut self, mut placed: Vec<Placed>, whole: &str) {
        for sample in &mut placed {
            sample.folders.retain(|folder| !kind::is_camera(folder));
        }
        // What all share tells nothing apart.
        let mut shared = strip_shared(&mut placed);
        if let Some(mut rest) = self.set_apart(&placed) {
            shared.extend(strip_shared(&mut rest));
            placed = rest;
        }
        let parent = shared.last().copied();
        let loose = placed.iter().filter(|p| p.folders.is_empty()).count();
        let mut groups = by_folder(&placed);
        // One folder beside samples is a part of what they make; so are several beside more samples.
        let is_part = groups.len() < 2 && parent.is_some() || 2 * loose >= placed.len();
        if groups.is_empty() || loose > 0 && is_part {
            return self.take_one(&placed, parent.unwrap_or(whole));
        }
        for (name, group) in &mut groups {
            for sample in group.iter_mut() {
                sample.folders.remove(0);
            }
            if let Some(rest) = self.set_apart(group) {
                *group = rest;
            }
            if by_folder(group).len() > 1 {
                self.merged.push((*name).to_owned());
            }
            self.push(name, group);
        }
        let loose = placed.iter().filter(|p| p.folders.is_empty());
        self.loose.extend(loose.map(|sample| sample.index));
    }

    /// Samples that no folder tells apart: their names may.
    fn take_one(&mut self, placed: &[Placed], name: &str) {
        let numbered = |p: &Placed| is_number(stem(p.file));
        // Teachable Machine's samples of a class: 0.jpg, 1.jpg, … in NAME-samples.zip.
        let name = match samples_of(name) {
            Some(class) if placed.iter().all(numbered) => class,
            _ => name,
        };
        self.push(name, placed);
    }

    fn push(&mut self, name: &str, samples: &[Placed]) {
        if !samples.is_empty() {
            self.classes.push(Group {
                name: name.to_owned(),
                samples: samples.iter().map(|sample| sample.index).collect(),
            });
        }
    }

    /// A project of Teachable Machine (`CLASS-!-NUMBER.jpg`), or of the GenAI Teachable Machine
    /// (`samples/CLASS_NUMBER.png`, where the class is a number and `metadata.json` has its name).
    fn take_project<P: AsRef<str>>(&mut self, paths: &[P], placed: &[Placed]) -> bool {
        if placed.is_empty() {
            return false;
        }
        let beside = |name: &str| {
            let same = |i: &&usize| paths[**i].as_ref().rsplit('/').next() == Some(name);
            self.others.iter().find(same).copied()
        };
        let mut names: Vec<(String, usize)> = Vec::new();
        if let Some(labels) = beside("metadata.json")
            && placed.iter().all(|p| p.folders.last() == Some(&"samples"))
        {
            let class = |p: &Placed| {
                let (class, number) = stem(p.file).split_once('_')?;
                let class: usize = class.parse().ok().filter(|_| is_number(number))?;
                Some((class, p.index))
            };
            let Some(mut all) = placed.iter().map(class).collect::<Option<Vec<_>>>() else {
                return false;
            };
            sort_by_key(&mut all, |(class, _)| *class);
            names.extend(all.into_iter().map(|(class, i)| (class.to_string(), i)));
            self.labels = Some(labels);
        } else {
            // A class's name may hold a slash, which then looks like a folder.
            let manifest = beside("manifest.json").map(|i| parts(paths[i].as_ref()).count() - 1);
            let flat = placed.iter().map(|p| p.folders.len()).min().unwrap_or(0);
            let class = |p: &Placed| {
                let (class, number) = stem(p.file).rsplit_once("-!-")?;
                let above = p.folders.get(manifest.unwrap_or(flat)..)?;
                let name = [above, &[class]].concat().join("/");
                (is_number(number) && !class.is_empty()).then_some((name, p.index))
            };
            let Some(all) = placed.iter().map(class).collect::<Option<Vec<_>>>() else {
                return false;
            };
            names = all;
        }
        let mut places: HashMap<String, usize> = HashMap::new();
        for (name, index) in names {
            let place = *places.entry(name).or_insert_with_key(|name| {
                let (name, samples) = (name.clone(), Vec::new());
                self.classes.push(Group { name, samples });
                self.classes.len() - 1
            });
            self.classes[place].samples.push(index);
        }
        // What else is in a project was not put beside samples by a person.
        self.others.clear();
        true
    }
}

/// Takes away the folders that all samples lie in.
fn strip_shared<'a>(placed: &mut [Placed<'a>]) -> Vec<&'a str> {
    let Some(first) = placed.first() else {
        return Vec::new();
    };
    let mut shared = first.folders.clone();
    for sample in placed.iter() {
        let same = shared
            .iter()
            .zip(&sample.folders)
            .take_while(|(a, b)| a == b);
        let same = same.count();
        shared.truncate(same);
    }
    for sample in placed {
        sample.folders.drain(..shared.len());
    }
    shared
}

/// Samples by the folder that they lie in first, in the order in which these are met.
fn by_folder<'a>(placed: &[Placed<'a>]) -> Vec<(&'a str, Vec<Placed<'a>>)> {
    let mut groups: Vec<(&str, Vec<Placed>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for sample in placed {
        if let Some(folder) = sample.folders.first() {
            let place = *places.entry(folder).or_insert_with(|| {
                groups.push((folder, Vec::new()));
                groups.len() - 1
            });
            groups[place].1.push(sample.clone());
        }
    }
    groups
}

fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `Class 3-samples`, also as a browser names the second of that name: `Class 3-samples (1)`.
fn samples_of(name: &str) -> Option<&str> {
    let copy = name.strip_suffix(')').and_then(|n| n.rsplit_once(" ("));
    let first = copy.filter(|(_, n)| is_number(n)).map_or(name, |(n, _)| n);
    first.strip_suffix("-samples").filter(|n| !n.is_empty())
}

/// What a zip is called without its ending: `pets` of `pets.zip`.
pub fn title(file: &str) -> &str {
    stem(file.rsplit('/').next().unwrap_or(file))
}
