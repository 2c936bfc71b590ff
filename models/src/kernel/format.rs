//! How weights lie in memory: sixteen rows (outputs) side by side, so that one load brings four columns of each.
//!
//! Quantised codes come in blocks of 32 columns: vector `g` holds columns `4 g` to `4 g + 3` of sixteen rows, four
//! bytes a row. Scales lie in a second area, one record for each span of columns. Nothing is rounded: every format
//! here holds exactly what the file held.

use super::lanes::Lanes;

/// Columns that share the codes of one block.
pub(super) const BLOCK: usize = 32;
/// Rows side by side.
pub(super) const ROWS: usize = 16;

/// A quantised format. All of it is inlined into the loop over blocks.
pub(super) trait Codes {
    /// Bytes of codes of a block.
    const CODES: usize;
    /// Columns that share a record of scales.
    const SPAN: usize;
    /// Bytes of such a record.
    const SCALES: usize;
    /// Parts of a block with a scale of their own: 1 or 2.
    const PARTS: usize;
    /// Whether a minimum is subtracted.
    const MINIMUM: bool = false;

    /// What is added to each weight in the codes.
    fn bias<L: Lanes>() -> i32;

    /// Vector `g` of a block, 0 to 7.
    ///
    /// # Safety
    /// `codes` points to a block.
    unsafe fn vector<L: Lanes>(lanes: L, codes: *const u8, g: usize) -> L::Bytes;

    /// Scale of a part of a block, for each row.
    ///
    /// # Safety
    /// `scales` points to a record of which the block is part.
    unsafe fn scale<L: Lanes>(lanes: L, scales: *const u8, block: usize, part: usize) -> L::Floats;

    /// What is subtracted from each weight of a block, for each row.
    ///
    /// # Safety
    /// As for `scale`.
    #[inline(always)]
    unsafe fn minimum<L: Lanes>(lanes: L, _scales: *const u8, _block: usize) -> L::Floats {
        lanes.splat(0.0)
    }

    /// Adds the products of a vector with four columns of a row of activations.
    #[inline(always)]
    fn dot<L: Lanes>(lanes: L, sum: L::Integers, vector: L::Bytes, x: i32) -> L::Integers {
        lanes.dot(sum, vector, x)
    }
}

/// Four bits and a half-precision scale: `d (q - 8)`, from Q4_0.
pub(super) struct Q4;
/// Four bits, 6-bit scale and minimum a block, half-precision scales of both a span: `d s q - e m`, from Q4_K.
pub(super) struct Q4K;
/// Six bits, a signed 8-bit scale for 16 columns, a half-precision scale a span: `d s (q - 32)`, from Q6_K.
pub(super) struct Q6K;
/// Eight bits and a half-precision scale: `d q`, from Q8_0 and Q5_0.
pub(super) struct Q8;

#[inline(always)]
unsafe fn nibbles<L: Lanes>(lanes: L, codes: *const u8, g: usize) -> L::Bytes {
    // SAFETY: four vectors of 64 bytes hold the nibbles of a block; the caller promises the block.
    let both = unsafe { lanes.load_bytes(codes.add(64 * (g % 4))) };
    if g < 4 {
        lanes.low(both)
    } else {
        lanes.high(both)
    }
}

impl Codes for Q4 {
    const CODES: usize = 256;
    const SPAN: usize = 32;
    const SCALES: usize = 32;
    const PARTS: usize = 1;

    #[inline(always)]
    fn bias<L: Lanes>() -> i32 {
        8
    }
    #[inline(always)]
    unsafe fn vector<L: Lanes>(lanes: L, codes: *const u8, g: usize) -> L::Bytes {
        // SAFETY: the caller's promise.
        unsafe { nibbles(lanes, codes, g) }
    }
    #[inline(always)]
    unsafe fn scale<L: Lanes>(
        lanes: L,
        scales: *const u8,
        _block: usize,
        _part: usize,
    ) -> L::Floats {
        // SAFETY: a record is sixteen half-precision numbers.
        unsafe { lanes.load_f16(scales.cast()) }
    }
}

impl Q4K {
    /// Where the scales of the blocks begin in a record: after `d` and `e`.
    pub(super) const SCALE: usize = 64;
    /// Where their minima begin.
    pub(super) const MINIMA: usize = Self::SCALE + 8 * ROWS;
}

impl Codes for Q4K {
    const CODES: usize = 256;
    const SPAN: usize = 256;
    const SCALES: usize = Self::MINIMA + 8 * ROWS;
    const PARTS: usize = 1;
    const MINIMUM: bool = true;

    #[inline(always)]
    fn bias<L: Lanes>() -> i32 {
        0
    }
    #[inline(always)]
    unsafe fn vector<L: Lanes>(lanes: L, codes: *const u8, g: usize) -> L::Bytes {
        // SAFETY: the caller's promise.
        unsafe { nibbles(lanes, codes, g) }
    }
    #[inline(always)]
    unsafe fn scale<L: Lanes>(
        lanes: L,
        scales: *const u8,
        block: usize,
        _part: usize,
    ) -> L::Floats {
        // SAFETY: a record is `d`, `e`, then scales and minima of eight blocks.
        unsafe {
            let own = lanes.load_u8(scales.add(Self::SCALE + block * ROWS));
            lanes.mul(lanes.load_f16(scales.cast()), own)
        }
    }
    #[inline(always)]
    unsafe fn minimum<L: Lanes>(lanes: L, scales: *const u8, block: usize) -> L::Floats {
        // SAFETY: as in `scale`.
        unsafe {
            let own = lanes.load_u8(scales.add(Self::MINIMA + block * ROWS));
            lanes.mul(lanes.load_f16(scales.add(32).cast()), own)
        }
    }
}

impl Q6K {
    /// Where the scales of 16 columns begin in a record: after `d`.
    pub(super) const SCALE: usize = 32;
    /// Where the upper two bits begin in a block of codes: after the lower four.
    pub(super) const PAIRS: usize = 256;
}

impl Codes for Q6K {
    const CODES: usize = 384;
    const SPAN: usize = 256;
    const SCALES: usize = Self::SCALE + 16 * ROWS;
    const PARTS: usize = 2;

    #[inline(always)]
    fn bias<L: Lanes>() -> i32 {
        32
    }
    #[inline(always)]
    unsafe fn vector<L: Lanes>(lanes: L, codes: *const u8, g: usize) -> L::Bytes {
        // SAFETY: the caller's promise; two vectors of pairs of bits follow the nibbles.
        unsafe {
            let pairs = lanes.load_bytes(codes.add(Self::PAIRS + 64 * (g / 4)));
            lanes.with_pair(nibbles(lanes, codes, g), pairs, g % 4)
        }
    }
    #[inline(always)]
    unsafe fn scale<L: Lanes>(lanes: L, scales: *const u8, block: usize, part: usize) -> L::Floats {
        // SAFETY: a record is `d`, then scales of sixteen parts.
        unsafe {
            let own = lanes.load_i8(scales.add(Self::SCALE + (2 * block + part) * ROWS).cast());
            lanes.mul(lanes.load_f16(scales.cast()), own)
        }
    }
}

impl Codes for Q8 {
    const CODES: usize = 512;
    const SPAN: usize = 32;
    const SCALES: usize = 32;
    const PARTS: usize = 1;

    #[inline(always)]
    fn bias<L: Lanes>() -> i32 {
        L::BIAS
    }
    #[inline(always)]
    unsafe fn vector<L: Lanes>(lanes: L, codes: *const u8, g: usize) -> L::Bytes {
        // SAFETY: a block is eight vectors.
        unsafe { lanes.load_bytes(codes.add(64 * g)) }
    }
    #[inline(always)]
    unsafe fn scale<L: Lanes>(
        lanes: L,
        scales: *const u8,
        _block: usize,
        _part: usize,
    ) -> L::Floats {
        // SAFETY: a record is sixteen half-precision numbers.
        unsafe { lanes.load_f16(scales.cast()) }
    }
    #[inline(always)]
    fn dot<L: Lanes>(lanes: L, sum: L::Integers, vector: L::Bytes, x: i32) -> L::Integers {
        lanes.dot_wide(sum, vector, x)
    }
}

/// A format of numbers with a point.
pub(super) trait Number {
    /// One number in memory.
    type Bits: Copy;

    /// Sixteen of them.
    ///
    /// # Safety
    /// Sixteen may be read.
    unsafe fn load<L: Lanes>(lanes: L, from: *const Self::Bits) -> L::Floats;
}

/// IEEE half precision.
pub(super) struct F16;
/// bfloat16.
pub(super) struct BF16;
/// Single precision.
pub(super) struct F32;

impl Number for F16 {
    type Bits = u16;
    #[inline(always)]
    unsafe fn load<L: Lanes>(lanes: L, from: *const u16) -> L::Floats {
        // SAFETY: the caller's promise.
        unsafe { lanes.load_f16(from) }
    }
}

impl Number for BF16 {
    type Bits = u16;
    #[inline(always)]
    unsafe fn load<L: Lanes>(lanes: L, from: *const u16) -> L::Floats {
        // SAFETY: the caller's promise.
        unsafe { lanes.load_bf16(from) }
    }
}

impl Number for F32 {
    type Bits = f32;
    #[inline(always)]
    unsafe fn load<L: Lanes>(lanes: L, from: *const f32) -> L::Floats {
        // SAFETY: the caller's promise.
        unsafe { lanes.load(from) }
    }
}
