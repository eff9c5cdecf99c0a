//! Products of rows of bytes: whole numbers, which no order of adding changes.

/// Bytes multiplied in one go.
pub const RUN: usize = 128;

/// `a · b`.
#[cfg(target_arch = "wasm32")]
pub fn dot(a: &[u8; RUN], b: &[u8; RUN]) -> u32 {
    use core::arch::wasm32::{
        i32x4_add, u16x8_extmul_high_u8x16, u16x8_extmul_low_u8x16, u32x4_extadd_pairwise_u16x8,
        u32x4_extract_lane, u32x4_splat, v128_load,
    };
    let mut sums = [u32x4_splat(0); 2];
    for (a, b) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
        // SAFETY: each reference covers 16 bytes, and the instruction asks for no alignment.
        let (a, b) = unsafe { (v128_load(a.as_ptr().cast()), v128_load(b.as_ptr().cast())) };
        let low = u32x4_extadd_pairwise_u16x8(u16x8_extmul_low_u8x16(a, b));
        let high = u32x4_extadd_pairwise_u16x8(u16x8_extmul_high_u8x16(a, b));
        sums = [i32x4_add(sums[0], low), i32x4_add(sums[1], high)];
    }
    let sum = i32x4_add(sums[0], sums[1]);
    u32x4_extract_lane::<0>(sum)
        + u32x4_extract_lane::<1>(sum)
        + u32x4_extract_lane::<2>(sum)
        + u32x4_extract_lane::<3>(sum)
}

/// `a · b`.
#[cfg(not(target_arch = "wasm32"))]
pub fn dot(a: &[u8; RUN], b: &[u8; RUN]) -> u32 {
    let products = a.iter().zip(b);
    products.map(|(a, b)| u32::from(*a) * u32::from(*b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_the_largest_bytes_fit() {
        assert_eq!(dot(&[255; RUN], &[255; RUN]), 128 * 255 * 255);
        let counting = std::array::from_fn(|i| i as u8);
        assert_eq!(dot(&counting, &[2; RUN]), 127 * 128);
    }
}
