//! What people ask about the clauses of laws: `asked/*.tsv`. A question is searched together with the clause that it is about, so
//! that a clause is found by words it does not have. It is never shown, quoted or taken for evidence.
//!
//! Which clause is meant is found by words that stand in it, and not by its number: numbers move with each amendment.

use std::collections::{BTreeMap, HashMap};

use crate::error::Error;
use crate::fold::fold;
use crate::index::sha256;
use crate::revision::short_title;

/// Matters that laws decide, with questions about them.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// By the short title of the law.
    laws: HashMap<String, Vec<Matter>>,
    /// Hash of each file, by its name.
    files: BTreeMap<String, String>,
}

/// One thing that a law decides.
#[derive(Debug, Clone)]
struct Matter {
    /// Folded words of its clause.
    words: Vec<String>,
    /// One in each line.
    questions: String,
}

/// A passage that questions may be about.
pub(crate) struct Candidate<'a> {
    /// Title of its document.
    pub(crate) title: &'a str,
    /// Its text.
    pub(crate) text: &'a str,
}

/// Share of a matter's words, by their length, that its clause has at least.
const SHARE: usize = 50;

/// Of clauses that have equally many of the words a matter belongs to the first so many: an article is cut, or said twice.
const ALIKE: usize = 4;

impl Asked {
    /// Adds the lines of a TSV file: title of the law, words of the clause separated by blanks, questions separated by `|`.
    /// `#` begins a comment.
    ///
    /// # Errors
    /// [`Error::Data`] with the line, for a missing or an empty column; then nothing of the file is added.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), Error> {
        let lines = text.lines().zip(1..);
        let lines = lines.filter(|(line, _)| !line.trim().is_empty() && !line.starts_with('#'));
        let matters: Vec<(String, Matter)> = lines
            .map(|(line, number)| {
                matter(line).map_err(|message| Error::Data {
                    file: file.to_owned(),
                    message: format!("line {number}: {message}"),
                })
            })
            .collect::<Result<_, _>>()?;
        for (law, matter) in matters {
            self.laws.entry(law).or_default().push(matter);
        }
        self.files.insert(file.to_owned(), sha256(text.as_bytes()));
        Ok(())
    }

    /// Number of questions.
    pub fn len(&self) -> usize {
        let matters = self.laws.values().flatten();
        matters.map(|matter| matter.questions.lines().count()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.laws.is_empty()
    }

    /// Hash of all of it; empty of nothing.
    pub fn digest(&self) -> String {
        if self.files.is_empty() {
            return String::new();
        }
        let files: String = self.files.values().cloned().collect();
        sha256(files.as_bytes())
    }

    /// Hash of what is asked about a document of this title; empty of nothing.
    pub(crate) fn digest_of(&self, title: &str) -> String {
        let Some(matters) = self.laws.get(&short_title(title)) else {
            return String::new();
        };
        let line = |matter: &Matter| format!("{}\t{}\n", matter.words.join(" "), matter.questions);
        let lines: String = matters.iter().map(line).collect();
        sha256(lines.as_bytes())
    }

    /// For each passage the questions about it, one in each line.
    pub(crate) fn about(&self, passages: &[Candidate<'_>]) -> Vec<String> {
        let mut about = vec![String::new(); passages.len()];
        let mut laws: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        let mut titles: HashMap<&str, String> = HashMap::new();
        for (number, passage) in passages.iter().enumerate() {
            let law = titles
                .entry(passage.title)
                .or_insert_with(|| short_title(passage.title));
            if self.laws.contains_key(law) {
                laws.entry(law.clone()).or_default().push(number);
            }
        }
        for (law, numbers) in &laws {
            let texts = numbers.iter().map(|number| fold(passages[*number].text));
            let texts: Vec<String> = texts.collect();
            for matter in &self.laws[law] {
                for place in matter.places(&texts) {
                    let about = &mut about[numbers[place]];
                    about.push('\n');
                    about.push_str(&matter.questions);
                }
            }
        }
        about
    }
}

impl Matter {
    /// The texts that have the most of its words, if that is enough.
    fn places(&self, texts: &[String]) -> Vec<usize> {
        let all: usize = self.words.iter().map(String::len).sum();
        let (mut most, mut places) = (0, Vec::new());
        for (place, text) in texts.iter().enumerate() {
            let has = self.words.iter().filter(|word| text.contains(*word));
            let has: usize = has.map(String::len).sum();
            if has > most {
                most = has;
                places.clear();
            }
            if has == most && has > 0 {
                places.push(place);
            }
        }
        places.truncate(ALIKE);
        if most * 100 < all * SHARE {
            places.clear();
        }
        places
    }
}

fn matter(line: &str) -> Result<(String, Matter), &'static str> {
    let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
    let [law, words, questions] = columns[..] else {
        return Err(
            "expected three columns separated by tabs: law, words of the clause, questions",
        );
    };
    let words: Vec<String> = words.split_whitespace().map(fold).collect();
    let questions: Vec<&str> = questions
        .split('|')
        .map(str::trim)
        .filter(|question| !question.is_empty())
        .collect();
    let law = short_title(law);
    if law.is_empty() || words.is_empty() || questions.is_empty() {
        return Err("a column is empty");
    }
    let questions = questions.join("\n");
    Ok((law, Matter { words, questions }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        let mut asked = Asked::default();
        let text = "# head\n居民身份证法\t居民身份证 六十日内 发放\t办的证俩月了没影|多久能拿到 | \n\
            《居民身份证法》\t扣押 居民身份证\t前台押着不还\n\n";
        asked.add("a.tsv", text).unwrap();
        asked
    }

    fn about(title: &str, texts: &[&str]) -> Vec<String> {
        let candidates: Vec<Candidate<'_>> =
            texts.iter().map(|text| Candidate { title, text }).collect();
        asked().about(&candidates)
    }

    #[test]
    fn questions_go_to_the_clause_that_has_the_words() {
        let texts = [
            "公安机关应当自收到申请之日起六十日内发放居民身份证。",
            "任何人不得扣押居民身份证。",
            "本法自2004年1月1日起施行。",
        ];
        let expected = ["\n办的证俩月了没影\n多久能拿到", "\n前台押着不还", ""];
        assert_eq!(about("中华人民共和国居民身份证法", &texts), expected);
        assert_eq!(about("居民身份证法（2011年修正）", &texts), expected);
        assert_eq!(about("护照法", &texts), ["", "", ""]);
        // Of a clause that has less than half of the words it is not known whether it is the one.
        assert_eq!(about("居民身份证法", &["本法规定发放。"]), [""]);
        assert_eq!(about("居民身份证法", &[]), [""; 0]);
        assert_eq!(asked().len(), 3);
    }

    #[test]
    fn a_wrong_line_is_named_and_nothing_of_its_file_counts() {
        let check = |text: &str, expected: &str| {
            let mut asked = Asked::default();
            let error = asked.add("a.tsv", text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            assert!(asked.is_empty());
            assert_eq!(asked.digest(), "");
        };
        check(
            "甲法\t词\t问\n甲法\t词\n",
            "a.tsv: line 2: expected three columns",
        );
        check("甲法\t词\t | \n", "line 1: a column is empty");
        check("甲法\t\t问\n", "line 1: a column is empty");
        check("\t词\t问\n", "line 1: a column is empty");
        check("甲法\t词\t问\t又\n", "line 1: expected three columns");
    }
}
