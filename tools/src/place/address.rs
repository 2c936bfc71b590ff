//! An address in ten segments. It is what was said, not whether it exists.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fold::{Folded, Span};
use super::scan;

/// The ten segments of an address, in order of size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// 省, 自治区, 直辖市
    Province,
    /// 市
    City,
    /// 区, 县
    District,
    /// 街道, 镇, 乡
    Street,
    /// 社区, 小区, 村
    Community,
    /// 网格, 组
    Grid,
    /// 路, 街, 巷
    Road,
    /// 号
    Number,
    /// 楼, 栋, 幢, with the 单元
    Building,
    /// 室, or only the floor
    Room,
}

impl Part {
    /// All, in order.
    pub const ALL: [Self; 10] = [
        Self::Province,
        Self::City,
        Self::District,
        Self::Street,
        Self::Community,
        Self::Grid,
        Self::Road,
        Self::Number,
        Self::Building,
        Self::Room,
    ];

    /// The Chinese name of the segment.
    pub fn name(self) -> &'static str {
        match self {
            Self::Province => "省",
            Self::City => "市",
            Self::District => "区",
            Self::Street => "街道",
            Self::Community => "社区",
            Self::Grid => "网格",
            Self::Road => "路",
            Self::Number => "号",
            Self::Building => "楼",
            Self::Room => "室",
        }
    }
}

/// One segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// In simplified characters and half-width figures.
    pub text: String,
    /// Where the message says it; `None` when the gazetteer filled it in.
    pub span: Option<Span>,
}

/// What a message says about where it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The segments that are known.
    pub segments: BTreeMap<Part, Segment>,
    /// The second road of a crossing: 石桥路和滨江路路口.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross: Option<Segment>,
    /// A thing that everybody around knows: 菜场, 文庙广场.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landmark: Option<Segment>,
    /// How it lies to the landmark, or within the building: 对面, 路口, 楼道.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<Segment>,
}

impl Address {
    /// Reads the segments of a message by their endings alone, without a gazetteer.
    pub fn parse(message: &str) -> Self {
        scan::scan(&Folded::new(message), &[]).address
    }

    /// The text of a segment.
    pub fn get(&self, part: Part) -> Option<&str> {
        self.segments
            .get(&part)
            .map(|segment| segment.text.as_str())
    }

    /// The segments in order, as one writes an address; empty when none is known.
    pub fn line(&self) -> String {
        let mut line = String::new();
        // 新村3组, and the number belongs to its road.
        for (part, segment) in &self.segments {
            line.push_str(&segment.text);
            if *part == Part::Road
                && let Some(cross) = &self.cross
            {
                line.push('与');
                line.push_str(&cross.text);
            }
        }
        for extra in [&self.landmark, &self.near].into_iter().flatten() {
            line.push_str(&extra.text);
        }
        line
    }

    /// Whether somebody who is sent there finds it: a road with a number or a crossing, a community, or a landmark.
    pub fn is_findable(&self) -> bool {
        let has = |part: Part| self.segments.contains_key(&part);
        has(Part::Community)
            || (has(Part::Road)
                && (has(Part::Number) || has(Part::Building) || self.cross.is_some()))
            || self.landmark.is_some()
    }
}

#[cfg(test)]
mod tests;
