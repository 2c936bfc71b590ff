//! Chat models behind one trait: in this process, at an endpoint, or from a script.
//!
//! A caller builds a [`ChatRequest`] of [`Message`]s, gets a stream of [`Delta`]s from a [`ChatModel`], and reads
//! [`Stop`] and [`Usage`] from the last one. Nothing here knows corpora or agents, and nothing here calls a tool: a
//! [`ToolCall`] is what a model said.
//!
//! ```
//! use models::{ChatModel, ChatRequest, Message, Scripted, collect};
//!
//! let model = Scripted::new("demo", ["第三十九条规定了这一点。[1]"]);
//! let request = ChatRequest { messages: vec![Message::user("问题")], max_tokens: 64, ..ChatRequest::default() };
//! let text = futures::executor::block_on(collect(model.chat(request))).unwrap();
//! assert_eq!(text, "第三十九条规定了这一点。[1]");
//! ```

mod chat;
mod error;
mod file;
mod grammar;
pub mod hub;
mod kernel;
mod layer;
mod local;
mod mark;
mod remote;
mod scripted;

pub use chat::{
    ChatModel, ChatRequest, Constraint, Delta, Message, Role, Room, Sampling, Stop, ToolCall,
    ToolSpec, Usage, collect,
};
pub use error::{Error, Wait};
pub use layer::{Deadline, Fallback, Limited, Traced, Waits};
pub use local::{Local, LocalOptions, Row, Unit, bench};
pub use remote::{Access, Key, Patience, Remote};
pub use scripted::{Reply, Scripted};
