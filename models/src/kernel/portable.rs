//! Sixteen lanes as arrays, for processors without an instruction set of their own here, and as the reference.

use half::{bf16, f16};

use super::lanes::Lanes;

/// Lanes that any processor has.
#[derive(Debug, Clone, Copy)]
pub(super) struct Portable;

/// `a * b + c`; fused only where that is one instruction and not a call.
#[inline(always)]
fn fused(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
        a.mul_add(b, c)
    } else {
        a * b + c
    }
}

macro_rules! each {
    ($lane:ident => $value:expr) => {{
        let mut out = [Default::default(); 16];
        for ($lane, out) in out.iter_mut().enumerate() {
            *out = $value;
        }
        out
    }};
}

#[inline(always)]
fn bytes_of(x: i32) -> [i32; 4] {
    x.to_le_bytes().map(|byte| i32::from(byte.cast_signed()))
}

impl Lanes for Portable {
    type Floats = [f32; 16];
    type Integers = [i32; 16];
    type Bytes = [u8; 64];
    const WIDE: bool = false;
    const BIAS: i32 = 0;

    #[inline(always)]
    fn splat(self, value: f32) -> [f32; 16] {
        [value; 16]
    }
    #[inline(always)]
    fn add(self, a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(i => a[i] + b[i])
    }
    #[inline(always)]
    fn sub(self, a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(i => a[i] - b[i])
    }
    #[inline(always)]
    fn mul(self, a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(i => a[i] * b[i])
    }
    #[inline(always)]
    fn div(self, a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(i => a[i] / b[i])
    }
    #[inline(always)]
    fn fma(self, a: [f32; 16], b: [f32; 16], c: [f32; 16]) -> [f32; 16] {
        each!(i => fused(a[i], b[i], c[i]))
    }
    #[inline(always)]
    fn max(self, a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(i => if a[i] > b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn min(self, a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(i => if a[i] < b[i] { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn abs(self, a: [f32; 16]) -> [f32; 16] {
        each!(i => a[i].abs())
    }
    #[inline(always)]
    fn round(self, a: [f32; 16]) -> [f32; 16] {
        each!(i => a[i].round_ties_even())
    }
    #[inline(always)]
    fn power_of_two(self, a: [f32; 16]) -> [f32; 16] {
        each!(i => f32::from_bits(((a[i] as i32 + 127) as u32) << 23))
    }
    #[inline(always)]
    fn first(self, count: i32, a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        each!(i => if (i as i32) < count { a[i] } else { b[i] })
    }
    #[inline(always)]
    fn reduce_add(self, a: [f32; 16]) -> f32 {
        let mut sums = a;
        let mut width = 8;
        while width > 0 {
            for i in 0..width {
                sums[i] += sums[i + width];
            }
            width /= 2;
        }
        sums[0]
    }
    #[inline(always)]
    fn reduce_max(self, a: [f32; 16]) -> f32 {
        a.iter()
            .fold(a[0], |best, &value| if value > best { value } else { best })
    }

    #[inline(always)]
    unsafe fn load(self, from: *const f32) -> [f32; 16] {
        // SAFETY: the caller promises sixteen elements; an array needs the alignment that `read_unaligned` waives.
        unsafe { from.cast::<[f32; 16]>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32, a: [f32; 16]) {
        // SAFETY: as in `load`.
        unsafe { to.cast::<[f32; 16]>().write_unaligned(a) }
    }
    #[inline(always)]
    unsafe fn load_f16(self, from: *const u16) -> [f32; 16] {
        // SAFETY: as in `load`.
        let bits = unsafe { from.cast::<[u16; 16]>().read_unaligned() };
        each!(i => f16::from_bits(bits[i]).to_f32())
    }
    #[inline(always)]
    unsafe fn store_f16(self, to: *mut u16, a: [f32; 16]) {
        let bits: [u16; 16] = each!(i => f16::from_f32(a[i]).to_bits());
        // SAFETY: as in `load`.
        unsafe { to.cast::<[u16; 16]>().write_unaligned(bits) }
    }
    #[inline(always)]
    fn prefetch<T>(self, _from: *const T) {}
    #[inline(always)]
    unsafe fn load_bf16(self, from: *const u16) -> [f32; 16] {
        // SAFETY: as in `load`.
        let bits = unsafe { from.cast::<[u16; 16]>().read_unaligned() };
        each!(i => bf16::from_bits(bits[i]).to_f32())
    }
    #[inline(always)]
    unsafe fn load_u8(self, from: *const u8) -> [f32; 16] {
        // SAFETY: as in `load`.
        let bytes = unsafe { from.cast::<[u8; 16]>().read_unaligned() };
        each!(i => f32::from(bytes[i]))
    }
    #[inline(always)]
    unsafe fn load_i8(self, from: *const i8) -> [f32; 16] {
        // SAFETY: as in `load`.
        let bytes = unsafe { from.cast::<[i8; 16]>().read_unaligned() };
        each!(i => f32::from(bytes[i]))
    }
    #[inline(always)]
    unsafe fn store_i8(self, to: *mut i8, a: [f32; 16]) {
        let bytes: [i8; 16] = each!(i => a[i] as i8);
        // SAFETY: as in `load`.
        unsafe { to.cast::<[i8; 16]>().write_unaligned(bytes) }
    }

    #[inline(always)]
    fn splat_integer(self, value: i32) -> [i32; 16] {
        [value; 16]
    }
    #[inline(always)]
    fn to_floats(self, a: [i32; 16]) -> [f32; 16] {
        each!(i => a[i] as f32)
    }
    #[inline(always)]
    unsafe fn load_bytes(self, from: *const u8) -> [u8; 64] {
        // SAFETY: the caller promises sixty-four bytes.
        unsafe { from.cast::<[u8; 64]>().read_unaligned() }
    }
    #[inline(always)]
    fn low(self, a: [u8; 64]) -> [u8; 64] {
        a.map(|byte| byte & 15)
    }
    #[inline(always)]
    fn high(self, a: [u8; 64]) -> [u8; 64] {
        a.map(|byte| byte >> 4)
    }
    #[inline(always)]
    fn with_pair(self, a: [u8; 64], from: [u8; 64], pair: usize) -> [u8; 64] {
        let mut out = a;
        for (out, from) in out.iter_mut().zip(from) {
            *out |= ((from >> (2 * pair)) & 3) << 4;
        }
        out
    }
    #[inline(always)]
    fn dot(self, sum: [i32; 16], a: [u8; 64], x: i32) -> [i32; 16] {
        let x = bytes_of(x);
        each!(i => {
            let a = &a[4 * i..4 * i + 4];
            sum[i]
                + i32::from(a[0]) * x[0]
                + i32::from(a[1]) * x[1]
                + i32::from(a[2]) * x[2]
                + i32::from(a[3]) * x[3]
        })
    }
    #[inline(always)]
    fn dot_wide(self, sum: [i32; 16], a: [u8; 64], x: i32) -> [i32; 16] {
        let x = bytes_of(x);
        let signed = |byte: u8| i32::from((byte ^ 0x80).cast_signed());
        each!(i => {
            let a = &a[4 * i..4 * i + 4];
            sum[i]
                + signed(a[0]) * x[0]
                + signed(a[1]) * x[1]
                + signed(a[2]) * x[2]
                + signed(a[3]) * x[3]
        })
    }
}
