//! How photos are kept while a network is tuned on them.

use data::settings::EpochReport;
use data::transfer::Depth;
use learn::tuner::{Keeping, Start, Tuner};
use network::Device;
use pollster::block_on;

use super::{CLASSES, SIZE, finish, layers, made_up_head, pictures, settings};

/// Where there are many photos, what entered at the cut is kept as f16: the same epochs, the same predictions but for the
/// third digit. In fewer ways it is another draw of the same, and learns as well.
#[test]
fn photos_kept_in_half_the_memory_teach_the_same() {
    let (layers, settings) = (layers(), settings(Depth::LastStage));
    let tuned = |keeping: Keeping| {
        let start = Start {
            layers: &layers,
            size: SIZE,
            classes: CLASSES,
            head: Some(made_up_head()),
        };
        let mut tuner = Tuner::waiting(start, &settings, keeping, &Device::flex());
        // One by one, as they come from storage; every fifth decides when to end.
        for (i, picture) in pictures(15, SIZE).into_iter().enumerate() {
            assert!(tuner.wants_sample());
            tuner.add(picture, i % 5 == 4);
            while !tuner.wants_sample() {
                block_on(tuner.step()).expect("it computes");
            }
        }
        tuner.complete();
        let reports = finish(&mut tuner);
        let said = block_on(tuner.predict(&pictures(6, SIZE))).expect("it computes");
        (reports, said)
    };
    let whole = Keeping::whole(&settings);
    let (reports, said) = tuned(whole);
    let (halves, halves_say) = tuned(Keeping {
        half: true,
        ..whole
    });
    let loss = |reports: &[EpochReport]| reports.last().and_then(|r| r.validation_loss);
    let (a, b) = (loss(&reports), loss(&halves));
    assert!(
        (a.unwrap_or(0.0) - b.unwrap_or(9.0)).abs() < 1e-2,
        "{a:?}, {b:?}"
    );
    assert_ne!(said, halves_say, "nothing was rounded");
    for (a, b) in said.iter().flatten().zip(halves_say.iter().flatten()) {
        assert!((a - b).abs() < 1e-2, "{a}, {b}");
    }
    for ways in [2, 1] {
        let (reports, _) = tuned(Keeping { ways, half: true });
        assert!(
            reports.last().map(|r| r.loss) < reports.first().map(|r| r.loss),
            "{ways} ways: {reports:?}"
        );
    }
}
