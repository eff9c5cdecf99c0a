//! What becomes of files that a person picked, dropped or pasted, by their names and the place they came to.

use std::collections::HashSet;

use nfc::lowercase;

use super::{Group, Kind, Purpose, Sorted, kind, labels, sort};
use crate::class::{ClassId, ClassView};
use crate::head::HeadClass;
use crate::limits::MOST_CLASSES;
use crate::names::key;
use crate::problem::{LeftOut, Problem};
use crate::protocol::Target;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Class(ClassId),
    Try,
    /// Many at once, of which nothing is kept.
    Batch,
    /// The test set: of this class, or of those that folders, zips and names of files say.
    Test(Option<ClassId>),
    /// Nowhere in particular: folders and zips say themselves which classes they hold.
    Page,
}

/// Files by their place in what was handed over, and the names to hand them on by.
pub type Named = Vec<(String, usize)>;

/// What is done with some of the files, or said of them.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    OpenHead(usize),
    /// A project file: what becomes of it a person says.
    OpenProject(usize),
    Add(Target, Named),
    Try(Named),
    Batch(Named),
    /// There was nothing to take.
    NothingThere,
    /// There is no head to try samples with.
    NoHead,
    /// Nobody said which class samples belong to.
    WhichClass,
    /// Nobody said which class samples to test with belong to.
    WhichTestClass,
    Report(Problem),
}

/// What decides, of the project.
#[derive(Debug, Clone, Copy)]
pub struct Project<'a> {
    pub classes: &'a [ClassView],
    pub has_head: bool,
    /// What a head in use tells apart.
    pub head_classes: &'a [HeadClass],
}

impl Project<'_> {
    /// Keys of the names that it knows.
    fn known(&self) -> HashSet<String> {
        let classes = self.classes.iter().map(|c| &c.class.name);
        let of_head = self.head_classes.iter().map(|c| &c.name);
        classes.chain(of_head).map(|name| key(name)).collect()
    }
}

/// `paths` are names, with folders in front where files came in folders.
pub fn route(place: Place, paths: &[String], project: Project) -> Vec<Step> {
    let (mut heads, mut zips, mut projects) = (Vec::new(), Named::new(), Vec::new());
    let (mut loose, mut inside) = (Named::new(), Vec::new());
    for (i, path) in paths.iter().enumerate() {
        match kind(path) {
            Kind::System => {}
            _ if lowercase(path).ends_with(".safetensors") => heads.push(i),
            Kind::Archive if place == Place::Page && is_project(path) => projects.push(i),
            Kind::Archive => zips.push((file_name(path).to_owned(), i)),
            _ if path.contains('/') => inside.push(i),
            _ => loose.push((path.clone(), i)),
        }
    }
    let mut steps = Vec::new();
    let sorted = sort_folders(place, paths, &inside, project, &mut steps);
    let nothing = heads.is_empty()
        && projects.is_empty()
        && zips.is_empty()
        && loose.is_empty()
        && sorted.is_none();
    if nothing && !paths.is_empty() {
        return vec![Step::NothingThere];
    }
    steps.extend(heads.into_iter().map(Step::OpenHead));
    steps.extend(projects.into_iter().map(Step::OpenProject));
    let mut all = zips;
    let (chosen, tests) = sorted.unwrap_or_default();
    all.extend(chosen);
    if place == Place::Page {
        steps.extend(add(Target::Folders, all));
        steps.extend(add(Target::Test, tests));
        match project.classes {
            _ if loose.is_empty() => {}
            [only] => steps.extend(add(Target::Class(only.class.id), loose)),
            _ => steps.push(Step::WhichClass),
        }
        return steps;
    }
    if place == Place::Test(None) {
        let known = project.known();
        let mut nameless = 0;
        for (name, i) in loose {
            match class_of_file(&name).filter(|class| known.contains(&key(class))) {
                Some(class) => all.push((format!("{class}/{name}"), i)),
                None => nameless += 1,
            }
        }
        steps.extend(add(Target::Test, all));
        if nameless > 0 {
            steps.push(Step::WhichTestClass);
        }
        return steps;
    }
    all.extend(loose);
    match place {
        Place::Test(Some(id)) => steps.extend(add(Target::TestOf(id), all)),
        Place::Class(id) => steps.extend(add(Target::Class(id), all)),
        Place::Try | Place::Batch if all.is_empty() => {}
        Place::Try | Place::Batch if !project.has_head => steps.push(Step::NoHead),
        Place::Try => steps.push(Step::Try(all)),
        Place::Batch => steps.push(Step::Batch(all)),
        Place::Test(None) | Place::Page => {}
    }
    steps
}

/// `pets.graft.zip`, also as a browser names the second of that name: `pets.graft (1).zip`.
fn is_project(path: &str) -> bool {
    let name = lowercase(file_name(path));
    let name = name.strip_suffix(".zip").unwrap_or_default();
    let copy = name.strip_suffix(')').and_then(|n| n.rsplit_once(" ("));
    let number = |n: &str| n.bytes().all(|b| b.is_ascii_digit());
    let first = copy.filter(|(_, n)| number(n)).map_or(name, |(n, _)| n);
    first.ends_with(".graft")
}

/// Files by a table of labels, each by the name of its class and its own; none where the table says nothing of them, or where folders
/// name several classes already.
pub fn labelled(table: &str, paths: &[String]) -> Option<Named> {
    let is_sample = |i: &usize| kind(&paths[*i]) == Kind::Sample;
    let samples: Vec<usize> = (0..paths.len()).filter(is_sample).collect();
    if sort(paths, "").classes.len() > 1 {
        return None;
    }
    let groups = labels::sorted(table, paths, &samples)?;
    let named = groups.iter().flat_map(|group| {
        // What stands before the first slash is the class.
        let class = group.name.replace('/', "-");
        let name = move |i: &usize| (format!("{class}/{}", file_name(&paths[*i])), *i);
        group.samples.iter().map(name)
    });
    Some(named.collect())
}

fn add(to: Target, files: Named) -> Option<Step> {
    (!files.is_empty()).then_some(Step::Add(to, files))
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// `daisy` of `daisy-12.jpg` and `Daisy (3).png`.
fn class_of_file(file: &str) -> Option<&str> {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let class = stem.trim_end_matches(|c: char| !c.is_alphabetic());
    (!class.is_empty()).then_some(class)
}

/// The samples of folders and the names to hand them on by, those for the place first, those for the test set beside them;
/// says what is left out. None where there is no sample.
fn sort_folders(
    place: Place,
    paths: &[String],
    inside: &[usize],
    project: Project,
    steps: &mut Vec<Step>,
) -> Option<(Named, Named)> {
    let paths: Vec<&str> = inside.iter().map(|i| paths[*i].as_str()).collect();
    let from = paths.first()?.split('/').next()?;
    let sorted = sort(&paths, from);
    let purpose = match place {
        Place::Page => Purpose::Classes,
        Place::Class(_) => Purpose::OneClass,
        Place::Try | Place::Batch | Place::Test(Some(_)) => Purpose::Try,
        Place::Test(None) => Purpose::Test,
    };
    let named = |group: &Group| {
        // A slash ends the name.
        let class = group.name.replace('/', "-");
        let samples = group.samples.iter();
        let named = samples.map(|i| (format!("{class}/{}", paths[*i]), inside[*i]));
        named.collect::<Vec<_>>()
    };
    let report = |what: LeftOut| {
        let from = from.to_owned();
        Step::Report(Problem::LeftOut { from, what })
    };
    let mut tests = Named::new();
    let chosen: Named = match purpose {
        Purpose::Classes => {
            let classes = classes_with(project, &sorted);
            if classes > MOST_CLASSES {
                steps.push(Step::Report(Problem::TooManyClasses { classes }));
                return Some(Default::default());
            }
            tests = sorted.apart.classes.iter().flat_map(named).collect();
            sorted.classes.iter().flat_map(named).collect()
        }
        Purpose::Test => {
            let known = project.known();
            let (groups, said) = sorted.known_tests(|name| known.contains(&key(name)));
            let there = said.is_some();
            steps.extend(said.map(report));
            if there && groups.is_empty() {
                return Some(Default::default());
            }
            groups.into_iter().flat_map(named).collect()
        }
        Purpose::OneClass | Purpose::Try => {
            let samples = sorted.samples(purpose).into_iter();
            samples.map(|i| (paths[i].to_owned(), inside[i])).collect()
        }
    };
    if chosen.is_empty() {
        return None;
    }
    steps.extend(sorted.left_out(&paths, purpose).into_iter().map(report));
    Some((chosen, tests))
}

/// How many classes there will be with these.
fn classes_with(project: Project, sorted: &Sorted) -> usize {
    let there = project.classes.iter().map(|c| c.class.name.as_str());
    let there: HashSet<&str> = there.collect();
    let new = sorted.classes.iter();
    there.len() + new.filter(|g| !there.contains(g.name.as_str())).count()
}

#[cfg(test)]
mod tests;
