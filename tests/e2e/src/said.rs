//! What the page should say, from its own messages: a test names the problem and not the words.

use anyhow::ensure;
use data::problem::{Problem, SampleProblem, StorageProblem};
use graft::text;

use crate::Result;

/// More photos with the same problem than any test has at once.
const MANY: usize = 100;

/// Fails where a notice does not say this problem.
pub fn says(said: &str, problem: &Problem) -> Result {
    let sentence = text::problem(problem);
    ensure!(said.contains(&sentence), "{said:?} is not {sentence:?}");
    Ok(())
}

/// Does the same for a problem of the storage.
pub fn says_storage(said: &str, why: StorageProblem) -> Result {
    says(said, &Problem::Storage(why))
}

/// True where a notice says this problem of a photo, alone or together with others that have it too.
pub fn says_photo(said: &str, file: &str, why: &SampleProblem) -> bool {
    let (file, why) = (file.to_owned(), why.clone());
    let many = (2..MANY).any(|count| said.contains(&text::many(&why, count)));
    many || said.contains(&text::problem(&Problem::Sample { file, why }))
}
