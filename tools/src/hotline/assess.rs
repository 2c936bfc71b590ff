//! What a message comes to: items, grade, departments, missing facts, and an order that may be about the same.

use std::sync::PoisonError;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Hotline;
use crate::classify::classifier::Classifier;
use crate::classify::record::Input;
use crate::intake::{self, Asked, Duty, Facts, Graded, Item, Need, Reading, Repeat};
use crate::order::{Order, State};
use crate::place::{Level, Located};

/// What a message comes to. A proposal: nothing is decided by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assessment {
    /// What it is about, in the order of mention; empty when nothing was recognised.
    pub items: Vec<ItemView>,
    /// Its urgency.
    pub grade: Graded,
    /// Whether a person has to confirm it.
    pub confirm_grade: bool,
    /// Departments, the likeliest first, three at most.
    pub departments: Vec<Lean>,
    /// Those that would assist.
    pub assist: Vec<String>,
    /// Where it is.
    pub place: Located,
    /// What is still to be asked.
    pub missing: Vec<Asked>,
    /// What the person says of earlier attempts.
    pub repeat: Option<Repeat>,
    /// An open order that may be about the same.
    pub near: Option<NearOrder>,
    /// Why the hotline does not take it, and who does.
    pub outside: Option<Outside>,
    /// 咨询: it wants an answer, not work.
    pub is_question: bool,
    /// Version of the catalogue.
    pub catalog: String,
}

/// A ground for which the hotline does not take a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// Its id in the rules.
    pub ground: String,
    /// What it is.
    pub name: String,
    /// Who takes it.
    pub channel: String,
}

/// An item with the words by which it was recognised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ItemView {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// 咨询, 求助, 投诉, 举报 or 建议.
    pub kind: String,
    /// The person's words.
    pub words: Vec<String>,
}

/// A department that may be the right one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lean {
    /// Its name.
    pub department: String,
    /// From 0 to 1.
    pub probability: f64,
    /// Where its duty is written.
    pub duty: Option<Duty>,
    /// Why, in Chinese.
    pub because: String,
}

/// An order that may be about the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NearOrder {
    /// Its number.
    pub id: String,
    /// How like it is.
    pub score: f64,
}

impl Hotline {
    /// What `message` comes to; `contact` says whether the person can be reached. `at` is now.
    pub fn assess(&self, message: &str, contact: bool, at: Timestamp) -> Assessment {
        self.assess_as(None, message, contact, at)
    }

    /// As [`Hotline::assess`], of a message whose item the person has chosen: that comes first, whatever else the words say.
    pub(crate) fn assess_as(
        &self,
        chosen: Option<&Item>,
        message: &str,
        contact: bool,
        at: Timestamp,
    ) -> Assessment {
        let mut needs = self.catalog.needs(message);
        if let Some(item) = chosen {
            let said = needs.iter().position(|need| need.item.code == item.code);
            let need = said.map(|at| needs.remove(at));
            let unsaid = || Need {
                item,
                spans: Vec::new(),
                score: 1.0,
            };
            needs.insert(0, need.unwrap_or_else(unsaid));
        }
        let items: Vec<&Item> = needs.iter().map(|need| need.item).collect();
        let reading = Reading::of(message);
        let place = self.places.locate(message);
        let facts = Facts::of(message, &place, &reading, contact);
        let mut missing = Vec::new();
        for item in &items {
            missing.extend(facts.missing(item));
        }
        if items.is_empty() {
            // Whatever it is, somebody has to go there and to come back to the person.
            missing = vec![intake::Fact::Address, intake::Fact::Contact];
            missing.retain(|fact| match fact {
                intake::Fact::Address => !facts.address,
                intake::Fact::Contact => !facts.contact,
                intake::Fact::Time | intake::Fact::Object => false,
            });
        }
        let departments = self.departments(message);
        let lead = departments.first().map(|lean| lean.department.as_str());
        let mut assist: Vec<String> = Vec::new();
        let others = items
            .iter()
            .flat_map(|item| std::iter::once(&item.lead).chain(&item.assist));
        for unit in others {
            if Some(unit.as_str()) != lead && !assist.contains(unit) {
                assist.push(unit.clone());
            }
        }
        let grade = self.grades.of(message, &items);
        let low = grade.confidence * 1000.0 < f64::from(self.rules.low_confidence);
        Assessment {
            confirm_grade: grade.life_safety || grade.grade == intake::Grade::Critical || low,
            grade,
            departments,
            assist,
            missing: self.questions.ask(&missing),
            repeat: reading.repeat,
            near: self.near(message, at),
            outside: self.outside(message),
            is_question: !items.is_empty()
                && items.iter().all(|item| item.kind == intake::Kind::Question),
            items: needs
                .iter()
                .map(|need| ItemView {
                    code: need.item.code.clone(),
                    name: need.item.name.clone(),
                    kind: need.item.kind.name().to_owned(),
                    words: need.spans.iter().map(|span| span.cut(message)).collect(),
                })
                .collect(),
            place,
            catalog: self.catalog.version.clone(),
        }
    }

    /// Departments that `message` may be for, the likeliest first, three at most.
    pub(crate) fn departments(&self, message: &str) -> Vec<Lean> {
        let input = Input::Text(message.to_owned());
        // Of a message without any word that it has met, a classifier only knows how often departments are called.
        let classifier = self.classifier.as_ref();
        let classifier = classifier.filter(|classifier| classifier.knows(&input));
        let learned = |_: &str| {
            let labels = classifier.map(|classifier| classifier.predict(&input));
            let owned = labels.unwrap_or_default().into_iter();
            owned
                .map(|(label, probability)| (label.to_owned(), probability))
                .collect()
        };
        let classify: Option<intake::Classify<'_>> = if classifier.is_some() {
            Some(&learned)
        } else {
            None
        };
        let suggestions = intake::suggest(message, &self.catalog, classify);
        suggestions
            .into_iter()
            .map(|suggestion| {
                let weighed = classifier.filter(|_| suggestion.item.is_none());
                let weighed =
                    weighed.and_then(|it| weighed_words(it, &input, &suggestion.department));
                Lean {
                    probability: suggestion.probability,
                    duty: suggestion.duty.cloned(),
                    because: weighed.unwrap_or(suggestion.because),
                    department: suggestion.department,
                }
            })
            .collect()
    }

    /// The first ground of the rules whose words the message has. A person at the centre decides; this only says where to go.
    fn outside(&self, message: &str) -> Option<Outside> {
        let said: String = message
            .chars()
            .filter(|character| !character.is_whitespace())
            .collect();
        let grounds = self.rules.declines.iter();
        let mut spoken =
            grounds.filter(|(_, decline)| decline.words.iter().any(|word| said.contains(word)));
        spoken.next().map(|(ground, decline)| Outside {
            ground: ground.clone(),
            name: decline.name.clone(),
            channel: decline.channel.clone(),
        })
    }

    fn near(&self, message: &str, at: Timestamp) -> Option<NearOrder> {
        let compared = self.compared("", message, Some(at));
        let links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.nearest(&compared).map(|link| NearOrder {
            id: link.root,
            score: link.score,
        })
    }

    /// The place that a text names, if it is known and smaller than a district.
    pub(super) fn place(&self, text: &str) -> Option<String> {
        let place = self.places.locate(text).place?;
        (place.level > Level::District).then_some(place.name)
    }

    /// What is compared of an order.
    pub(super) fn compared(&self, id: &str, text: &str, at: Option<Timestamp>) -> intake::Order {
        let item = self
            .catalog
            .needs(text)
            .first()
            .map(|need| need.item.code.clone());
        intake::Order {
            id: id.to_owned(),
            text: text.to_owned(),
            item,
            place: self.place(text),
            at: at.map_or(0, Timestamp::as_second),
        }
    }
}

/// How many words of a message are shown as those that spoke for a department.
const WEIGHED: usize = 3;

/// By which of the person's words a classifier tells a department; none where its labels are something else, or where
/// single characters are all there is.
fn weighed_words(classifier: &Classifier, input: &Input, department: &str) -> Option<String> {
    let (Input::Text(said) | Input::Tokens(said)) = input;
    // Of a word of three characters that weighs, its pairs weigh as well.
    let grams = classifier
        .explain_input(input, department, WEIGHED * 5)
        .ok()?;
    let mut words: Vec<&str> = Vec::new();
    for (gram, _) in &grams {
        let apart = !words.iter().any(|word| share_character(word, gram));
        if gram.chars().count() > 1 && said.contains(gram.as_str()) && apart {
            words.push(gram);
        }
    }
    words.truncate(WEIGHED);
    let words: Vec<String> = words.iter().map(|word| format!("“{word}”")).collect();
    (!words.is_empty()).then(|| format!("依据本市以往派单的用词：{}", words.join("、")))
}

fn share_character(one: &str, other: &str) -> bool {
    one.chars().any(|character| other.contains(character))
}

/// Whether a repeat can be linked to it.
pub(super) fn is_open(order: &Order) -> bool {
    may_go_on(order.state) && order.parent.is_none()
}

/// Whether something may still happen by itself.
pub(super) fn may_go_on(state: State) -> bool {
    match state {
        State::Received
        | State::Intake
        | State::AwaitingFacts
        | State::Screen
        | State::Grade
        | State::DispatchReady
        | State::Consultation
        | State::Dispatched
        | State::ReturnRequested
        | State::Handling
        | State::Replied
        | State::Callback
        | State::Suspended => true,
        State::Answered | State::Archived | State::Emergency => false,
    }
}
