//! Feature maps: what layers answer with to a photo, as grey pictures.

use super::cpu_net::CpuNet;
use super::cut::last_looking;
use super::preprocess;
use super::weights::Layers;
use data::network::Network;

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

/// Maps of the network's blocks at each resolution, from edges to parts. `square` is `[size, size, 3]`.
pub fn maps(layers: &Layers, size: usize, square: &[u8]) -> Vec<Maps> {
    let mut input = Vec::new();
    preprocess::normalise(square, &mut input);
    let network = layers.network();
    let (names, values): (Vec<String>, Vec<usize>) = shown(network).into_iter().unzip();
    let net = CpuNet::with_views(layers, size, &values);
    let planes = network.planes(size);
    let views = net.views(&input, &values).into_iter().zip(values);
    let maps = views.map(|(view, value)| (view, planes[value].channels));
    let named = names.iter().zip(maps);
    named
        .map(|(name, (view, channels))| strongest(name, &view, channels))
        .collect()
}

/// The names of the blocks that are shown, and the values that leave them: the first one, the last one of each resolution
/// but the finest, which the first one shows, and the last one that looks around a pixel. In Lite0 the stem and the blocks
/// 2, 4, 10 and 15.
fn shown(network: &Network) -> Vec<(String, usize)> {
    let blocks = network.blocks();
    let halving = (1..blocks.len()).filter(|block| blocks[*block].shrinks());
    let mut shown: Vec<usize> = std::iter::once(0)
        .chain(halving.skip(1).map(|block| block - 1))
        .chain([last_looking(&blocks)])
        .collect();
    shown.dedup();
    // Where a block ends with the mean, what that is taken of.
    let mean = network.ops().len() - 1;
    let named = shown.into_iter().map(|block| &blocks[block]);
    named
        .map(|block| (block.name.to_owned(), block.end().min(mean)))
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
    fn lite0_shows_a_block_of_each_resolution() {
        let network = data::network::lite::published("efficientnet-lite0").expect("it is known");
        let names = shown(&network).into_iter().map(|(name, _)| name);
        let names: Vec<String> = names.collect();
        assert_eq!(
            names,
            ["stem", "blocks.2", "blocks.4", "blocks.10", "blocks.15"]
        );
    }

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
