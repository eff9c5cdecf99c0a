//! What the Lab tells.

use super::{ODD, interval};
use data::lab::{
    ArmReport, ArmState, Budget, CurvePoint, CurveSize, FeatureCurve, Features, LabReport,
    LabSettings, LearningCurve, Outlook,
};
use data::transfer::Method;

pub fn report(number: f64) -> LabReport {
    let arm = ArmReport {
        method: Method::ALL[1],
        state: ArmState::Running,
        accuracy: Some(interval(number)),
        seconds: number,
        trained_parameters: 1,
        multiply_adds: number,
        curve: vec![CurvePoint {
            seconds: number,
            epoch: 1,
            accuracy: number,
        }],
    };
    LabReport {
        id: 1,
        settings: LabSettings {
            budget: Budget::Seconds(number),
            ..Default::default()
        },
        class_names: vec![ODD.into()],
        train: 1,
        held_out: 2,
        arms: vec![arm],
    }
}

pub fn curve(number: f64) -> LearningCurve {
    LearningCurve {
        class_names: vec![ODD.into()],
        held_out: 3,
        curves: vec![FeatureCurve {
            features: Features::Pixels,
            sizes: vec![CurveSize {
                samples: 1,
                mean: number,
                low: number,
                high: number,
                draws: 8,
            }],
        }],
        outlook: Some(Outlook {
            samples_now: 1,
            accuracy_now: number,
            samples_then: 2,
            accuracy_then: number,
        }),
    }
}
