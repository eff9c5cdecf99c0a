//! The ways to transfer, the settings, and how long it takes.

use data::backbone::DeviceKind;
use data::head::{Choice, Reach};
use data::lab::Features;
use data::ranges::Range;
use data::settings::{Measure, Optimiser};
use data::transfer::{Depth, Method, TuneSettings};

/// A name, and a sentence that says what it means.
pub type Named = (&'static str, &'static str);

/// How small and how large a number may be.
pub fn limits(range: &Range<f64>) -> String {
    words::setting_range(range.min, range.max)
}

/// Name of a way to transfer, at the beginning of a sentence.
pub fn method(method: Method) -> &'static str {
    match method {
        Method::FeatureExtraction => words::method_feature_extraction(),
        Method::FineTuning => words::method_fine_tuning(),
        Method::WeightInitialisation => words::method_weight_initialisation(),
        Method::FromScratch => words::method_from_scratch(),
        Method::RandomFeatures => words::method_random_features(),
    }
}

/// The same inside of a sentence.
pub fn method_inside(method: Method) -> &'static str {
    match method {
        Method::FeatureExtraction => words::method_feature_extraction_inside(),
        Method::FineTuning => words::method_fine_tuning_inside(),
        Method::WeightInitialisation => words::method_weight_initialisation_inside(),
        Method::FromScratch => words::method_from_scratch_inside(),
        Method::RandomFeatures => words::method_random_features_inside(),
    }
}

/// In the Lab: what is frozen, what learns, and how fast.
pub fn method_in_lab(method: Method) -> &'static str {
    match method {
        Method::FeatureExtraction => words::lab_methods_feature_extraction(),
        Method::FineTuning => words::lab_methods_fine_tuning(),
        Method::WeightInitialisation => words::lab_methods_weight_initialisation(),
        Method::FromScratch => words::lab_methods_from_scratch(),
        Method::RandomFeatures => words::lab_methods_random_features(),
    }
}

/// In the Train column, which has two of them.
pub fn method_means(method: Method) -> &'static str {
    match method {
        Method::FineTuning => words::method_fine_tuning_means(),
        _ => words::method_feature_extraction_means(),
    }
}

/// How much learns.
pub fn depth(depth: Depth) -> Named {
    match depth {
        Depth::Head => (words::tune_depth_head(), words::tune_depth_head_means()),
        Depth::LastBlock => (
            words::tune_depth_last_block(),
            words::tune_depth_last_block_means(),
        ),
        Depth::LastStage => (
            words::tune_depth_last_stage(),
            words::tune_depth_last_stage_means(),
        ),
        Depth::LastTwoStages => (
            words::tune_depth_last_two_stages(),
            words::tune_depth_last_two_stages_means(),
        ),
        Depth::All => (words::tune_depth_all(), words::tune_depth_all_means()),
    }
}

pub fn optimiser(optimiser: Optimiser) -> &'static str {
    match optimiser {
        Optimiser::Lda => words::setting_optimiser_lda(),
        Optimiser::Lbfgs => words::setting_optimiser_lbfgs(),
        Optimiser::Adam => words::setting_optimiser_adam(),
    }
}

pub fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::CrossValidation => words::setting_measure_cross_validation(),
        Measure::HeldOut => words::setting_measure_held_out(),
    }
}

/// What a head looks at, and why.
pub fn reach(choice: &Choice) -> String {
    let (chosen, embedding) = (
        super::percent(choice.chosen),
        super::percent(choice.embedding),
    );
    match choice.reach {
        Reach::Embedding => words::head_reach().into(),
        Reach::Late => words::head_reach_late(&chosen, &embedding),
        Reach::All => words::head_reach_all(&chosen, &embedding),
    }
}

/// What a line of the learning curve learns from.
pub fn features(features: Features) -> &'static str {
    match features {
        Features::Pretrained => words::features_pretrained(),
        Features::Random => words::features_random(),
        Features::Pixels => words::features_pixels(),
    }
}

/// About how long, in words that claim no more than an estimate can.
pub fn estimate(seconds: f64, device: DeviceKind) -> String {
    match about(seconds) {
        Some(time) => words::tune_estimate(&time, device.name()),
        None => words::tune_estimate_unknown(device.name()),
    }
}

fn about(seconds: f64) -> Option<String> {
    if !seconds.is_finite() || seconds < 0.0 {
        return None;
    }
    Some(match seconds {
        s if s < 1.0 => words::tune_about_second().into(),
        s if s < 20.0 => words::tune_about_seconds(s.ceil()),
        s if s < 90.0 => words::tune_about_seconds((s / 10.0).ceil() * 10.0),
        s if s < 5400.0 => words::tune_about_minutes((s / 60.0).ceil()),
        s => words::tune_about_hours(s / 3600.0),
    })
}

/// On the classifier's card.
pub fn tuned(how: Option<&TuneSettings>) -> &'static str {
    match how.map(|t| t.depth) {
        None => words::tuned_nothing(),
        Some(Depth::Head) => words::tuned_head(),
        Some(Depth::LastBlock) => words::tuned_last_block(),
        Some(Depth::LastStage) => words::tuned_last_stage(),
        Some(Depth::LastTwoStages) => words::tuned_last_two_stages(),
        Some(Depth::All) => words::tuned_all(),
    }
}
