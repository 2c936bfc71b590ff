//! Sixteen lanes in one AVX-512 register; integer products by VNNI.

use std::arch::x86_64::*;

use super::lanes::Lanes;

/// Lanes of a processor with AVX-512 F, BW and VNNI.
#[derive(Debug, Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    /// The proof, for a caller that is itself compiled for these instructions.
    #[target_feature(enable = "avx512f,avx512bw,avx512vnni,avx2,fma,f16c")]
    #[inline]
    pub(super) fn proven() -> Self {
        Self(())
    }
}

/// One or more intrinsics that touch no memory.
macro_rules! intrinsic {
    ($call:expr) => {
        // SAFETY: a value of `Avx512` exists only where the processor has these instructions.
        unsafe { $call }
    };
}

impl Lanes for Avx512 {
    type Floats = __m512;
    type Integers = __m512i;
    type Bytes = __m512i;
    const WIDE: bool = true;
    const BIAS: i32 = 128;

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        intrinsic!(_mm512_set1_ps(value))
    }
    #[inline(always)]
    fn add(self, a: __m512, b: __m512) -> __m512 {
        intrinsic!(_mm512_add_ps(a, b))
    }
    #[inline(always)]
    fn sub(self, a: __m512, b: __m512) -> __m512 {
        intrinsic!(_mm512_sub_ps(a, b))
    }
    #[inline(always)]
    fn mul(self, a: __m512, b: __m512) -> __m512 {
        intrinsic!(_mm512_mul_ps(a, b))
    }
    #[inline(always)]
    fn div(self, a: __m512, b: __m512) -> __m512 {
        intrinsic!(_mm512_div_ps(a, b))
    }
    #[inline(always)]
    fn fma(self, a: __m512, b: __m512, c: __m512) -> __m512 {
        intrinsic!(_mm512_fmadd_ps(a, b, c))
    }
    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        intrinsic!(_mm512_max_ps(a, b))
    }
    #[inline(always)]
    fn min(self, a: __m512, b: __m512) -> __m512 {
        intrinsic!(_mm512_min_ps(a, b))
    }
    #[inline(always)]
    fn abs(self, a: __m512) -> __m512 {
        intrinsic!(_mm512_abs_ps(a))
    }
    #[inline(always)]
    fn round(self, a: __m512) -> __m512 {
        intrinsic!(_mm512_roundscale_ps::<8>(a))
    }
    #[inline(always)]
    fn power_of_two(self, a: __m512) -> __m512 {
        intrinsic!(_mm512_scalef_ps(_mm512_set1_ps(1.0), a))
    }
    #[inline(always)]
    fn first(self, count: i32, a: __m512, b: __m512) -> __m512 {
        let mask = ((1u32 << count.clamp(0, 16)) - 1) as u16;
        intrinsic!(_mm512_mask_mov_ps(b, mask, a))
    }
    #[inline(always)]
    fn reduce_add(self, a: __m512) -> f32 {
        intrinsic!({
            let b = _mm512_add_ps(a, _mm512_shuffle_f32x4::<0b01_00_11_10>(a, a));
            let b = _mm512_add_ps(b, _mm512_shuffle_f32x4::<0b10_11_00_01>(b, b));
            let b = _mm512_castps512_ps128(b);
            let b = _mm_add_ps(b, _mm_movehl_ps(b, b));
            _mm_cvtss_f32(_mm_add_ss(b, _mm_shuffle_ps::<1>(b, b)))
        })
    }
    #[inline(always)]
    fn reduce_max(self, a: __m512) -> f32 {
        intrinsic!(_mm512_reduce_max_ps(a))
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> __m512 {
        // SAFETY: the caller promises the memory, `self` the instructions. So in all methods below with a pointer.
        unsafe { _mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, a: __m512) {
        // SAFETY: as in `load`.
        unsafe { _mm512_storeu_ps(to, a) }
    }
    #[inline(always)]
    unsafe fn load_f16(self, from: *const u16) -> __m512 {
        // SAFETY: as in `load`.
        unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(from.cast())) }
    }
    #[inline(always)]
    unsafe fn store_f16(self, to: *mut u16, a: __m512) {
        // SAFETY: as in `load`.
        unsafe { _mm256_storeu_si256(to.cast(), _mm512_cvtps_ph::<8>(a)) }
    }
    #[inline(always)]
    fn prefetch<T>(self, from: *const T) {
        intrinsic!(_mm_prefetch::<_MM_HINT_T0>(from.cast()));
    }
    #[inline(always)]
    unsafe fn load_bf16(self, from: *const u16) -> __m512 {
        // SAFETY: as in `load`.
        unsafe {
            let bits = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.cast()));
            _mm512_castsi512_ps(_mm512_slli_epi32::<16>(bits))
        }
    }
    #[inline(always)]
    unsafe fn load_u8(self, from: *const u8) -> __m512 {
        // SAFETY: as in `load`.
        unsafe { _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(from.cast()))) }
    }
    #[inline(always)]
    unsafe fn load_i8(self, from: *const i8) -> __m512 {
        // SAFETY: as in `load`.
        unsafe { _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(from.cast()))) }
    }
    #[inline(always)]
    unsafe fn store_i8(self, to: *mut i8, a: __m512) {
        // SAFETY: as in `load`.
        unsafe { _mm_storeu_si128(to.cast(), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(a))) }
    }

    #[inline(always)]
    fn splat_integer(self, value: i32) -> __m512i {
        intrinsic!(_mm512_set1_epi32(value))
    }
    #[inline(always)]
    fn to_floats(self, a: __m512i) -> __m512 {
        intrinsic!(_mm512_cvtepi32_ps(a))
    }
    #[inline(always)]
    unsafe fn load_bytes(self, from: *const u8) -> __m512i {
        // SAFETY: as in `load`.
        unsafe { _mm512_loadu_si512(from.cast()) }
    }
    #[inline(always)]
    fn low(self, a: __m512i) -> __m512i {
        intrinsic!(_mm512_and_si512(a, _mm512_set1_epi8(15)))
    }
    #[inline(always)]
    fn high(self, a: __m512i) -> __m512i {
        intrinsic!(_mm512_and_si512(
            _mm512_srli_epi16::<4>(a),
            _mm512_set1_epi8(15)
        ))
    }
    #[inline(always)]
    fn with_pair(self, a: __m512i, from: __m512i, pair: usize) -> __m512i {
        intrinsic!({
            let shifted = match pair {
                0 => _mm512_slli_epi16::<4>(from),
                1 => _mm512_slli_epi16::<2>(from),
                2 => from,
                _ => _mm512_srli_epi16::<2>(from),
            };
            // a | (shifted & 0x30)
            _mm512_ternarylogic_epi32::<0b1111_1000>(a, shifted, _mm512_set1_epi8(0x30))
        })
    }
    #[inline(always)]
    fn dot(self, sum: __m512i, a: __m512i, x: i32) -> __m512i {
        intrinsic!(_mm512_dpbusd_epi32(sum, a, _mm512_set1_epi32(x)))
    }
    #[inline(always)]
    fn dot_wide(self, sum: __m512i, a: __m512i, x: i32) -> __m512i {
        self.dot(sum, a, x)
    }
}
