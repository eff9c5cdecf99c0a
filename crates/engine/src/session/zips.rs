//! Zips that the page hands over: where each sample in one goes.

use super::platform::Platform;
use crate::{Destination, Engine, Zip};
use data::folders::{Group, Purpose};
use data::problem::{LeftOut, ZipProblem};

/// Where the samples of a zip go.
#[derive(Clone, Copy)]
pub enum Place {
    /// The zip says which classes it holds.
    Classes,
    Class(Destination),
    /// The test set, as the classes that the zip says, where they are there.
    Test,
    Try,
}

pub struct Opened<R> {
    pub zip: Zip<R>,
    /// Samples by their place in the zip, and the class of each; none to try it.
    pub samples: Vec<(Option<Destination>, usize)>,
    /// What a person should hear of the rest.
    pub left_out: Vec<LeftOut>,
}

/// Classes are made only where the whole zip can be taken.
pub async fn open<P: Platform>(
    engine: &mut Engine,
    platform: &P,
    name: &str,
    reader: P::Reader,
    place: Place,
) -> Result<Opened<P::Reader>, ZipProblem> {
    let mut zip = Zip::open(reader)?;
    let foreign = zip.foreign_names();
    if !foreign.is_empty()
        && let Some((texts, sure)) = platform.read_names(&foreign).await
    {
        zip.read_names(texts, sure);
    }
    let sorted = zip.sort(name)?;
    let mut unknown = None;
    let (purpose, samples) = match place {
        Place::Test => {
            let (groups, said) = sorted.known_tests(|name| engine.knows_class(name));
            unknown = said;
            (Purpose::Test, in_classes(engine, groups.into_iter(), true)?)
        }
        Place::Classes => {
            let mut samples = in_classes(engine, sorted.classes.iter(), false)?;
            samples.extend(in_classes(engine, sorted.apart.classes.iter(), true)?);
            (Purpose::Classes, samples)
        }
        Place::Class(to) => {
            let purpose = match to.test {
                false => Purpose::OneClass,
                true => Purpose::Try,
            };
            let samples = sorted.samples(purpose).into_iter();
            (purpose, samples.map(|i| (Some(to), i)).collect())
        }
        Place::Try => {
            let samples = sorted.samples(Purpose::Try).into_iter();
            (Purpose::Try, samples.map(|i| (None, i)).collect())
        }
    };
    let mut left_out = sorted.left_out(zip.paths(), purpose);
    left_out.extend(unknown);
    if zip.names_unknown && purpose == Purpose::Classes {
        left_out.push(LeftOut::Names);
    }
    Ok(Opened {
        zip,
        samples,
        left_out,
    })
}

/// The samples of groups, each with its class, which is made where it is missing.
fn in_classes<'a>(
    engine: &mut Engine,
    groups: impl Iterator<Item = &'a Group> + Clone,
    test: bool,
) -> Result<Vec<(Option<Destination>, usize)>, ZipProblem> {
    let names = groups.clone().map(|group| group.name.as_str());
    let ids = engine.classes_named(names);
    let ids = ids.map_err(|classes| ZipProblem::TooManyClasses { classes })?;
    let of_class = ids.into_iter().zip(groups);
    let samples = of_class.flat_map(|(class, group)| {
        let to = Some(Destination { class, test });
        group.samples.iter().map(move |i| (to, *i))
    });
    Ok(samples.collect())
}
