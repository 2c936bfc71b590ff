//! What an agent says: the public shape of an answer, and the events that lead to it.

use corpora::Passage;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::guard::Emergency;
use crate::kind::draft::DraftView;
use crate::kind::digest::DigestView;
use crate::kind::form::FormView;
use crate::kind::queue::QueueView;
use crate::kind::watch::WatchView;
use crate::label::Aigc;
use crate::model::{Cause, Task};
use crate::request::Request;
use crate::turn::Setting;

/// The answer to one question. Absent parts are null or empty lists; the shape is a public contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Answer {
    /// What kind of answer it is.
    pub status: Status,
    /// The question as it was asked.
    pub question: String,
    /// The question as it was understood.
    pub interpreted: String,
    /// The day for which rules were looked up.
    pub as_of: Date,
    /// Where the rules apply, for example `和澜市 临江区`; none when no place is known.
    pub jurisdiction: Option<String>,
    /// One fixed line that says how to read the sentences.
    pub lead: Option<String>,
    /// Factual sentences, each with citations.
    pub sentences: Vec<Sentence>,
    /// What the sentences cite, in the order of first use.
    pub citations: Vec<Citation>,
    /// Parts of the question without a basis.
    pub missing: Vec<String>,
    /// Corpora that were searched.
    pub searched: Vec<String>,
    /// Who can help further.
    pub next: Vec<Contact>,
    /// Answers to a clarifying question.
    pub choices: Vec<String>,
    /// The refusal, the clarifying question, the emergency advice, or a note on dates; a fixed text.
    pub message: Option<String>,
    /// `off`, or the name of the model that worded the sentences.
    pub mode: String,
    /// What a configured model could not do: word the sentences, or look for other words; a fixed text.
    pub degraded: Option<String>,
    /// Name of the agent.
    pub agent: String,
    /// The visible label of generated text (GB 45438-2025).
    pub label: String,
    /// The metadata of generated text (GB 45438-2025).
    pub aigc: Aigc,
    /// Identifier of the conversation.
    pub conversation: Option<String>,
    /// The form that is being filled in, or was handed in.
    #[serde(default)]
    pub form: Option<Box<FormView>>,
    /// What is suggested to the one who dispatches.
    #[serde(default)]
    pub queue: Option<QueueView>,
    /// Readings and alerts behind the sentences.
    #[serde(default)]
    pub watch: Option<Box<WatchView>>,
    /// The draft of a reply, for an officer.
    #[serde(default)]
    pub draft: Option<Box<DraftView>>,
    /// One order in its parts, or what the orders of some days come to.
    #[serde(default)]
    pub digest: Option<Box<DigestView>>,
}

/// The mode of an answer that no model worded.
pub(crate) const OFF: &str = "off";

impl Answer {
    /// An answer that says nothing yet, to a request of today.
    pub(crate) fn new(setting: Setting<'_>, request: &Request, status: Status) -> Self {
        Self {
            status,
            question: request.question.clone(),
            interpreted: request.question.clone(),
            as_of: request.today,
            jurisdiction: setting.place.map(str::to_owned),
            lead: None,
            sentences: Vec::new(),
            citations: Vec::new(),
            missing: Vec::new(),
            searched: Vec::new(),
            next: Vec::new(),
            choices: Vec::new(),
            message: None,
            mode: OFF.to_owned(),
            degraded: None,
            agent: setting.agent.name.clone(),
            label: String::new(),
            aigc: Aigc::new(setting.producer, ""),
            conversation: request.conversation.clone(),
            form: None,
            queue: None,
            watch: None,
            draft: None,
            digest: None,
        }
    }

    /// The same with the metadata of what it says now.
    pub(crate) fn labelled(mut self, setting: Setting<'_>) -> Self {
        self.aigc = Aigc::new(setting.producer, &self.text());
        self
    }

    /// The answer as plain text, with the titles and clauses it cites: for conversations, copies and hashes.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for part in self.message.iter().chain(&self.lead) {
            text.push_str(part);
            text.push('\n');
        }
        if let Some(draft) = &self.draft {
            text.push_str(&draft.text());
            return text;
        }
        for sentence in &self.sentences {
            let cited = self
                .citations
                .iter()
                .filter(|citation| sentence.citations.contains(&citation.id));
            let sources: Vec<String> = cited
                .map(|citation| format!("《{}》{}", citation.title, citation.path))
                .collect();
            text.push_str(&format!("{}（{}）\n", sentence.text, sources.join("；")));
        }
        text
    }
}

/// Kinds of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// With a basis for everything asked.
    Answered,
    /// Something asked has no basis; `missing` names it.
    Partial,
    /// No basis.
    Refused,
    /// One question back, with choices.
    Clarify,
    /// An emergency: a number to call now.
    Handoff,
    /// Something will be done if the person confirms it.
    Confirm,
}

/// A sentence with the citations that support it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Sentence {
    /// A quotation, unless a model worded it.
    pub text: String,
    /// Ids in [`Answer::citations`].
    pub citations: Vec<String>,
    /// Name of the model that worded it; none for a quotation.
    pub worded_by: Option<String>,
}

/// What supports a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Citation {
    /// `corpus:document@revision:order`; of a result `tool:number`.
    pub id: String,
    /// `passage` or `result`.
    pub kind: CitationKind,
    /// Name of the corpus.
    pub corpus: String,
    /// The file in its corpus.
    pub document: String,
    /// Title of the document.
    pub title: String,
    /// `第二章 / 第十三条 / 第二款`.
    pub path: String,
    /// The whole passage.
    pub text: String,
    /// First day on which it applies.
    pub effective_from: Option<Date>,
    /// First day on which it no longer applies.
    pub effective_to: Option<Date>,
    /// First 12 hexadecimal digits of the SHA-256 of the source text.
    pub revision: String,
}

impl Citation {
    /// Of a passage, or of the part of it that `path` names.
    pub(crate) fn of(passage: &Passage, path: String) -> Self {
        Self {
            id: passage.id.clone(),
            kind: CitationKind::Passage,
            corpus: passage.corpus.clone(),
            document: passage.document.clone(),
            title: passage.title.clone(),
            path,
            text: passage.text.clone(),
            effective_from: passage.effective_from,
            effective_to: passage.effective_to,
            revision: passage.revision.clone(),
        }
    }
}

/// Kinds of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CitationKind {
    /// A passage of a corpus.
    Passage,
    /// What a tool brought in this turn: `document` is its name, `path` what stands behind it.
    Result,
}

/// A counter or hotline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Contact {
    /// Its name.
    pub name: String,
    /// Telephone, and where given address and hours.
    pub contact: String,
}

impl Contact {
    /// Whom to call in an emergency.
    pub(crate) fn of(emergency: &Emergency) -> Self {
        Self {
            name: emergency.name.clone(),
            contact: format!("电话 {}", emergency.number),
        }
    }
}

/// What happens during a turn, in order. Each goes once to the client and once to the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event {
    /// The turn began.
    Started {
        /// Identifier of the conversation.
        conversation: Option<String>,
        /// Number of the turn in its conversation, from 1.
        turn: u32,
        /// Name of the agent.
        agent: String,
    },
    /// The question was understood.
    Interpreted {
        /// The question as it was asked.
        question: String,
        /// The question as it was understood.
        interpreted: String,
        /// The day for which rules are looked up.
        as_of: Date,
        /// Whether the question or the caller named that day.
        as_of_stated: bool,
        /// Places whose rules apply, the country first.
        jurisdiction: Vec<String>,
        /// Everyday expressions and what is searched besides.
        expansions: Vec<corpora::Expansion>,
    },
    /// Evidence was looked up.
    Searched {
        /// Corpora that were searched.
        corpora: Vec<String>,
        /// Passages found.
        passages: usize,
    },
    /// A model found other words, and what they find was looked up besides.
    Rewritten {
        /// The words.
        queries: Vec<String>,
        /// Name of the model.
        model: String,
    },
    /// The answer in quoted sentences, checked and whole, while a model is still at work. It stands unless a later one
    /// of this event, or the last event, brings another.
    Quoted(Box<Answer>),
    /// Passages that the model is not given because they do not fit into its context. Each is left out whole.
    Dropped {
        /// Ids of passages, the last by rank.
        passages: Vec<String>,
        /// Why.
        reason: String,
    },
    /// A sentence was taken out by the check, and why.
    Removed {
        /// The sentence.
        text: String,
        /// What was wrong with it.
        reason: String,
    },
    /// The model could not be used for a task; the agent goes on without it.
    Degraded {
        /// For what.
        task: Task,
        /// What kind of thing went wrong.
        cause: Cause,
        /// The same in full.
        reason: String,
        /// Name of the model whose words could not be used; none where none were said.
        model: Option<String>,
    },
    /// A tool was called; nothing happened that nobody confirmed.
    Called {
        /// Name of the tool; `confirm` or `decline` for a decision on a proposal.
        tool: String,
        /// `done`, `proposed` or `failed`.
        outcome: String,
        /// What it rests on, or what it brought.
        evidence: Vec<String>,
    },
    /// A passage that the next sentences cite.
    Citation(Citation),
    /// A sentence; final once sent.
    Sentence {
        /// Place in [`Answer::sentences`].
        index: usize,
        /// The text.
        text: String,
        /// Ids of citations sent before.
        citations: Vec<String>,
    },
    /// The turn ended.
    Done(Box<Answer>),
}

impl Event {
    /// The first event of a turn.
    pub(crate) fn started(setting: Setting<'_>, request: &Request) -> Self {
        Self::Started {
            conversation: request.conversation.clone(),
            turn: request.turn,
            agent: setting.agent.name.clone(),
        }
    }
}
