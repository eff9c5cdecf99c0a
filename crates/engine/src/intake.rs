//! Samples on their way: decoded, embedded in batches, taken into the project or tried.

use super::modality::{Data, Modality};
use super::prepared::{NetworkInput, PreparedSample, SampleFile};
use super::store::Table;
use super::{Engine, Output, done, plain, refused};
use data::backbone::DeviceKind;
use data::class::ClassId;
use data::features::Features;
use data::problem::{Problem, SampleProblem, StorageProblem};
use data::protocol::Event;
use data::sample::{Provenance, SampleHash, SampleId, SampleView};
use formats::hash;
use network::backbone::Backbone;

/// Where a new sample goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination {
    pub class: ClassId,
    /// It is of the test set, and not learned from.
    pub test: bool,
}

impl From<ClassId> for Destination {
    fn from(class: ClassId) -> Self {
        let test = false;
        Self { class, test }
    }
}

/// Where a new sample goes, and the file of the page's that ends with it.
struct Place {
    to: Destination,
    file: u64,
    name: String,
    provenance: Provenance,
}

/// What a sample goes by.
#[derive(Clone, Copy)]
pub struct SampleName<'a> {
    pub name: &'a str,
    /// The folders, and the zip, that it came in.
    pub folder: Option<&'a str>,
}

/// What the page is told of, with thumbnails.
type Added = (Vec<SampleView>, Vec<Vec<u8>>);

/// A sample that waits for its embedding.
pub(super) struct Waiting {
    /// As [`Modality::input`] made it.
    input: Vec<u8>,
    what: What,
}

enum What {
    New {
        place: Place,
        hash: SampleHash,
        kept: Vec<u8>,
        thumbnail: Vec<u8>,
    },
    /// One that is there already, for another backbone.
    Again(SampleId),
}

impl Engine {
    /// True while another sample should be handed over before the next step.
    pub fn wants_sample(&self) -> bool {
        self.waiting.len() < self.backbone.batch() && self.wanted.is_none()
    }

    /// Says that `n` samples will be handed over for a class. Show it with [`Self::overview`].
    pub fn announce(&mut self, to: Destination, n: usize) {
        self.project.expect(to.class, n as isize);
        self.outstanding += n;
        self.announced += n;
    }

    /// Takes an announced sample: decodes it and lets it wait for the next step. `file` is the id that ends with it.
    pub fn add_file(
        &mut self,
        to: Destination,
        file: u64,
        name: SampleName,
        read: Result<SampleFile, SampleProblem>,
    ) -> Vec<Output> {
        let input_size = self.backbone.spec().input_size;
        let prepared = read.and_then(|read| {
            let hash = hash(&read.bytes);
            // Before the work of decoding it.
            self.is_new(&hash, to)?;
            PreparedSample::hashed(hash, &read, input_size)
        });
        self.add_prepared(to, file, name, prepared)
    }

    /// The same with a sample that was decoded, perhaps also embedded, elsewhere.
    pub fn add_prepared(
        &mut self,
        to: Destination,
        file: u64,
        SampleName { name, folder }: SampleName,
        prepared: Result<PreparedSample, SampleProblem>,
    ) -> Vec<Output> {
        let prepared = prepared.and_then(|prepared| {
            self.is_new(&prepared.hash, to)?;
            Ok(prepared)
        });
        let name = name.to_owned();
        let PreparedSample {
            hash,
            taken,
            kept,
            thumbnail,
            input,
            ..
        } = match prepared {
            Ok(prepared) => prepared,
            Err(why) => {
                self.arrived(to);
                let mut outputs = vec![refused(file, Problem::Sample { file: name, why })];
                outputs.extend(self.overview());
                return outputs;
            }
        };
        let provenance = Provenance {
            taken,
            folder: folder.map(str::to_owned),
            group: None,
        };
        let place = Place {
            to,
            file,
            name,
            provenance,
        };
        let what = What::New {
            place,
            hash,
            kept,
            thumbnail,
        };
        match input {
            NetworkInput::Bytes(input) => {
                self.waiting.push(Waiting { input, what });
                Vec::new()
            }
            NetworkInput::Features(features) => self.admit(vec![(what, features)]),
        }
    }

    /// The same file is the same sample, and it is either learned from or tested with.
    fn is_new(&self, hash: &SampleHash, to: Destination) -> Result<(), SampleProblem> {
        let tests = self.project.test_class_of(hash);
        let tests = tests.map(|class| Destination { class, test: true });
        let learned = self.project.class_of(hash).map(Destination::from);
        let on_its_way = || self.waiting.iter().find_map(|w| w.place_of(hash));
        let Some(twin) = learned.or(tests).or_else(on_its_way) else {
            return Ok(());
        };
        let Some(class) = self.project.name(twin.class).map(str::to_owned) else {
            return Ok(());
        };
        Err(match (twin.test, to.test) {
            (true, _) => SampleProblem::InTestSet { class },
            (false, true) => SampleProblem::LearnedFrom { class },
            (false, false) => SampleProblem::Duplicate { class },
        })
    }

    /// An announced sample that will not be handed over.
    pub fn withdraw(&mut self, to: Destination) {
        self.arrived(to);
    }

    /// A sample that the backbone in use has not seen and that is not waiting yet, and the key
    /// of its file.
    pub fn missing(&self) -> Option<(SampleId, String)> {
        let mut missing = self.project.missing();
        let waits = |id: SampleId| {
            self.waiting
                .iter()
                .any(|w| matches!(w.what, What::Again(other) if other == id))
        };
        missing
            .find(|row| !waits(row.id))
            .map(|row| (row.id, row.hash.0.clone()))
    }

    /// Hands over the file of a [`Self::missing`] sample; none where it cannot be had: the sample stays then, without what the
    /// backbone in use would say of it, and the next start tries again.
    pub fn re_embed(&mut self, id: SampleId, file: Option<SampleFile>) -> Vec<Output> {
        let input_size = self.backbone.spec().input_size;
        let input = file.and_then(|file| file.input(input_size).ok());
        if let Some(input) = input {
            let what = What::Again(id);
            self.waiting.push(Waiting { input, what });
            return Vec::new();
        }
        // Its embedding is enough to learn from.
        let known = self.project.embedding(id).is_some();
        self.project.lose_file(id);
        let mut outputs = self.overview();
        if self.missing().is_none() && !known {
            let samples = self.project.files_gone();
            let problem = StorageProblem::FilesGone { samples };
            outputs.push(plain(Event::Problem(Problem::Storage(problem))));
        }
        outputs
    }

    /// Samples that wait for their embedding will not get it: those of the page are over.
    pub(super) fn drop_waiting(&mut self) -> Vec<Output> {
        let waiting = std::mem::take(&mut self.waiting);
        let over = waiting
            .into_iter()
            .filter_map(|waiting| match waiting.what {
                What::New { place, .. } => {
                    self.arrived(place.to);
                    Some(done(place.file))
                }
                What::Again(_) => None,
            });
        over.collect()
    }

    /// An announced sample is here, or will never be.
    fn arrived(&mut self, to: Destination) {
        self.project.expect(to.class, -1);
        self.outstanding = self.outstanding.saturating_sub(1);
    }

    pub(super) async fn embed_batch(&mut self) -> Vec<Output> {
        let n = self.waiting.len().min(self.backbone.batch());
        let batch: Vec<Waiting> = self.waiting.drain(..n).collect();
        let inputs: Vec<&[u8]> = batch.iter().map(|w| w.input.as_slice()).collect();
        let features = match self.backbone.embed(&inputs).await {
            Ok(features) => features,
            // What is not settled is handed over again, to the worker that follows.
            Err(e) if self.device.kind == DeviceKind::Webgpu => return self.device_lost(&e),
            Err(e) => {
                let problem = Problem::computation(&e);
                let mut outputs = Vec::new();
                for waiting in batch {
                    outputs.push(self.give_up(waiting, problem.clone()));
                }
                outputs.extend(self.overview());
                return outputs;
            }
        };
        let seen = batch.into_iter().map(|waiting| waiting.what);
        self.admit(seen.zip(features).collect())
    }

    /// Embedded samples get their place.
    fn admit(&mut self, seen: Vec<(What, Features)>) -> Vec<Output> {
        let mut over = Vec::new();
        // Those of the classes, and those of the test set.
        let (mut added, mut tests) = <(Added, Added)>::default();
        for (what, features) in seen {
            match what {
                What::Again(id) => self.project.re_embed(id, features),
                What::New {
                    place:
                        Place {
                            to,
                            file,
                            name,
                            provenance,
                        },
                    hash,
                    kept,
                    thumbnail,
                } => {
                    let key = hash.0.clone();
                    let (view, added) = match to.test {
                        false => (
                            self.project
                                .add(to.class, &name, provenance, hash, features),
                            &mut added,
                        ),
                        true => (
                            self.project
                                .add_test(to.class, &name, provenance, hash, features),
                            &mut tests,
                        ),
                    };
                    self.arrived(to);
                    over.push(done(file));
                    // None where the class was deleted meanwhile.
                    if let Some(view) = view {
                        let journal = &mut self.project.journal;
                        journal.put(Table::Files, key.clone(), kept);
                        journal.put(Table::Thumbnails, key, thumbnail.clone());
                        added.0.push(view);
                        added.1.push(thumbnail);
                    }
                }
            }
        }
        let mut outputs = Vec::new();
        if !added.0.is_empty() {
            outputs.push((Event::SamplesAdded(added.0), added.1));
            outputs.extend(self.outdate_head());
        }
        if !tests.0.is_empty() {
            outputs.push((Event::TestSamplesAdded(tests.0), tests.1));
        }
        // Whether a test looks like what is learned from depends on both.
        outputs.extend(self.examine_again());
        outputs.extend(over);
        outputs.extend(self.overview());
        outputs
    }

    fn give_up(&mut self, waiting: Waiting, why: Problem) -> Output {
        match waiting.what {
            What::New { place, .. } => {
                self.arrived(place.to);
                refused(place.file, why)
            }
            // It would be tried again and again.
            What::Again(id) => {
                self.project.lose_file(id);
                plain(Event::Problem(why))
            }
        }
    }

    pub(super) fn device_lost(&self, error: &network::ComputeError) -> Vec<Output> {
        let _ = error; // the browser's words help nobody: what to do is the same
        vec![plain(Event::Problem(Problem::DeviceLost))]
    }

    /// The backbone whose embeddings the head in use was trained on.
    pub(super) fn predicting(&self) -> &Backbone {
        let tuned = self.head.as_ref().and_then(|head| head.backbone.as_ref());
        tuned.unwrap_or(&self.backbone)
    }

    /// What the head says of a sample.
    pub async fn try_file(
        &mut self,
        file: u64,
        name: &str,
        read: Result<SampleFile, SampleProblem>,
    ) -> Vec<Output> {
        let input_size = self.backbone.spec().input_size;
        let input = match read.and_then(|read| read.input(input_size)) {
            Ok(input) => input,
            Err(why) => {
                let name = name.into();
                return vec![refused(file, Problem::Sample { file: name, why })];
            }
        };
        let features = match self.predicting().embed(&[&input]).await {
            Ok(features) => features,
            Err(e) if self.device.kind == DeviceKind::Webgpu => return self.device_lost(&e),
            Err(e) => return vec![refused(file, Problem::computation(&e))],
        };
        let thumbnail = Data::thumbnail(&input, input_size);
        let (predictions, strangeness) = self.predict(&features[0]);
        let event = Event::Tried {
            name: name.into(),
            predictions,
            strangeness,
        };
        let mut outputs = vec![(event, vec![thumbnail])];
        outputs.push(done(file));
        outputs
    }
}

impl Waiting {
    fn place_of(&self, wanted: &SampleHash) -> Option<Destination> {
        match &self.what {
            What::New { place, hash, .. } if hash == wanted => Some(place.to),
            _ => None,
        }
    }
}
