//! What the page handed to the worker and the worker is not done with. Should the worker break, the next one is handed it again;
//! what breaks it each time is found and left out.

use std::collections::{BTreeMap, VecDeque};

use crate::protocol::Request;

/// A file that was there so often when the worker broke is a suspect: from then on one is handed over at a time.
const SUSPECT: u32 = 2;

/// One file, or one change of the project.
#[derive(Debug, Clone, PartialEq)]
pub struct Handed<F> {
    pub request: Request,
    pub file: Option<F>,
    /// How often the worker broke before it was done with this.
    broke: u32,
    /// Samples of a zip or a set that were to blame, by their place in there.
    pub without: Vec<usize>,
    /// The one that the worker took up last, and its name.
    begun: Option<(usize, String)>,
}

impl<F> Handed<F> {
    /// What a person calls it.
    fn name(&self) -> String {
        match &self.request {
            Request::AddSamples { names, .. }
            | Request::TrySamples { names, .. }
            | Request::Classify { names, .. } => names.first().cloned().unwrap_or_default(),
            Request::AddSampleSet { id, .. } => id.clone(),
            Request::OpenHead { name } => name.clone(),
            _ => String::new(),
        }
    }
}

/// What a break of the worker tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broke {
    /// It may have been anything.
    Unclear,
    /// It was this, by its name (empty for a change without one): it is not handed over again.
    Blamed {
        name: String,
        /// What is over with it.
        ended: Option<u64>,
    },
}

#[derive(Debug)]
pub struct UnderWay<F> {
    /// With the worker, by number.
    there: BTreeMap<u64, Handed<F>>,
    /// The suspect that the worker has, alone.
    on_trial: Option<u64>,
    /// What waits while suspects are tried.
    waiting: VecDeque<(u64, Handed<F>)>,
    next: u64,
    /// Files that were handed over and have not ended.
    files: usize,
}

impl<F> Default for UnderWay<F> {
    fn default() -> Self {
        Self {
            there: BTreeMap::new(),
            on_trial: None,
            waiting: VecDeque::new(),
            next: 0,
            files: 0,
        }
    }
}

impl<F: Clone> UnderWay<F> {
    /// Gives a request its id, and its files theirs, and remembers what would have to be handed over again. The request as
    /// it should be sent; none where it waits.
    pub fn take(
        &mut self,
        mut request: Request,
        files: Vec<F>,
    ) -> (u64, Option<(Request, Vec<F>)>) {
        let first = self.next;
        let alone = apart(&mut request, &files, first);
        // One without a file is still a request.
        self.next += (alone.len() as u64).max(1);
        if !request.is_remembered() {
            return (first, Some((request, files)));
        }
        let is_change = request.is_change();
        if request.hands_files() {
            self.files += alone.len();
        }
        let numbered = (first..).zip(alone);
        // A suspect is tried alone.
        if self.on_trial.is_some() && !is_change {
            self.waiting.extend(numbered);
            return (first, None);
        }
        self.there.extend(numbered);
        (first, Some((request, files)))
    }

    /// Files that were handed over and have not ended.
    pub fn files(&self) -> usize {
        self.files
    }

    /// Nothing is to be handed over again. Ids go on.
    pub fn clear(&mut self) {
        *self = Self {
            next: self.next,
            ..Self::default()
        };
    }

    /// It would have to be handed over again.
    pub fn remembers(&self, id: u64) -> bool {
        self.there.contains_key(&id)
    }

    fn forget(&mut self, id: u64) -> Option<Handed<F>> {
        let handed = self.there.remove(&id)?;
        if handed.request.hands_files() {
            self.files -= 1;
        }
        Some(handed)
    }

    /// The worker is done with this. What it should be handed next, if that waited.
    pub fn ended(&mut self, number: u64) -> Vec<(u64, Handed<F>)> {
        self.forget(number);
        if self.on_trial != Some(number) {
            return Vec::new();
        }
        self.on_trial = None;
        self.hand_on()
    }

    /// The worker has taken up a part of this.
    pub fn begun(&mut self, number: u64, part: usize, name: String) {
        if let Some(handed) = self.there.get_mut(&number) {
            handed.begun = Some((part, name));
        }
    }

    /// The worker broke. [`Self::again`] is next.
    pub fn broke(&mut self) -> Broke {
        let culprit = self.on_trial.take();
        let culprit = culprit.and_then(|number| Some((number, self.forget(number)?)));
        let Some((number, mut handed)) = culprit else {
            for handed in self.there.values_mut() {
                handed.broke += 1;
                handed.begun = None;
            }
            return Broke::Unclear;
        };
        // The others were there by chance.
        let others = self.waiting.iter_mut().map(|(_, handed)| handed);
        others
            .chain(self.there.values_mut())
            .for_each(|handed| handed.broke = 0);
        match handed.begun.take() {
            Some((part, name)) => {
                handed.without.push(part);
                handed.broke = 0;
                self.files += 1;
                self.there.insert(number, handed);
                let ended = None;
                Broke::Blamed { name, ended }
            }
            None => Broke::Blamed {
                name: handed.name(),
                ended: Some(number),
            },
        }
    }

    /// What a new worker is handed.
    pub fn again(&mut self) -> Vec<(u64, Handed<F>)> {
        self.on_trial = None;
        let there = std::mem::take(&mut self.there);
        for (number, handed) in there.into_iter().rev() {
            self.waiting.push_front((number, handed));
        }
        self.hand_on()
    }

    /// All that waits or, while there are suspects, one more of it.
    fn hand_on(&mut self) -> Vec<(u64, Handed<F>)> {
        let mut handed = Vec::new();
        while let Some((number, next)) = self.waiting.pop_front() {
            let suspected = next.broke >= SUSPECT;
            if suspected && !handed.is_empty() {
                self.waiting.push_front((number, next));
                break;
            }
            handed.push((number, next));
            if suspected {
                self.on_trial = Some(number);
                break;
            }
        }
        self.there.extend(handed.iter().cloned());
        handed
    }
}

/// What a request hands over, each as a request of its own; the request is told the number of the first.
fn apart<F: Clone>(request: &mut Request, files: &[F], number: u64) -> Vec<Handed<F>> {
    let one = |request: Request, file: Option<&F>| Handed {
        request,
        file: file.cloned(),
        broke: 0,
        without: Vec::new(),
        begun: None,
    };
    match request {
        Request::AddSamples { to, names, first } => {
            *first = number;
            let each = (number..).zip(names.iter()).zip(files);
            let each = each.map(|((first, name), file)| {
                let (to, names) = (to.clone(), vec![name.clone()]);
                one(Request::AddSamples { to, names, first }, Some(file))
            });
            each.collect()
        }
        Request::TrySamples { names, first } => {
            *first = number;
            let each = (number..).zip(names.iter()).zip(files);
            let each = each.map(|((first, name), file)| {
                let names = vec![name.clone()];
                one(Request::TrySamples { names, first }, Some(file))
            });
            each.collect()
        }
        Request::Classify { names, first } => {
            *first = number;
            let each = (number..).zip(names.iter()).zip(files);
            let each = each.map(|((first, name), file)| {
                let names = vec![name.clone()];
                one(Request::Classify { names, first }, Some(file))
            });
            each.collect()
        }
        Request::AddSampleSet { first, .. } => {
            *first = number;
            vec![one(request.clone(), None)]
        }
        other => vec![one(other.clone(), files.first())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::ClassId;
    use crate::protocol::Target;

    fn samples(names: &[&str]) -> (Request, Vec<String>) {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let to = Target::Class(ClassId(0));
        let request = Request::AddSamples {
            to,
            names: names.clone(),
            first: 0,
        };
        (request, names)
    }

    fn names<F>(handed: &[(u64, Handed<F>)]) -> Vec<String> {
        handed.iter().map(|(_, h)| h.name()).collect()
    }

    /// A worker that breaks at some files, whatever else it was handed: what it was done with, and who was blamed.
    fn work(files: &[&str], culprits: &[&str]) -> (Vec<String>, Vec<String>, usize) {
        let mut under_way = UnderWay::default();
        let (request, names) = samples(files);
        under_way
            .take(request, names)
            .1
            .expect("nobody is suspected");
        let mut with_worker: VecDeque<_> = under_way.there.clone().into_iter().collect();
        let (mut done, mut blamed, mut breaks) = (Vec::new(), Vec::new(), 0);
        while let Some((number, handed)) = with_worker.pop_front() {
            if !culprits.contains(&handed.name().as_str()) {
                done.push(handed.name());
                with_worker.extend(under_way.ended(number));
                continue;
            }
            breaks += 1;
            assert!(breaks < 100, "it never ends");
            if let Broke::Blamed { name, ended } = under_way.broke() {
                assert_eq!(ended, Some(number));
                blamed.push(name);
            }
            with_worker = under_way.again().into();
        }
        assert!(under_way.there.is_empty() && under_way.waiting.is_empty());
        assert_eq!(under_way.files(), 0);
        (done, blamed, breaks)
    }

    #[test]
    fn the_file_that_breaks_the_worker_is_blamed_and_the_others_go_on() {
        let check = |files: &[&str], culprits: &[&str]| {
            let (done, blamed, breaks) = work(files, culprits);
            let good: Vec<&str> = files
                .iter()
                .filter(|f| !culprits.contains(f))
                .copied()
                .collect();
            let (mut sorted, mut expected) = (done.clone(), good.clone());
            sorted.sort_unstable();
            expected.sort_unstable();
            assert_eq!(sorted, expected, "{files:?} without {culprits:?}");
            assert_eq!(blamed, culprits);
            assert_eq!(breaks, 3 * culprits.len());
        };
        check(&["a", "b", "c"], &[]);
        check(&["a", "b", "c"], &["a"]);
        check(&["a", "b", "c"], &["c"]);
        check(&["a", "b", "c", "d", "e", "f"], &["b", "e"]);
        check(&["a"], &["a"]);
    }

    #[test]
    fn a_sample_of_a_zip_is_blamed_and_the_rest_of_the_zip_goes_on() {
        let mut under_way = UnderWay::default();
        let (request, names) = samples(&["photos.zip"]);
        under_way.take(request, names);
        let mut blamed = Vec::new();
        let mut without: Vec<usize> = Vec::new();
        // A worker after one that broke tells what it takes up.
        for breaks in 0..7 {
            let culprit = [2, 5].into_iter().find(|part| !without.contains(part));
            let Some(culprit) = culprit else {
                break;
            };
            for part in (0..=culprit).filter(|_| breaks > 0) {
                under_way.begun(0, part, format!("photo {part}"));
            }
            if let Broke::Blamed { name, ended } = under_way.broke() {
                assert_eq!(ended, None, "the rest of it goes on");
                blamed.push(name);
            }
            let again = under_way.again();
            assert_eq!(again.len(), 1);
            without.clone_from(&again[0].1.without);
        }
        assert_eq!(blamed, ["photo 2", "photo 5"]);
        under_way.ended(0);
        assert!(under_way.there.is_empty() && under_way.waiting.is_empty());
    }

    #[test]
    fn what_comes_while_suspects_are_tried_waits_except_changes_by_hand() {
        let mut under_way = UnderWay::default();
        let (request, names_) = samples(&["a", "b"]);
        under_way.take(request, names_);
        for _ in 0..SUSPECT {
            assert_eq!(under_way.broke(), Broke::Unclear);
            under_way.again();
        }
        assert_eq!(under_way.there.len(), 1, "one at a time");
        let (request, more) = samples(&["c"]);
        assert_eq!(under_way.take(request, more), (2, None));
        assert_eq!(under_way.files(), 3);
        let sent = under_way.take(Request::Undo, Vec::new());
        assert_eq!(sent, (3, Some((Request::Undo, Vec::new()))));
        assert_eq!(names(&under_way.ended(0)), ["b"]);
        assert_eq!(names(&under_way.ended(1)), ["c"]);
        assert!(under_way.ended(2).is_empty());
    }

    #[test]
    fn a_change_is_handed_over_again_until_it_is_done() {
        let mut under_way = UnderWay::<()>::default();
        let add = Request::AddClass { name: "x".into() };
        let sent = under_way.take(add.clone(), Vec::new());
        assert_eq!(sent, (0, Some((add.clone(), Vec::new()))));
        under_way.broke();
        let again = under_way.again();
        assert_eq!((again[0].0, &again[0].1.request), (0, &add));
        under_way.ended(0);
        under_way.broke();
        assert!(under_way.again().is_empty());
    }
}
