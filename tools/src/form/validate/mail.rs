//! E-mail addresses.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Invalid;
use crate::form::fold::{Folded, dense};

/// The dot-atom of RFC 5321 before the `@`, a host name with a full stop after it.
const SHAPE: &str = r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,24}";

static EXACT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(&format!("^{SHAPE}$")).expect("constant"));
static WITHIN: LazyLock<Regex> = LazyLock::new(|| Regex::new(SHAPE).expect("constant"));

/// RFC 5321, the form people use: letters, figures and `._%+-` before the `@`, a host name behind; at most 254
/// characters. The Chinese full stop of a keyboard left in Chinese is taken for a point.
///
/// # Errors
/// What is wrong, for the person.
pub fn mail(text: &str) -> Result<String, Invalid> {
    let address = dense(text).replace('。', ".");
    if address.len() > 254 || address.contains("..") || !EXACT.is_match(&address) {
        return Err(Invalid::new("邮箱地址应形如 name@example.com，请核对"));
    }
    Ok(address)
}

/// Addresses in running text.
pub(in crate::form) fn mails(text: &Folded, range: Range<usize>) -> Vec<Range<usize>> {
    text.matches(&WITHIN, range)
}
