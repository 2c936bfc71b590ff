//! Sixteen numbers at a time, and which instructions do it.
//!
//! A value of a type that implements [`Lanes`] is the proof that this processor has the instructions: it is made only
//! by [`Level::detect`], so that its methods are safe but for those that read or write memory.

use super::portable::Portable;
#[cfg(target_arch = "x86_64")]
use super::{avx2::Avx2, avx512::Avx512};

/// Operations on sixteen lanes.
///
/// Methods with a pointer are unsafe: the caller promises that as many elements as the name says may be read or
/// written there; they need no alignment.
pub(super) trait Lanes: Copy + Send + Sync {
    /// Sixteen `f32`.
    type Floats: Copy;
    /// Sixteen `i32`.
    type Integers: Copy;
    /// Sixty-four bytes: four for each lane.
    type Bytes: Copy;
    /// Whether there are 32 registers of 16 lanes; with fewer, blocks are smaller. No result depends on it.
    const WIDE: bool;
    /// What [`Lanes::dot_wide`] has added to each byte of the weights.
    const BIAS: i32;

    fn splat(self, value: f32) -> Self::Floats;
    fn add(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    fn sub(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    fn mul(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    fn div(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// `a * b + c`, rounded once where the processor can.
    fn fma(self, a: Self::Floats, b: Self::Floats, c: Self::Floats) -> Self::Floats;
    fn max(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    fn min(self, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    fn abs(self, a: Self::Floats) -> Self::Floats;
    /// To the nearest whole number, ties to even.
    fn round(self, a: Self::Floats) -> Self::Floats;
    /// Two to the power of whole numbers from -126 to 127.
    fn power_of_two(self, a: Self::Floats) -> Self::Floats;
    /// The first `count` lanes of `a`, the others of `b`. `count` may be any number.
    fn first(self, count: i32, a: Self::Floats, b: Self::Floats) -> Self::Floats;
    /// The sum, added in a fixed order: halves, quarters, pairs.
    fn reduce_add(self, a: Self::Floats) -> f32;
    fn reduce_max(self, a: Self::Floats) -> f32;

    unsafe fn load(self, from: *const f32) -> Self::Floats;
    unsafe fn store(self, to: *mut f32, a: Self::Floats);
    /// Sixteen IEEE half-precision numbers.
    unsafe fn load_f16(self, from: *const u16) -> Self::Floats;
    /// Rounds to sixteen half-precision numbers, ties to even.
    unsafe fn store_f16(self, to: *mut u16, a: Self::Floats);
    /// Asks for the cache line at this address, which need not exist.
    fn prefetch<T>(self, from: *const T);
    /// Sixteen bfloat16 numbers.
    unsafe fn load_bf16(self, from: *const u16) -> Self::Floats;
    /// Sixteen unsigned bytes as numbers.
    unsafe fn load_u8(self, from: *const u8) -> Self::Floats;
    /// Sixteen signed bytes as numbers.
    unsafe fn load_i8(self, from: *const i8) -> Self::Floats;
    /// Whole numbers from -128 to 127 as sixteen signed bytes.
    unsafe fn store_i8(self, to: *mut i8, a: Self::Floats);

    fn splat_integer(self, value: i32) -> Self::Integers;
    fn to_floats(self, a: Self::Integers) -> Self::Floats;
    /// Sixty-four bytes.
    unsafe fn load_bytes(self, from: *const u8) -> Self::Bytes;
    /// The lower four bits of each byte.
    fn low(self, a: Self::Bytes) -> Self::Bytes;
    /// The upper four bits of each byte.
    fn high(self, a: Self::Bytes) -> Self::Bytes;
    /// `a` with bits `2 * pair` and `2 * pair + 1` of each byte of `from` as its bits 4 and 5. `pair` is 0 to 3.
    fn with_pair(self, a: Self::Bytes, from: Self::Bytes, pair: usize) -> Self::Bytes;
    /// Adds to each lane the products of its four unsigned bytes (at most 127) with the four signed bytes of `x`.
    fn dot(self, sum: Self::Integers, a: Self::Bytes, x: i32) -> Self::Integers;
    /// The same for signed bytes stored with their highest bit turned over. The weights count as if
    /// [`Lanes::BIAS`] were added to them. No byte of `x` is -128.
    fn dot_wide(self, sum: Self::Integers, a: Self::Bytes, x: i32) -> Self::Integers;
}

/// Something to be done in lanes. `run`, and all that it calls, is `#[inline(always)]`: only so is it compiled for the
/// instructions of its caller.
pub(super) trait Work {
    /// Does it.
    fn run<L: Lanes>(self, lanes: L);
}

/// The instruction set of this processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// AVX-512 F, BW and VNNI.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX2, FMA and F16C.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Whatever the compiler makes of it.
    Portable,
}

impl Level {
    /// The best that this processor has.
    pub(super) fn detect() -> Self {
        *Self::all().first().expect("portable is always there")
    }

    /// All that this processor has, the best first.
    pub(super) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let old = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
                && is_x86_feature_detected!("f16c");
            if old
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vnni")
            {
                all.push(Self::Avx512);
            }
            if old {
                all.push(Self::Avx2);
            }
        }
        all.push(Self::Portable);
        all
    }

    /// Does `work` with these instructions. The processor must have them: the level is one of [`Level::all`].
    pub(super) fn run<W: Work>(self, work: W) {
        match self {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: a level is made only by `all`, which asked the processor.
            Self::Avx512 => unsafe { with_avx512(work) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: as above.
            Self::Avx2 => unsafe { with_avx2(work) },
            Self::Portable => work.run(Portable),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni,avx2,fma,f16c")]
fn with_avx512<W: Work>(work: W) {
    work.run(Avx512::proven());
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
fn with_avx2<W: Work>(work: W) {
    work.run(Avx2::proven());
}

/// e to the power of `x`, with `x` held between -87 and 88. The relative error is below 3e-7.
///
/// `x = n ln 2 + r`; e^r by its Taylor polynomial of degree six, as |r| <= 0.35.
#[inline(always)]
pub(super) fn exp<L: Lanes>(lanes: L, x: L::Floats) -> L::Floats {
    let x = lanes.min(lanes.max(x, lanes.splat(-87.0)), lanes.splat(88.0));
    let n = lanes.round(lanes.mul(x, lanes.splat(std::f32::consts::LOG2_E)));
    // ln 2 in two parts: the first has few enough bits for n times it to be exact.
    let r = lanes.fma(n, lanes.splat(-0.693_359_4), x);
    let r = lanes.fma(n, lanes.splat(2.121_944_4e-4), r);
    let mut p = lanes.splat(1.0 / 720.0);
    p = lanes.fma(p, r, lanes.splat(1.0 / 120.0));
    p = lanes.fma(p, r, lanes.splat(1.0 / 24.0));
    p = lanes.fma(p, r, lanes.splat(1.0 / 6.0));
    p = lanes.fma(p, r, lanes.splat(0.5));
    p = lanes.fma(p, r, lanes.splat(1.0));
    p = lanes.fma(p, r, lanes.splat(1.0));
    lanes.mul(p, lanes.power_of_two(n))
}
