//! Do the pictures in a WebP have the size that its header says? The decoder looks only when it has unpacked them.

/// True where every frame in the file is as large as it should be (WebP container specification, RFC 9649, 2).
pub(super) fn is_of_size(file: &[u8], size: (u32, u32)) -> bool {
    file.get(12..)
        .is_some_and(|chunks| all_of_size(chunks, size))
}

fn all_of_size(mut chunks: &[u8], size: (u32, u32)) -> bool {
    while let Some((&[a, b, c, d, l0, l1, l2, l3], rest)) = chunks.split_first_chunk() {
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        // The last one may be cut off: that is for the decoder.
        let (data, rest) = rest.split_at(length.min(rest.len()));
        // An odd length is filled up to an even one.
        chunks = rest.get(length % 2..).unwrap_or_default();
        let fits = match (&[a, b, c, d], data) {
            // Behind a tag of three bytes and a mark of three.
            (b"VP8 ", &[_, _, _, _, _, _, w0, w1, h0, h1, ..]) => {
                let side = |bytes| u32::from(u16::from_le_bytes(bytes) & 0x3fff);
                (side([w0, w1]), side([h0, h1])) == size
            }
            (b"VP8L", &[_, w0, w1, w2, w3, ..]) => {
                let bits = u32::from_le_bytes([w0, w1, w2, w3]);
                (1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff)) == size
            }
            (b"ANMF", &[_, _, _, _, _, _, w0, w1, w2, h0, h1, h2, _, _, _, _, ..]) => {
                let side = |a, b, c| 1 + u32::from_le_bytes([a, b, c, 0]);
                let frame = (side(w0, w1, w2), side(h0, h1, h2));
                frame.0 <= size.0 && frame.1 <= size.1 && all_of_size(&data[16..], frame)
            }
            _ => true,
        };
        if !fits {
            return false;
        }
    }
    true
}
