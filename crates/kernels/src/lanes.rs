//! Four numbers at once. WebAssembly's own instructions by name, because the compiler finds them by itself for some
//! loops only; elsewhere plain arrays, which compute the same bit for bit.

#[cfg(target_arch = "wasm32")]
mod four {
    use core::arch::wasm32::{
        f32x4_add, f32x4_convert_u32x4, f32x4_mul, f32x4_pmax, f32x4_pmin, f32x4_splat, f64x2_add,
        f64x2_extract_lane, f64x2_mul, f64x2_promote_low_f32x4, f64x2_splat, i16x8_narrow_i32x4,
        i32x4_extract_lane, i32x4_shuffle, i32x4_trunc_sat_f32x4, i64x2_shuffle,
        u8x16_narrow_i16x8, u16x8_extend_high_u8x16, u16x8_extend_low_u8x16,
        u32x4_extend_high_u16x8, u32x4_extend_low_u16x8, v128, v128_load, v128_load32_splat,
        v128_store,
    };
    use core::ops::Add;

    /// Four numbers that are computed with at once.
    #[derive(Clone, Copy)]
    pub struct F32x4(v128);

    impl Add for F32x4 {
        type Output = Self;

        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self(f32x4_add(self.0, other.0))
        }
    }

    impl F32x4 {
        #[inline(always)]
        pub fn load(from: &[f32; 4]) -> Self {
            // SAFETY: the reference covers 16 bytes, and the instruction asks for no alignment.
            Self(unsafe { v128_load(from.as_ptr().cast()) })
        }

        /// With twice the digits, two by two.
        #[inline(always)]
        pub fn doubles(self) -> [F64x2; 2] {
            let high = i64x2_shuffle::<1, 0>(self.0, self.0);
            [
                F64x2(f64x2_promote_low_f32x4(self.0)),
                F64x2(f64x2_promote_low_f32x4(high)),
            ]
        }

        #[inline(always)]
        pub fn splat(value: &f32) -> Self {
            // SAFETY: the reference covers 4 bytes, and the instruction asks for no alignment.
            Self(unsafe { v128_load32_splat(std::ptr::from_ref(value).cast()) })
        }

        #[inline(always)]
        pub fn of(value: f32) -> Self {
            Self(f32x4_splat(value))
        }

        #[inline(always)]
        pub fn from_bytes(bytes: &[u8; 16]) -> [Self; 4] {
            // SAFETY: the reference covers 16 bytes, and the instruction asks for no alignment.
            let bytes = unsafe { v128_load(bytes.as_ptr().cast()) };
            let low = u16x8_extend_low_u8x16(bytes);
            let high = u16x8_extend_high_u8x16(bytes);
            [
                u32x4_extend_low_u16x8(low),
                u32x4_extend_high_u16x8(low),
                u32x4_extend_low_u16x8(high),
                u32x4_extend_high_u16x8(high),
            ]
            .map(|four| Self(f32x4_convert_u32x4(four)))
        }

        #[inline(always)]
        pub fn store(self, to: &mut [f32; 4]) {
            // SAFETY: the reference covers 16 bytes, and the instruction asks for no alignment.
            unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
        }

        /// `self + a * b`, rounded twice.
        #[inline(always)]
        pub fn plus(self, a: Self, b: Self) -> Self {
            Self(f32x4_add(self.0, f32x4_mul(a.0, b.0)))
        }

        /// `self + a * b` at the processor's best: rounded once or twice.
        #[inline(always)]
        pub fn fused(self, a: Self, b: Self) -> Self {
            #[cfg(not(feature = "relaxed-simd"))]
            return self.plus(a, b);
            #[cfg(feature = "relaxed-simd")]
            Self(core::arch::wasm32::f32x4_relaxed_madd(a.0, b.0, self.0))
        }

        /// `min(max(x, 0), 6)`; what is not a number stays none.
        #[inline(always)]
        pub fn relu6(self) -> Self {
            let above = f32x4_pmax(self.0, f32x4_splat(0.0));
            Self(f32x4_pmin(above, f32x4_splat(6.0)))
        }

        /// Without their fractions; what is out of range becomes the end of the range.
        #[inline(always)]
        pub fn to_bytes(self) -> [u8; 4] {
            let whole = i32x4_trunc_sat_f32x4(self.0);
            let short = i16x8_narrow_i32x4(whole, whole);
            i32x4_extract_lane::<0>(u8x16_narrow_i16x8(short, short)).to_le_bytes()
        }

        /// Rows become columns.
        #[inline(always)]
        pub fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
            let low = |x: Self, y: Self| i32x4_shuffle::<0, 4, 1, 5>(x.0, y.0);
            let high = |x: Self, y: Self| i32x4_shuffle::<2, 6, 3, 7>(x.0, y.0);
            let (ab, cd) = ((low(a, b), high(a, b)), (low(c, d), high(c, d)));
            [
                Self(i64x2_shuffle::<0, 2>(ab.0, cd.0)),
                Self(i64x2_shuffle::<1, 3>(ab.0, cd.0)),
                Self(i64x2_shuffle::<0, 2>(ab.1, cd.1)),
                Self(i64x2_shuffle::<1, 3>(ab.1, cd.1)),
            ]
        }
    }

    /// Two numbers of twice the digits.
    #[derive(Clone, Copy)]
    pub struct F64x2(v128);

    impl F64x2 {
        #[inline(always)]
        pub fn zero() -> Self {
            Self(f64x2_splat(0.0))
        }

        #[inline(always)]
        pub fn of(value: f64) -> Self {
            Self(f64x2_splat(value))
        }

        #[inline(always)]
        pub fn load(from: &[f64; 2]) -> Self {
            // SAFETY: the reference covers 16 bytes, and the instruction asks for no alignment.
            Self(unsafe { v128_load(from.as_ptr().cast()) })
        }

        #[inline(always)]
        pub fn store(self, to: &mut [f64; 2]) {
            // SAFETY: the reference covers 16 bytes, and the instruction asks for no alignment.
            unsafe { v128_store(to.as_mut_ptr().cast(), self.0) }
        }

        /// `self + a * b`, rounded twice.
        #[inline(always)]
        pub fn plus(self, a: Self, b: Self) -> Self {
            Self(f64x2_add(self.0, f64x2_mul(a.0, b.0)))
        }

        /// The four numbers, two by two, each added to one of two sums.
        #[inline(always)]
        pub fn plus_four(self, four: F32x4) -> Self {
            let [low, high] = four.doubles();
            Self(f64x2_add(self.0, f64x2_add(low.0, high.0)))
        }

        #[inline(always)]
        pub fn sum(self) -> f64 {
            f64x2_extract_lane::<0>(self.0) + f64x2_extract_lane::<1>(self.0)
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod four {
    use core::ops::Add;

    /// Four numbers that are computed with at once.
    #[derive(Clone, Copy)]
    pub struct F32x4([f32; 4]);

    impl Add for F32x4 {
        type Output = Self;

        #[inline(always)]
        fn add(self, other: Self) -> Self {
            Self(std::array::from_fn(|i| self.0[i] + other.0[i]))
        }
    }

    impl F32x4 {
        #[inline(always)]
        pub fn load(from: &[f32; 4]) -> Self {
            Self(*from)
        }

        /// With twice the digits, two by two.
        #[inline(always)]
        pub fn doubles(self) -> [F64x2; 2] {
            let [a, b, c, d] = self.0.map(f64::from);
            [F64x2([a, b]), F64x2([c, d])]
        }

        #[inline(always)]
        pub fn splat(value: &f32) -> Self {
            Self([*value; 4])
        }

        #[inline(always)]
        pub fn of(value: f32) -> Self {
            Self([value; 4])
        }

        #[inline(always)]
        pub fn from_bytes(bytes: &[u8; 16]) -> [Self; 4] {
            let (fours, _) = bytes.as_chunks::<4>();
            std::array::from_fn(|i| Self(fours[i].map(f32::from)))
        }

        #[inline(always)]
        pub fn store(self, to: &mut [f32; 4]) {
            *to = self.0;
        }

        /// `self + a * b`, rounded twice.
        #[inline(always)]
        pub fn plus(self, a: Self, b: Self) -> Self {
            Self(std::array::from_fn(|i| self.0[i] + a.0[i] * b.0[i]))
        }

        /// What [`Self::plus`] is, outside WebAssembly.
        #[inline(always)]
        pub fn fused(self, a: Self, b: Self) -> Self {
            self.plus(a, b)
        }

        /// `min(max(x, 0), 6)`; what is not a number stays none.
        #[inline(always)]
        pub fn relu6(self) -> Self {
            Self(self.0.map(crate::relu6))
        }

        /// Without their fractions; what is out of range becomes the end of the range.
        #[inline(always)]
        pub fn to_bytes(self) -> [u8; 4] {
            self.0.map(|v| v as u8)
        }

        /// Rows become columns.
        #[inline(always)]
        pub fn transpose(rows: [Self; 4]) -> [Self; 4] {
            std::array::from_fn(|i| Self(std::array::from_fn(|j| rows[j].0[i])))
        }
    }

    /// Two numbers of twice the digits.
    #[derive(Clone, Copy)]
    pub struct F64x2([f64; 2]);

    impl F64x2 {
        #[inline(always)]
        pub fn zero() -> Self {
            Self([0.0; 2])
        }

        #[inline(always)]
        pub fn of(value: f64) -> Self {
            Self([value; 2])
        }

        #[inline(always)]
        pub fn load(from: &[f64; 2]) -> Self {
            Self(*from)
        }

        #[inline(always)]
        pub fn store(self, to: &mut [f64; 2]) {
            *to = self.0;
        }

        /// `self + a * b`, rounded twice.
        #[inline(always)]
        pub fn plus(self, a: Self, b: Self) -> Self {
            Self(std::array::from_fn(|i| self.0[i] + a.0[i] * b.0[i]))
        }

        /// The four numbers, two by two, each added to one of two sums.
        #[inline(always)]
        pub fn plus_four(self, four: F32x4) -> Self {
            let [low, high] = four.doubles();
            Self(std::array::from_fn(|i| self.0[i] + (low.0[i] + high.0[i])))
        }

        #[inline(always)]
        pub fn sum(self) -> f64 {
            self.0[0] + self.0[1]
        }
    }
}

use crate::LANES;
pub use four::{F32x4, F64x2};

/// The channels of one block at one pixel.
pub type Lanes = [f32; LANES];

#[inline(always)]
pub fn half(lanes: &Lanes, which: usize) -> &[f32; 4] {
    &lanes.as_chunks().0[which]
}

#[inline(always)]
pub fn half_mut(lanes: &mut Lanes, which: usize) -> &mut [f32; 4] {
    &mut lanes.as_chunks_mut().0[which]
}

#[inline(always)]
pub fn load(lanes: &Lanes) -> [F32x4; 2] {
    [F32x4::load(half(lanes, 0)), F32x4::load(half(lanes, 1))]
}

#[inline(always)]
pub fn store(values: [F32x4; 2], to: &mut Lanes) {
    values[0].store(half_mut(to, 0));
    values[1].store(half_mut(to, 1));
}

/// Four pixels of eight channels become eight channels of four pixels.
#[inline(always)]
pub fn turn(pixels: [[F32x4; 2]; 4]) -> [F32x4; LANES] {
    let [a, b, c, d] = F32x4::transpose(pixels.map(|p| p[0]));
    let [e, f, g, h] = F32x4::transpose(pixels.map(|p| p[1]));
    [a, b, c, d, e, f, g, h]
}
