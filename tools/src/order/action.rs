//! What can be done with a work order, with the data that the record of it must hold.
//!
//! Whether it may be done is decided in `may.rs` and `guard.rs`. Why it is done and by which papers stands
//! beside the action in [`super::entry::Proposal`], because every action may have it. Probabilities are in
//! thousandths: a fraction may read back from a store as another one, and then the hash would not fit.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::clock::Reminder;

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    content = "data",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum Action {
    /// The request comes in and is acknowledged at once. Always the first entry, never another.
    Open(Opening),
    /// Facts, items and the address are written down; what is given again replaces what was there.
    Register(Registration),
    /// What is missing is asked for.
    AskFacts {
        /// Names of the fields that are missing.
        missing: Vec<String>,
    },
    /// What was asked for is given.
    SupplyFacts {
        /// The fields.
        fields: Vec<Field>,
    },
    /// Nothing more is asked.
    Complete,
    /// The order is linked to others about the same thing, and the citizen told how those stand.
    Link {
        /// Ids of the other orders.
        orders: Vec<String>,
        /// Id of the rule by which they match.
        rule: String,
        /// What the citizen was told.
        told: String,
    },
    /// The hotline takes the order on.
    Accept {
        /// Id of the rule by which it is for the hotline.
        rule: String,
    },
    /// A question is answered at once.
    Answer {
        /// The answer.
        text: String,
        /// Where it stands: document and clause.
        sources: Vec<String>,
        /// Version of the collection in which it stands.
        version: String,
    },
    /// A repeat is closed into the order that is already being worked on.
    Merge {
        /// Id of that order.
        into: String,
        /// What the citizen was told.
        told: String,
    },
    /// It is not for the hotline.
    Decline {
        /// Id in [`super::rules::Rules::declines`].
        ground: String,
        /// The other way that the citizen was told.
        channel: String,
    },
    /// It is given to an emergency number at once.
    Transfer {
        /// 110, 119, 120 or 122.
        number: String,
        /// What the person was told.
        told: String,
    },
    /// The emergency number has it.
    Acknowledge {
        /// Who took it there, and what they said.
        receiver: String,
    },
    /// Beside the emergency the order goes its own way.
    Continue,
    /// It is graded.
    Grade(Grading),
    /// A person confirms the grade as it stands.
    Confirm,
    /// Units are called together because it is unclear whose the order is.
    Consult {
        /// The units.
        units: Vec<String>,
    },
    /// A unit is given the order.
    Dispatch(Dispatching),
    /// The unit takes it on. A unit that assists signs for its part.
    Sign,
    /// The limit for signing has passed, which counts as signed.
    TakeAsSigned,
    /// The unit says that it is not its duty.
    RequestReturn {
        /// The clause from which that follows.
        basis: String,
        /// The document in which the unit says so.
        document: String,
    },
    /// The order is taken back from the unit.
    AcceptReturn,
    /// The order stays with the unit.
    RefuseReturn,
    /// The unit speaks with the citizen.
    Contact {
        /// By which way.
        channel: String,
        /// What was said.
        summary: String,
    },
    /// Another unit is to help.
    AddAssist {
        /// The unit.
        unit: String,
        /// What it is to do.
        task: String,
    },
    /// A unit that assists reports to the one that leads.
    Report {
        /// What it did.
        text: String,
    },
    /// The unit asks for more time.
    RequestExtension {
        /// How many working days.
        days: u16,
    },
    /// More time is given.
    ApproveExtension {
        /// What the citizen was told.
        told: String,
    },
    /// More time is not given.
    RefuseExtension,
    /// The grade changes while the unit works.
    Regrade {
        /// The new grade.
        level: Level,
    },
    /// A due time is near or past.
    Remind {
        /// Which.
        what: Reminder,
    },
    /// The unit is asked to hurry.
    Urge {
        /// What the citizen or the centre says; empty from a clock.
        words: String,
    },
    /// Supervision begins or rises.
    Supervise {
        /// 1 to 3.
        level: u8,
    },
    /// The unit replies to the citizen and the centre.
    Reply(Reply),
    /// The reply is poor and goes back.
    ReturnReply,
    /// The reply can be asked about.
    AcceptReply,
    /// The citizen says how it went.
    AnswerCallback(Answers),
    /// The citizen could not be reached.
    MissCallback {
        /// By which way.
        channel: String,
    },
    /// The unit has to work on it again.
    Redo,
    /// It is blocked by circumstances.
    Suspend(Suspension),
    /// It is still blocked.
    ReviewSuspension {
        /// What was found.
        finding: String,
        /// The next review.
        review: Date,
    },
    /// Work begins again.
    Resume,
    /// It is closed.
    Archive,
    /// The citizen takes it back. Once a unit has it, the centre first asks whether that is of their own will.
    Withdraw,
    /// A closed order is opened again.
    Reopen {
        /// The new facts.
        facts: Vec<Field>,
    },
}

/// What comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Id of the order.
    pub order: String,
    /// Idempotency key of the intake: the same key is the same order.
    pub key: String,
    /// The person's words.
    pub text: String,
    /// By which way they came.
    pub channel: Channel,
    /// Who may be told who asked.
    pub consent: Consent,
    /// Masked telephone number or address (`138****5678`); `None` if there is none.
    pub contact: Option<String>,
    /// Opaque handle of the person in the separate store of identities.
    pub citizen: String,
}

/// A way by which requests come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A telephone call.
    #[default]
    Telephone,
    /// The page or the chat.
    Web,
    /// An application on a telephone.
    Mobile,
    /// A short message.
    Message,
    /// A counter.
    Counter,
    /// Another program.
    Api,
    /// A sensor that crossed a threshold.
    Sensor,
}

/// Who may be told who asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Consent {
    /// Nobody but the centre.
    #[default]
    Withheld,
    /// The units that work on it, unless it reports somebody (举报).
    Units,
    /// The units, also when it reports somebody.
    Disclosed,
}

/// What the request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// 咨询.
    Consult,
    /// 求助.
    Help,
    /// 投诉.
    Complaint,
    /// 举报.
    Report,
    /// 建议.
    Suggestion,
}

/// How urgent it is. A later one is more urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 一般.
    General,
    /// 紧急.
    Urgent,
    /// 特急: the top grade.
    Critical,
}

/// What is written down about a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// What it is; `None` leaves what was there.
    pub request: Option<RequestKind>,
    /// The needs in it, the first is the main one; empty leaves what was there.
    pub items: Vec<Item>,
    /// The place; `None` leaves what was there.
    pub address: Option<String>,
    /// The unit about which somebody complains; `None` leaves what was there.
    pub accused: Option<String>,
    /// Facts by name.
    pub fields: Vec<Field>,
}

/// One need.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Code of the category.
    pub category: String,
    /// Its name.
    pub name: String,
}

/// A fact with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// Where it comes from.
    pub source: FieldSource,
}

/// Where a fact comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FieldSource {
    /// The person's first words, characters `start..end` of [`Opening::text`].
    Given {
        /// First character.
        start: usize,
        /// Behind the last character.
        end: usize,
    },
    /// The person's answer to a question.
    Asked {
        /// The answer, as it was said.
        words: String,
    },
    /// A register.
    Registry {
        /// Id of the evidence.
        evidence: String,
    },
}

/// A grade, and what it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grading {
    /// The grade.
    pub level: Level,
    /// Whether a life may be in danger.
    pub life_safety: bool,
    /// Candidates, the likeliest first. The first one's probability is the confidence; a person need not give any.
    pub scores: Vec<Score>,
    /// Name and version of the model or rule; empty from a person.
    pub model: String,
    /// Version of the catalogue; empty from a person.
    pub catalogue: String,
}

/// A candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// What.
    pub label: String,
    /// How likely, in thousandths.
    pub per_mille: u16,
}

/// To whom an order goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispatching {
    /// The unit that leads (主办).
    pub lead: String,
    /// Units that assist (协办).
    pub assist: Vec<String>,
    /// The district that gets a copy and sees to it (双派).
    pub copy: Option<String>,
    /// Entry of the dispatch catalogue with its version.
    pub catalogue: String,
    /// Document and clause by which it is the unit's duty.
    pub basis: String,
}

/// What a unit says to the citizen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// What was found.
    pub facts: String,
    /// Documents and clauses.
    pub basis: Vec<String>,
    /// What was done.
    pub result: String,
    /// Ids of files that show it.
    pub files: Vec<String>,
}

/// What a citizen says about the work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Whether the unit got in touch.
    pub responded: Said,
    /// Whether the matter is settled.
    pub resolved: Said,
    /// Whether they are content.
    pub satisfied: Said,
}

/// An answer with the words in which it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Yes or no.
    pub yes: bool,
    /// Word for word.
    pub words: String,
}

/// Why an order is blocked, and what is done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspension {
    /// Id in [`super::rules::Rules::suspension`].
    pub class: String,
    /// What is done meanwhile.
    pub measures: String,
    /// When it is looked at again.
    pub review: Date,
    /// What the citizen was told.
    pub told: String,
}

impl RequestKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [
        Self::Consult,
        Self::Help,
        Self::Complaint,
        Self::Report,
        Self::Suggestion,
    ];

    /// Its Chinese name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Consult => "咨询",
            Self::Help => "求助",
            Self::Complaint => "投诉",
            Self::Report => "举报",
            Self::Suggestion => "建议",
        }
    }
}

impl Level {
    /// All levels, the least urgent first.
    pub const ALL: [Self; 3] = [Self::General, Self::Urgent, Self::Critical];

    /// Its Chinese name.
    pub fn name(self) -> &'static str {
        match self {
            Self::General => "一般",
            Self::Urgent => "紧急",
            Self::Critical => "特急",
        }
    }
}

impl Answers {
    /// Whether there is nothing left to do.
    pub fn are_good(&self) -> bool {
        self.resolved.yes && self.satisfied.yes
    }
}
