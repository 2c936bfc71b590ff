//! `/openapi.json`, made from the handlers. `config/schema/openapi.json` is the same document; a test compares them.

use axum::Json;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use super::{
    caller, catalog, conversations, digest, drafts, health, openai, orders, passages, readings,
    submissions, tools, turns,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Chengzhi", description = "Answers with clauses. Without a bearer token the caller is a citizen."),
    paths(
        turns::ask,
        catalog::agents,
        catalog::places,
        passages::read,
        conversations::read,
        conversations::delete,
        tools::list,
        tools::call,
        tools::waiting,
        tools::decide,
        orders::list,
        orders::three_rates,
        digest::read,
        drafts::export,
        readings::hand_in,
        submissions::read,
        caller::read,
        openai::models,
        openai::model,
        openai::complete,
        health::healthz,
        health::readyz,
        health::metrics,
    ),
    components(schemas(super::error::ErrorBody)),
    modifiers(&Token),
    security((), ("token" = []))
)]
struct Document;

struct Token;

impl utoipa::Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme =
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", scheme);
    }
}

/// The document, as it stands in `config/schema/openapi.json`.
pub fn openapi() -> String {
    let mut text = Document::openapi()
        .to_pretty_json()
        .expect("the document is plain data");
    text.push('\n');
    text
}

/// Serves the document.
pub(super) async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}

/// Shapes of crates that know no HTTP, for the document only. A test compares them with what is really sent.
pub(super) mod shape {
    use utoipa::ToSchema;

    macro_rules! shapes {
        ($($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* })*) => {
            $(
                $(#[$about])*
                #[derive(ToSchema)]
                #[expect(dead_code, reason = "describes a type of another crate")]
                pub(in crate::http) struct $name { $($(#[$doc])* $field: $type,)* }
            )*
        };
    }

    shapes! {
        /// The answer to one question. Absent parts are null or empty lists.
        Answer {
            /// `answered`, `partial`, `refused`, `clarify`, `handoff` or `confirm`.
            status: String,
            /// The question as it was asked.
            question: String,
            /// The question as it was understood.
            interpreted: String,
            /// The day for which rules were looked up.
            as_of: String,
            /// Where the rules apply.
            jurisdiction: Option<String>,
            /// How to read the sentences.
            lead: Option<String>,
            /// Factual sentences, each with citations.
            sentences: Vec<Sentence>,
            /// What the sentences cite.
            citations: Vec<Citation>,
            /// Parts of the question without a basis.
            missing: Vec<String>,
            /// Corpora that were searched.
            searched: Vec<String>,
            /// Who can help further.
            next: Vec<Contact>,
            /// Answers to a clarifying question.
            choices: Vec<String>,
            /// The refusal, the clarifying question, the emergency advice, or a note on dates.
            message: Option<String>,
            /// `off`, or the name of a model.
            mode: String,
            /// What a configured model could not do: word the sentences, or look for other words.
            degraded: Option<String>,
            /// Name of the agent.
            agent: String,
            /// The visible label of generated text.
            label: String,
            /// The metadata of generated text (GB 45438-2025).
            aigc: Aigc,
            /// Identifier of the conversation.
            conversation: Option<String>,
            /// The form that is being filled in, or was handed in.
            #[schema(value_type = Option<Object>)]
            form: Option<String>,
            /// What is suggested to the one who dispatches.
            #[schema(value_type = Option<Object>)]
            queue: Option<String>,
            /// Readings and alerts behind the sentences.
            #[schema(value_type = Option<Object>)]
            watch: Option<String>,
            /// The draft of a reply, for an officer.
            #[schema(value_type = Option<Object>)]
            draft: Option<String>,
            /// One order in its parts, or what the orders of some days come to.
            #[schema(value_type = Option<Object>)]
            digest: Option<String>,
        }

        /// A sentence with the citations that support it.
        Sentence {
            text: String,
            /// Identifiers of citations.
            citations: Vec<String>,
            /// Name of the model that worded it; none for a quotation.
            worded_by: Option<String>,
        }

        /// What supports a sentence.
        Citation {
            id: String,
            /// `passage` or `result`
            kind: String,
            corpus: String,
            document: String,
            title: String,
            path: String,
            text: String,
            effective_from: Option<String>,
            effective_to: Option<String>,
            revision: String,
        }

        /// A counter or hotline.
        Contact {
            name: String,
            contact: String,
        }

        /// A conversation.
        Conversation {
            id: String,
            created: String,
            turns: Vec<ConversationTurn>,
        }

        /// One answered turn.
        ConversationTurn {
            question: String,
            answer: Answer,
        }
    }

    /// The metadata of generated text.
    #[derive(ToSchema)]
    #[schema(rename_all = "PascalCase")]
    #[expect(dead_code, reason = "describes a type of another crate")]
    pub(in crate::http) struct Aigc {
        label: String,
        content_producer: String,
        #[schema(rename = "ProduceID")]
        produce_id: String,
        reserved_code1: String,
        content_propagator: String,
        #[schema(rename = "PropagateID")]
        propagate_id: String,
        reserved_code2: String,
    }
}
