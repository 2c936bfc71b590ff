//! One field of a form: what is asked, of what kind, and from where it may be filled.

use std::collections::BTreeMap;

use jsonschema::Validator;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// What a field holds, which decides how words are read and how the value is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 姓名.
    Name,
    /// 居民身份证号码 (GB 11643).
    Identity,
    /// 手机号.
    Mobile,
    /// A telephone number of any sort: landline with area code, or mobile.
    Phone,
    /// 统一社会信用代码 (GB 32100).
    CreditCode,
    /// A day; the value is `YYYY-MM-DD`.
    Date,
    /// Money in yuan.
    Amount,
    /// A whole number.
    Integer,
    /// An address down to the house.
    Address,
    /// An e-mail address.
    Mail,
    /// 机动车号牌 (GA 36).
    Plate,
    /// 银行卡号 (ISO/IEC 7812).
    Bank,
    /// One of the listed values.
    Choice,
    /// Yes or no.
    YesNo,
    /// Free text, taken as it was written.
    Text,
}

/// From where a value may come. [`super::Source`] says from where one did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// The person's own words.
    Given,
    /// The register of residents.
    Registry,
    /// Another field's identity number.
    Derived,
}

/// Who may see a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Anybody.
    Public,
    /// Those who handle the case.
    Personal,
    /// As few as can be (《个人信息保护法》第二十八条).
    Sensitive,
}

/// One of the values of a choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The value in the data.
    pub value: Json,
    /// What is shown.
    pub title: String,
    /// What people say for it.
    #[serde(default)]
    pub words: Vec<String>,
}

/// What follows from an identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Derivation {
    /// The date of birth, figures 7 to 14.
    Birth,
    /// The sex, by figure 17: odd is male.
    Sex,
}

/// `identity.birth`: the field with the number, and what is taken of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// Name of a field of kind [`Kind::Identity`].
    pub from: String,
    /// What is taken.
    pub part: Derivation,
}

/// One field. Made by [`super::Form::parse`], which has checked that its parts agree.
#[derive(Debug, Clone)]
pub struct Field {
    /// The key in `properties`.
    pub name: String,
    /// What it is called on the form.
    pub title: String,
    /// The question; empty where the person is never asked.
    pub ask: String,
    /// Why it is asked; empty where the person is never asked.
    pub why: String,
    /// What it holds.
    pub kind: Kind,
    /// Which sources may fill it, the preferred one first.
    pub sources: Vec<SourceKind>,
    /// The key of the register's record, where that may fill it.
    pub registry: Option<String>,
    /// What it follows from, where it may be derived.
    pub derived: Option<Derived>,
    /// Who may see it.
    pub sensitivity: Sensitivity,
    /// Words that introduce the value in speech.
    pub words: Vec<String>,
    /// The values of a choice, in the order in which they are shown.
    pub choices: Vec<Choice>,
    /// The field applies only if each of these fields has one of these values.
    pub when: BTreeMap<String, Vec<Json>>,
    /// Whether it must be filled wherever it applies.
    pub required: bool,
    /// Whether it may be left open all the same.
    pub skippable: bool,
    /// Whether the value must stand in the person's own words or in the register.
    pub critical: bool,
    /// Its JSON Schema, without our own keys.
    pub schema: Json,
    pub(super) validator: Validator,
}

impl Field {
    /// Whether a source of this sort may fill it.
    pub fn allows(&self, source: SourceKind) -> bool {
        self.sources.contains(&source) && !(self.critical && source == SourceKind::Derived)
    }

    /// The title of a value: that of the choice, 是 or 否, or the value as text.
    pub fn shown(&self, value: &Json) -> String {
        if let Some(choice) = self.choices.iter().find(|choice| choice.value == *value) {
            return choice.title.clone();
        }
        match value {
            Json::Bool(true) => "是".into(),
            Json::Bool(false) => "否".into(),
            Json::String(text) => text.clone(),
            Json::Null | Json::Number(_) | Json::Array(_) | Json::Object(_) => value.to_string(),
        }
    }

    /// `string`, `integer`, `number` or `boolean`.
    pub fn json_type(&self) -> &str {
        self.schema["type"].as_str().unwrap_or("string")
    }
}
