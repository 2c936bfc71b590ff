//! Weights of a file, laid out for [`super::linear`]. Exact: what a row says when read back is what the file said.

mod block;
#[cfg(test)]
mod row;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use candle_core::Device;
use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use half::f16;
use memmap2::{Advice, MmapMut};

use super::format::{BLOCK, Codes, Q4, Q4K, Q6K, Q8, ROWS};
use block::{
    each_block, interleave, nibbles, pack_q4k, pack_q6k, put_bytes, put_half, put_nibbles,
};

/// How the weights of a matrix lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// 4.5 bits a weight, from Q4_0.
    Q4,
    /// 4.625 bits a weight, from Q4_K.
    Q4K,
    /// 6.5625 bits a weight, from Q6_K.
    Q6K,
    /// 8.5 bits a weight, from Q8_0 and Q5_0.
    Q8,
    /// Half precision.
    F16,
    /// bfloat16.
    BF16,
    /// Single precision.
    F32,
}

impl Format {
    /// How weights of this type of GGUF files lie, if [`super::linear`] computes with them as they are.
    fn of(dtype: GgmlDType) -> Option<Self> {
        match dtype {
            GgmlDType::F32 => Some(Self::F32),
            GgmlDType::F16 => Some(Self::F16),
            GgmlDType::BF16 => Some(Self::BF16),
            GgmlDType::Q4_0 => Some(Self::Q4),
            GgmlDType::Q5_0 | GgmlDType::Q8_0 => Some(Self::Q8),
            GgmlDType::Q4K => Some(Self::Q4K),
            GgmlDType::Q6K => Some(Self::Q6K),
            GgmlDType::Q4_1
            | GgmlDType::Q5_1
            | GgmlDType::Q8_1
            | GgmlDType::Q2K
            | GgmlDType::Q3K
            | GgmlDType::Q5K
            | GgmlDType::Q8K => None,
        }
    }

    /// How weights of this type are held: those without a kernel in half precision.
    fn holding(dtype: GgmlDType) -> Self {
        Self::of(dtype).unwrap_or(Self::F16)
    }

    /// Bytes of codes and bytes of scales of sixteen rows.
    fn tile(self, columns: usize) -> (usize, usize) {
        fn sizes<C: Codes>(columns: usize) -> (usize, usize) {
            (columns / BLOCK * C::CODES, columns / C::SPAN * C::SCALES)
        }
        match self {
            Self::Q4 => sizes::<Q4>(columns),
            Self::Q4K => sizes::<Q4K>(columns),
            Self::Q6K => sizes::<Q6K>(columns),
            Self::Q8 => sizes::<Q8>(columns),
            Self::F16 | Self::BF16 => (columns * ROWS * 2, 0),
            Self::F32 => (columns * ROWS * 4, 0),
        }
    }
}

/// Whether [`super::linear`] computes with weights of this type as they are. All others are held in half precision.
pub(crate) fn has_kernel(dtype: GgmlDType) -> bool {
    Format::of(dtype).is_some()
}

/// Memory that weights of this type take once they are packed: often more than in their file.
pub(crate) fn packed_bytes(dtype: GgmlDType, rows: usize, columns: usize) -> u64 {
    let (codes, scales) = Format::holding(dtype).tile(columns);
    (rows.div_ceil(ROWS) as u64).saturating_mul((codes + scales) as u64)
}

/// A matrix: rows are outputs, columns are inputs. Rows are filled up with zeros to a multiple of sixteen inside.
#[derive(Debug)]
pub(crate) struct PackedMatrix {
    format: Format,
    rows: usize,
    columns: usize,
    /// Codes, or numbers.
    codes: Bytes,
    /// Scales; empty for numbers.
    scales: Bytes,
}

/// Bytes of one area and how many of them belong to sixteen rows.
#[derive(Debug)]
struct Bytes {
    map: MmapMut,
    tile: usize,
}

impl Bytes {
    /// Zeros, on a page's boundary, in large pages where the system has them.
    fn new(tiles: usize, tile: usize) -> Result<Self, String> {
        let bytes = (tiles * tile).max(1);
        let map = MmapMut::map_anon(bytes).map_err(|error| {
            format!("no memory for {bytes} bytes of weights ({error}); use a smaller model")
        })?;
        // A hint: without large pages it is only slower.
        #[cfg(target_os = "linux")]
        let _ = map.advise(Advice::HugePage);
        Ok(Self { map, tile })
    }
}

/// Writes the sixteen rows of one tile: number of the tile, its codes, its scales.
type Fill<'a> = &'a (dyn Fn(usize, &mut [u8], &mut [u8]) + Sync);

impl PackedMatrix {
    /// Packs `rows` times `columns` weights as they lie in a GGUF file. A type without a kernel of its own is held in
    /// half precision, see [`has_kernel`].
    ///
    /// # Errors
    /// When `data` does not have that many weights, or the columns do not fit the type's blocks.
    pub(crate) fn pack(
        dtype: GgmlDType,
        data: &[u8],
        rows: usize,
        columns: usize,
    ) -> Result<Self, String> {
        let block = dtype.block_size();
        if rows == 0 || columns == 0 || !columns.is_multiple_of(block) {
            return Err(format!(
                "a matrix of {rows} by {columns} cannot be of type {dtype:?}: columns come in blocks of {block}"
            ));
        }
        let row = columns / block * dtype.type_size();
        if data.len() != rows * row {
            return Err(format!(
                "{} bytes instead of {} for a matrix of {rows} by {columns} of type {dtype:?}",
                data.len(),
                rows * row,
            ));
        }
        let rows_of = |tile: usize| {
            let first = tile * ROWS;
            (first..rows.min(first + ROWS)).map(move |at| &data[at * row..(at + 1) * row])
        };
        let matrix = |fill: Fill<'_>| Self::filled(Format::holding(dtype), rows, columns, fill);
        match dtype {
            GgmlDType::F32 => matrix(&|tile, codes, _| {
                interleave::<4>(rows_of(tile), codes);
            }),
            GgmlDType::F16 => matrix(&|tile, codes, _| {
                interleave::<2>(rows_of(tile), codes);
            }),
            GgmlDType::BF16 => matrix(&|tile, codes, _| {
                interleave::<2>(rows_of(tile), codes);
            }),
            GgmlDType::Q4_0 => matrix(&|tile, codes, scales| {
                each_block(rows_of(tile), 18, |lane, block, from| {
                    let code = nibbles(&from[2..18]);
                    put_half(&mut scales[block * Q4::SCALES..], lane, &from[..2]);
                    put_nibbles(&mut codes[block * Q4::CODES..], lane, &code);
                });
            }),
            GgmlDType::Q5_0 => matrix(&|tile, codes, scales| {
                each_block(rows_of(tile), 22, |lane, block, from| {
                    let mut code = nibbles(&from[6..22]);
                    let high = u32::from_le_bytes([from[2], from[3], from[4], from[5]]);
                    for (at, code) in code.iter_mut().enumerate() {
                        // q - 16, with its highest bit turned over.
                        *code = (*code | ((high >> at) as u8 & 1) << 4) + 128 - 16;
                    }
                    put_half(&mut scales[block * Q8::SCALES..], lane, &from[..2]);
                    put_bytes(&mut codes[block * Q8::CODES..], lane, &code);
                });
            }),
            GgmlDType::Q8_0 => matrix(&|tile, codes, scales| {
                each_block(rows_of(tile), 34, |lane, block, from| {
                    let mut code = [0; BLOCK];
                    for (code, from) in code.iter_mut().zip(&from[2..]) {
                        *code = from ^ 0x80;
                    }
                    put_half(&mut scales[block * Q8::SCALES..], lane, &from[..2]);
                    put_bytes(&mut codes[block * Q8::CODES..], lane, &code);
                });
            }),
            GgmlDType::Q4K => matrix(&|tile, codes, scales| {
                each_block(rows_of(tile), 144, |lane, span, from| {
                    let codes = &mut codes[span * 8 * Q4K::CODES..];
                    pack_q4k(from, lane, codes, &mut scales[span * Q4K::SCALES..]);
                });
            }),
            GgmlDType::Q6K => matrix(&|tile, codes, scales| {
                each_block(rows_of(tile), 210, |lane, span, from| {
                    let codes = &mut codes[span * 8 * Q6K::CODES..];
                    pack_q6k(from, lane, codes, &mut scales[span * Q6K::SCALES..]);
                });
            }),
            GgmlDType::Q4_1
            | GgmlDType::Q5_1
            | GgmlDType::Q8_1
            | GgmlDType::Q2K
            | GgmlDType::Q3K
            | GgmlDType::Q5K
            | GgmlDType::Q8K => {
                let failed = OnceLock::new();
                let packed = matrix(&|tile, codes, _| {
                    let rows: Vec<u8> = rows_of(tile).flatten().copied().collect();
                    match halves(dtype, rows, columns) {
                        Ok(rows) => interleave::<2>(rows.chunks_exact(2 * columns), codes),
                        Err(error) => drop(failed.set(error.to_string())),
                    }
                });
                failed.into_inner().map_or(packed, Err)
            }
        }
    }

    /// Packs `rows` times `columns` numbers.
    ///
    /// # Errors
    /// When there are not that many.
    #[cfg(test)]
    pub(crate) fn pack_f32(data: &[f32], rows: usize, columns: usize) -> Result<Self, String> {
        let bytes: Vec<u8> = data.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::pack(GgmlDType::F32, &bytes, rows, columns)
    }

    /// One matrix with the rows of all, one below the other.
    ///
    /// # Errors
    /// When columns or formats differ, or one but the last has rows that are not a multiple of sixteen.
    pub(crate) fn stack(parts: Vec<Self>) -> Result<Self, String> {
        let [first, ..] = &parts[..] else {
            return Err("nothing to stack".to_owned());
        };
        let (format, columns) = (first.format, first.columns);
        for (index, part) in parts.iter().enumerate() {
            let last = index + 1 == parts.len();
            if part.format != format || part.columns != columns {
                return Err(format!(
                    "{} columns of {:?} cannot be stacked on {columns} of {format:?}",
                    part.columns, part.format
                ));
            }
            if !last && !part.rows.is_multiple_of(ROWS) {
                return Err(format!("{} rows are not a multiple of {ROWS}", part.rows));
            }
        }
        let rows = parts.iter().map(|part| part.rows).sum();
        let mut whole = Self::empty(format, rows, columns)?;
        let (mut code, mut scale) = (0, 0);
        // By value: each part's memory is given back as soon as it is copied.
        for part in parts {
            let tiles = part.rows.div_ceil(ROWS);
            let (codes, scales) = (tiles * part.codes.tile, tiles * part.scales.tile);
            whole.codes.map[code..code + codes].copy_from_slice(&part.codes.map[..codes]);
            whole.scales.map[scale..scale + scales].copy_from_slice(&part.scales.map[..scales]);
            code += codes;
            scale += scales;
        }
        Ok(whole)
    }

    fn empty(format: Format, rows: usize, columns: usize) -> Result<Self, String> {
        let tiles = rows.div_ceil(ROWS);
        let (codes, scales) = format.tile(columns);
        Ok(Self {
            format,
            rows,
            columns,
            codes: Bytes::new(tiles, codes)?,
            scales: Bytes::new(tiles, scales)?,
        })
    }

    /// Fills all tiles, on as many threads as the matrix is worth.
    fn filled(format: Format, rows: usize, columns: usize, fill: Fill<'_>) -> Result<Self, String> {
        const WORTH: usize = 1 << 20;
        let mut matrix = Self::empty(format, rows, columns)?;
        let tiles = rows.div_ceil(ROWS);
        let threads = std::thread::available_parallelism()
            .map_or(1, usize::from)
            .min(rows * columns / WORTH)
            .clamp(1, tiles);
        let share = tiles.div_ceil(threads);
        let (code, scale) = (matrix.codes.tile, matrix.scales.tile);
        let codes = matrix.codes.map[..tiles * code].chunks_mut(share * code);
        // An area of no bytes has no chunks.
        let mut scales = matrix.scales.map[..tiles * scale].chunks_mut((share * scale).max(1));
        std::thread::scope(|scope| {
            for (index, codes) in codes.enumerate() {
                let scales = scales.next().unwrap_or_default();
                scope.spawn(move || {
                    let mut scales = scales.chunks_mut(scale.max(1));
                    for (at, codes) in codes.chunks_mut(code).enumerate() {
                        let scales = scales.next().unwrap_or_default();
                        fill(index * share + at, codes, scales);
                    }
                });
            }
        });
        Ok(matrix)
    }

    /// Outputs.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Inputs.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// How its weights lie in memory.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Memory that it takes.
    #[expect(
        dead_code,
        reason = "`benches/kernel.rs` compiles this module once more"
    )]
    pub(crate) fn bytes(&self) -> usize {
        self.codes.map.len() + self.scales.map.len()
    }

    /// Codes, or numbers, of tile `tile` and all that follow.
    pub(super) fn codes(&self, tile: usize) -> &[u8] {
        &self.codes.map[tile * self.codes.tile..]
    }

    /// Scales of tile `tile` and all that follow.
    pub(super) fn scales(&self, tile: usize) -> &[u8] {
        &self.scales.map[tile * self.scales.tile..]
    }
}

/// Rows of any type as numbers of half precision. A few rows at a time: single precision lies beside them meanwhile.
fn halves(dtype: GgmlDType, rows: Vec<u8>, columns: usize) -> candle_core::Result<Vec<u8>> {
    let count = rows.len() / (columns / dtype.block_size() * dtype.type_size());
    // Owned bytes are aligned for every type; bytes of a file need not be.
    let storage = QStorage::from_data(rows.into(), &Device::Cpu, dtype)?;
    let numbers = QTensor::new(storage, (count, columns))?
        .dequantize(&Device::Cpu)?
        .flatten_all()?
        .to_vec1::<f32>()?;
    let halves = numbers.into_iter().map(f16::from_f32);
    Ok(halves.flat_map(f16::to_le_bytes).collect())
}
