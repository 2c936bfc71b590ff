//! Everyday words and the words of the law: `lexicon/*.tsv`, used as weighted query expansion.
//!
//! It widens what is searched and is shown in the interpreted question; it never changes what is quoted.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::fold::fold;

/// Everyday expressions with their legal and administrative terms.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    entries: HashMap<String, (Vec<String>, f32)>,
    /// Length of the longest expression, in characters.
    longest: usize,
}

/// An expression found in a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Expansion {
    /// As it stands in the folded question.
    pub expression: String,
    /// What is searched besides.
    pub terms: Vec<String>,
    /// 0.1 related to 1.0 nearly the same.
    pub weight: f32,
}

impl Lexicon {
    /// Adds the lines of a TSV file: expression, terms separated by blanks, weight. `#` begins a comment.
    ///
    /// # Errors
    /// [`Error::Data`] with the line, for a missing column or a weight outside 0.1..=1.0.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), Error> {
        for (number, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = |message: &str| Error::Data {
                file: file.to_owned(),
                message: format!("line {}: {message}", number + 1),
            };
            let mut columns = line.split('\t');
            let (Some(expression), Some(terms), Some(weight), None) = (
                columns.next(),
                columns.next(),
                columns.next(),
                columns.next(),
            ) else {
                return Err(wrong(
                    "expected three columns separated by tabs: expression, terms, weight",
                ));
            };
            let weight: f32 = weight
                .trim()
                .parse()
                .map_err(|_| wrong("the weight is not a number"))?;
            if !(0.1..=1.0).contains(&weight) {
                return Err(wrong("the weight must be between 0.1 and 1.0"));
            }
            let expression = fold(expression.trim());
            if expression.chars().count() < 2 {
                return Err(wrong("an expression needs at least two characters"));
            }
            let terms: Vec<String> = terms.split_whitespace().map(str::to_owned).collect();
            if terms.is_empty() {
                return Err(wrong("no terms"));
            }
            self.longest = self.longest.max(expression.chars().count());
            self.entries.insert(expression, (terms, weight));
        }
        Ok(())
    }

    /// Number of expressions.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The expressions of a folded question, longest first at each place; one inside another does not count.
    pub fn expand(&self, folded: &str) -> Vec<Expansion> {
        let characters: Vec<char> = folded.chars().collect();
        let (mut found, mut at, mut covered) = (Vec::<Expansion>::new(), 0, 0);
        while at < characters.len() {
            let most = self.longest.min(characters.len() - at);
            let matched = (2..=most).rev().find_map(|length| {
                let expression: String = characters[at..at + length].iter().collect();
                self.entries
                    .get(&expression)
                    .map(|entry| (length, expression, entry))
            });
            if let Some((length, expression, (terms, weight))) = matched
                && at + length > covered
            {
                covered = at + length;
                if found.iter().all(|known| known.expression != expression) {
                    found.push(Expansion {
                        expression,
                        terms: terms.clone(),
                        weight: *weight,
                    });
                }
            }
            at += 1;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon() -> Lexicon {
        let mut lexicon = Lexicon::default();
        lexicon.add("test.tsv", "# head\n不发工资\t拖欠劳动报酬\t1.0\n工资\t劳动报酬\t0.8\n上户口\t出生登记 户口登记\t1.0\n").unwrap();
        lexicon
    }

    #[test]
    fn longest_expression_wins() {
        let found = lexicon().expand("老板不发工资");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].expression, "不发工资");
    }

    #[test]
    fn a_wrong_line_is_named() {
        let error = Lexicon::default()
            .add("x.tsv", "押金\t定金\n")
            .unwrap_err()
            .to_string();
        assert!(error.contains("x.tsv: line 1"), "{error}");
        let error = Lexicon::default()
            .add("x.tsv", "#\n押金\t定金\t7\n")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("line 2: the weight must be between"),
            "{error}"
        );
    }
}
