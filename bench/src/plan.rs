//! How much is measured.

use anyhow::Context;

pub struct Gpu {
    pub rounds: usize,
    pub batches: &'static [usize],
    /// How often each batch is embedded in a round.
    pub repeats: usize,
    /// How often in a round the largest batch is held against as many photos one by one.
    pub turns: usize,
}

impl Gpu {
    /// For a real one, which `$GRAFT_GPU_FLAGS` brings. The software GPU takes seconds a photo.
    const REAL: Self = Self {
        rounds: 3,
        batches: &[1, 8, 32],
        repeats: 10,
        turns: 10,
    };
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
    /// About 20 minutes on two cores.
    const FULL: Self = Self {
        rounds: 5,
        gpu: Gpu {
            rounds: 3,
            batches: &[1, 8],
            repeats: 2,
            turns: 4,
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
            repeats: 1,
            turns: 0,
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
        if std::env::var_os("GRAFT_GPU_FLAGS").is_some() {
            plan.gpu = Gpu::REAL;
        }
        Ok(plan)
    }

    pub fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}
