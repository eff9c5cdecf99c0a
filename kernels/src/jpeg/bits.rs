//! The coded data of a scan, bit by bit.

/// What lies between two restart markers.
pub struct Part {
    /// Most significant bit first.
    words: Vec<u32>,
    bits: usize,
}

impl Part {
    pub fn new(bytes: &[u8]) -> Self {
        let (whole, rest) = bytes.as_chunks();
        let mut words: Vec<u32> = whole.iter().map(|b| u32::from_be_bytes(*b)).collect();
        let mut last = [0; 4];
        last[..rest.len()].copy_from_slice(rest);
        words.push(u32::from_be_bytes(last));
        Self {
            words,
            bits: 8 * bytes.len(),
        }
    }
}

#[derive(Clone, Copy)]
pub struct Bits<'a> {
    part: &'a Part,
    /// The next word.
    at: usize,
    /// The next bits, from the most significant one on; zeros behind them.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub fn new(part: &'a Part) -> Self {
        Self {
            part,
            at: 0,
            held: 0,
            count: 0,
        }
    }

    /// Makes sure that 32 bits are there: more than a code of 16 and a value of 15. Zeros stand for what is missing.
    #[inline(always)]
    pub fn fill(&mut self) {
        if self.count < 32 {
            let word = self.part.words.get(self.at).copied().unwrap_or(0);
            self.held |= u64::from(word) << (32 - self.count);
            self.at += 1;
            self.count += 32;
        }
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

    /// True where more was read than there is.
    pub fn overrun(&self) -> bool {
        32 * self.at > self.part.bits + self.count as usize
    }
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
