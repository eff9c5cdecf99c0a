//! The one table of settings that are numbers: how small and how large each may be, what it is until somebody changes it,
//! and how far one step goes. Defaults, `clamped()`, the page's fields and what they say read it; a test holds
//! `docs/head-format.md` to it.
//!
//! ```
//! use data::ranges::training::{EPOCHS, LEARNING_RATE};
//!
//! assert_eq!(EPOCHS.clamp(1_000_000), EPOCHS.max);
//! assert_eq!(LEARNING_RATE.clamp(f64::NAN), LEARNING_RATE.default);
//! ```

/// The values that a setting can have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range<T> {
    pub min: T,
    pub max: T,
    /// The value until somebody changes it.
    pub default: T,
    /// The distance between two values; none where every value in the range will do.
    pub step: Option<T>,
}

const fn whole(min: usize, max: usize, default: usize) -> Range<usize> {
    let step = Some(1);
    Range {
        min,
        max,
        default,
        step,
    }
}

const fn real(min: f64, max: f64, default: f64) -> Range<f64> {
    let step = None;
    Range {
        min,
        max,
        default,
        step,
    }
}

impl Range<usize> {
    /// The value of the range that is nearest.
    pub fn clamp(&self, value: usize) -> usize {
        value.clamp(self.min, self.max)
    }

    /// This range as numbers with a point, as fields of a form have it.
    pub const fn as_real(&self) -> Range<f64> {
        Range {
            min: self.min as f64,
            max: self.max as f64,
            default: self.default as f64,
            step: match self.step {
                Some(step) => Some(step as f64),
                None => None,
            },
        }
    }
}

impl Range<f64> {
    /// The value of the range that is nearest; the default for what is not finite.
    pub fn clamp(&self, value: f64) -> f64 {
        match value.is_finite() {
            // `f64::clamp` brings along what writes numbers, to say of a range that it is none.
            true => value.max(self.min).min(self.max),
            false => self.default,
        }
    }
}

/// The default of every seed. Each seed is as good as any other, so that it has no range.
pub const SEED: u64 = 1;

/// How a head is trained ([`TrainSettings`](crate::settings::TrainSettings)).
pub mod training {
    use super::{Range, real, whole};

    /// Passes over the training samples.
    pub const EPOCHS: Range<usize> = whole(1, 2000, 200);
    /// Adam's step size.
    pub const LEARNING_RATE: Range<f64> = real(1e-5, 1.0, 0.02);
    /// Samples a step; 0 means all at once.
    pub const BATCH_SIZE: Range<usize> = whole(0, 100_000, 0);
    /// Strength of the L2 penalty. The default is scikit-learn's C = 0.1, the setting that the reference accuracies were
    /// measured with.
    pub const L2: Range<f64> = real(0.0, 1000.0, 10.0);
    /// Units of the hidden layer; 0 means that there is none.
    pub const HIDDEN: Range<usize> = whole(0, 512, 0);
    /// The part of the samples that is kept apart to measure accuracy.
    pub const VALIDATION: Range<f64> = real(0.0, 0.5, 0.2);
}

/// How a network is tuned ([`TuneSettings`](crate::transfer::TuneSettings)).
pub mod tuning {
    use super::{Range, real, whole};

    /// Passes over the training samples.
    pub const EPOCHS: Range<usize> = whole(1, 200, 12);
    /// Adam's step size for the layers nearest the output.
    pub const LEARNING_RATE: Range<f64> = real(1e-6, 0.1, 3e-4);
    /// What the rate is multiplied with from one block to the one before it.
    pub const RATE_DECAY: Range<f64> = real(0.1, 1.0, 0.8);
    /// Samples a step.
    pub const BATCH_SIZE: Range<usize> = whole(1, 64, 8);
    /// Epochs without a better validation loss after which tuning ends; 0 means that it never ends early.
    pub const PATIENCE: Range<usize> = whole(0, 200, 5);
}

/// What the Lab compares ([`LabSettings`](crate::lab::LabSettings)).
pub mod lab {
    use super::{Range, real, whole};

    /// Samples to learn from, of each class.
    pub const SAMPLES: Range<usize> = whole(1, 100, 10);
    /// A method's budget in passes over the training samples.
    pub const EPOCHS: Range<usize> = whole(1, 200, 10);
    /// A method's budget in seconds of computing.
    pub const SECONDS: Range<f64> = real(1.0, 3600.0, 30.0);
    /// Sides of the network's input, pixels.
    pub const RESOLUTIONS: [usize; 5] = [64, 96, 128, 160, 224];
    /// The one of [`RESOLUTIONS`] that is chosen at first.
    pub const RESOLUTION: usize = 96;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{Budget, LabSettings};
    use crate::settings::TrainSettings;
    use crate::transfer::TuneSettings;

    /// A setting `T` among settings `S`.
    type Put<S, T> = fn(&mut S, T);
    type Get<S, T> = fn(&S) -> T;

    /// `clamped` puts a whole number that is out of its range to the nearest end, and leaves the others as they are.
    fn whole_is_obeyed<S: Default>(
        range: Range<usize>,
        clamped: fn(&S) -> S,
        (put, get): (Put<S, usize>, Get<S, usize>),
    ) {
        assert_eq!(get(&S::default()), range.default);
        let Range { min, max, .. } = range;
        for (written, kept) in [(0, min), (min, min), (max, max), (usize::MAX, max)] {
            let mut settings = S::default();
            put(&mut settings, written);
            assert_eq!(get(&clamped(&settings)), kept, "{written} of {range:?}");
        }
    }

    /// Does the same for numbers with a point, where what is not finite becomes the default.
    fn real_is_obeyed<S: Default>(
        range: Range<f64>,
        clamped: fn(&S) -> S,
        (put, get): (Put<S, f64>, Get<S, f64>),
    ) {
        assert_eq!(get(&S::default()), range.default);
        let Range {
            min, max, default, ..
        } = range;
        for (written, kept) in [
            (-1.0, min),
            (min, min),
            (max, max),
            (f64::MAX, max),
            (f64::NAN, default),
            (f64::INFINITY, default),
        ] {
            let mut settings = S::default();
            put(&mut settings, written);
            assert_eq!(get(&clamped(&settings)), kept, "{written} of {range:?}");
        }
    }

    /// A setting by its field's name.
    macro_rules! member {
        ($member:ident) => {
            (|s, value| s.$member = value, |s| s.$member)
        };
    }

    #[test]
    fn training_keeps_to_the_table() {
        use training::*;
        let clamped = TrainSettings::clamped;
        whole_is_obeyed(EPOCHS, clamped, member!(epochs));
        real_is_obeyed(LEARNING_RATE, clamped, member!(learning_rate));
        whole_is_obeyed(BATCH_SIZE, clamped, member!(batch_size));
        real_is_obeyed(L2, clamped, member!(l2));
        whole_is_obeyed(HIDDEN, clamped, member!(hidden));
        real_is_obeyed(VALIDATION, clamped, member!(validation_fraction));
    }

    #[test]
    fn tuning_keeps_to_the_table() {
        use tuning::*;
        let clamped = TuneSettings::clamped;
        whole_is_obeyed(EPOCHS, clamped, member!(epochs));
        real_is_obeyed(LEARNING_RATE, clamped, member!(learning_rate));
        real_is_obeyed(RATE_DECAY, clamped, member!(rate_decay));
        whole_is_obeyed(BATCH_SIZE, clamped, member!(batch_size));
        whole_is_obeyed(PATIENCE, clamped, member!(patience));
        let whole = TuneSettings::whole();
        assert_eq!(whole.clamped(), whole);
    }

    #[test]
    fn the_lab_keeps_to_the_table() {
        use lab::*;
        let clamped = LabSettings::clamped;
        whole_is_obeyed(SAMPLES, clamped, member!(samples));
        let epochs: Get<LabSettings, usize> = |s| match s.budget {
            Budget::Epochs(epochs) => epochs,
            Budget::Seconds(_) => 0,
        };
        let put = |s: &mut LabSettings, epochs| s.budget = Budget::Epochs(epochs);
        whole_is_obeyed(EPOCHS, clamped, (put, epochs));
        let budget = |seconds| {
            let budget = Budget::Seconds(seconds);
            let settings = LabSettings {
                budget,
                ..Default::default()
            };
            settings.clamped().budget
        };
        assert_eq!(budget(0.0), Budget::Seconds(SECONDS.min));
        assert_eq!(budget(1e9), Budget::Seconds(SECONDS.max));
        assert_eq!(budget(f64::NAN), LabSettings::default().budget);
        for (written, kept) in [(0, 64), (100, 96), (224, 224), (usize::MAX, 224)] {
            let settings = LabSettings {
                resolution: written,
                ..Default::default()
            };
            assert_eq!(settings.clamped().resolution, kept);
        }
        assert!(RESOLUTIONS.contains(&RESOLUTION));
    }

    /// What strangers read of a head file's settings is what the table says.
    #[test]
    fn the_description_of_head_files_has_the_same_limits() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/head-format.md");
        let page = std::fs::read_to_string(path).expect("it is in the repository");
        let (_, settings) = page.split_once("\n`settings`:\n").expect("it lists them");
        let (settings, tuned) = settings.split_once("\n`tuned`:\n").expect("it lists them");
        let written = |value: f64| match value != 0.0 && value < 1e-3 {
            true => format!("{value:e}"),
            false => value.to_string(),
        };
        let check = |section: &str, name: &str, range: Range<f64>| {
            let begins = format!("| `{name}` |");
            let row = section.lines().find(|line| line.starts_with(&begins));
            let row = row.unwrap_or_else(|| panic!("{name} is not described"));
            let limits = format!(", {} to {} |", written(range.min), written(range.max));
            assert!(row.contains(&limits), "{row}, not{limits}");
        };
        check(settings, "epochs", training::EPOCHS.as_real());
        check(settings, "learning_rate", training::LEARNING_RATE);
        check(settings, "batch_size", training::BATCH_SIZE.as_real());
        check(settings, "l2", training::L2);
        check(settings, "hidden", training::HIDDEN.as_real());
        check(settings, "validation_share", training::VALIDATION);
        check(tuned, "epochs", tuning::EPOCHS.as_real());
        check(tuned, "learning_rate", tuning::LEARNING_RATE);
        check(tuned, "rate_decay", tuning::RATE_DECAY);
        check(tuned, "batch_size", tuning::BATCH_SIZE.as_real());
        check(tuned, "patience", tuning::PATIENCE.as_real());
    }
}
