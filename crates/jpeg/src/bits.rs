//! The coded data of a scan, bit by bit.

/// Reads on to the next marker, and zeros from there on.
#[derive(Clone, Copy)]
pub struct Bits<'a> {
    /// What was not looked at yet. From a marker on it stays as it is.
    rest: &'a [u8],
    /// The next bits, from the most significant one on; zeros behind them.
    held: u64,
    count: u32,
    /// How many of the bits held stand for what is missing: the last ones.
    missing: u32,
}

impl<'a> Bits<'a> {
    pub fn new(rest: &'a [u8]) -> Self {
        Self {
            rest,
            held: 0,
            count: 0,
            missing: 0,
        }
    }

    /// Makes sure that 32 bits are there: more than a code of 16 and a value of 15.
    #[inline(always)]
    pub fn fill(&mut self) {
        if self.count < 32 {
            match self.rest.split_first_chunk() {
                Some((four, rest)) if !any_is_ff(u32::from_be_bytes(*four)) => {
                    self.held |= u64::from(u32::from_be_bytes(*four)) << (32 - self.count);
                    self.count += 32;
                    self.rest = rest;
                }
                _ => *self = self.filled_slowly(),
            }
        }
    }

    /// The same byte by byte: where a byte may be part of a marker, and at the end.
    #[cold]
    #[inline(never)]
    fn filled_slowly(mut self) -> Self {
        while self.count < 32 {
            let byte = match self.rest {
                // A byte of data, marked as no marker.
                [0xff, 0x00, rest @ ..] => {
                    self.rest = rest;
                    0xff
                }
                // Any number of them may stand before a marker.
                [0xff, 0xff, ..] => {
                    self.rest = &self.rest[1..];
                    continue;
                }
                [0xff, ..] | [] => {
                    self.missing += 8;
                    0
                }
                [byte, rest @ ..] => {
                    self.rest = rest;
                    *byte
                }
            };
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
        self
    }

    /// The next `N` bits, which stay there.
    #[inline(always)]
    pub fn peek<const N: u32>(&self) -> usize {
        (self.held >> (64 - N)) as usize
    }

    #[inline(always)]
    pub fn skip(&mut self, n: u32) {
        self.held <<= n;
        self.count -= n;
    }

    /// The next `n` bits, at most 16.
    #[inline(always)]
    pub fn take(&mut self, n: u32) -> u32 {
        self.fill();
        // Two shifts, because one of 64 is none.
        let value = self.held >> 1 >> (63 - n);
        self.skip(n);
        value as u32
    }

    /// True where more was read than there is.
    pub fn overrun(&self) -> bool {
        self.count < self.missing
    }

    /// From the marker on at which the data end, or from before it.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

/// Is one of four bytes 0xff? (It is then zero in what the others are not.)
#[inline(always)]
fn any_is_ff(four: u32) -> bool {
    (!four).wrapping_sub(0x0101_0101) & four & 0x8080_8080 != 0
}

/// What `size` bits mean, at most 15: numbers below the middle are negative (T.81, F.2.2.1, EXTEND).
#[inline(always)]
pub fn extend(value: u32, size: u32) -> i32 {
    let value = value as i32;
    if value < 1 << size >> 1 {
        value + 1 - (1 << size)
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_end_the_data_and_stuffing_does_not() {
        let bytes = [
            1, 0xff, 0, 2, 3, 4, 5, 0xff, 0xff, 0, 6, 0xff, 0xff, 0xd9, 7,
        ];
        let mut bits = Bits::new(&bytes);
        for wanted in [1, 0xff, 2, 3, 4, 5, 0xff, 6] {
            assert_eq!(bits.take(8), wanted);
            assert!(!bits.overrun());
        }
        assert_eq!(bits.rest(), [0xff, 0xd9, 7]);
        assert_eq!(bits.take(1), 0);
        assert!(bits.overrun());
    }

    #[test]
    fn a_byte_of_ones_is_found_in_each_place() {
        for at in 0..4 {
            for byte in 0..=255_u32 {
                for others in [0, 0x7f, 0x80, 0xfe] {
                    let four = u32::from_be_bytes([others; 4]);
                    let four = four & !(0xff << (8 * at)) | byte << (8 * at);
                    assert_eq!(any_is_ff(four), byte == 0xff, "{four:x}");
                }
            }
        }
    }
}
