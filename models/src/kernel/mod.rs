//! Arithmetic on slices, in the shapes that a decoder needs. The only place with `unsafe` code.
//!
//! [`Team`] is the threads; [`PackedMatrix`] and [`linear`] are weights and their product with rows; [`KeyValue`] and
//! [`attend`] are the cache of one layer in pages and attention over it; [`rms_norm`], [`silu_mul`] and [`rotate`] are
//! what lies between. Each algorithm is written once over [`lanes::Lanes`], sixteen numbers at a time, and compiled for
//! each instruction set; the set is chosen when the program runs.
//!
//! The bits of a row do not depend on the rows it is computed with, nor on the number of threads: sums over columns
//! run in one fixed order, integer sums are exact, and attention walks blocks of keys at absolute positions.
#![expect(unsafe_code, reason = "vector instructions and shared output slices")]

mod attention;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod format;
mod key_value;
mod lanes;
mod linear;
mod norm;
mod pack;
mod portable;
mod quantise;
mod rotate;
mod team;
#[cfg(test)]
mod tests;

pub(crate) use attention::{Span, attend};
pub(crate) use key_value::{KeyValue, PAGE, Storage};
pub(crate) use linear::linear;
pub(crate) use norm::{rms_norm, silu_mul};
#[cfg(test)]
pub(crate) use pack::Format;
pub(crate) use pack::{PackedMatrix, has_kernel, packed_bytes};
pub(crate) use rotate::{Angles, Heads, rotate};
pub(crate) use team::Team;
