//! How much is measured.

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
    };

    /// From the command line.
    pub fn parse(options: &[String]) -> anyhow::Result<Self> {
        let mut plan = Self::FULL;
        for option in options {
            match option.as_str() {
                "--quick" => plan = Self::QUICK,
                "--long" => plan.photos = &[1000, 10_000],
                other => anyhow::bail!("the bench does not know `{other}`"),
            }
        }
        Ok(plan)
    }
}
