//! What of an answer must be the same when the same question is asked again: all of it, byte for byte, but the identifier of
//! the conversation. [`crate::tally`] counts how many answers a case had.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::record::Sample;

/// An answer as it is compared: as JSON, without the identifier of its conversation.
pub fn comparable(answer: &Value) -> String {
    let mut answer = answer.clone();
    if let Some(fields) = answer.as_object_mut() {
        // The other keys keep their order.
        fields.shift_remove("conversation");
    }
    answer.to_string()
}

/// The whole answer of an agent, or the text where there is no more.
pub(crate) fn hash(sample: &Sample) -> u128 {
    let text = match (&sample.error, &sample.answer) {
        (Some(error), _) => format!("\0{error}"),
        (None, Value::Null) => sample.output.clone(),
        (None, answer) => comparable(answer),
    };
    // Two hashes of 64 bits, so that two answers in a million runs are not taken for one.
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, &text).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_keys_is_part_of_an_answer() {
        assert_ne!(
            comparable(&json!({"a": 1, "b": 2})),
            comparable(&json!({"b": 2, "a": 1}))
        );
        assert_eq!(
            comparable(&json!({"a": 1, "conversation": "x"})),
            comparable(&json!({"a": 1}))
        );
    }
}
