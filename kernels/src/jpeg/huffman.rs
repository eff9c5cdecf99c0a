//! Huffman codes (ITU-T T.81, annex C and F.2.2).

use super::bits::{Bits, extend};

/// Bits that are looked up at once; longer codes are rare.
const NEAR: u32 = 10;

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

    /// The next symbol.
    #[inline(always)]
    pub fn next(&self, bits: &mut Bits) -> Option<u8> {
        bits.fill();
        match self.near[bits.peek::<NEAR>()] {
            (0, _) => self.far(bits),
            (length, symbol) => {
                bits.skip(length.into());
                Some(symbol)
            }
        }
    }

    #[cold]
    fn far(&self, bits: &mut Bits) -> Option<u8> {
        let next = bits.peek::<16>() as u32;
        let shorter = self.ends.iter().position(|(end, _)| next < *end)?;
        let length = shorter as u32 + 1;
        bits.skip(length);
        let code = (next >> (16 - length)) as usize;
        let place = code.wrapping_add(self.ends[shorter].1);
        self.symbols.get(place).copied()
    }
}

/// A code book for coefficients, which looks up short ones with their values.
pub struct Coefficients {
    codes: Codes,
    near: Box<[Coefficient; 1 << NEAR]>,
}

#[derive(Clone, Copy, Default)]
struct Coefficient {
    /// Of the code and the value together; 0 where they are more than were looked up.
    bits: u8,
    step: u8,
    value: i16,
}

/// The step that ends a block: it leads out of any.
const OUT: u8 = 64;

impl Coefficients {
    pub fn new(codes: Codes) -> Self {
        let mut near = Box::new([Coefficient::default(); 1 << NEAR]);
        for (next, entry) in near.iter_mut().enumerate() {
            let (length, symbol) = codes.near[next];
            let (step, size) = meaning(symbol);
            let Some(free) = NEAR.checked_sub(u32::from(length + size)) else {
                continue;
            };
            if length > 0 {
                let value = (next as u32 >> free) & ((1 << size) - 1);
                *entry = Coefficient {
                    bits: length + size,
                    step,
                    value: extend(value, size.into()) as i16,
                };
            }
        }
        Self { codes, near }
    }

    /// The next coefficient that is not zero, or the sixteenth zero: how far behind the last one it lies, and its
    /// value. The step leads out of the block where there is none.
    #[inline(always)]
    pub fn next(&self, bits: &mut Bits) -> Option<(usize, i32)> {
        bits.fill();
        let entry = self.near[bits.peek::<NEAR>()];
        if entry.bits > 0 {
            bits.skip(entry.bits.into());
            return Some((entry.step.into(), entry.value.into()));
        }
        let (step, size) = meaning(self.codes.next(bits)?);
        Some((step.into(), bits.signed(size.into())))
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
