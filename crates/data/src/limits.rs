//! How much is taken from outside, and what no file may exceed: all in one place. Each is checked before memory is
//! taken for what it counts, and before anything is stored.

/// Classes of a project or a head.
pub const MOST_CLASSES: usize = 1000;

/// Letters of a name that are kept.
pub const LONGEST_NAME: usize = 60;

/// Bytes of a head file. One of 1000 classes with the widest hidden layer and every layer of the larger backbone has 27 MB.
pub const LARGEST_HEAD: usize = 48 << 20;

/// Bytes of a head file's header, which names the tensors and describes the head: a table of 1000 × 1000 counts of up to
/// six digits fits.
pub const LARGEST_HEADER: usize = 16 << 20;

/// Units of a hidden layer that a head file may bring; training here makes up to 512.
pub const MOST_HIDDEN: usize = 2048;

/// Prototypes of a head, by which it tells what it does not know.
pub const MOST_PROTOTYPES: usize = 1024;
/// Samples that a head file may say it was trained or measured with, in each of its numbers.
pub const MOST_SAMPLES: usize = 10_000_000;

/// The product of sizes that stand in a file. None where it does not fit 32 bits, which is what a browser's `usize` has:
/// 65,536 squared is 0 there. Natively it is the same.
pub fn product(sizes: &[usize]) -> Option<usize> {
    let product = sizes.iter().try_fold(1_u32, |product, size| {
        product.checked_mul(u32::try_from(*size).ok()?)
    });
    usize::try_from(product?).ok()
}

/// Text out of a file, or a library's words about one, for a message: no longer than a name.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_that_wraps_in_32_bits_is_none() {
        assert_eq!(product(&[MOST_CLASSES, MOST_CLASSES]), Some(1_000_000));
        assert_eq!(product(&[65_536, 65_535]), Some(4_294_901_760));
        // These would be 0 and 131,073.
        assert_eq!(product(&[65_536, 65_536]), None);
        assert_eq!(product(&[65_537, 65_537]), None);
        assert_eq!(product(&[2, 1 << 16, 1 << 15]), None);
        assert_eq!(product(&[usize::MAX, 1]), None);
        assert_eq!(product(&[0, 1 << 31]), Some(0));
        assert_eq!(product(&[]), Some(1));
    }

    #[test]
    fn long_text_is_cut_between_letters() {
        assert_eq!(shortened("short"), "short");
        let long = "é".repeat(LONGEST_NAME + 1);
        assert_eq!(shortened(&long), format!("{}…", "é".repeat(LONGEST_NAME)));
    }
}
