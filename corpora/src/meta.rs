//! What a document says of itself: title, issuing body, dates. Not its content.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Metadata of a document. Every field is optional in a file; [`Meta::or`] fills gaps from another source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Meta {
    /// Identifier given by the publisher of the file, for example `HL-012`.
    pub id: Option<String>,
    /// Full official title.
    pub title: Option<String>,
    /// 发文机关.
    pub issuing_body: Option<String>,
    /// 法律, 行政法规, 地方性法规, 政府规章, 规范性文件, 办事指南, 通知 ...
    pub document_type: Option<String>,
    /// The place where it applies, for example `全国` or `和澜市`.
    pub jurisdiction: Option<String>,
    /// 发文字号.
    pub document_number: Option<String>,
    /// 公布 date of this revision.
    pub version_date: Option<Date>,
    /// 施行 date: the first day on which this revision applies.
    pub effective_date: Option<Date>,
    /// Whether this revision is in force.
    pub status: Option<Status>,
    /// The first day on which a newer revision applies instead.
    pub superseded_on: Option<Date>,
    /// The first day on which it no longer applies (废止).
    pub repealed_on: Option<Date>,
    /// Where the file came from, in words or as an address.
    pub source: Option<String>,
}

/// Validity as the file states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In force.
    Current,
    /// Replaced by a newer revision.
    Superseded,
    /// 废止, with or without a known date.
    Repealed,
}

impl Meta {
    /// This metadata, with gaps filled from `other`.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self {
            id: self.id.or_else(|| other.id.clone()),
            title: self.title.or_else(|| other.title.clone()),
            issuing_body: self.issuing_body.or_else(|| other.issuing_body.clone()),
            document_type: self.document_type.or_else(|| other.document_type.clone()),
            jurisdiction: self.jurisdiction.or_else(|| other.jurisdiction.clone()),
            document_number: self
                .document_number
                .or_else(|| other.document_number.clone()),
            version_date: self.version_date.or(other.version_date),
            effective_date: self.effective_date.or(other.effective_date),
            status: self.status.or(other.status),
            superseded_on: self.superseded_on.or(other.superseded_on),
            repealed_on: self.repealed_on.or(other.repealed_on),
            source: self.source.or_else(|| other.source.clone()),
        }
    }
}
