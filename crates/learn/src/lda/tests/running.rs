//! A head that follows its samples.

use super::*;

/// Weights that followed are those made of all samples.
#[test]
fn a_head_follows_the_samples() {
    let mut random = SplitMix64(31);
    let labels: Vec<usize> = (0..80)
        .map(|i| if i < 4 { i } else { random.below(4) })
        .collect();
    let features = clouds(&labels, 12);
    let products = products(&features);
    for parts in [&[0, 1, 2][..], &[2], &[1, 2]] {
        let scales = scales(&products, &labels, 4, parts);
        let all = samples(&labels);
        let few = fit(&products, all[..10].to_vec(), 4, &scales);
        let mut running = Running::new(few.clone(), weights(&few, &products));
        for sample in &all[10..] {
            running
                .put_in(&products, *sample)
                .expect("it is positive definite");
        }
        for i in [70, 33, 12, 41, 5] {
            running
                .take_out(&products, i)
                .expect("its class has others");
        }
        let truth = fit(&products, running.fit().samples().to_vec(), 4, &scales);
        let truth = head(&truth, &products, 0.25);
        let found = running.head(&products, 0.25).expect("it is bounded");
        for features in &features {
            let of = |head: &Head| head.predict_features(features).expect("all is there");
            let (found, truth) = (of(&found), of(&truth));
            for (f, t) in found.iter().zip(&truth) {
                assert!((f - t).abs() <= 1e-6, "{found:?}, {truth:?}");
            }
        }
    }
}
