//! Chat models behind one trait.
//!
//! A caller builds a [`ChatRequest`] of [`Message`]s, gets a stream of [`Delta`]s from a [`ChatModel`], and reads the
//! [`Usage`] from the last one. Nothing here knows tools, corpora or agents.
//!
//! ```
//! use models::{ChatModel, ChatRequest, Message, Scripted, collect};
//!
//! let model = Scripted::new("demo", ["第三十九条规定了这一点。[1]"]);
//! let request = ChatRequest { messages: vec![Message::user("问题")], max_tokens: 64, seed: 0 };
//! let text = futures::executor::block_on(collect(model.chat(request))).unwrap();
//! assert_eq!(text, "第三十九条规定了这一点。[1]");
//! ```

mod chat;
mod error;
mod scripted;

pub use chat::{ChatModel, ChatRequest, Delta, Message, Role, Usage, collect};
pub use error::Error;
pub use scripted::Scripted;
