//! A head: trained, saved, opened elsewhere, refused when bad.

use graft::data::prediction::top;
use graft::data::problem::Problem;
use graft::protocol::{Event, HeadView};

use super::{opened, picture, saved, trained, try_photo};

#[test]
fn a_head_trains_and_works_in_another_engine() {
    let (mut engine, head) = trained();
    assert_eq!(
        head.info
            .classes
            .iter()
            .map(|c| c.name.as_str())
            .collect::<Vec<_>>(),
        ["Disc", "Stripes"]
    );
    let accuracy = head
        .info
        .validation
        .as_ref()
        .expect("a photo a class was kept apart")
        .accuracy;
    assert_eq!((accuracy.value, accuracy.n), (1.0, 2));
    let here = try_photo(&mut engine, picture(true, 9));
    assert_eq!(top(&here).map(|p| p.class.as_str()), Some("Disc"));
    assert!((here.iter().map(|p| p.confidence).sum::<f32>() - 1.0).abs() < 1e-5);

    let mut elsewhere = super::engine();
    assert!(matches!(
        opened(&mut elsewhere, saved(&mut engine)),
        Event::Head(Some(HeadView { opened: true, .. }))
    ));
    assert_eq!(try_photo(&mut elsewhere, picture(true, 9)), here);
}

#[test]
fn the_same_photos_and_seed_give_the_same_head() {
    assert_eq!(saved(&mut trained().0), saved(&mut trained().0));
}

#[test]
fn a_bad_head_is_refused_and_the_old_one_stays() {
    let (mut engine, _) = trained();
    let good = saved(&mut engine);
    let before = try_photo(&mut engine, picture(false, 9));
    let mut lying = good.clone();
    lying[..8].copy_from_slice(&u64::MAX.to_le_bytes());
    let mut not_a_number = good.clone();
    let end = not_a_number.len();
    not_a_number[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let replace = |from: &str, to: &str| {
        // The same length, so that the header's own length still holds.
        assert_eq!(from.len(), to.len());
        let at = good
            .windows(from.len())
            .position(|w| w == from.as_bytes())
            .expect("the header says so");
        let mut file = good.clone();
        file[at..at + to.len()].copy_from_slice(to.as_bytes());
        file
    };
    let newer = replace(r#"{\"version\":1"#, r#"{\"version\":9"#);
    let unknown = replace("efficientnet-lite0-160", "efficientnet-lite9-160");
    for (file, expected) in [
        (Vec::new(), "NotAHead"),
        (b"just some text".to_vec(), "NotAHead"),
        (good[..good.len() - 100].to_vec(), "Damaged"),
        (lying, "Damaged"),
        (not_a_number, "NotFinite"),
        (newer, "Newer"),
        (unknown, "UnknownBackbone"),
    ] {
        match opened(&mut engine, file) {
            Event::Problem(Problem::Head { why, .. }) => {
                assert!(
                    format!("{why:?}").starts_with(expected),
                    "{why:?}, not {expected}"
                );
            }
            other => panic!("{other:?}, not {expected}"),
        }
    }
    assert_eq!(try_photo(&mut engine, picture(false, 9)), before);
}
