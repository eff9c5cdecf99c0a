//! Which layer tells photos apart.

use super::{list, percent};
use data::probes::{Finding, LayerProbe, LayerProbes};

/// On the chart's axis and in its table: the layer's number, or that it is the end.
pub fn depth_layer(probe: &LayerProbe, is_end: bool) -> String {
    match is_end {
        true => words::lab_depth_end().into(),
        false => probe.block.to_string(),
    }
}

/// On what it was measured.
pub fn depth_about(probes: &LayerProbes) -> String {
    let photos = probes.end().map_or(0, |end| end.accuracy.n);
    words::lab_depth_how(&list(&probes.class_names), photos)
}

/// What came out, in a sentence.
pub fn depth_finding(probes: &LayerProbes) -> String {
    let of = |probe: Option<&LayerProbe>| percent(probe.map_or(0.0, |p| p.accuracy.value));
    let best = probes.layers.get(probes.best);
    let (best, end, layer, layers) = (
        of(best),
        of(probes.end()),
        best.map_or(0, |b| b.block),
        probes.blocks,
    );
    let is_end = probes.best + 1 == probes.layers.len();
    match probes.finding {
        Finding::Middle => words::lab_depth_middle(layer, layers, &best, &end),
        Finding::BeforeEnd => words::lab_depth_middle_before_end(layer, layers, &best, &end),
        Finding::End => {
            let first = probes.layers.iter().take(probes.layers.len() / 2);
            let early = first.max_by(|a, b| a.accuracy.value.total_cmp(&b.accuracy.value));
            words::lab_depth_at_end(&end, &of(early))
        }
        Finding::Open if is_end => words::lab_depth_alike(&end),
        Finding::Open => words::lab_depth_middle_open(layer, layers, &best, &end),
    }
}
