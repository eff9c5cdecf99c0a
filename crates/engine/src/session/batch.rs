//! Files that the page hands over at once: which samples they hold, and which class each goes to.

use std::cell::RefCell;
use std::rc::Rc;

use super::platform::Platform;
use super::queue::{QueuedSample, Source};
use super::sets;
use super::zips::{self, Place};
use crate::{Destination, Engine, Output, done, plain, refused};
use data::folders::{Kind, kind};
use data::problem::{Problem, SampleProblem, ZipProblem};
use data::protocol::{Event, Target};

/// A file as the page hands it over.
pub struct File<F> {
    /// What its end is told by.
    pub id: u64,
    pub name: String,
    pub file: F,
}

/// What a worker before this one was handed already has the parts that are left out now; none where it comes for the first time.
#[derive(Default, Clone)]
pub struct Again(pub Option<Vec<usize>>);

impl Again {
    fn leaves_out(&self, part: usize) -> bool {
        self.0.as_ref().is_some_and(|parts| parts.contains(&part))
    }
}

/// Samples of one request, and what is to be said of others.
pub struct Batch<P: Platform> {
    pub samples: Vec<QueuedSample<P>>,
    pub outputs: Vec<Output>,
    again: Again,
}

impl<P: Platform> Batch<P> {
    fn new(again: Again) -> Self {
        Self {
            samples: Vec::new(),
            outputs: Vec::new(),
            again,
        }
    }

    /// Samples to try, also out of zips.
    pub async fn to_try(
        engine: &mut Engine,
        platform: &P,
        files: Vec<File<P::File>>,
        again: Again,
    ) -> Self {
        let mut batch = Self::new(again);
        for file in files {
            match is_zip(platform, &file) {
                true => batch.zip(engine, platform, file, Place::Try).await,
                false => batch.push(None, file),
            }
        }
        batch
    }

    /// Samples and zips for classes.
    pub async fn for_classes(
        engine: &mut Engine,
        platform: &P,
        to: &Target,
        files: Vec<File<P::File>>,
        again: Again,
    ) -> Self {
        let mut batch = Self::new(again);
        let (zips, samples): (Vec<_>, Vec<_>) =
            files.into_iter().partition(|file| is_zip(platform, file));
        let place = match to {
            Target::Class(id) => {
                let samples = samples.into_iter();
                samples.for_each(|file| batch.push(Some((*id).into()), file));
                Place::Class((*id).into())
            }
            Target::TestOf(class) => {
                let to = Destination {
                    class: *class,
                    test: true,
                };
                let samples = samples.into_iter();
                samples.for_each(|file| batch.push(Some(to), file));
                Place::Class(to)
            }
            Target::Folders => {
                batch.named(engine, samples, false);
                Place::Classes
            }
            Target::Test => {
                batch.named(engine, samples, true);
                Place::Test
            }
        };
        for file in zips {
            batch.zip(engine, platform, file, place).await;
        }
        batch
    }

    /// A ready-made set, which counts as the file of this id.
    pub async fn of_samples(
        engine: &mut Engine,
        platform: &P,
        set: String,
        id: u64,
        again: Again,
    ) -> Self {
        let mut batch = Self::new(again);
        let found = match sets::load(platform, &set).await {
            Ok(found) => found,
            Err(detail) => {
                batch.end(refused(
                    id,
                    Problem::SampleSet {
                        set,
                        detail: detail.into(),
                    },
                ));
                return batch;
            }
        };
        let names = found.classes.iter().map(|class| class.name.as_str());
        let ids = match engine.classes_named(names) {
            Ok(ids) => ids,
            Err(classes) => {
                batch.end(refused(id, Problem::TooManyClasses { classes }));
                return batch;
            }
        };
        let of_class = ids.into_iter().zip(found.classes);
        let samples = of_class.flat_map(|(to, class)| {
            let files = class.files.into_iter();
            files.map(move |path| (Some(to.into()), path.clone(), Source::Url(path)))
        });
        batch.parts(id, None, samples.enumerate());
        batch
    }

    fn end(&mut self, output: Output) {
        self.outputs.push(output);
    }

    fn push(&mut self, to: Option<Destination>, file: File<P::File>) {
        self.samples.push(QueuedSample {
            to,
            file: file.id,
            part: None,
            path: file.name,
            zip: None,
            source: Source::File(file.file),
            again: self.again.0.is_some(),
        });
    }

    /// Several samples that came as one file; it is over at once where there is none to read.
    fn parts(
        &mut self,
        file: u64,
        zip: Option<&str>,
        parts: impl Iterator<Item = (usize, (Option<Destination>, String, Source<P>))>,
    ) {
        let zip: Option<Rc<str>> = zip.map(Rc::from);
        let before = self.samples.len();
        for (part, (to, path, source)) in parts.filter(|(part, _)| !self.again.leaves_out(*part)) {
            self.samples.push(QueuedSample {
                to,
                file,
                part: Some(part),
                path,
                zip: zip.clone(),
                source,
                again: self.again.0.is_some(),
            });
        }
        if self.samples.len() == before {
            self.end(done(file));
        }
    }

    /// Samples whose names begin with that of their class, for these or for the test set.
    fn named(&mut self, engine: &mut Engine, files: Vec<File<P::File>>, test: bool) {
        let mut sorted = Vec::new();
        for File { id, name, file } in files {
            let Some((class, path)) = name.split_once('/') else {
                let why = SampleProblem::NoClass;
                self.end(refused(id, Problem::Sample { file: name, why }));
                continue;
            };
            let (class, name) = (class.to_owned(), path.to_owned());
            sorted.push((class, File { id, name, file }));
        }
        let names = sorted.iter().map(|(class, _)| class.as_str());
        match engine.classes_named(names) {
            Ok(ids) => {
                let files = sorted.into_iter().map(|(_, file)| file);
                ids.into_iter()
                    .zip(files)
                    .for_each(|(class, file)| self.push(Some(Destination { class, test }), file));
            }
            Err(classes) => {
                for (_, file) in sorted {
                    self.end(refused(file.id, Problem::TooManyClasses { classes }));
                }
            }
        }
    }

    /// The samples of a zip; all of it is one file to the page.
    async fn zip(&mut self, engine: &mut Engine, platform: &P, file: File<P::File>, place: Place) {
        let File { id, name, file } = file;
        let opened = match platform.open(&file) {
            Ok(reader) => zips::open(engine, platform, &name, reader, place).await,
            Err(words) => Err(ZipProblem::Unreadable(words.into())),
        };
        let opened = match opened {
            Ok(opened) => opened,
            Err(why) => return self.end(refused(id, Problem::Zip { file: name, why })),
        };
        for what in opened.left_out {
            let from = name.clone();
            self.end(plain(Event::Problem(Problem::LeftOut { from, what })));
        }
        let zip = Rc::new(RefCell::new(opened.zip));
        let samples = opened.samples.into_iter().map(|(to, index)| {
            let path = zip.borrow().paths()[index].clone();
            (index, (to, path, Source::Zip(zip.clone(), index)))
        });
        self.parts(id, Some(&name), samples);
    }
}

fn is_zip<P: Platform>(platform: &P, file: &File<P::File>) -> bool {
    kind(&file.name) == Kind::Archive || platform.is_zip(&file.file)
}
