//! Bytes to text: UTF-8, UTF-16 and GB18030, with and without byte order marks. A wrong guess would garble a law
//! silently, so doubtful bytes are an error, not a best effort.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use super::ReadError;

/// Share of characters outside ASCII that must be everyday Chinese for a guess to be believed.
const PLAUSIBLE: f64 = 0.6;

/// Bytes looked at for a guess; enough for any statistics, and independent of the size of the file.
const SAMPLE: usize = 256 << 10;

/// Text with `\n` as its only line end, and the name of the encoding it was in.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) encoding: &'static str,
}

/// Decodes `bytes`; `declared` is what the file says of itself, which is tried first and believed only without errors.
pub(super) fn decode(
    bytes: &[u8],
    declared: Option<&'static Encoding>,
) -> Result<Decoded, ReadError> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        // The mark stays in the text, where it is listed as invisible.
        return strictly(encoding, bytes).ok_or_else(|| not_utf8(bytes));
    }
    let said = declared.filter(|encoding| *encoding != UTF_8);
    if let Some(decoded) =
        said.and_then(|encoding| strictly(if encoding == GBK { GB18030 } else { encoding }, bytes))
    {
        return Ok(decoded);
    }
    if let (Ok(text), false) = (std::str::from_utf8(bytes), is_half_zero(bytes)) {
        return Ok(Decoded {
            text: with_line_feeds(text),
            encoding: UTF_8.name(),
        });
    }
    let found = if is_half_zero(bytes) {
        wide(bytes)
    } else {
        guess(bytes).or_else(|| wide(bytes))
    };
    found.ok_or_else(|| not_utf8(bytes))
}

fn not_utf8(bytes: &[u8]) -> ReadError {
    let offset = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), |_| 0);
    ReadError::Encoding { offset }
}

/// Decodes without a single replacement, or not at all.
fn strictly(encoding: &'static Encoding, bytes: &[u8]) -> Option<Decoded> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(Decoded {
        text: with_line_feeds(&text),
        encoding: encoding.name(),
    })
}

fn with_line_feeds(text: &str) -> String {
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.to_owned()
    }
}

/// ASCII in UTF-16: every second byte is zero. As UTF-8 it would be valid too, with as many NUL characters.
fn is_half_zero(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let zeros = sample.iter().filter(|byte| **byte == 0).count();
    zeros > 0 && zeros * 5 >= sample.len() * 2
}

/// UTF-16 without a mark, known by the zero bytes of its ASCII characters and line ends or, in pure Chinese, by its
/// characters alone.
fn wide(bytes: &[u8]) -> Option<Decoded> {
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let zeros = |parity: usize| {
        sample
            .iter()
            .skip(parity)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd) = (zeros(0), zeros(1));
    let known = if even * 8 < odd {
        Some(UTF_16LE)
    } else if odd * 8 < even {
        Some(UTF_16BE)
    } else {
        None
    };
    // Zero bytes are evidence by themselves, so that any ideograph will do beside them.
    let encoding = known
        .filter(|encoding| is_plausible(encoding, sample, is_ideograph))
        .or_else(|| {
            [UTF_16LE, UTF_16BE]
                .into_iter()
                .find(|encoding| is_plausible(encoding, sample, is_everyday))
        })?;
    strictly(encoding, bytes)
}

fn guess(bytes: &[u8]) -> Option<Decoded> {
    if is_broken_utf8(bytes) {
        return None;
    }
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, sample.len() == bytes.len());
    let guessed = detector.guess(None, Utf8Detection::Deny);
    // GB18030 holds GBK. Traditional text also makes valid GB18030, of characters that nobody uses.
    if is_plausible(GB18030, sample, is_everyday) {
        return strictly(GB18030, bytes);
    }
    (guessed == BIG5 && is_plausible(BIG5, sample, is_ideograph)).then(|| strictly(BIG5, bytes))?
}

/// Whether most bytes outside ASCII form UTF-8 sequences: then the file is damaged UTF-8, not something else.
fn is_broken_utf8(bytes: &[u8]) -> bool {
    let (mut inside, mut outside) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        inside += chunk
            .valid()
            .bytes()
            .filter(|byte| !byte.is_ascii())
            .count();
        outside += chunk.invalid().len();
    }
    inside > 0 && inside >= outside * 4
}

/// Whether the bytes read as Chinese of `common` characters, mixed with any ASCII text that has no control characters.
fn is_plausible(encoding: &'static Encoding, sample: &[u8], common: fn(char) -> bool) -> bool {
    let (text, _) = encoding.decode_without_bom_handling(sample);
    let (mut usual, mut strange, mut controls, mut total) = (0_usize, 0_usize, 0_usize, 0_usize);
    for character in text.chars() {
        total += 1;
        match character {
            '\0' | '\t' | '\n' | '\r' | '\u{0C}' | '\u{20}'..='\u{7E}' | '\u{FEFF}' => {}
            // Rare names: four bytes in GB18030, which chance hardly makes.
            '\u{3400}'..='\u{4DBF}' | '\u{20000}'..='\u{323AF}' => {}
            '·' | '“' | '”' | '‘' | '’' | '—' | '…' | '×' | '℃' | '\u{3000}'..='\u{301F}' =>
            {
                usual += 1;
            }
            '\u{FF01}'..='\u{FF5E}' | '\u{2460}'..='\u{249B}' => usual += 1,
            other if other.is_control() => controls += 1,
            other if common(other) => usual += 1,
            _ => strange += 1,
        }
    }
    controls * 100 <= total && usual as f64 >= (usual + strange) as f64 * PLAUSIBLE
}

fn is_ideograph(character: char) -> bool {
    ('\u{4E00}'..='\u{9FA5}').contains(&character)
}

/// Whether a character is one of the 6,763 of GB 2312, known by its two bytes there.
fn is_everyday(character: char) -> bool {
    let mut buffer = [0; 4];
    let (bytes, _, _) = GB18030.encode(character.encode_utf8(&mut buffer));
    matches!(*bytes, [0xB0..=0xF7, 0xA1..=0xFE])
}
