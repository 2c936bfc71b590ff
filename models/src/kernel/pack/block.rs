//! Blocks of weights as GGUF files hold them, taken apart and laid beside those of fifteen other rows.

use super::super::format::{BLOCK, Codes, Q4K, Q6K, ROWS};

/// Calls `each` with the number of the row in its tile, the number of the block in its row, and the block.
pub(super) fn each_block<'a>(
    rows: impl Iterator<Item = &'a [u8]>,
    size: usize,
    mut each: impl FnMut(usize, usize, &[u8]),
) {
    for (lane, row) in rows.enumerate() {
        for (block, bytes) in row.chunks_exact(size).enumerate() {
            each(lane, block, bytes);
        }
    }
}

/// Numbers of `SIZE` bytes, sixteen rows side by side.
pub(super) fn interleave<'a, const SIZE: usize>(
    rows: impl Iterator<Item = &'a [u8]>,
    out: &mut [u8],
) {
    each_block(rows, SIZE, |lane, column, bytes| {
        let at = (column * ROWS + lane) * SIZE;
        out[at..at + SIZE].copy_from_slice(bytes);
    });
}

/// Codes of a block of Q4_0 or Q5_0: the lower nibbles are the first sixteen columns.
pub(super) fn nibbles(from: &[u8]) -> [u8; BLOCK] {
    let mut code = [0; BLOCK];
    for (at, byte) in from.iter().enumerate() {
        code[at] = byte & 15;
        code[at + 16] = byte >> 4;
    }
    code
}

pub(super) fn put_half(scales: &mut [u8], lane: usize, half: &[u8]) {
    scales[2 * lane..2 * lane + 2].copy_from_slice(half);
}

pub(super) fn put_nibbles(out: &mut [u8], lane: usize, code: &[u8; BLOCK]) {
    for at in 0..16 {
        out[at / 4 * 64 + lane * 4 + at % 4] = (code[at] & 15) | (code[at + 16] & 15) << 4;
    }
}

pub(super) fn put_bytes(out: &mut [u8], lane: usize, code: &[u8; BLOCK]) {
    for (g, four) in code.chunks_exact(4).enumerate() {
        out[g * 64 + lane * 4..][..4].copy_from_slice(four);
    }
}

fn put_pairs(out: &mut [u8], lane: usize, code: &[u8; BLOCK]) {
    for half in 0..2 {
        for at in 0..4 {
            let mut byte = 0;
            for pair in 0..4 {
                byte |= (code[half * 16 + pair * 4 + at] >> 4) << (2 * pair);
            }
            out[half * 64 + lane * 4 + at] = byte;
        }
    }
}

/// One span of 256 columns of a row: `d`, `dmin`, twelve bytes of 6-bit scales and minima, nibbles.
pub(super) fn pack_q4k(from: &[u8], lane: usize, codes: &mut [u8], scales: &mut [u8]) {
    put_half(scales, lane, &from[..2]);
    put_half(&mut scales[32..], lane, &from[2..4]);
    let packed = &from[4..16];
    for block in 0..8 {
        let (scale, minimum) = if block < 4 {
            (packed[block] & 63, packed[block + 4] & 63)
        } else {
            (
                (packed[block + 4] & 15) | (packed[block - 4] >> 6) << 4,
                (packed[block + 4] >> 4) | (packed[block] >> 6) << 4,
            )
        };
        scales[Q4K::SCALE + block * ROWS + lane] = scale;
        scales[Q4K::MINIMA + block * ROWS + lane] = minimum;
        let mut code = [0; BLOCK];
        let bytes = &from[16 + block / 2 * 32..][..32];
        for (code, byte) in code.iter_mut().zip(bytes) {
            *code = if block % 2 == 0 { byte & 15 } else { byte >> 4 };
        }
        put_nibbles(&mut codes[block * Q4K::CODES..], lane, &code);
    }
}

/// One span of 256 columns of a row: lower four bits, upper two bits, sixteen signed scales, `d`.
pub(super) fn pack_q6k(from: &[u8], lane: usize, codes: &mut [u8], scales: &mut [u8]) {
    let (low, high) = (&from[..128], &from[128..192]);
    put_half(scales, lane, &from[208..210]);
    for (part, scale) in from[192..208].iter().enumerate() {
        scales[Q6K::SCALE + part * ROWS + lane] = *scale;
    }
    for block in 0..8 {
        // A half of the span is four blocks: two in the lower, two in the upper nibbles of the same 64 bytes.
        let (half, quarter) = (block / 4, block % 4);
        let low = &low[half * 64 + quarter % 2 * 32..][..32];
        let high = &high[half * 32..][..32];
        let mut code = [0; BLOCK];
        for (code, (low, high)) in code.iter_mut().zip(low.iter().zip(high)) {
            let nibble = if quarter < 2 { low & 15 } else { low >> 4 };
            *code = nibble | ((high >> (2 * quarter)) & 3) << 4;
        }
        let out = &mut codes[block * Q6K::CODES..];
        put_nibbles(out, lane, &code);
        put_pairs(&mut out[Q6K::PAIRS..], lane, &code);
    }
}
