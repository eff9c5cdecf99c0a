//! How much is measured.

use anyhow::Context;

/// Of the software GPU, where a photo takes seconds.
pub struct Gpu {
    pub rounds: usize,
    pub batches: &'static [usize],
}

pub struct Plan {
    pub rounds: usize,
    pub gpu: Gpu,
    /// Rounds of head training.
    pub trainings: usize,
    /// Loads of the page, cold and warm each.
    pub loads: usize,
    /// Photos added while memory is watched.
    pub photos: &'static [u32],
    /// Among the head trainings, the one with 10,000 photos.
    pub large: bool,
    /// The one part that is measured, or all of them.
    pub only: Option<String>,
}

impl Plan {
    /// At most 15 minutes on two cores.
    const FULL: Self = Self {
        rounds: 5,
        gpu: Gpu {
            rounds: 2,
            batches: &[1, 8],
        },
        trainings: 2,
        loads: 5,
        photos: &[1000],
        large: true,
        only: None,
    };
    /// About 3 minutes.
    const QUICK: Self = Self {
        rounds: 2,
        gpu: Gpu {
            rounds: 1,
            batches: &[1],
        },
        trainings: 1,
        loads: 2,
        photos: &[200],
        large: false,
        only: None,
    };

    /// From the command line.
    pub fn parse(options: &[String]) -> anyhow::Result<Self> {
        let mut plan = Self::FULL;
        let mut options = options.iter();
        while let Some(option) = options.next() {
            match option.as_str() {
                "--only" => {
                    plan.only = Some(options.next().context("--only wants a part")?.clone())
                }
                "--quick" => {
                    let only = plan.only;
                    plan = Self {
                        only,
                        ..Self::QUICK
                    };
                }
                "--long" => plan.photos = &[1000, 10_000],
                other => anyhow::bail!("the bench does not know `{other}`"),
            }
        }
        Ok(plan)
    }

    pub fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}
