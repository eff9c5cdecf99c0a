//! Precision, recall and F1 from counts.

use data::evaluation::ClassScores;
use data::metrics::Confusion;

fn fraction(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Of each class, in their order.
pub(super) fn of_classes(confusion: &Confusion) -> Vec<ClassScores> {
    let classes = confusion.classes;
    let (mut there, mut given) = (vec![0u64; classes], vec![0u64; classes]);
    for (at, count) in confusion.counts.iter().enumerate() {
        there[at / classes] += u64::from(*count);
        given[at % classes] += u64::from(*count);
    }
    let of_class = |class: usize| {
        let hits = u64::from(confusion.counts[class * (classes + 1)]);
        ClassScores {
            precision: fraction(hits, given[class]),
            recall: fraction(hits, there[class]),
            f1: fraction(2 * hits, there[class] + given[class]),
            support: there[class] as usize,
        }
    };
    (0..classes).map(of_class).collect()
}

/// Mean over the classes that have one; 0 where none has.
pub(super) fn macro_f1(classes: &[ClassScores]) -> f64 {
    let scores: Vec<f64> = classes.iter().filter_map(|class| class.f1).collect();
    scores.iter().sum::<f64>() / scores.len().max(1) as f64
}
