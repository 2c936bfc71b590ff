//! Personal data in running text: found by structure, checksum and the words around it, each kind in a file of its own.
//!
//! This says what is found and where; [`super::mask`] says what is hidden in which text. The two differ on purpose. What
//! [`find`] tells is exact: a landline that an office is called by and an order number that happens to look like a
//! mobile number are nobody's data. A mask is generous, since a number too many costs less than one too few.
//!
//! Names and addresses have no checksum. They are told by surnames, titles, kinds of streets and the words before them,
//! so some are missed. Figures in Chinese characters (一三八…) are no numbers here.

mod address;
mod bank;
mod context;
mod figures;
mod identity;
mod mail;
mod mobile;
mod name;
mod phone;
mod plate;

use std::ops::Range;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::value::fold::Folded;

pub(super) use address::street;

/// A piece of personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    /// Bytes of the text.
    pub range: Range<usize>,
    /// What it is.
    pub kind: Kind,
}

/// Kinds of personal data. Their names are a public contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// 居民身份证号码: a possible region and date, and the right check character.
    #[serde(rename = "id")]
    Identity,
    /// 手机号.
    #[serde(rename = "mobile")]
    Mobile,
    /// 银行卡号: known issuer, right check digit.
    #[serde(rename = "bank")]
    Bank,
    /// Where somebody lives, to the house or the door.
    #[serde(rename = "addr")]
    Address,
    /// 姓名.
    #[serde(rename = "name")]
    Name,
    /// An e-mail address.
    #[serde(rename = "mail")]
    Mail,
    /// 机动车号牌.
    #[serde(rename = "plate")]
    Plate,
    /// 固定电话.
    #[serde(rename = "phone")]
    Phone,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Identity,
        Self::Mobile,
        Self::Bank,
        Self::Address,
        Self::Name,
        Self::Mail,
        Self::Plate,
        Self::Phone,
    ];

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "id",
            Self::Mobile => "mobile",
            Self::Bank => "bank",
            Self::Address => "addr",
            Self::Name => "name",
            Self::Mail => "mail",
            Self::Plate => "plate",
            Self::Phone => "phone",
        }
    }
}

/// The number that begins at a place among folded characters, if it is one of a kind.
type At = fn(&[char], usize) -> Option<Matched>;

/// Finders of numbers; the first that fits is taken.
const NUMBERS: [At; 4] = [identity::at, mobile::at, bank::at, phone::at];

/// Everything of a kind among folded characters, given what was found before.
type Finder = fn(&[char], &[Matched]) -> Vec<Matched>;

/// Finders that read a whole text; what an earlier one took stays taken.
const OTHERS: [Finder; 3] = [plate::find, address::find, name::find];

/// Everything personal in a text, in order and disjoint.
pub fn find(text: &str) -> Vec<Personal> {
    let folded = Folded::new(text);
    let mut found = numbers(&folded.chars);
    found.retain(|matched| !context::is_nobodys(&folded.chars, matched));
    add_others(&folded.chars, &mut found);
    personal(&folded, found)
}

/// Numbers and mail alone, whosever they are.
pub(super) fn find_numbers(text: &str) -> Vec<Personal> {
    let folded = Folded::new(text);
    let found = numbers(&folded.chars);
    personal(&folded, found)
}

/// As [`find`], with every number, whosever it is.
pub(super) fn find_generously(text: &str) -> Vec<Personal> {
    let folded = Folded::new(text);
    let mut found = numbers(&folded.chars);
    add_others(&folded.chars, &mut found);
    personal(&folded, found)
}

fn personal(folded: &Folded, found: Vec<Matched>) -> Vec<Personal> {
    found
        .into_iter()
        .map(|matched| Personal {
            range: folded.range(matched.from, matched.to),
            kind: matched.kind,
        })
        .collect()
}

/// Something found among folded characters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Matched {
    from: usize,
    to: usize,
    kind: Kind,
}

impl Matched {
    fn overlaps(&self, other: &Self) -> bool {
        self.from < other.to && other.from < self.to
    }
}

fn add_others(chars: &[char], found: &mut Vec<Matched>) {
    for finder in OTHERS {
        for matched in finder(chars, found) {
            if !found.iter().any(|taken| taken.overlaps(&matched)) {
                found.push(matched);
            }
        }
    }
    found.sort_unstable_by_key(|matched| matched.from);
}

/// Numbers and mail, in order.
fn numbers(chars: &[char]) -> Vec<Matched> {
    let (mut found, mut at): (Vec<Matched>, usize) = (Vec::new(), 0);
    while at < chars.len() {
        let floor = found.last().map_or(0, |last| last.to);
        let one = match chars[at] {
            '@' => mail::around(chars, at, floor),
            '0'..='9' | '+' | '(' if figures::may_begin(chars, at) => NUMBERS
                .iter()
                .find_map(|finder| finder(chars, at))
                .filter(|matched| figures::may_end(chars, matched.to)),
            _ => None,
        };
        match one {
            Some(matched) => {
                at = matched.to;
                found.push(matched);
            }
            // A run of figures is judged as a whole, so that no part of an order number is taken for a telephone.
            None if chars[at].is_ascii_digit() => at += figures::run(chars, at),
            None => at += 1,
        }
    }
    found
}

/// A list of words.
type Words = LazyLock<Vec<&'static str>>;

fn words(list: &'static str) -> Vec<&'static str> {
    list.split_whitespace().collect()
}

/// The characters before `at` as text, `most` of them.
fn before(chars: &[char], at: usize, most: usize) -> String {
    chars[at.saturating_sub(most)..at].iter().collect()
}

/// The characters from `at` on as text, `most` of them.
fn after(chars: &[char], at: usize, most: usize) -> String {
    chars[at.min(chars.len())..].iter().take(most).collect()
}

#[cfg(test)]
mod tests;
