//! Plain text, as it is. Web junk and hard-wrapped lines are left to the chunker.

use super::draft::Draft;
use super::{Limits, ReadError, encoding};
use crate::meta::Meta;
use crate::source::{Format, Source};

pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Source, ReadError> {
    let decoded = encoding::decode(bytes, None)?;
    let draft = Draft {
        text: decoded.text,
        dropped: Vec::new(),
    };
    draft.finish(Format::Text, decoded.encoding, Meta::default(), limits)
}
