//! QR codes (ISO/IEC 18004) as pictures.

use data::share::Qr;
use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};

/// Text that begins with bytes and goes on with digits, as the smallest code that holds it; none where none does. Error correction is
/// the lowest: a screen has no scratches.
pub fn picture(bytes: &str, digits: &str) -> Option<Qr> {
    let fits = |version: i16| {
        let mut bits = Bits::new(Version::Normal(version));
        bits.push_byte_data(bytes.as_bytes()).ok()?;
        bits.push_numeric_data(digits.as_bytes()).ok()?;
        bits.push_terminator(EcLevel::L).ok()?;
        QrCode::with_bits(bits, EcLevel::L).ok()
    };
    let code = (1..=40).find_map(fits)?;
    let side = code.width();
    let mut path = String::new();
    for (y, row) in code.to_colors().chunks(side).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                let length = run.len();
                path += &format!("M{x} {y}h{length}v1h-{length}z");
            }
            x += run.len();
        }
    }
    Some(Qr { side, path })
}
