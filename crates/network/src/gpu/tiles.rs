//! How much one thread computes, and how much goes through the network at once.

/// A value that a thread has loaded serves all outputs of its tile, so a large tile loads less; but
/// it needs more registers, and leaves fewer threads to fill a GPU.
#[derive(Clone, Copy)]
pub struct Tiles {
    /// Pixels in a thread of a 1×1 convolution, and most vectors of four channels.
    pub pixels: usize,
    pub vectors: usize,
    /// Neighbouring pixels of a row in a thread of the other convolutions.
    pub row: usize,
    /// Threads of a workgroup.
    pub workgroup: u32,
    /// Photos that go through the network together.
    pub batch: usize,
    /// Results are stored one after the other, not in a loop.
    pub unrolled: bool,
}

/// 32 sums a thread in a 1×1 convolution: what integrated GPUs hold in registers. Eight photos give
/// a large one enough to do in the last layers, and take 70 MB.
pub const GPU: Tiles = Tiles {
    pixels: 4,
    vectors: 2,
    row: 4,
    workgroup: 64,
    batch: 8,
    unrolled: true,
};

/// For GPUs emulated on a CPU. There a load costs as much as ten multiply-adds (measured on
/// SwiftShader), and sums that find no register lie in the cache. More photos at once gain nothing,
/// and would keep the user's messages waiting.
pub const EMULATED: Tiles = Tiles {
    pixels: 14,
    vectors: 4,
    row: 7,
    workgroup: 16,
    batch: 2,
    unrolled: false,
};

impl Tiles {
    /// Vectors in a thread of a 1×1 convolution to `width` vectors: two divide all layers, and two
    /// choices are no more kernels to compile than must be.
    pub fn vectors(&self, width: usize) -> usize {
        match width.is_multiple_of(self.vectors) {
            true => self.vectors,
            false => 2,
        }
    }
}
