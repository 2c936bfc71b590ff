//! What there is for one piece of text: passages in force that are a basis for it, or that it rests on a rule not in force,
//! and what is in force on the matter. A small series of searches; the turn does them one after the other.

use std::sync::LazyLock;

use corpora::{Found, Passage, Query};
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::basis::Basis;
use crate::compose::{Quote, compose};
use crate::kind::answer::query;
use crate::request::Request;
use crate::turn::{Scope, Setting, Step};
use crate::understand::Understood;

/// A search on its way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Search {
    request: Request,
    understood: Understood,
    /// What is looked for where the words alone find nothing: with what was said before them.
    wider: Option<String>,
    stage: Stage,
    found: Found,
    lapsed: Option<Lapsed>,
    /// The words of the clause that is not in force, if they were not looked for yet.
    own: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    /// Rules in force.
    Here,
    /// Likewise, with more words.
    Wider,
    /// Rules not in force.
    Lapsed,
    /// What is in force on the matter of one that is not.
    Offered,
}

/// A rule that is not in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lapsed {
    /// 《……》第……条.
    pub(super) clause: String,
    /// Its title.
    pub(super) title: String,
    /// Since or from when.
    pub(super) validity: String,
}

/// What came of a search.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Gathered {
    /// Pieces of clauses in force; of a blocked text, those that are offered.
    pub(super) quotes: Vec<Quote>,
    /// Whether it is doubtful that they answer.
    pub(super) weak: bool,
    /// A rule that the text rests on and that is not in force.
    pub(super) blocked: Option<Lapsed>,
    /// Why there are no quotes.
    pub(super) why: Option<Why>,
    /// Corpora that were searched.
    pub(super) searched: Vec<String>,
    /// Places whose rules apply.
    pub(super) places: Vec<String>,
}

/// Why nothing can be cited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Why {
    /// Nothing answers.
    Nothing,
    /// Rules of places within this one do; which place is not known.
    Place,
    /// A named clause is not there.
    Unknown(String),
    /// A rule not in force would answer.
    Lapsed(Lapsed),
    /// No office answers that.
    Declined,
}

/// What a search goes on with.
pub(super) enum Next {
    Step(Step),
    Done(Gathered),
}

/// How much better a rule not in force must match before it is named.
const BETTER: f32 = 1.15;

/// Fewer letters than these say too little to be looked for alone.
const THIN: usize = 8;

impl Search {
    /// Looks for what `text` asks; `context` is what was said before it. `base` has day, place and rights.
    pub(super) fn begin(
        setting: Setting<'_>,
        base: &Request,
        text: &str,
        context: &str,
    ) -> (Self, Next) {
        let request = Request {
            question: text.to_owned(),
            ..base.clone()
        };
        let understood = Understood::of(&request, setting.seeds, setting.place);
        let letters = text.chars().filter(|next| next.is_alphanumeric()).count();
        let wider = (!context.is_empty()).then(|| format!("{context} {text}"));
        let thin = letters <= THIN && wider.is_some();
        let mut search = Self {
            request,
            understood,
            wider,
            stage: Stage::Here,
            found: Found::default(),
            lapsed: None,
            own: None,
        };
        if setting.seeds.declined.find(text).is_some() {
            let gathered = search.gathered(Some(Why::Declined));
            return (search, Next::Done(gathered));
        }
        let next = if thin {
            search.widen(setting)
        } else {
            search.step(setting, Scope::InForce)
        };
        (search, next)
    }

    fn step(&self, setting: Setting<'_>, scope: Scope) -> Next {
        let query = query(setting, &self.request, &self.understood);
        Next::Step(Step::Retrieve(query, scope))
    }

    /// Goes on with what was found.
    pub(super) fn resume(&mut self, setting: Setting<'_>, found: Found) -> Next {
        match self.stage {
            Stage::Here => self.here(setting, found),
            Stage::Wider => self.settle(setting, found),
            Stage::Lapsed => self.lapsed(setting, &found),
            Stage::Offered => self.offered(setting, &found),
        }
    }

    fn basis(&self, found: &Found) -> Basis {
        Basis::of(&self.understood, found)
    }

    fn here(&mut self, setting: Setting<'_>, found: Found) -> Next {
        let held_back = found.titles.is_empty() && !found.titles_held_back.is_empty();
        let rests = Rest::of(&self.request.question).is_some();
        if (held_back || rests) && found.other_dates {
            self.found = found;
            self.stage = Stage::Lapsed;
            return self.step(setting, Scope::OutOfForce);
        }
        let unknown = found
            .no_such_clause
            .as_ref()
            .or(found.unknown_title.as_ref());
        if let Some(clause) = unknown.cloned() {
            self.found = found;
            return Next::Done(self.gathered(Some(Why::Unknown(clause))));
        }
        if !self.basis(&found).stands() && self.wider.is_some() {
            self.found = found;
            return self.widen(setting);
        }
        self.settle(setting, found)
    }

    fn widen(&mut self, setting: Setting<'_>) -> Next {
        self.stage = Stage::Wider;
        if let Some(wider) = self.wider.take() {
            let request = Request {
                question: wider,
                ..self.request.clone()
            };
            self.understood = Understood::of(&request, setting.seeds, setting.place);
            // It is one question: what was said before it is no part to be answered.
            self.understood.parts.clear();
        }
        self.step(setting, Scope::InForce)
    }

    /// There is a basis, or rules not in force are looked at, or there is nothing.
    fn settle(&mut self, setting: Setting<'_>, found: Found) -> Next {
        let basis = self.basis(&found);
        self.found = found;
        if basis.stands() {
            return Next::Done(self.quoted(setting, &basis));
        }
        if self.found.other_dates {
            self.stage = Stage::Lapsed;
            return self.step(setting, Scope::OutOfForce);
        }
        Next::Done(self.without(setting))
    }

    fn lapsed(&mut self, setting: Setting<'_>, found: &Found) -> Next {
        let rest = Rest::of(&self.request.question);
        let held = |passage: &Passage| self.found.titles_held_back.contains(&passage.title);
        let named = |passage: &Passage| {
            held(passage) || rest.as_ref().is_some_and(|rest| rest.names(passage))
        };
        // A clause that is named comes first, and is named with its number.
        let mut hits = found.hits.iter().map(|hit| &hit.passage);
        if let Some(passage) = hits.find(|passage| named(passage)) {
            let clause = (found.named > 0).then(|| passage.clause()).flatten();
            self.lapsed = Some(Lapsed::of(passage, clause));
            self.stage = Stage::Offered;
            return Next::Step(Step::Retrieve(
                self.matter(setting, passage),
                Scope::InForce,
            ));
        }
        let here = self.basis(&self.found);
        if here.stands() {
            return Next::Done(self.quoted(setting, &here));
        }
        let unknown = self.found.no_such_clause.as_ref();
        if let Some(clause) = unknown.or(self.found.unknown_title.as_ref()) {
            return Next::Done(self.gathered(Some(Why::Unknown(clause.clone()))));
        }
        let basis = self.basis(found);
        let fits = basis.stands() && basis.score() > here.score() * BETTER;
        let best = basis.chosen().next().filter(|_| fits);
        if let Some(best) = best {
            let lapsed = Lapsed::of(&best.hit.passage, None);
            return Next::Done(self.gathered(Some(Why::Lapsed(lapsed))));
        }
        if self.wider.is_some() && self.stage == Stage::Lapsed {
            return self.widen(setting);
        }
        Next::Done(self.without(setting))
    }

    /// The query for what is in force on the matter: the words without the rule that they name, or the rule's own.
    fn matter(&mut self, setting: Setting<'_>, passage: &Passage) -> Query {
        let bare = without_names(&self.request.question);
        let enough = bare.chars().filter(|next| next.is_alphanumeric()).count() >= THIN;
        let own: String = passage.text.chars().take(80).collect();
        if enough {
            self.own = Some(own);
            self.asked(setting, bare)
        } else {
            self.asked(setting, own)
        }
    }

    fn asked(&mut self, setting: Setting<'_>, question: String) -> Query {
        let request = Request {
            question,
            ..self.request.clone()
        };
        self.understood = Understood::of(&request, setting.seeds, setting.place);
        query(setting, &request, &self.understood)
    }

    fn offered(&mut self, setting: Setting<'_>, found: &Found) -> Next {
        let basis = self.basis(found);
        // What people ask of it is often not what it says.
        if !basis.stands()
            && let Some(own) = self.own.take()
        {
            return Next::Step(Step::Retrieve(self.asked(setting, own), Scope::InForce));
        }
        let mut gathered = if basis.stands() {
            self.quoted(setting, &basis)
        } else {
            self.gathered(None)
        };
        gathered.blocked = self.lapsed.take();
        gathered.searched.clone_from(&found.searched);
        Next::Done(gathered)
    }

    fn quoted(&self, setting: Setting<'_>, basis: &Basis) -> Gathered {
        let most = setting
            .agent
            .manifest
            .draft
            .as_ref()
            .map_or(1, |part| part.clauses);
        let mut quotes = compose(&self.understood, basis);
        let mut passages: Vec<String> = Vec::new();
        quotes.retain(|quote| {
            let id = &quote.passage.id;
            if !passages.contains(id) && passages.len() < most {
                passages.push(id.clone());
            }
            passages.contains(id)
        });
        let mut gathered = self.gathered(None);
        if quotes.is_empty() {
            gathered.why = Some(Why::Nothing);
        }
        gathered.quotes = quotes;
        gathered.weak = basis.is_weak();
        gathered
    }

    fn without(&self, setting: Setting<'_>) -> Gathered {
        let here = self.understood.places.as_deref().and_then(<[String]>::last);
        let within = |place: &String| {
            here.is_some_and(|here| setting.seeds.gazetteer.chain(place).contains(here))
        };
        let elsewhere = !self.understood.place_stated && self.found.other_places.iter().any(within);
        self.gathered(Some(if elsewhere { Why::Place } else { Why::Nothing }))
    }

    fn gathered(&self, why: Option<Why>) -> Gathered {
        Gathered {
            why,
            searched: self.found.searched.clone(),
            places: self.understood.places.clone().unwrap_or_default(),
            ..Gathered::default()
        }
    }
}

impl Lapsed {
    fn of(passage: &Passage, clause: Option<&str>) -> Self {
        let validity = match (passage.effective_from, passage.effective_to) {
            _ if passage.repealed && passage.effective_to.is_none() => {
                "已废止，废止日期不详".to_owned()
            }
            (Some(from), Some(to)) => format!("{from} 起施行，{to} 起不再适用"),
            (Some(from), None) => format!("{from} 起施行"),
            (None, Some(to)) => format!("{to} 起不再适用"),
            (None, None) => "已有更新的文本".to_owned(),
        };
        let number = passage.document_number.as_ref();
        let number = number
            .map(|number| format!("（{number}）"))
            .unwrap_or_default();
        Self {
            clause: format!(
                "《{}》{number}{}",
                passage.title,
                clause.unwrap_or_default()
            ),
            title: passage.title.clone(),
            validity,
        }
    }
}

/// A document number, or a title with its year: what tells one revision of a rule from another.
struct Rest {
    number: Option<String>,
    title: Option<(String, i16)>,
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("patterns of this file are tested")
}

static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\p{Han}{1,8}[〔\[(（【](?:19|20)\d\d[〕\])）】]\s*\d+\s*号|\p{Han}{2,10}(?:人民政府令|公告)第\s*\d+\s*号",
    )
});
static YEAR_TITLE: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"((?:19|20)\d\d)\s*年?(?:版|的|公布的|印发的|发布的|施行的|出台的)?\s*《([^》]{2,60})》")
});
static TITLE_YEAR: LazyLock<Regex> =
    LazyLock::new(|| regex(r"《([^》]{2,60})》\s*[（(]\s*((?:19|20)\d\d)"));
static NAMES: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:根据|依据|按照|依照|按)?(?:(?:19|20)\d\d年?(?:版|的|公布的|印发的|发布的|施行的)?)?《[^》]*》(?:[（(][^）)]*[）)])?(?:第[一二三四五六七八九十百零〇\d]+[条款项章](?:第[一二三四五六七八九十\d]+[款项])?)*(?:的?规定)?[，,]?|(?:根据|依据|按照|依照|按)?\p{Han}{1,8}[〔\[](?:19|20)\d\d[〕\]]\s*\d+\s*号(?:文件?)?(?:第[一二三四五六七八九十百零〇\d]+[条款项])*(?:的?规定)?[，,]?",
    )
});

impl Rest {
    fn of(text: &str) -> Option<Self> {
        let number = NUMBER.find(text).map(|found| plain(found.as_str()));
        let before = YEAR_TITLE
            .captures(text)
            .map(|found| (found[2].to_owned(), found[1].parse().unwrap_or_default()));
        let behind = || {
            let found = TITLE_YEAR.captures(text)?;
            Some((found[1].to_owned(), found[2].parse().unwrap_or_default()))
        };
        let title = before.or_else(behind);
        (number.is_some() || title.is_some()).then_some(Self { number, title })
    }

    /// Whether it means this revision.
    fn names(&self, passage: &Passage) -> bool {
        let number = passage.document_number.as_deref().map(plain);
        let by_number = match (&self.number, number) {
            // 按照和公积金规〔2019〕2号: what stands before a number may be no part of it.
            (Some(said), Some(number)) => !number.is_empty() && said.ends_with(&number),
            _ => false,
        };
        let dates = [passage.version_date, passage.effective_from];
        let by_year = self.title.as_ref().is_some_and(|(title, year)| {
            *title == passage.title && dates.iter().flatten().any(|date| date.year() == *year)
        });
        by_number || by_year
    }
}

/// A document number without blanks and with one kind of brackets.
fn plain(number: &str) -> String {
    let folded = number.chars().filter(|next| !next.is_whitespace());
    folded
        .map(|next| match next {
            '[' | '(' | '（' | '【' => '〔',
            ']' | ')' | '）' | '】' => '〕',
            other => other,
        })
        .collect()
}

/// The words without the rules that they name.
pub(super) fn without_names(text: &str) -> String {
    NAMES.replace_all(text, " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_are_named_are_taken_out() {
        for (text, bare) in [
            ("根据《甲规定》第四条，今年能放吗？", "今年能放吗？"),
            (
                "按照和公积金规〔2019〕2号文件第五条，限额多少？",
                "限额多少？",
            ),
            ("依据2017年《乙办法》，还要许可吗？", "还要许可吗？"),
            ("没有提到规定", "没有提到规定"),
        ] {
            assert_eq!(without_names(text), bare, "{text}");
        }
    }

    #[test]
    fn a_revision_is_told_by_number_or_year() {
        let rest = Rest::of("按照和公积金规[2019]2号文件").unwrap();
        assert!(rest.number.unwrap().ends_with("和公积金规〔2019〕2号"));
        let rest = Rest::of("依据《乙办法》（2017年）第三条").unwrap();
        assert_eq!(rest.title, Some(("乙办法".to_owned(), 2017)));
        assert!(Rest::of("根据《乙办法》第三条，2017年起").is_none());
    }
}
