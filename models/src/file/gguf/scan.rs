//! A walk over the header of a GGUF file that trusts nothing and allocates next to nothing.
//!
//! It finds where the tensors lie and whether what declares itself is there. The values themselves are candle's matter.

use std::collections::HashSet;

use crate::file::weights::Weights;

/// Bounds far above every real file: a vocabulary of 256,000 tokens has about a million list elements.
const TENSORS: u64 = 1 << 16;
const KEYS: u64 = 1 << 14;
const ELEMENTS: u64 = 4 << 20;
const TEXT: u64 = 4 << 20;
const DIMENSIONS: u32 = 4;

/// What a file says of itself.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) tensors: Vec<Tensor>,
    /// Every tensor begins at a multiple of this.
    pub(super) alignment: u64,
    /// Where the offsets count from.
    pub(super) data_start: u64,
}

/// A tensor as it is declared.
#[derive(Debug)]
pub(super) struct Tensor {
    pub(super) name: String,
    /// Columns first, as GGUF writes them.
    pub(super) dimensions: Vec<u64>,
    pub(super) elements: u64,
    pub(super) offset: u64,
}

impl Header {
    /// Refuses tensors that share bytes.
    pub(super) fn check_overlap(&self, weights: &Weights) -> Result<(), String> {
        let mut placed: Vec<_> = weights.infos.iter().collect();
        placed.sort_by_key(|(_, info)| (info.start, info.length));
        match placed
            .windows(2)
            .find(|pair| pair[0].1.start + pair[0].1.length > pair[1].1.start)
        {
            None => Ok(()),
            Some(pair) => Err(format!(
                "the tensors `{}` and `{}` lie over one another",
                pair[0].0, pair[1].0
            )),
        }
    }
}

/// Walks over the header.
pub(super) fn scan(bytes: &[u8]) -> Result<Header, String> {
    let mut reader = Reader {
        bytes,
        at: 0,
        elements: 0,
    };
    if reader.take(4)? != b"GGUF" {
        return Err("this is no GGUF file".into());
    }
    match reader.u32()? {
        2 | 3 => {}
        1 => return Err("GGUF version 1 is too old; fetch a newer file of this model".into()),
        version if version.swap_bytes() < 1 << 16 => {
            return Err("the file is for machines of the other byte order".into());
        }
        version => return Err(format!("GGUF version {version} is not known")),
    }
    let (tensors, keys) = (reader.u64()?, reader.u64()?);
    if tensors > TENSORS || keys > KEYS {
        return Err(format!(
            "the header claims {tensors} tensors and {keys} keys, more than any model has"
        ));
    }
    let alignment = reader.keys(keys)?;
    let tensors = reader.tensors(tensors)?;
    let data_start = (reader.at as u64).next_multiple_of(alignment);
    Ok(Header {
        tensors,
        alignment,
        data_start,
    })
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    elements: u64,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], String> {
        let rest = &self.bytes[self.at..];
        let taken = usize::try_from(count)
            .ok()
            .and_then(|count| rest.get(..count))
            .ok_or_else(|| {
                format!(
                    "the file is cut off: its header goes on after its last byte, {}; fetch it again",
                    self.bytes.len()
                )
            })?;
        self.at += taken.len();
        Ok(taken)
    }

    fn u32(&mut self) -> Result<u32, String> {
        let taken = self.take(4)?;
        Ok(u32::from_le_bytes([taken[0], taken[1], taken[2], taken[3]]))
    }

    fn u64(&mut self) -> Result<u64, String> {
        Ok(u64::from(self.u32()?) | u64::from(self.u32()?) << 32)
    }

    fn text(&mut self) -> Result<&'a [u8], String> {
        let length = self.u64()?;
        if length > TEXT {
            return Err(format!(
                "a text in the header claims {length} bytes, more than any model has"
            ));
        }
        self.take(length)
    }

    fn name(&mut self) -> Result<String, String> {
        let text = self.text()?;
        // Candle drops trailing NULs of names, so names with them would not be found again.
        std::str::from_utf8(text)
            .ok()
            .filter(|name| !name.is_empty() && !name.contains('\0') && name.len() < 256)
            .map(str::to_owned)
            .ok_or_else(|| "a name in the header is damaged; fetch the file again".into())
    }

    /// Walks over all keys and returns the alignment, which one of them may state.
    fn keys(&mut self, count: u64) -> Result<u64, String> {
        let mut alignment = 32;
        let mut seen = HashSet::new();
        for _ in 0..count {
            let key = self.name()?;
            let kind = self.u32()?;
            let before = self.at;
            self.value(kind, 0)?;
            if key == "general.alignment" {
                let stated = self.bytes[before..self.at]
                    .try_into()
                    .map(u32::from_le_bytes);
                alignment = stated
                    .ok()
                    .filter(|stated| kind == 4 && stated.is_power_of_two() && *stated <= 1 << 16)
                    .ok_or("the key `general.alignment` is no power of two up to 65536")?
                    .into();
            }
            if let Some(key) = seen.replace(key) {
                return Err(format!("the key `{key}` is there twice"));
            }
        }
        Ok(alignment)
    }

    fn value(&mut self, kind: u32, depth: u32) -> Result<(), String> {
        match kind {
            0 | 1 => self.take(1).map(drop),
            7 => match self.take(1)?[0] {
                0 | 1 => Ok(()),
                other => Err(format!("{other} is neither true nor false")),
            },
            2 | 3 => self.take(2).map(drop),
            4..=6 => self.take(4).map(drop),
            10..=12 => self.take(8).map(drop),
            8 => self.text().map(drop),
            9 if depth < 2 => self.list(depth),
            9 => Err("lists in the header lie too deep in one another".into()),
            other => Err(format!(
                "a value in the header has the unknown type {other}"
            )),
        }
    }

    fn list(&mut self, depth: u32) -> Result<(), String> {
        let (kind, count) = (self.u32()?, self.u64()?);
        self.elements = self.elements.saturating_add(count);
        if self.elements > ELEMENTS {
            return Err(format!(
                "lists in the header claim {} elements, more than any model has",
                self.elements
            ));
        }
        (0..count).try_for_each(|_| self.value(kind, depth + 1))
    }

    fn tensors(&mut self, count: u64) -> Result<Vec<Tensor>, String> {
        let mut tensors = Vec::new();
        let mut seen = HashSet::new();
        for _ in 0..count {
            let tensor = self.tensor()?;
            if !seen.insert(tensor.name.clone()) {
                return Err(format!("the tensor `{}` is there twice", tensor.name));
            }
            tensors.push(tensor);
        }
        // In the order of the file, so that the first one missing is the one that is named.
        tensors.sort_by_key(|tensor| tensor.offset);
        Ok(tensors)
    }

    fn tensor(&mut self) -> Result<Tensor, String> {
        let name = self.name()?;
        let count = self.u32()?;
        if count == 0 || count > DIMENSIONS {
            return Err(format!("the tensor `{name}` has {count} dimensions"));
        }
        let dimensions = (0..count)
            .map(|_| self.u64())
            .collect::<Result<Vec<_>, _>>()?;
        let elements = dimensions
            .iter()
            .try_fold(1_u64, |product, &n| product.checked_mul(n))
            .filter(|&elements| elements > 0 && elements < 1 << 42)
            .ok_or_else(|| format!("the tensor `{name}` has no possible size"))?;
        supported(&name, self.u32()?)?;
        let offset = self.u64()?;
        Ok(Tensor {
            name,
            dimensions,
            elements,
            offset,
        })
    }
}

/// Refuses the types that candle does not know, by their names in ggml.
fn supported(tensor: &str, kind: u32) -> Result<(), String> {
    let name = match kind {
        0..=3 | 6..=15 | 30 => return Ok(()),
        16 => "IQ2_XXS",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        20 => "IQ4_NL",
        21 => "IQ3_S",
        22 => "IQ2_S",
        23 => "IQ4_XS",
        24 => "I8",
        25 => "I16",
        26 => "I32",
        27 => "I64",
        28 => "F64",
        29 => "IQ1_M",
        34 => "TQ1_0",
        35 => "TQ2_0",
        39 => "MXFP4",
        40 => "NVFP4",
        _ => "unknown",
    };
    Err(format!(
        "the tensor `{tensor}` has the type {name} ({kind}), which is not supported; take the Q4_K_M, Q6_K, Q8_0, F16 or BF16 file of this model"
    ))
}
