//! Waiting, with a clear sentence when it was in vain.

use std::time::{Duration, Instant};

use anyhow::bail;

use crate::Result;

/// For what the page does at once.
pub const SHORT: Duration = Duration::from_secs(20);
/// For loading the backbone, embedding a sample set, training: on two busy cores.
pub const LONG: Duration = Duration::from_secs(180);
/// For the software GPU: seconds a photo.
pub const VERY_LONG: Duration = Duration::from_secs(420);

const PAUSE: Duration = Duration::from_millis(100);

/// Looks again and again until `look` finds something.
pub async fn until<T>(
    what: &str,
    patience: Duration,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let start = Instant::now();
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if start.elapsed() > patience {
            bail!("waited {} s in vain for {what}", patience.as_secs());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
