//! Reads a packed row back, as the proof that packing loses nothing.

use half::f16;

use super::super::format::{BLOCK, Codes, Q4, Q4K, Q6K, Q8, ROWS};
use super::{Format, PackedMatrix};

impl PackedMatrix {
    /// Writes row `index` as numbers, for instance to look a token up in a table that is also the last layer.
    ///
    /// # Panics
    /// When there is no such row, or `out` is not as long as there are columns.
    pub(crate) fn row(&self, index: usize, out: &mut [f32]) {
        assert!(index < self.rows && out.len() == self.columns, "a row");
        let (tile, lane) = (index / ROWS, index % ROWS);
        let (codes, scales) = (self.codes(tile), self.scales(tile));
        let half = |bytes: &[u8], at: usize| {
            f16::from_le_bytes([bytes[2 * at], bytes[2 * at + 1]]).to_f32()
        };
        for (at, out) in out.iter_mut().enumerate() {
            let (block, column) = (at / BLOCK, at % BLOCK);
            let nibble = |codes: &[u8]| {
                let byte = codes[(column % 16) / 4 * 64 + lane * 4 + column % 4];
                if column < 16 { byte & 15 } else { byte >> 4 }
            };
            *out = match self.format {
                Format::Q4 => {
                    let code = nibble(&codes[block * Q4::CODES..]);
                    half(&scales[block * Q4::SCALES..], lane) * (f32::from(code) - 8.0)
                }
                Format::Q4K => {
                    let code = nibble(&codes[block * Q4K::CODES..]);
                    let scales = &scales[at / Q4K::SPAN * Q4K::SCALES..];
                    let own = block % 8 * ROWS + lane;
                    half(scales, lane) * f32::from(scales[Q4K::SCALE + own]) * f32::from(code)
                        - half(scales, ROWS + lane) * f32::from(scales[Q4K::MINIMA + own])
                }
                Format::Q6K => {
                    let codes = &codes[block * Q6K::CODES..];
                    let pairs = codes[Q6K::PAIRS + column / 16 * 64 + lane * 4 + column % 4];
                    let pair = (pairs >> (2 * (column / 4 % 4))) & 3;
                    let scales = &scales[at / Q6K::SPAN * Q6K::SCALES..];
                    let own = scales[Q6K::SCALE + (at % Q6K::SPAN / 16) * ROWS + lane];
                    half(scales, lane)
                        * f32::from(own.cast_signed())
                        * (f32::from(nibble(codes) | pair << 4) - 32.0)
                }
                Format::Q8 => {
                    let codes = &codes[block * Q8::CODES..];
                    let code = codes[column / 4 * 64 + lane * 4 + column % 4] ^ 0x80;
                    half(&scales[block * Q8::SCALES..], lane) * f32::from(code.cast_signed())
                }
                Format::F16 => half(codes, at * ROWS + lane),
                Format::BF16 => {
                    let from = 2 * (at * ROWS + lane);
                    half::bf16::from_le_bytes([codes[from], codes[from + 1]]).to_f32()
                }
                Format::F32 => {
                    let from = 4 * (at * ROWS + lane);
                    f32::from_le_bytes([
                        codes[from],
                        codes[from + 1],
                        codes[from + 2],
                        codes[from + 3],
                    ])
                }
            };
        }
    }
}
