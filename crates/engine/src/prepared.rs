//! What is made of a sample's file before it has a place in a project.

use std::borrow::Cow;

use super::modality::{Data, Modality};
use data::features::Features;
use data::problem::SampleProblem;
use data::sample::SampleHash;
use formats::hash;

type Decoded = <Data as Modality>::Decoded;

/// A sample's file as the host read it.
pub struct SampleFile {
    pub bytes: Vec<u8>,
    /// Where the host decoded it, as the modality would or with a browser's own decoder; else the engine does.
    pub decoded: Option<Result<Decoded, SampleProblem>>,
}

impl From<Vec<u8>> for SampleFile {
    fn from(bytes: Vec<u8>) -> Self {
        let decoded = None;
        Self { bytes, decoded }
    }
}

impl SampleFile {
    fn decoded(&self) -> Result<Cow<'_, Decoded>, SampleProblem> {
        match &self.decoded {
            Some(Ok(decoded)) => Ok(Cow::Borrowed(decoded)),
            Some(Err(why)) => Err(why.clone()),
            None => Data::decode(&self.bytes).map(Cow::Owned),
        }
    }

    /// A file with the sample and nothing more; none where it cannot be decoded.
    pub(super) fn encoded(&self) -> Option<Vec<u8>> {
        Some(Data::encoded(&*self.decoded().ok()?))
    }

    /// What a network takes whose input has this size.
    pub(super) fn input(&self, size: usize) -> Result<Vec<u8>, SampleProblem> {
        Ok(Data::input(&*self.decoded()?, size))
    }
}

/// A sample's file without what it says of its maker, time and place; none where nobody here takes it apart.
pub(super) fn without_metadata(bytes: &[u8]) -> Option<Vec<u8>> {
    Data::without_metadata(bytes)
}

/// What is made of a sample's file: this needs no engine, so that other workers can make it.
pub struct PreparedSample {
    pub hash: SampleHash,
    /// When it was made, as [`Provenance::taken`](data::sample::Provenance::taken).
    pub taken: Option<i64>,
    /// The sample as it is kept.
    pub kept: Vec<u8>,
    /// A JPEG.
    pub thumbnail: Vec<u8>,
    pub input: NetworkInput,
    /// How long that took, where somebody looked at a clock.
    pub milliseconds: Option<f64>,
}

/// What the backbone will see, or what it saw.
pub enum NetworkInput {
    /// As [`Modality::input`] makes it for the backbone's size.
    Bytes(Vec<u8>),
    Features(Features),
}

impl PreparedSample {
    /// For a backbone of `input_size`.
    pub fn of(file: &SampleFile, input_size: usize) -> Result<Self, SampleProblem> {
        Self::hashed(hash(&file.bytes), file, input_size)
    }

    pub(super) fn hashed(
        hash: SampleHash,
        file: &SampleFile,
        input_size: usize,
    ) -> Result<Self, SampleProblem> {
        let decoded = file.decoded()?;
        let input = Data::input(&decoded, input_size);
        Ok(Self {
            hash,
            taken: Data::taken(&file.bytes),
            kept: Data::kept(&file.bytes, &decoded),
            thumbnail: Data::thumbnail(&input, input_size),
            input: NetworkInput::Bytes(input),
            milliseconds: None,
        })
    }

    /// The input alone, of a sample that is not kept.
    pub fn to_ask(file: &SampleFile, input_size: usize) -> Result<Self, SampleProblem> {
        let input = file.input(input_size)?;
        Ok(Self {
            hash: SampleHash(String::new()),
            taken: None,
            kept: Vec::new(),
            thumbnail: Vec::new(),
            input: NetworkInput::Bytes(input),
            milliseconds: None,
        })
    }
}
