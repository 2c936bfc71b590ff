//! Sixteen lanes in two AVX registers.

use std::arch::x86_64::*;

use super::lanes::Lanes;

/// Lanes of a processor with AVX2, FMA and F16C.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    /// The proof, for a caller that is itself compiled for these instructions.
    #[target_feature(enable = "avx2,fma,f16c")]
    #[inline]
    pub(super) fn proven() -> Self {
        Self(())
    }
}

/// One or more intrinsics that touch no memory.
macro_rules! intrinsic {
    ($call:expr) => {
        // SAFETY: a value of `Avx2` exists only where the processor has these instructions.
        unsafe { $call }
    };
}

type Floats = [__m256; 2];
type Integers = [__m256i; 2];

impl Lanes for Avx2 {
    type Floats = Floats;
    type Integers = Integers;
    type Bytes = Integers;
    const WIDE: bool = false;
    const BIAS: i32 = 0;

    #[inline(always)]
    fn splat(self, value: f32) -> Floats {
        intrinsic!([_mm256_set1_ps(value); 2])
    }
    #[inline(always)]
    fn add(self, a: Floats, b: Floats) -> Floats {
        intrinsic!([_mm256_add_ps(a[0], b[0]), _mm256_add_ps(a[1], b[1])])
    }
    #[inline(always)]
    fn sub(self, a: Floats, b: Floats) -> Floats {
        intrinsic!([_mm256_sub_ps(a[0], b[0]), _mm256_sub_ps(a[1], b[1])])
    }
    #[inline(always)]
    fn mul(self, a: Floats, b: Floats) -> Floats {
        intrinsic!([_mm256_mul_ps(a[0], b[0]), _mm256_mul_ps(a[1], b[1])])
    }
    #[inline(always)]
    fn div(self, a: Floats, b: Floats) -> Floats {
        intrinsic!([_mm256_div_ps(a[0], b[0]), _mm256_div_ps(a[1], b[1])])
    }
    #[inline(always)]
    fn fma(self, a: Floats, b: Floats, c: Floats) -> Floats {
        intrinsic!([
            _mm256_fmadd_ps(a[0], b[0], c[0]),
            _mm256_fmadd_ps(a[1], b[1], c[1])
        ])
    }
    #[inline(always)]
    fn max(self, a: Floats, b: Floats) -> Floats {
        intrinsic!([_mm256_max_ps(a[0], b[0]), _mm256_max_ps(a[1], b[1])])
    }
    #[inline(always)]
    fn min(self, a: Floats, b: Floats) -> Floats {
        intrinsic!([_mm256_min_ps(a[0], b[0]), _mm256_min_ps(a[1], b[1])])
    }
    #[inline(always)]
    fn abs(self, a: Floats) -> Floats {
        intrinsic!({
            let sign = _mm256_set1_ps(-0.0);
            [_mm256_andnot_ps(sign, a[0]), _mm256_andnot_ps(sign, a[1])]
        })
    }
    #[inline(always)]
    fn round(self, a: Floats) -> Floats {
        intrinsic!([_mm256_round_ps::<8>(a[0]), _mm256_round_ps::<8>(a[1])])
    }
    #[inline(always)]
    fn power_of_two(self, a: Floats) -> Floats {
        intrinsic!({
            let bias = _mm256_set1_epi32(127);
            let low = _mm256_add_epi32(_mm256_cvtps_epi32(a[0]), bias);
            let high = _mm256_add_epi32(_mm256_cvtps_epi32(a[1]), bias);
            [
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(low)),
                _mm256_castsi256_ps(_mm256_slli_epi32::<23>(high)),
            ]
        })
    }
    #[inline(always)]
    fn first(self, count: i32, a: Floats, b: Floats) -> Floats {
        intrinsic!({
            let count = _mm256_set1_epi32(count.clamp(0, 16));
            let low = _mm256_cmpgt_epi32(count, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
            let high = _mm256_cmpgt_epi32(count, _mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15));
            [
                _mm256_blendv_ps(b[0], a[0], _mm256_castsi256_ps(low)),
                _mm256_blendv_ps(b[1], a[1], _mm256_castsi256_ps(high)),
            ]
        })
    }
    #[inline(always)]
    fn reduce_add(self, a: Floats) -> f32 {
        intrinsic!({
            let b = _mm256_add_ps(a[0], a[1]);
            let b = _mm_add_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps::<1>(b));
            let b = _mm_add_ps(b, _mm_movehl_ps(b, b));
            _mm_cvtss_f32(_mm_add_ss(b, _mm_shuffle_ps::<1>(b, b)))
        })
    }
    #[inline(always)]
    fn reduce_max(self, a: Floats) -> f32 {
        intrinsic!({
            let b = _mm256_max_ps(a[0], a[1]);
            let b = _mm_max_ps(_mm256_castps256_ps128(b), _mm256_extractf128_ps::<1>(b));
            let b = _mm_max_ps(b, _mm_movehl_ps(b, b));
            _mm_cvtss_f32(_mm_max_ss(b, _mm_shuffle_ps::<1>(b, b)))
        })
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> Floats {
        // SAFETY: the caller promises the memory, `self` the instructions. So in all methods below with a pointer.
        unsafe { [_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))] }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, a: Floats) {
        // SAFETY: as in `load`.
        unsafe {
            _mm256_storeu_ps(to, a[0]);
            _mm256_storeu_ps(to.add(8), a[1]);
        }
    }
    #[inline(always)]
    unsafe fn load_f16(self, from: *const u16) -> Floats {
        // SAFETY: as in `load`.
        unsafe {
            [
                _mm256_cvtph_ps(_mm_loadu_si128(from.cast())),
                _mm256_cvtph_ps(_mm_loadu_si128(from.add(8).cast())),
            ]
        }
    }
    #[inline(always)]
    unsafe fn store_f16(self, to: *mut u16, a: Floats) {
        // SAFETY: as in `load`.
        unsafe {
            _mm_storeu_si128(to.cast(), _mm256_cvtps_ph::<0>(a[0]));
            _mm_storeu_si128(to.add(8).cast(), _mm256_cvtps_ph::<0>(a[1]));
        }
    }
    #[inline(always)]
    fn prefetch<T>(self, from: *const T) {
        intrinsic!(_mm_prefetch::<_MM_HINT_T0>(from.cast()));
    }
    #[inline(always)]
    unsafe fn load_bf16(self, from: *const u16) -> Floats {
        // SAFETY: as in `load`.
        unsafe {
            let low = _mm256_cvtepu16_epi32(_mm_loadu_si128(from.cast()));
            let high = _mm256_cvtepu16_epi32(_mm_loadu_si128(from.add(8).cast()));
            [
                _mm256_castsi256_ps(_mm256_slli_epi32::<16>(low)),
                _mm256_castsi256_ps(_mm256_slli_epi32::<16>(high)),
            ]
        }
    }
    #[inline(always)]
    unsafe fn load_u8(self, from: *const u8) -> Floats {
        // SAFETY: as in `load`.
        unsafe {
            let bytes = _mm_loadu_si128(from.cast());
            let high = _mm_srli_si128::<8>(bytes);
            [
                _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes)),
                _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(high)),
            ]
        }
    }
    #[inline(always)]
    unsafe fn load_i8(self, from: *const i8) -> Floats {
        // SAFETY: as in `load`.
        unsafe {
            let bytes = _mm_loadu_si128(from.cast());
            let high = _mm_srli_si128::<8>(bytes);
            [
                _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)),
                _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(high)),
            ]
        }
    }
    #[inline(always)]
    unsafe fn store_i8(self, to: *mut i8, a: Floats) {
        // SAFETY: as in `load`.
        unsafe {
            let words = _mm256_packs_epi32(_mm256_cvtps_epi32(a[0]), _mm256_cvtps_epi32(a[1]));
            let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(words);
            let bytes = _mm_packs_epi16(
                _mm256_castsi256_si128(words),
                _mm256_extracti128_si256::<1>(words),
            );
            _mm_storeu_si128(to.cast(), bytes);
        }
    }

    #[inline(always)]
    fn splat_integer(self, value: i32) -> Integers {
        intrinsic!([_mm256_set1_epi32(value); 2])
    }
    #[inline(always)]
    fn to_floats(self, a: Integers) -> Floats {
        intrinsic!([_mm256_cvtepi32_ps(a[0]), _mm256_cvtepi32_ps(a[1])])
    }
    #[inline(always)]
    unsafe fn load_bytes(self, from: *const u8) -> Integers {
        // SAFETY: as in `load`.
        unsafe {
            [
                _mm256_loadu_si256(from.cast()),
                _mm256_loadu_si256(from.add(32).cast()),
            ]
        }
    }
    #[inline(always)]
    fn low(self, a: Integers) -> Integers {
        intrinsic!({
            let mask = _mm256_set1_epi8(15);
            [_mm256_and_si256(a[0], mask), _mm256_and_si256(a[1], mask)]
        })
    }
    #[inline(always)]
    fn high(self, a: Integers) -> Integers {
        intrinsic!(self.low([_mm256_srli_epi16::<4>(a[0]), _mm256_srli_epi16::<4>(a[1])]))
    }
    #[inline(always)]
    fn with_pair(self, a: Integers, from: Integers, pair: usize) -> Integers {
        intrinsic!({
            let mask = _mm256_set1_epi8(0x30);
            let mut out = a;
            for i in 0..2 {
                let shifted = match pair {
                    0 => _mm256_slli_epi16::<4>(from[i]),
                    1 => _mm256_slli_epi16::<2>(from[i]),
                    2 => from[i],
                    _ => _mm256_srli_epi16::<2>(from[i]),
                };
                out[i] = _mm256_or_si256(a[i], _mm256_and_si256(shifted, mask));
            }
            out
        })
    }
    #[inline(always)]
    fn dot(self, sum: Integers, a: Integers, x: i32) -> Integers {
        // 127 * 127 * 2 fits into 16 bits with a sign, so that nothing saturates.
        intrinsic!({
            let x = _mm256_set1_epi32(x);
            let ones = _mm256_set1_epi16(1);
            let low = _mm256_madd_epi16(_mm256_maddubs_epi16(a[0], x), ones);
            let high = _mm256_madd_epi16(_mm256_maddubs_epi16(a[1], x), ones);
            [
                _mm256_add_epi32(sum[0], low),
                _mm256_add_epi32(sum[1], high),
            ]
        })
    }
    #[inline(always)]
    fn dot_wide(self, sum: Integers, a: Integers, x: i32) -> Integers {
        // |a| times x with the sign of a: 128 * 127 * 2 fits as well.
        intrinsic!({
            let x = _mm256_set1_epi32(x);
            let ones = _mm256_set1_epi16(1);
            let turn = _mm256_set1_epi8(-128);
            let mut out = sum;
            for i in 0..2 {
                let signed = _mm256_xor_si256(a[i], turn);
                let pairs =
                    _mm256_maddubs_epi16(_mm256_abs_epi8(signed), _mm256_sign_epi8(x, signed));
                out[i] = _mm256_add_epi32(sum[i], _mm256_madd_epi16(pairs, ones));
            }
            out
        })
    }
}
