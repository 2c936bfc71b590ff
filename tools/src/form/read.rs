//! What a piece of a person's words means for a field. The one place where words become a value: a stored value is checked
//! by reading its words again.

use jiff::civil::Date;
use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::{Number, Value as Json, json};

use super::field::{Field, Kind};
use super::fold::{Folded, plain, visible};
use super::validate::{
    Amount, Invalid, address, amount, bank, credit_code, date, identity, integer, mail, mobile,
    name, phone, plate,
};

pub(super) mod words;

use words::{Meaning, chosen};

/// The value that `words` are for `field`, which fits the field's schema.
///
/// # Errors
/// What is wrong with the words, for the person.
pub fn read(field: &Field, words: &str, today: Date) -> Result<Json, Invalid> {
    let value = match field.kind {
        Kind::Name => name(words)?.into(),
        Kind::Identity => identity(words, today)?.number.into(),
        Kind::Mobile => mobile(words)?.into(),
        Kind::Phone => phone(words)?.into(),
        Kind::CreditCode => credit_code(words)?.into(),
        Kind::Date => date(words, today)?.to_string().into(),
        Kind::Amount => yuan(amount(words)?, field)?,
        Kind::Integer => integer(words)?.into(),
        Kind::Address => address(words)?.into(),
        Kind::Mail => mail(words)?.into(),
        Kind::Plate => plate(words)?.into(),
        Kind::Bank => bank(words)?.into(),
        Kind::Choice | Kind::YesNo => choice(field, words)?,
        Kind::Text => visible(words).into(),
    };
    fits(field, &value)?;
    Ok(value)
}

/// Whether a value fits the field's own schema.
pub(super) fn fits(field: &Field, value: &Json) -> Result<(), Invalid> {
    field
        .validator
        .validate(value)
        .map_err(|error| Invalid(format!("“{}”{}", field.title, misfit(&error))))
}

fn yuan(amount: Amount, field: &Field) -> Result<Json, Invalid> {
    let (yuan, fen) = (amount.fen / 100, amount.fen % 100);
    if fen == 0 {
        return Ok(yuan.into());
    }
    if field.json_type() == "integer" {
        return Err(Invalid("这里的金额应为整数元，请核对".into()));
    }
    let decimal: f64 = format!("{yuan}.{fen:02}").parse().unwrap_or_default();
    Ok(Number::from_f64(decimal).map_or(Json::Null, Json::Number))
}

/// The one choice that the words mean; a value of the data itself is taken too.
fn choice(field: &Field, words: &str) -> Result<Json, Invalid> {
    let plain = plain(words);
    let written = |value: &Json| {
        value
            .as_str()
            .map_or_else(|| format!("{value}") == plain, |text| text == plain)
    };
    if let Some(choice) = field.choices.iter().find(|choice| written(&choice.value)) {
        return Ok(choice.value.clone());
    }
    let folded = Folded::new(words);
    let found = chosen(field, &folded, 0..folded.len());
    let mut values: Vec<&Json> = Vec::new();
    for Meaning { value, .. } in &found {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    match values[..] {
        [value] => Ok(value.clone()),
        [] => Err(Invalid(format!("请从{}中选择", options(field)))),
        _ => Err(Invalid(format!("请只选一项：{}", options(field)))),
    }
}

/// The titles from which to choose.
pub(super) fn options(field: &Field) -> String {
    let mut titles: Vec<String> = field
        .choices
        .iter()
        .map(|choice| format!("“{}”", choice.title))
        .collect();
    if titles.is_empty() {
        titles = vec!["“是”".into(), "“否”".into()];
    }
    titles.join("、")
}

/// What a value does not fit, in the person's language.
fn misfit(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::MinLength { limit } => format!("至少要写{limit}个字"),
        ValidationErrorKind::MaxLength { limit } => format!("最多写{limit}个字"),
        ValidationErrorKind::Minimum { limit } => format!("不能小于{}", json!(limit)),
        ValidationErrorKind::Maximum { limit } => format!("不能大于{}", json!(limit)),
        ValidationErrorKind::ExclusiveMinimum { limit } => format!("应大于{}", json!(limit)),
        ValidationErrorKind::ExclusiveMaximum { limit } => format!("应小于{}", json!(limit)),
        // The set of keywords is open; a field's schema has few others, and they are named.
        other => format!("不符合要求（{}），请核对", other.keyword()),
    }
}
