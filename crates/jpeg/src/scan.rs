//! The units of a scan, with restarts between them.

use super::bits::Bits;
use super::markers::next_marker;
use kernels::pictures::Failure::{self, Damaged};

/// What is done with them.
pub trait Units {
    /// Forgets what was before: the next unit is coded by itself.
    fn restart(&mut self);

    /// Reads the unit at `x`, `y`; None where that is no code.
    fn unit(&mut self, bits: &mut Bits, at: (usize, usize)) -> Option<()>;
}

/// Reads `columns` × `rows` units of coded data, with a restart after each `interval` of them (none for 0), and returns
/// what follows. Where anything is missing, all is damaged: nothing stands for it.
pub fn read<'a>(
    coded: &'a [u8],
    interval: usize,
    (columns, rows): (usize, usize),
    units: &mut impl Units,
) -> Result<&'a [u8], Failure> {
    let count = columns * rows;
    let interval = if interval == 0 { count } else { interval };
    let mut bits = Bits::new(coded);
    let (mut x, mut y) = (0, 0);
    // Restarts are numbered from 0 to 7, over and over.
    let (mut from, mut number) = (0, 0);
    loop {
        units.restart();
        for _ in from..count.min(from + interval) {
            units.unit(&mut bits, (x, y)).ok_or(Damaged)?;
            if bits.overrun() {
                return Err(Damaged);
            }
            x += 1;
            if x == columns {
                (x, y) = (0, y + 1);
            }
        }
        from += interval;
        if from >= count {
            return Ok(bits.rest());
        }
        match next_marker(bits.rest()) {
            Some((marker, rest)) if marker == 0xd0 | number => bits = Bits::new(rest),
            _ => return Err(Damaged),
        }
        number = (number + 1) % 8;
    }
}
