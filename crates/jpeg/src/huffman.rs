//! Huffman codes (ITU-T T.81, annex C and F.2.2).

use super::bits::{Bits, extend};

/// Bits that are looked up at once; longer codes are rare.
const NEAR: u32 = 11;

/// A code book.
pub struct Codes {
    /// Length and symbol of the code that these bits begin with; a length of 0 where it is longer than they are.
    near: Box<[(u8, u8); 1 << NEAR]>,
    /// For each length 1..=16: the end of its codes, in 16 bits; and what is added to a code for its symbol's place.
    ends: [(u32, usize); 16],
    symbols: Vec<u8>,
}

impl Codes {
    /// `counts` are the codes of each length.
    pub fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut near = Box::new([(0, 0); 1 << NEAR]);
        let mut ends = [(0, 0); 16];
        let (mut code, mut at) = (0_usize, 0_usize);
        for (length, count) in (1_u32..).zip(counts) {
            let offset = at.wrapping_sub(code);
            for _ in 0..*count {
                let symbol = *symbols.get(at)?;
                if code >> length != 0 {
                    return None;
                }
                if length <= NEAR {
                    let free = NEAR - length;
                    near[code << free..][..1 << free].fill((length as u8, symbol));
                }
                code += 1;
                at += 1;
            }
            ends[length as usize - 1] = ((code as u32) << (16 - length), offset);
            code <<= 1;
        }
        let symbols = symbols.to_vec();
        Some(Self {
            near,
            ends,
            symbols,
        })
    }

    /// Length and symbol of the code that 16 bits begin with, whatever its length.
    fn any(&self, next: u32) -> Option<(u32, u8)> {
        let shorter = self.ends.iter().position(|(end, _)| next < *end)?;
        let length = shorter as u32 + 1;
        let code = (next >> (16 - length)) as usize;
        let place = code.wrapping_add(self.ends[shorter].1);
        Some((length, *self.symbols.get(place)?))
    }

    /// The next code's symbol.
    #[inline(always)]
    pub fn read(&self, bits: &mut Bits) -> Option<u8> {
        bits.fill();
        let (length, symbol) = match self.near[bits.peek::<NEAR>()] {
            (0, _) => self.any((bits.peek::<32>() >> 16) as u32)?,
            (length, symbol) => (length.into(), symbol),
        };
        bits.skip(length);
        Some(symbol)
    }

    /// Bits and number of a code with its value that lies within `NEAR` bits: `meaning` says how many bits the value of
    /// a symbol has.
    fn near(&self, next: usize, meaning: impl Fn(u8) -> u8) -> Option<(u8, u8, i16)> {
        let (length, symbol) = self.near[next];
        if length == 0 {
            return None;
        }
        let size = meaning(symbol);
        let free = NEAR.checked_sub(u32::from(length) + u32::from(size))?;
        let value = (next as u32 >> free) & ((1 << size) - 1);
        Some((length + size, symbol, extend(value, size.into()) as i16))
    }
}

/// The `size` bits, at most 15, behind a code of this length, as a number.
fn value_behind(next: u32, length: u32, size: u32) -> i32 {
    // Two shifts, because one of 32 is none.
    extend(next << length >> 1 >> (31 - size), size)
}

/// A code book for what blocks begin with, which looks up short ones with their values.
pub struct Differences {
    codes: Codes,
    /// Bits of code and value together; 0 where they are more than were looked up.
    near: Box<[(u8, i16); 1 << NEAR]>,
}

impl Differences {
    pub fn new(codes: Codes) -> Self {
        let mut near = Box::new([(0, 0); 1 << NEAR]);
        for (next, entry) in near.iter_mut().enumerate() {
            if let Some((bits, _, value)) = codes.near(next, |size| size) {
                *entry = (bits, value);
            }
        }
        Self { codes, near }
    }

    /// The next difference to the block before.
    #[inline(always)]
    pub fn next(&self, bits: &mut Bits) -> Option<i32> {
        bits.fill();
        let (length, value) = match self.near[bits.peek::<NEAR>()] {
            (0, _) => self.far(bits.peek::<32>() as u32)?,
            (length, value) => (length.into(), value.into()),
        };
        bits.skip(length);
        Some(value)
    }

    #[cold]
    #[inline(never)]
    fn far(&self, next: u32) -> Option<(u32, i32)> {
        let (length, size) = self.codes.any(next >> 16)?;
        let size = u32::from(size);
        // No more in a file of 8 bits a value (T.81, F.1.2.1).
        (size <= 11).then(|| (length + size, value_behind(next, length, size)))
    }
}

/// A code book for the other coefficients, which looks up short ones with their values, two at once where both are
/// short enough: most are.
pub struct Coefficients {
    codes: Codes,
    near: Box<[Pair; 1 << NEAR]>,
}

/// What comes next: one coefficient that is not zero, or the sixteenth zero, or two of these.
#[derive(Clone, Copy, Default)]
pub struct Pair {
    /// Of all that is in it and of the first alone, codes and values; 0 where they are more than were looked up.
    pub bits: u8,
    pub bits_of_first: u8,
    /// How far behind the one before it each one lies: the end of a block leads out of any. A second one that is not
    /// there lies at the first and is 0.
    pub steps: [u8; 2],
    pub values: [i16; 2],
}

/// The step that ends a block: it leads out of any.
const OUT: u8 = 64;

impl Coefficients {
    pub fn new(codes: Codes) -> Self {
        let single = |next: usize| codes.near(next, |symbol| meaning(symbol).1);
        let mut near = Box::new([Pair::default(); 1 << NEAR]);
        for (next, entry) in near.iter_mut().enumerate() {
            let Some((bits, symbol, value)) = single(next) else {
                continue;
            };
            *entry = Pair::one(bits, meaning(symbol).0, value);
            // What follows the end of a block is another code book's.
            let rest = (next << bits) & ((1 << NEAR) - 1);
            if entry.steps[0] != OUT
                && let Some((more, symbol, value)) = single(rest)
                && u32::from(bits + more) <= NEAR
            {
                entry.bits += more;
                entry.steps[1] = meaning(symbol).0;
                entry.values[1] = value;
            }
        }
        Self { codes, near }
    }

    /// What comes next, which stays there: where the first coefficient is the block's last, the second is none.
    #[inline(always)]
    pub fn peek(&self, bits: &mut Bits) -> Option<Pair> {
        bits.fill();
        let pair = self.near[bits.peek::<NEAR>()];
        if pair.bits > 0 {
            return Some(pair);
        }
        self.far(bits.peek::<32>() as u32)
    }

    #[cold]
    #[inline(never)]
    fn far(&self, next: u32) -> Option<Pair> {
        let (length, symbol) = self.codes.any(next >> 16)?;
        let (step, size) = meaning(symbol);
        let value = value_behind(next, length, size.into());
        Some(Pair::one(length as u8 + size, step, value as i16))
    }
}

impl Pair {
    fn one(bits: u8, step: u8, value: i16) -> Self {
        Self {
            bits,
            bits_of_first: bits,
            steps: [step, 0],
            values: [value, 0],
        }
    }
}

/// Step and bits of the value that a symbol for coefficients stands for (T.81, F.1.2.2).
fn meaning(symbol: u8) -> (u8, u8) {
    match (symbol >> 4, symbol & 15) {
        (15, 0) => (16, 0),
        (_, 0) => (OUT, 0),
        (zeros, size) => (zeros + 1, size),
    }
}
