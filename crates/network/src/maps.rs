//! Feature maps: what layers answer with to a photo, as grey pictures.

use super::cpu_net::CpuNet;
use super::preprocess;
use super::weights::Layers;

/// Channels shown of a layer.
const SHOWN: usize = 8;

/// Some channels of one layer, side by side in a row.
pub struct Maps {
    /// As in the weights file.
    pub layer: String,
    pub side: usize,
    pub channels: usize,
    pub shown: usize,
    /// `[side, shown * side]`, black is a channel's least answer and white its greatest.
    pub grey: Vec<u8>,
}

/// Maps of a layer of each kind, from edges to parts: the stem, and the last block before each
/// but one halving of the resolution, and the last block of all. `square` is `[size, size, 3]`.
pub fn maps(layers: &Layers, size: usize, square: &[u8]) -> Vec<Maps> {
    let mut input = Vec::new();
    preprocess::normalise(square, &mut input);
    let net = CpuNet::new(layers, size);
    let mut all = vec![strongest("stem", &net.stem(&input), layers.stem.bias.len())];
    for i in ends(layers) {
        let plane = net.blocks(&input, i + 1);
        let channels = layers.blocks[i].project.bias.len();
        all.push(strongest(&format!("blocks.{i}"), &plane, channels));
    }
    all
}

/// The last block of each resolution but the finest, which the stem shows: in Lite0 the blocks 2,
/// 4, 10 and 15.
fn ends(layers: &Layers) -> Vec<usize> {
    let halving = (1..layers.blocks.len()).filter(|i| layers.blocks[*i].depthwise.stride > 1);
    halving
        .skip(1)
        .map(|i| i - 1)
        .chain([layers.blocks.len() - 1])
        .collect()
}

/// The channels that vary most over the photo. `plane` is `[side * side, channels]`.
fn strongest(layer: &str, plane: &[f32], channels: usize) -> Maps {
    let pixels = plane.len() / channels;
    let side = pixels.isqrt();
    let channel = |c: usize| plane.iter().skip(c).step_by(channels).copied();
    let variance = |c: usize| {
        let mean = channel(c).sum::<f32>() / pixels as f32;
        channel(c).map(|v| (v - mean) * (v - mean)).sum::<f32>()
    };
    let mut order: Vec<(f32, usize)> = (0..channels).map(|c| (variance(c), c)).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    order.truncate(SHOWN);
    let shown = order.len();
    let mut grey = vec![0; pixels * shown];
    for (place, (_, c)) in order.iter().enumerate() {
        let (low, high) = channel(*c).fold((f32::MAX, f32::MIN), |(l, h), v| (l.min(v), h.max(v)));
        let span = (high - low).max(f32::MIN_POSITIVE);
        for (i, v) in channel(*c).enumerate() {
            let at = (i / side * shown + place) * side + i % side;
            grey[at] = ((v - low) / span * 255.0).round() as u8;
        }
    }
    Maps {
        layer: layer.into(),
        side,
        channels,
        shown,
        grey,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_channels_that_vary_most_come_first_each_from_black_to_white() {
        // Four places of three channels: flat, strong, weak.
        let plane = [5.0, 0.0, 1.0, 5.0, 8.0, 2.0, 5.0, 4.0, 1.0, 5.0, 8.0, 1.0];
        let maps = strongest("stem", &plane, 3);
        assert_eq!((maps.side, maps.channels, maps.shown), (2, 3, 3));
        // Row by row: strong, weak, flat.
        assert_eq!(maps.grey, [0, 255, 0, 255, 0, 0, 128, 255, 0, 0, 0, 0]);
    }
}
