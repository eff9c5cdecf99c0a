//! Bytes as decimal digits: a QR code has ten bits for three of them (ISO/IEC 18004, 7.4.3), and eight for a letter. Sixteen bytes are
//! 39 digits, the number that they stand for little-endian; the first digits say how many bytes there are.

const BYTES: usize = 16;
const DIGITS: usize = 39;
/// Of the number of bytes.
const LENGTH: usize = 5;

pub fn write(bytes: &[u8]) -> String {
    let mut text = format!("{:0LENGTH$}", bytes.len());
    for chunk in bytes.chunks(BYTES) {
        let mut all = [0; BYTES];
        all[..chunk.len()].copy_from_slice(chunk);
        text += &format!("{:0DIGITS$}", u128::from_le_bytes(all));
    }
    text
}

pub fn are_all(text: &str) -> bool {
    text.len() > LENGTH && text.bytes().all(|b| b.is_ascii_digit())
}

/// None where they are cut, or too large.
pub fn read(text: &str) -> Option<Vec<u8>> {
    let (length, digits) = text.split_at_checked(LENGTH)?;
    let length: usize = length.parse().ok()?;
    if digits.len() != length.div_ceil(BYTES) * DIGITS {
        return None;
    }
    let mut bytes = Vec::with_capacity(length + BYTES);
    for chunk in digits.as_bytes().chunks(DIGITS) {
        let number: u128 = str::from_utf8(chunk).ok()?.parse().ok()?;
        bytes.extend(number.to_le_bytes());
    }
    bytes.truncate(length);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_bytes_and_bytes_are_digits() {
        for length in [0, 1, 15, 16, 17, 100] {
            let bytes: Vec<u8> = (0..length).map(|i| (i * 37 + 255) as u8).collect();
            let text = write(&bytes);
            assert_eq!(read(&text), Some(bytes), "{text}");
            assert!(length == 0 || are_all(&text));
            assert_eq!(read(&text[..text.len() - 1]), None);
        }
        // More than 128 bits hold.
        assert_eq!(read(&format!("00016{}", "9".repeat(DIGITS))), None);
    }
}
