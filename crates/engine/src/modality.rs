//! What stands between the bytes of a file and all that works on vectors, for one kind of data. Photos are the first; intake,
//! session, project, storage and tasks speak of samples, and ask nothing else of them than what is here.

use super::photo::Photos;
use data::groups::Together;
use data::problem::SampleProblem;
use data::sample::Provenance;

/// What the samples of a project are.
pub type Data = Photos;

/// A kind of data.
pub trait Modality {
    /// What a file says, large enough for all that is made of it.
    type Decoded: Clone;
    /// What a name says of where a sample comes from.
    type Origin;

    /// By the decoders of this program; what is no such sample, or larger than any, is refused before memory is taken for it.
    fn decode(bytes: &[u8]) -> Result<Self::Decoded, SampleProblem>;

    /// What a network takes whose input has this size.
    fn input(decoded: &Self::Decoded, size: usize) -> Vec<u8>;

    /// A JPEG by which a person knows the sample again, from such an input.
    fn thumbnail(input: &[u8], size: usize) -> Vec<u8>;

    /// What is stored of a sample, for other networks and for tuning: its file, or a smaller one that gives nearly the same
    /// inputs.
    fn kept(bytes: &[u8], decoded: &Self::Decoded) -> Vec<u8>;

    /// A file without what it says of its maker, time and place, and with all else; none where nobody here takes it apart.
    fn without_metadata(bytes: &[u8]) -> Option<Vec<u8>>;

    /// A file with the sample and nothing more.
    fn encoded(decoded: &Self::Decoded) -> Vec<u8>;

    /// What a head would learn from without any network, from an input of this size: a few numbers.
    fn raw_features(input: &[u8], size: usize) -> Vec<f32>;

    /// When a sample was made, by its file: seconds since 1970 by the clock of what made it.
    fn taken(bytes: &[u8]) -> Option<i64>;

    fn origin(name: &str, provenance: &Provenance) -> Self::Origin;

    /// Of each sample of a class a number that is the same for those that belong together in this way, whatever their order; none
    /// where it is not known to belong to any other.
    fn together(origins: &[&Self::Origin], way: Together) -> Vec<Option<usize>>;

    /// From which likeness of their embeddings on two samples of a class are of one moment (see `project::similar`); 0 where
    /// their names say it already. The same whichever comes first.
    fn alike_from(one: &Self::Origin, other: &Self::Origin) -> f64;
}
