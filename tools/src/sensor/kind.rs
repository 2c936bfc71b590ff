//! The kinds of things that are measured. They are data: a new kind is an entry of the file, not a line of code.

use serde::Deserialize;
use toml::Spanned;

use super::error::{SensorError, at, read};
use super::query::Aggregate;
use super::unit::Unit;
use crate::place::fold::folded;

/// One kind of measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct SensorKind {
    /// Its name in data: `people_flow`.
    pub code: String,
    /// Its name for people: 客流.
    pub title: String,
    /// What people say, folded. Two kinds may share a word.
    pub words: Vec<String>,
    /// The unit in which values are kept.
    pub unit: Unit,
    /// Units which the devices of this kind write and by which they mean the same.
    pub also: Vec<Unit>,
    /// The smallest plausible value.
    pub low: f64,
    /// The largest plausible value.
    pub high: f64,
    /// In g/mol; only gases have one.
    pub molar_mass: Option<f64>,
    /// What a question means that does not say.
    pub aggregate: Aggregate,
    /// How the sensors of one place become one number.
    pub join: Join,
    /// Figures behind the point in an answer.
    pub decimals: u8,
}

/// How the values that several sensors of one place report for one moment become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// They are parts of a whole; a moment for which one is missing has no value.
    Sum,
    /// They measure the same.
    Mean,
    /// The worst counts, and it is the highest.
    Highest,
    /// The worst counts, and it is the lowest.
    Lowest,
}

impl Join {
    /// In words, for an answer.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sum => "相加",
            Self::Mean => "取平均",
            Self::Highest => "取最大",
            Self::Lowest => "取最小",
        }
    }
}

/// The kinds of a city.
#[derive(Debug, Clone, PartialEq)]
pub struct Kinds {
    kinds: Vec<SensorKind>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kind: Vec<Spanned<Written>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    code: Spanned<String>,
    title: Spanned<String>,
    words: Spanned<Vec<String>>,
    unit: Spanned<String>,
    #[serde(default)]
    also: Vec<Spanned<String>>,
    range: Spanned<[f64; 2]>,
    molar_mass: Option<Spanned<f64>>,
    aggregate: Spanned<String>,
    join: Join,
    decimals: Spanned<u8>,
}

impl Kinds {
    /// Reads the file of kinds; `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// [`SensorError::Data`] with file, line and key: unknown keys, a code given twice, a unit or an aggregate that is none, an
    /// empty range.
    pub fn parse(file: &str, text: &str) -> Result<Self, SensorError> {
        let written: File = read(file, text)?;
        let mut kinds: Vec<SensorKind> = Vec::with_capacity(written.kind.len());
        for entry in written.kind {
            let code = entry.get_ref().code.clone();
            let kind = kind(file, text, entry.into_inner())?;
            if kinds.iter().any(|other| other.code == kind.code) {
                let message = format!("`{}` is given twice", kind.code);
                return Err(at(file, text, &code.span(), "code", message));
            }
            kinds.push(kind);
        }
        Ok(Self { kinds })
    }

    /// The kind of a code.
    pub fn get(&self, code: &str) -> Option<&SensorKind> {
        self.kinds.iter().find(|kind| kind.code == code)
    }

    /// All of them, in order of the file.
    pub fn all(&self) -> &[SensorKind] {
        &self.kinds
    }
}

impl SensorKind {
    /// A value as it is shown: `12.5`.
    pub fn number(&self, value: f64) -> String {
        let shown = format!("{value:.*}", usize::from(self.decimals));
        // Rounding must not leave a `-0`.
        let zero = shown.chars().all(|next| matches!(next, '-' | '0' | '.'));
        if zero {
            shown.trim_start_matches('-').to_owned()
        } else {
            shown
        }
    }

    /// A value with its unit: `12.5ppm`.
    pub fn shown(&self, value: f64) -> String {
        format!("{}{}", self.number(value), self.unit.name())
    }

    /// A limit with its unit: finer than a value, since it may have been converted, and without idle zeros.
    pub(super) fn limit(&self, limit: f64) -> String {
        let shown = format!("{limit:.*}", usize::from(self.decimals) + 2);
        let shown = shown.trim_end_matches('0').trim_end_matches('.');
        format!("{shown}{}", self.unit.name())
    }

    /// The number that a value in some unit is in the unit of this kind.
    ///
    /// # Errors
    ///
    /// [`SensorError::IncompatibleUnit`] with the units that were possible.
    pub fn convert(&self, value: f64, unit: Unit) -> Result<f64, SensorError> {
        if self.also.contains(&unit) {
            return Ok(value);
        }
        unit.convert(value, self.unit, self.molar_mass)
    }
}

/// Checks an entry.
fn kind(file: &str, text: &str, written: Written) -> Result<SensorKind, SensorError> {
    let wrong = |span, key: &str, message| Err(at(file, text, &span, key, message));
    let unit = |name: &Spanned<String>, key| {
        let read = Unit::read(name.get_ref());
        read.map_err(|error| at(file, text, &name.span(), key, error.to_string()))
    };
    for (key, value) in [("code", &written.code), ("title", &written.title)] {
        if value.get_ref().trim().is_empty() {
            return wrong(value.span(), key, "is empty; write a name".to_owned());
        }
    }
    let words: Vec<String> = written
        .words
        .get_ref()
        .iter()
        .map(|it| folded(it))
        .collect();
    if words.is_empty() || words.iter().any(|word| word.chars().count() < 2) {
        let message = "write at least one word, each of two characters or more".to_owned();
        return wrong(written.words.span(), "words", message);
    }
    let [low, high] = *written.range.get_ref();
    if !(low.is_finite() && high.is_finite() && low < high) {
        let message = "write `[low, high]` with low below high".to_owned();
        return wrong(written.range.span(), "range", message);
    }
    if let Some(mass) = &written.molar_mass
        && !(mass.get_ref().is_finite() && *mass.get_ref() > 0.0)
    {
        let message = "write the molar mass in g/mol, above zero".to_owned();
        return wrong(mass.span(), "molar_mass", message);
    }
    let Some(aggregate) = Aggregate::plain(written.aggregate.get_ref()) else {
        let message = format!(
            "`{}` is none of latest, mean, max, min, sum, count",
            written.aggregate.get_ref()
        );
        return wrong(written.aggregate.span(), "aggregate", message);
    };
    if *written.decimals.get_ref() > 6 {
        let message = "write at most 6".to_owned();
        return wrong(written.decimals.span(), "decimals", message);
    }
    Ok(SensorKind {
        unit: unit(&written.unit, "unit")?,
        also: written
            .also
            .iter()
            .map(|name| unit(name, "also"))
            .collect::<Result<_, _>>()?,
        code: written.code.into_inner(),
        title: written.title.into_inner(),
        words,
        low,
        high,
        molar_mass: written.molar_mass.map(Spanned::into_inner),
        aggregate,
        join: written.join,
        decimals: written.decimals.into_inner(),
    })
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::LazyLock;

    use super::*;

    /// The kinds of the demo city.
    pub(in crate::sensor) static KINDS: LazyLock<Kinds> = LazyLock::new(|| {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../seeds/sensors/kinds.toml");
        let text = std::fs::read_to_string(file).expect("the file is there");
        Kinds::parse("kinds.toml", &text).expect("the file is right")
    });

    const RIGHT: &str = r#"[[kind]]
code = "h2s"
title = "硫化氢"
words = ["硫化氢"]
unit = "ppm"
range = [0, 1000]
molar_mass = 34.08
aggregate = "max"
join = "highest"
decimals = 1
"#;

    fn check(from: &str, to: &str, expected: &str) {
        let error = Kinds::parse("k.toml", &RIGHT.replace(from, to)).expect_err("is wrong");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn errors_name_file_line_and_key() {
        assert!(Kinds::parse("k.toml", RIGHT).is_ok());
        check(
            "decimals = 1",
            "decimals = 1\ncolour = 2",
            "`k.toml` line 11: `colour`: unknown field `colour`, expected one of `code`, `title`, `words`, `unit`, `also`, `range`, `molar_mass`, `aggregate`, `join`, `decimals`",
        );
        check(
            "\"max\"",
            "\"above\"",
            "`k.toml` line 8: `aggregate`: `above` is none of latest, mean, max, min, sum, count",
        );
        check(
            "[0, 1000]",
            "[5, 5]",
            "`k.toml` line 6: `range`: write `[low, high]` with low below high",
        );
        check(
            "34.08",
            "-1.0",
            "`k.toml` line 7: `molar_mass`: write the molar mass in g/mol, above zero",
        );
        check(
            "[\"硫化氢\"]",
            "[\"臭\"]",
            "`k.toml` line 4: `words`: write at least one word, each of two characters or more",
        );
        check(
            "\"硫化氢\"\n",
            "\" \"\n",
            "`k.toml` line 3: `title`: is empty; write a name",
        );
        check(
            "decimals = 1",
            "decimals = 9",
            "`k.toml` line 10: `decimals`: write at most 6",
        );
        let twice = format!("{RIGHT}\n{RIGHT}");
        let error = Kinds::parse("k.toml", &twice).expect_err("is wrong");
        assert_eq!(
            error.to_string(),
            "`k.toml` line 13: `code`: `h2s` is given twice"
        );
        let error = Kinds::parse("k.toml", &RIGHT.replace("ppm", "ppb")).expect_err("is wrong");
        assert!(
            error
                .to_string()
                .starts_with("`k.toml` line 5: `unit`: `ppb` is not a unit;")
        );
    }

    #[test]
    fn the_city_measures_seventeen_kinds() {
        let codes: Vec<&str> = KINDS.all().iter().map(|kind| kind.code.as_str()).collect();
        let expected = "people_flow parking_free h2s ch4 flood_depth water_level rain pm25 pm10 no2 o3 co temperature noise tilt displacement pressure";
        assert_eq!(codes.join(" "), expected);
        for kind in KINDS.all() {
            assert!((4..=10).contains(&kind.words.len()), "{}", kind.code);
        }
    }

    #[test]
    fn values_are_shown_without_a_negative_zero() {
        let kind = KINDS.get("displacement").unwrap();
        assert_eq!(kind.shown(-0.04), "0.0mm");
        assert_eq!(kind.shown(-1.25), "-1.2mm");
        assert_eq!(
            KINDS.get("noise").unwrap().convert(61.0, Unit::Decibel),
            Ok(61.0)
        );
    }
}
