//! Zips that the page hands over: where each sample in one goes.

use super::platform::Platform;
use crate::{Engine, Zip};
use data::class::ClassId;
use data::folders::Purpose;
use data::problem::{LeftOut, ZipProblem};

/// Where the samples of a zip go.
#[derive(Clone, Copy)]
pub enum Place {
    /// The zip says which classes it holds.
    Classes,
    Class(ClassId),
    Try,
}

pub struct Opened<R> {
    pub zip: Zip<R>,
    /// Samples by their place in the zip, and the class of each; none to try it.
    pub samples: Vec<(Option<ClassId>, usize)>,
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
    let (purpose, samples) = match place {
        Place::Classes => {
            let names = sorted.classes.iter().map(|group| group.name.as_str());
            let ids = engine.classes_named(names);
            let ids = ids.map_err(|classes| ZipProblem::TooManyClasses { classes })?;
            let of_class = ids.into_iter().zip(&sorted.classes);
            let samples =
                of_class.flat_map(|(id, g)| g.samples.iter().map(move |i| (Some(id), *i)));
            (Purpose::Classes, samples.collect())
        }
        Place::Class(id) => {
            let samples = sorted.samples(Purpose::OneClass).into_iter();
            (Purpose::OneClass, samples.map(|i| (Some(id), i)).collect())
        }
        Place::Try => {
            let samples = sorted.samples(Purpose::Try).into_iter();
            (Purpose::Try, samples.map(|i| (None, i)).collect())
        }
    };
    let mut left_out = sorted.left_out(zip.paths(), purpose);
    if zip.names_unknown && purpose == Purpose::Classes {
        left_out.push(LeftOut::Names);
    }
    Ok(Opened {
        zip,
        samples,
        left_out,
    })
}
