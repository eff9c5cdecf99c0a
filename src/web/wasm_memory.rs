//! How much memory this worker's program has taken. WebAssembly gives none of it back: what one large photo took stays
//! taken until the worker ends.

use core::arch::wasm32::memory_size;

/// Bytes of a page (WebAssembly core specification, 4.2.8).
const PAGE: u64 = 64 << 10;

/// What one that embeds may take for photos before another is started in its place, in bytes. A photo of 12 megapixels takes
/// 6 MB as a JPEG and 40 MB as a PNG, its file among them; the largest that are read take 450 MB.
pub const ROOM_OF_EMBEDDER: u64 = 128 << 20;
/// The same for the one that has the project, which also trains.
pub const ROOM_OF_WORKER: u64 = 512 << 20;

/// What was taken when the work began: the program, its network, the project.
pub struct Memory(u64);

impl Memory {
    pub fn now() -> Self {
        Self(taken())
    }

    /// Work has taken more than `room` since then, in bytes. A new worker would begin without.
    pub fn grown(&self, room: u64) -> bool {
        taken() > self.0 + room
    }
}

fn taken() -> u64 {
    memory_size(0) as u64 * PAGE
}
