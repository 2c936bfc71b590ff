//! From a question to passages: mentioned clauses first, then BM25 over every corpus the caller may read.
//!
//! Jurisdiction, as-of date and rights act before ranking. Whether the passages answer the question is not decided
//! here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::fold::{fold, terms};
use crate::gazetteer::COUNTRY;
use crate::index::{Hit, Index, Snapshot, Statistics, Weighted};
use crate::lexicon::{Expansion, Lexicon};
use crate::mention::{Mention, abbreviated, cited, mentions};
use crate::passage::Passage;
use crate::revision::{Force, Revision, Validity};

/// What to look for, and what may be seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// The question, with a follow-up already completed.
    pub text: String,
    /// Other words for it, from a model. They widen what is searched as the lexicon does; a title or a clause in them
    /// names nothing.
    #[serde(default)]
    pub more: Vec<String>,
    /// The day for which rules are asked.
    pub as_of: Date,
    /// Today: a rule 废止 on an unknown day is for the past only.
    pub today: Date,
    /// Jurisdictions that apply to the caller; none means all.
    pub places: Option<Vec<String>>,
    /// Corpora to search; none means all given to the retriever, but for those that are searched by name only.
    pub corpora: Option<Vec<String>>,
    /// How many passages.
    pub limit: usize,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Best first; passages named in the question come before all others.
    pub hits: Vec<Hit>,
    /// How many of the hits were named in the question.
    pub named: usize,
    /// Titles named in the question.
    pub titles: Vec<String>,
    /// Titles named in the question of which no revision may be seen: of another date or place.
    pub titles_held_back: Vec<String>,
    /// A document that is named with a clause and that no corpus holds, as `《宪法》第33条`.
    pub unknown_title: Option<String>,
    /// A clause that is named in the question and that the named document does not have.
    pub no_such_clause: Option<String>,
    /// Bigrams of the question (words of asking taken out) and of the other words with their inverse document frequency, ln((N + 1) / (n + 1))
    /// over all searched corpora.
    pub rarity: BTreeMap<String, f32>,
    /// Everyday expressions and what was searched besides.
    pub expansions: Vec<Expansion>,
    /// Corpora that were searched.
    pub searched: Vec<String>,
    /// Jurisdictions of documents that were held back because of the place alone.
    pub other_places: BTreeSet<String>,
    /// Whether documents were held back because of the date alone.
    pub other_dates: bool,
}

/// A passage with the corpus it stands in.
pub type Located = (Arc<Index>, Arc<Snapshot>, Passage);

/// Searches several corpora as one.
#[derive(Clone)]
pub struct Retriever {
    corpora: Vec<Arc<Index>>,
    lexicon: Arc<Lexicon>,
}

/// Weight of a character of the question beside its bigrams (1.0). This and the next two were measured on the everyday
/// questions and on STARD's dev questions, see `corpora/README.md`.
const UNIGRAM: f32 = 1.2;

/// Weight of the first term of an expansion at lexicon weight 1.0.
const EXPANSION: f32 = 0.5;

/// How fast the weight of further terms falls: the n-th has 1 / (1 + LATER * (n - 1)) of the first one's.
const LATER: f32 = 0.3;

/// Score of a passage that the question names, above any BM25 score of a question.
const NAMED: f32 = 1_000.0;

impl Retriever {
    /// Over these corpora, with this lexicon.
    pub fn new(corpora: Vec<Arc<Index>>, lexicon: Arc<Lexicon>) -> Self {
        Self { corpora, lexicon }
    }

    /// The corpora.
    pub fn corpora(&self) -> &[Arc<Index>] {
        &self.corpora
    }

    /// Finds passages for `query`.
    ///
    /// # Errors
    /// [`Error::UnknownCorpus`] when the query names one that is not there, or when an index cannot be read.
    pub fn retrieve(&self, query: &Query) -> Result<Found, Error> {
        self.retrieve_where(query, |force| {
            matches!(force, Force::InForce | Force::Undated | Force::Repealed)
        })
    }

    /// Finds passages that are *not* in force on the date of the query: they ended, or begin later.
    ///
    /// # Errors
    /// As [`Retriever::retrieve`].
    pub fn retrieve_out_of_force(&self, query: &Query) -> Result<Found, Error> {
        self.retrieve_where(query, |force| matches!(force, Force::Ended | Force::NotYet))
    }

    fn retrieve_where(
        &self,
        query: &Query,
        wanted: impl Fn(Force) -> bool,
    ) -> Result<Found, Error> {
        let folded = fold(&query.text);
        let expansions = self.lexicon.expand(&folded);
        let weighted = weigh(&folded, &expansions, &query.more);
        let mut found = Found {
            expansions,
            ..Found::default()
        };
        let mut named = Vec::new();
        let chosen = self.chosen(query)?;
        let snapshots: Vec<Arc<Snapshot>> = chosen
            .iter()
            .map(|index| index.snapshot())
            .collect::<Result<_, _>>()?;
        let statistics = Statistics(snapshots.clone());
        for (index, snapshot) in chosen.iter().copied().zip(&snapshots) {
            let allowed = allowed(snapshot, query, &wanted, &mut found);
            found.searched.push(index.corpus().to_owned());
            let mentions = mentions(snapshot, &folded, &allowed, &mut found);
            for mention in &mentions {
                self.named(index, snapshot, mention, &mut named, &mut found)?;
            }
            found.hits.extend(index.search(
                snapshot,
                &weighted,
                &allowed,
                query.limit,
                &statistics,
            )?);
        }
        if let Some(index) = chosen.first() {
            for term in rare(&folded, &query.more) {
                let (count, total) = statistics.frequency(index, &term)?;
                found.rarity.insert(term, rarity(count, total));
            }
        }
        if let Some((name, clauses)) =
            cited(&folded).filter(|_| found.titles.is_empty() && found.titles_held_back.is_empty())
        {
            for (index, snapshot) in chosen.iter().copied().zip(&snapshots) {
                let allowed = allowed(snapshot, query, &wanted, &mut found);
                let ordinals = abbreviated(snapshot, &name, &allowed);
                let mention = Mention {
                    ordinals,
                    clauses: clauses.clone(),
                };
                self.named(index, snapshot, &mention, &mut named, &mut found)?;
            }
            if found.titles.is_empty() {
                found.no_such_clause = None;
                found.unknown_title = Some(format!("《{name}》{}", clauses.join("、")));
            }
        }
        named.dedup_by(|left, right| left.passage.id == right.passage.id);
        found
            .hits
            .retain(|hit| named.iter().all(|first| first.passage.id != hit.passage.id));
        found.hits.sort_by(|left, right| {
            let order = |hit: &Hit| {
                (
                    hit.passage.corpus.clone(),
                    hit.passage.ordinal,
                    hit.passage.order,
                )
            };
            right
                .score
                .total_cmp(&left.score)
                .then_with(|| order(left).cmp(&order(right)))
        });
        found.named = named.len();
        named.append(&mut found.hits);
        named.truncate(query.limit.max(found.named));
        found.hits = named;
        Ok(found)
    }

    fn named(
        &self,
        index: &Index,
        snapshot: &Snapshot,
        mention: &Mention,
        named: &mut Vec<Hit>,
        found: &mut Found,
    ) -> Result<(), Error> {
        let mut any = false;
        for &ordinal in &mention.ordinals {
            let title = &snapshot.state.revisions[ordinal as usize].title;
            if !found.titles.contains(title) {
                found.titles.push(title.clone());
            }
            for clause in &mention.clauses {
                for passage in index.clause(snapshot, ordinal, clause)? {
                    any = true;
                    named.push(Hit {
                        score: NAMED,
                        passage,
                    });
                }
            }
        }
        if !any && !mention.clauses.is_empty() && named.is_empty() {
            let title = found.titles.last().cloned().unwrap_or_default();
            found.no_such_clause = Some(format!("《{title}》{}", mention.clauses.join("、")));
        } else if any {
            found.no_such_clause = None;
        }
        Ok(())
    }

    fn chosen(&self, query: &Query) -> Result<Vec<&Index>, Error> {
        let Some(names) = &query.corpora else {
            let corpora = self.corpora.iter().map(Arc::as_ref);
            return Ok(corpora
                .filter(|index| index.is_searched_unnamed())
                .collect());
        };
        let find = |name: &String| {
            let index = self.corpora.iter().find(|index| index.corpus() == name);
            index.map(Arc::as_ref).ok_or_else(|| Error::UnknownCorpus {
                corpus: name.clone(),
            })
        };
        names.iter().map(find).collect()
    }

    /// The passage with this id, with its index.
    ///
    /// # Errors
    /// When an index cannot be read.
    pub fn by_id(&self, id: &str) -> Result<Option<Located>, Error> {
        let Some(corpus) = id.split(':').next() else {
            return Ok(None);
        };
        let Some(index) = self.corpora.iter().find(|index| index.corpus() == corpus) else {
            return Ok(None);
        };
        let snapshot = index.snapshot()?;
        Ok(index
            .by_id(&snapshot, id)?
            .map(|passage| (index.clone(), snapshot, passage)))
    }
}

impl Retriever {
    /// The passages of one document in its order, if it applies on `as_of`; none where it does not or is not there.
    ///
    /// # Errors
    /// When an index cannot be read.
    pub fn document(
        &self,
        corpus: &str,
        file: &str,
        (as_of, today): (Date, Date),
    ) -> Result<Vec<Passage>, Error> {
        let Some(index) = self.corpora.iter().find(|index| index.corpus() == corpus) else {
            return Ok(Vec::new());
        };
        let snapshot = index.snapshot()?;
        let Some(record) = snapshot.state.files.get(file) else {
            return Ok(Vec::new());
        };
        let validity = snapshot.validities.get(record.ordinal as usize);
        let applies = validity.is_some_and(|validity| {
            matches!(validity.on(as_of, today), Force::InForce | Force::Undated)
        });
        if !applies {
            return Ok(Vec::new());
        }
        index.passages(&snapshot, record.ordinal)
    }
}

/// By ordinal: whether a revision may be found for `query`. What is held back for one reason alone is noted.
fn allowed(
    snapshot: &Snapshot,
    query: &Query,
    wanted: impl Fn(Force) -> bool,
    found: &mut Found,
) -> Vec<bool> {
    let mut allow = |(revision, validity): (&Revision, &Validity)| {
        let place = revision.meta.jurisdiction.as_ref();
        let here = match (&query.places, place) {
            (Some(places), Some(place)) => place == COUNTRY || places.contains(place),
            (Some(_), None) | (None, _) => true,
        };
        let now = wanted(validity.on(query.as_of, query.today));
        if now && !here {
            found.other_places.extend(place.cloned());
        }
        found.other_dates |= here && !now;
        here && now
    };
    let revisions = snapshot.state.revisions.iter();
    revisions
        .zip(&snapshot.validities)
        .map(&mut allow)
        .collect()
}

/// The words of a question and of `more` whose rarity is told.
pub(crate) fn rare(folded: &str, more: &[String]) -> impl Iterator<Item = String> {
    let own = terms(&without_phrases(folded));
    let more = more.iter().flat_map(|text| terms(&fold(text)));
    own.into_iter().chain(more).filter(|term| !single(term))
}

/// Inverse document frequency of a word that `count` of `total` passages have.
pub(crate) fn rarity(count: u64, total: u64) -> f32 {
    ((total + 1) as f32 / (count + 1) as f32).ln()
}

/// Search terms of a question: its own with weight by number, those of the lexicon and of `more` below them.
pub(crate) fn weigh(folded: &str, expansions: &[Expansion], more: &[String]) -> Vec<Weighted> {
    let mut weights: BTreeMap<String, f32> = BTreeMap::new();
    let bare = without_phrases(folded);
    let own = terms(&bare);
    let all_particles = own.iter().all(|term| PARTICLES.contains(term.as_str()));
    for term in own {
        if all_particles || !PARTICLES.contains(term.as_str()) {
            let weight = if single(&term) { UNIGRAM } else { 1.0 };
            *weights.entry(term).or_default() += weight;
        }
    }
    let lists = expansions
        .iter()
        .map(|expansion| (expansion.terms.as_slice(), expansion.weight));
    for (list, share) in lists.chain([(more, 1.0)]) {
        for (rank, term) in list.iter().enumerate() {
            let weight = EXPANSION * share / (1.0 + LATER * rank as f32);
            // Characters alone would bring in every clause that shares one with a synonym.
            for term in terms(&fold(term)).into_iter().filter(|term| !single(term)) {
                let known = weights.entry(term).or_default();
                *known = known.max(weight);
            }
        }
    }
    weights
        .into_iter()
        .map(|(term, weight)| Weighted { term, weight })
        .collect()
}

fn single(term: &str) -> bool {
    term.chars().nth(1).is_none()
}

/// Characters that carry no meaning alone; bigrams with them still count.
const PARTICLES: &str =
    "的了是在有和与及或个这那就都也还要会能不你他她它被把给让之其以为于到去来上下";

/// Words of asking, which stand in no clause.
const PHRASES: &[&str] = &[
    "请问一下",
    "请问",
    "怎么办",
    "该怎么",
    "怎么样",
    "怎样",
    "怎么",
    "如何",
    "是不是",
    "能不能",
    "可不可以",
    "我想问",
    "想咨询",
    "咨询一下",
    "是什么",
    "什么",
    "为什么",
    "吗",
    "呢",
    "吧",
    "啊",
    "啦",
    "我们",
    "你们",
    "我",
];

fn without_phrases(folded: &str) -> String {
    let mut text = folded.to_owned();
    for phrase in PHRASES {
        text = text.replace(phrase, " ");
    }
    // A question made of nothing else is searched as it stands.
    if text.chars().any(char::is_alphanumeric) {
        text
    } else {
        folded.to_owned()
    }
}
