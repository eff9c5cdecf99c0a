//! Whether a GPU is used: only one that computes what the CPU does, and faster, unless it was asked for.

use data::backbone::DeviceReason;

use super::device::SAME;

/// A GPU with the network on it, beside the CPU.
#[expect(async_fn_in_trait, reason = "it is tried on the thread that has it")]
pub trait Candidate {
    /// Weights are held as f16 now.
    fn is_half(&self) -> bool;
    /// Holds them as f32 from now on.
    fn whole(&mut self) -> Result<(), String>;
    /// The cosine of its embedding of the self-test's photo with the CPU's; or why there is none, in the machine's words.
    async fn similarity(&mut self) -> Result<f64, String>;
    /// Milliseconds for a photo on the GPU, after a first one, and on the CPU.
    async fn times(&mut self) -> Result<(f64, f64), String>;
}

/// Why the GPU is used, or why it is not. `asked`: it is used also where the CPU is faster.
pub async fn choose(
    candidate: &mut impl Candidate,
    asked: bool,
) -> Result<DeviceReason, DeviceReason> {
    let failed = |words: String| DeviceReason::StartFailed(words.into());
    loop {
        let why = match candidate.similarity().await {
            Ok(cosine) if cosine >= SAME => break,
            Ok(cosine) => DeviceReason::WrongResult { cosine },
            Err(words) => failed(words),
        };
        // What goes wrong in f16 may be right in f32.
        if !candidate.is_half() {
            return Err(why);
        }
        candidate.whole().map_err(failed)?;
    }
    if asked {
        return Ok(DeviceReason::Asked);
    }
    // Both are warm now: the self-test has compiled the GPU's kernels.
    let (gpu_ms, cpu_ms) = candidate.times().await.map_err(failed)?;
    match gpu_ms < cpu_ms {
        true => Ok(DeviceReason::Faster { gpu_ms, cpu_ms }),
        false => Err(DeviceReason::GpuSlower { gpu_ms, cpu_ms }),
    }
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;

    /// What it answers with in f16 and in f32.
    struct Made {
        half: bool,
        in_half: Result<f64, String>,
        in_whole: Result<f64, String>,
        times: Result<(f64, f64), String>,
    }

    impl Candidate for Made {
        fn is_half(&self) -> bool {
            self.half
        }

        fn whole(&mut self) -> Result<(), String> {
            self.half = false;
            Ok(())
        }

        async fn similarity(&mut self) -> Result<f64, String> {
            match self.half {
                true => self.in_half.clone(),
                false => self.in_whole.clone(),
            }
        }

        async fn times(&mut self) -> Result<(f64, f64), String> {
            self.times.clone()
        }
    }

    fn good() -> Made {
        Made {
            half: true,
            in_half: Ok(1.0),
            in_whole: Ok(1.0),
            times: Ok((2.0, 30.0)),
        }
    }

    fn choice(mut made: Made, asked: bool) -> (Result<DeviceReason, DeviceReason>, bool) {
        let choice = block_on(choose(&mut made, asked));
        (choice, made.half)
    }

    fn lost() -> String {
        "device lost".into()
    }

    #[test]
    fn a_gpu_that_computes_the_same_and_faster_is_used_with_f16_where_it_has_it() {
        let (gpu_ms, cpu_ms) = (2.0, 30.0);
        let faster = Ok(DeviceReason::Faster { gpu_ms, cpu_ms });
        assert_eq!(choice(good(), false), (faster.clone(), true));
        let whole = Made {
            half: false,
            ..good()
        };
        assert_eq!(choice(whole, false), (faster, false));
    }

    #[test]
    fn what_goes_wrong_in_f16_is_tried_in_f32() {
        for in_half in [Ok(0.5), Ok(f64::NAN), Err(lost())] {
            let made = Made { in_half, ..good() };
            let (choice, half) = choice(made, false);
            assert!(
                matches!(choice, Ok(DeviceReason::Faster { .. })),
                "{choice:?}"
            );
            assert!(!half);
        }
    }

    #[test]
    fn a_gpu_that_computes_something_else_is_never_used() {
        let cosine = SAME - 1e-6;
        for asked in [false, true] {
            let made = Made {
                in_half: Ok(0.1),
                in_whole: Ok(cosine),
                ..good()
            };
            let wrong = Err(DeviceReason::WrongResult { cosine });
            assert_eq!(choice(made, asked).0, wrong);
            let made = Made {
                in_half: Err(lost()),
                in_whole: Err(lost()),
                ..good()
            };
            let failed = Err(DeviceReason::StartFailed(lost().into()));
            assert_eq!(choice(made, asked).0, failed);
        }
    }

    #[test]
    fn a_slower_gpu_is_used_only_where_it_was_asked_for() {
        let slow = || Made {
            times: Ok((31.0, 30.0)),
            ..good()
        };
        let (gpu_ms, cpu_ms) = (31.0, 30.0);
        let slower = Err(DeviceReason::GpuSlower { gpu_ms, cpu_ms });
        assert_eq!(choice(slow(), false).0, slower);
        assert_eq!(choice(slow(), true).0, Ok(DeviceReason::Asked));
        let failed = Made {
            times: Err(lost()),
            ..good()
        };
        let failed = choice(failed, false).0;
        assert_eq!(failed, Err(DeviceReason::StartFailed(lost().into())));
    }
}
