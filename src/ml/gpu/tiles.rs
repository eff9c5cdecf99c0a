//! How much one thread computes.

/// A value that a thread has loaded serves all outputs of its tile, so a large tile loads less; but
/// it needs more registers, and leaves fewer threads to fill a GPU.
#[derive(Clone, Copy)]
pub struct Tiles {
    /// Pixels and vectors of four channels in a thread of a 1×1 convolution. All layers have a
    /// multiple of two vectors.
    pub pixels: usize,
    pub vectors: usize,
    /// Neighbouring pixels of a row in a thread of the other convolutions.
    pub row: usize,
    /// Threads of a workgroup.
    pub workgroup: u32,
    /// Results are stored one after the other, not in a loop.
    pub unrolled: bool,
}

/// 32 sums a thread in a 1×1 convolution: what integrated GPUs hold in registers.
pub const GPU: Tiles = Tiles {
    pixels: 4,
    vectors: 2,
    row: 4,
    workgroup: 64,
    unrolled: true,
};

/// For GPUs emulated on a CPU. There a load costs as much as ten multiply-adds (measured on
/// SwiftShader), and sums that find no register lie in the cache.
pub const EMULATED: Tiles = Tiles {
    pixels: 14,
    vectors: 2,
    row: 7,
    workgroup: 16,
    unrolled: false,
};
