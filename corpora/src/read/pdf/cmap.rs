//! ToUnicode CMaps: which characters the codes of a font stand for. Written here because lopdf lists every code of a
//! range when it loads one, and a range of four thousand million codes takes thirty bytes to write.

/// Entries kept of one map; the largest real fonts have 65,536.
const ENTRIES: usize = 200_000;

/// Bytes a code may have.
const WIDTH: usize = 4;

/// A map from codes to text.
#[derive(Debug, Default)]
pub(super) struct CMap {
    /// Lowest and highest code of each permitted range, byte by byte.
    spaces: Vec<(Vec<u8>, Vec<u8>)>,
    /// Ascending by width and first code.
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    width: usize,
    first: u32,
    last: u32,
    target: Vec<u16>,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Hex(Vec<u8>),
    Open,
    Close,
    Word(String),
}

impl CMap {
    /// Reads what can be read; a damaged rest is ignored, since the codes it would map show up as unknown.
    pub(super) fn parse(bytes: &[u8]) -> Self {
        let mut map = Self::default();
        let mut section = String::new();
        let mut pending: Vec<Vec<u8>> = Vec::new();
        let mut list: Option<Vec<Vec<u8>>> = None;
        for token in tokens(bytes) {
            if map.entries.len() >= ENTRIES {
                break;
            }
            match token {
                Token::Word(word) if word.starts_with("begin") || word.starts_with("end") => {
                    section = word;
                    pending.clear();
                    list = None;
                }
                Token::Word(_) => {}
                Token::Open => list = Some(Vec::new()),
                Token::Close => {
                    if let (Some(targets), [first, last]) = (list.take(), pending.as_slice()) {
                        map.list(first, last, &targets);
                    }
                    pending.clear();
                }
                Token::Hex(value) => match &mut list {
                    Some(targets) => targets.push(value),
                    None => {
                        pending.push(value);
                        map.section(&section, &mut pending);
                    }
                },
            }
        }
        map.entries.sort_by_key(|entry| (entry.width, entry.first));
        map
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn section(&mut self, section: &str, pending: &mut Vec<Vec<u8>>) {
        match (section, pending.as_slice()) {
            ("begincodespacerange", [low, high]) => self.spaces.push((low.clone(), high.clone())),
            ("beginbfchar", [code, target]) => self.push(code, code, units(target)),
            ("beginbfrange", [first, last, target]) => self.push(first, last, units(target)),
            (_, [_, _, _]) => {}
            _ => return,
        }
        pending.clear();
    }

    fn list(&mut self, first: &[u8], last: &[u8], targets: &[Vec<u8>]) {
        let (Some(start), Some(end)) = (number(first), number(last)) else {
            return;
        };
        for (code, target) in (start..=end).zip(targets).take(ENTRIES) {
            self.entries.push(Entry {
                width: first.len(),
                first: code,
                last: code,
                target: units(target),
            });
        }
    }

    fn push(&mut self, first: &[u8], last: &[u8], target: Vec<u16>) {
        if let (Some(start), Some(end)) = (number(first), number(last))
            && start <= end
            && !target.is_empty()
        {
            self.entries.push(Entry {
                width: first.len(),
                first: start,
                last: end,
                target,
            });
        }
    }

    /// Decodes a string of a font whose codes are `width` bytes long where the map does not say otherwise. Unknown
    /// codes become U+FFFD.
    pub(super) fn decode(&self, bytes: &[u8], width: usize, out: &mut String) {
        let mut rest = bytes;
        let mut units = Vec::new();
        while !rest.is_empty() {
            let length = self.length(rest).unwrap_or(width).min(rest.len());
            let (code, next) = rest.split_at(length);
            match self.lookup(code) {
                Some(found) => units.extend(found),
                // Some writers leave plain ASCII out of the map of a one-byte font.
                None if matches!(code, [0x20..=0x7E]) => units.push(u16::from(code[0])),
                None => units.push(0xFFFD),
            }
            rest = next;
        }
        out.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or('\u{FFFD}')));
    }

    /// The length of the code at the head of `bytes`, by the ranges that the map permits.
    fn length(&self, bytes: &[u8]) -> Option<usize> {
        let fits = |low: &[u8], high: &[u8]| {
            low.len() == high.len()
                && bytes.len() >= low.len()
                && bytes
                    .iter()
                    .zip(low.iter().zip(high))
                    .all(|(byte, (low, high))| (low..=high).contains(&byte))
        };
        let fitting = self
            .spaces
            .iter()
            .filter(|(low, high)| !low.is_empty() && fits(low, high));
        fitting.map(|(low, _)| low.len()).min()
    }

    fn lookup(&self, code: &[u8]) -> Option<Vec<u16>> {
        let (width, value) = (code.len(), number(code)?);
        let after = self
            .entries
            .partition_point(|entry| (entry.width, entry.first) <= (width, value));
        let entry = self.entries[..after].last()?;
        if entry.width != width || value > entry.last {
            return None;
        }
        let mut target = entry.target.clone();
        // Within a range the last unit counts on; ranges never carry over into the unit before.
        let offset = u16::try_from(value - entry.first).ok()?;
        let last = target.last_mut()?;
        *last = last.checked_add(offset)?;
        Some(target)
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    (1..=WIDTH).contains(&bytes.len()).then(|| {
        bytes
            .iter()
            .fold(0, |value, byte| value << 8 | u32::from(*byte))
    })
}

fn units(bytes: &[u8]) -> Vec<u16> {
    match bytes {
        [single] => vec![u16::from(*single)],
        _ => bytes
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| u16::from_be_bytes(*pair))
            .collect(),
    }
}

fn tokens(bytes: &[u8]) -> impl Iterator<Item = Token> + '_ {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        loop {
            let (first, next) = rest.split_first()?;
            match first {
                b'%' => {
                    let end = rest
                        .iter()
                        .position(|byte| matches!(byte, b'\n' | b'\r'))
                        .unwrap_or(rest.len());
                    rest = &rest[end..];
                }
                b'<' if !next.starts_with(b"<") => {
                    let end = next
                        .iter()
                        .position(|byte| *byte == b'>')
                        .unwrap_or(next.len());
                    let value = hexadecimal(&next[..end]);
                    rest = next.get(end + 1..).unwrap_or_default();
                    return Some(Token::Hex(value));
                }
                b'[' | b']' => {
                    rest = next;
                    return Some(if *first == b'[' {
                        Token::Open
                    } else {
                        Token::Close
                    });
                }
                byte if byte.is_ascii_alphabetic() => {
                    let end = rest
                        .iter()
                        .position(|byte| !byte.is_ascii_alphanumeric())
                        .unwrap_or(rest.len());
                    let word = String::from_utf8_lossy(&rest[..end]).into_owned();
                    rest = &rest[end..];
                    return Some(Token::Word(word));
                }
                _ => rest = next,
            }
        }
    })
}

fn hexadecimal(digits: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .iter()
        .filter_map(|digit| char::from(*digit).to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    // A missing last digit counts as zero.
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
        .collect()
}
