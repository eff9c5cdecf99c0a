//! Ready-made sample sets: `samples/index.json` and the samples it names.

use serde::Deserialize;

use super::platform::Platform;

#[derive(Deserialize)]
struct Index {
    sets: Vec<Set>,
}

#[derive(Deserialize)]
pub struct Set {
    id: String,
    pub classes: Vec<SetClass>,
}

#[derive(Deserialize)]
pub struct SetClass {
    pub name: String,
    /// Relative to the page.
    pub files: Vec<String>,
}

/// The set of this id, or why there is none.
pub async fn load<P: Platform>(platform: &P, id: &str) -> Result<Set, String> {
    let bytes = platform.fetch("samples/index.json").await?;
    let index: Index = serde_json::from_slice(&bytes).map_err(|e| e.to_string())?;
    let mut sets = index.sets.into_iter();
    sets.find(|set| set.id == id)
        .ok_or_else(|| format!("there is no set {id}"))
}
