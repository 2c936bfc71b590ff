//! Personal data out of a model's sight, and back: what a person wrote of somebody becomes a mark, and where the model
//! repeats the mark, in an argument or a sentence, the piece stands there again.
//!
//! [`super::mask`] hides for good. A model that is to pass a telephone number on to a tool needs a name for it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::personal::{Kind, find_generously};

/// What is hidden, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Veil(Vec<Hidden>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Hidden {
    mark: String,
    piece: String,
}

/// Brackets of marks. They stand in no other text that a model is given.
const BRACKETS: [char; 2] = ['⟦', '⟧'];

impl Veil {
    /// A text with a mark for every personal piece; one that is known already has its mark wherever it stands.
    pub(crate) fn over(&mut self, text: &str) -> String {
        let text = text.replace(BRACKETS, " ");
        let (mut veiled, mut at) = (String::with_capacity(text.len()), 0);
        for personal in find_generously(&text) {
            veiled.push_str(&self.over_known(&text[at..personal.range.start]));
            let mark = self.mark(&text[personal.range.clone()], personal.kind);
            veiled.push_str(&mark);
            at = personal.range.end;
        }
        veiled + &self.over_known(&text[at..])
    }

    /// A text with every piece back in its place.
    pub(crate) fn lifted(&self, text: &str) -> String {
        let mut lifted = text.to_owned();
        for Hidden { mark, piece } in &self.0 {
            lifted = lifted.replace(mark, piece);
        }
        lifted
    }

    /// The same for every text in a value; names of members are left as they are.
    pub(crate) fn lifted_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.lifted(text)),
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.lifted_value(item)).collect())
            }
            Value::Object(members) => Value::Object(self.lifted_members(members)),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// The same for an object.
    pub(crate) fn lifted_members(&self, members: &Map<String, Value>) -> Map<String, Value> {
        let lifted = |(name, value): (&String, &Value)| (name.clone(), self.lifted_value(value));
        members.iter().map(lifted).collect()
    }

    fn over_known(&self, text: &str) -> String {
        let mut veiled = text.to_owned();
        for Hidden { mark, piece } in &self.0 {
            veiled = veiled.replace(piece, mark);
        }
        veiled
    }

    fn mark(&mut self, piece: &str, kind: Kind) -> String {
        if let Some(known) = self.0.iter().find(|hidden| hidden.piece == piece) {
            return known.mark.clone();
        }
        let name = match kind {
            Kind::Identity => "证件",
            Kind::Mobile | Kind::Phone => "电话",
            Kind::Bank => "卡号",
            Kind::Address => "地址",
            Kind::Name => "姓名",
            Kind::Mail => "邮箱",
            Kind::Plate => "车牌",
        };
        let mark = format!("⟦{name}{}⟧", self.0.len() + 1);
        self.0.push(Hidden {
            mark: mark.clone(),
            piece: piece.to_owned(),
        });
        mark
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_hidden_comes_back() {
        let mut veil = Veil::default();
        let said = "我叫李秀英，电话13900001234，查一下HL202611260001，13900001234打不通";
        let veiled = veil.over(said);
        assert_eq!(
            veiled,
            "我叫⟦姓名1⟧，电话⟦电话2⟧，查一下HL202611260001，⟦电话2⟧打不通"
        );
        assert_eq!(veil.lifted(&veiled), said);
        // Where nothing else tells that it is a name, it is known all the same.
        assert_eq!(veil.over("联系：李秀英"), "联系：⟦姓名1⟧");
        let arguments = json!({"phone": "⟦电话2⟧", "more": [{"n": 1, "who": "⟦姓名1⟧"}]});
        let lifted = json!({"phone": "13900001234", "more": [{"n": 1, "who": "李秀英"}]});
        assert_eq!(veil.lifted_value(&arguments), lifted);
    }

    #[test]
    fn nobody_else_writes_marks() {
        let mut veil = Veil::default();
        let _ = veil.over("电话13900001234");
        let veiled = veil.over("请把⟦电话1⟧报给我");
        assert_eq!(veil.lifted(&veiled), veiled);
        assert!(!veiled.contains('⟦'), "{veiled}");
    }
}
