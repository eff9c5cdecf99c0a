//! A WebAssembly module as its sections (WebAssembly 2.0, 5.5): as much of the format as is needed to shorten names and to order functions.

use crate::Result;

/// `\0asm` and the version.
pub const HEADER: usize = 8;
/// Kinds of sections, by the specification's numbers (5.5.2).
pub const CUSTOM: u8 = 0;
pub const IMPORTS: u8 = 2;
pub const CODE: u8 = 10;

/// Kind and content of each.
pub fn of(module: &[u8]) -> Result<Vec<(u8, &[u8])>> {
    let mut input = Input(module.get(HEADER..).ok_or("no module")?);
    let mut all = Vec::new();
    while !input.0.is_empty() {
        let kind = input.bytes(1)?[0];
        let length = input.number()?;
        all.push((kind, input.bytes(length)?));
    }
    Ok(all)
}

pub fn put_section(module: &mut Vec<u8>, kind: u8, content: &[u8]) {
    module.push(kind);
    put_number(module, content.len());
    module.extend(content);
}

/// What is left to read of a module.
pub struct Input<'a>(pub &'a [u8]);

impl<'a> Input<'a> {
    pub fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (bytes, rest) = self
            .0
            .split_at_checked(count)
            .ok_or("a module breaks off")?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Unsigned LEB128 (WebAssembly 2.0, 5.2.2).
    pub fn number(&mut self) -> Result<usize> {
        let mut number = 0;
        for shift in [0, 7, 14, 21, 28] {
            let byte = usize::from(self.bytes(1)?[0]);
            number |= (byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a number of a module is too long".into())
    }

    pub fn name(&mut self) -> Result<String> {
        let length = self.number()?;
        let bytes = self.bytes(length)?;
        String::from_utf8(bytes.to_vec()).map_err(|e| format!("a name in a module: {e}"))
    }
}

/// Unsigned LEB128.
pub fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
