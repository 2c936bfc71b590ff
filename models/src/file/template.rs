//! Chat templates: a conversation as the text that a model was trained on.
//!
//! Rendered as PyPI `transformers` does it, byte for byte. A template is code from a file that somebody fetched: it sees
//! nothing but the conversation, calls nothing but what is on a list, and its instructions, what one of them makes, its
//! output and the depth of its values are bounded. The memory of its variables together is not: one that doubles a text
//! forty times would take it all, so files of unknown origin are not for this process.

mod environment;
mod python;

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, ErrorKind, context};
use serde_json::json;

use crate::chat::{Message, Role, ToolSpec};
use crate::error::Error;
use crate::local::shape::Architecture;
use crate::mark::THINK;

/// Instructions of a template whatever the conversation; a real one takes about a hundred for each message.
const FUEL: u64 = 100_000;
/// Instructions for each message, call and tool besides.
const FUEL_EACH: u64 = 1_000;
/// Instructions for the longest conversation.
const FUEL_MOST: u64 = 5_000_000;
/// Stack for what does not grow with values.
const STACK: usize = 8 << 20;
/// Stack for a list in a list: each takes an instruction at least, and what walks over them goes down once for each.
const STACK_EACH: usize = 1 << 10;
/// Bytes that a template may write.
const OUTPUT: usize = 64 << 20;
/// What is said of a template that would write more.
const ENDLESS: &str = "it writes without end";
/// The only template of an environment.
const NAME: &str = "chat";

/// How a model writes the call of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallFormat {
    /// `<tool_call>\n{"name": …, "arguments": {…}}\n</tool_call>`
    Qwen,
    /// `{"name": …, "parameters": {…}}`
    Llama,
}

/// The template of one model.
pub(crate) struct Template {
    file: PathBuf,
    environment: Environment<'static>,
    bos: String,
    eos: String,
    format: CallFormat,
    thinks: bool,
}

impl fmt::Debug for Template {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Template")
            .field("file", &self.file)
            .field("format", &self.format)
            .field("thinks", &self.thinks)
            .finish_non_exhaustive()
    }
}

impl Template {
    /// Compiles a template that came from this file. `bos` and `eos` are what it may write first and last.
    ///
    /// # Errors
    /// Why it is no template.
    pub(crate) fn new(
        file: &Path,
        source: String,
        bos: &str,
        eos: &str,
        architecture: Architecture,
    ) -> Result<Self, String> {
        let format = if source.contains("<tool_call>") {
            CallFormat::Qwen
        } else if source.contains("\"parameters\"") || architecture == Architecture::Llama {
            CallFormat::Llama
        } else {
            CallFormat::Qwen
        };
        let thinks = source.contains(THINK);
        let mut environment = environment::environment();
        environment
            .add_template_owned(NAME, without_generation(source))
            .map_err(|error| format!("the chat template cannot be read: {error}"))?;
        Ok(Self {
            file: file.to_path_buf(),
            environment,
            bos: bos.to_owned(),
            eos: eos.to_owned(),
            format,
            thinks,
        })
    }

    /// The template for files without one: `ChatML` for Qwen, the headers of Llama 3 for Llama. Tools are not told.
    pub(crate) fn usual(architecture: Architecture) -> &'static str {
        match architecture {
            Architecture::Qwen2 | Architecture::Qwen3 => {
                "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endfor %}{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
            }
            Architecture::Llama => {
                "{{- bos_token }}{%- for message in messages %}{{- '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' + message.content | trim + '<|eot_id|>' }}{%- endfor %}{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}"
            }
        }
    }

    /// How this model writes calls.
    pub(crate) fn format(&self) -> CallFormat {
        self.format
    }

    /// Whether this model can think before it answers.
    pub(crate) fn thinks(&self) -> bool {
        self.thinks
    }

    /// The conversation as text. With `generation_prompt` it ends where the model goes on. `today` is the date that some
    /// templates tell the model.
    ///
    /// # Errors
    /// [`Error::File`] if the template refuses the conversation, fails or runs away.
    pub(crate) fn render(
        &self,
        messages: &[Message],
        tools: &[ToolSpec],
        thinking: bool,
        generation_prompt: bool,
        today: Date,
    ) -> Result<String, Error> {
        let parts = messages.iter().map(|message| 1 + message.tool_calls.len());
        let parts = (parts.sum::<usize>() + tools.len()) as u64;
        let fuel = FUEL.saturating_add(parts.saturating_mul(FUEL_EACH));
        let fuel = fuel.min(FUEL_MOST);
        let mut environment = self.environment.clone();
        environment.set_fuel(Some(fuel));
        let tools: Vec<_> = tools.iter().map(tool).collect();
        let write = || {
            let context = context! {
                messages => messages.iter().map(message).collect::<Vec<_>>(),
                // `transformers` passes none, not an empty list, and templates ask for that.
                tools => if tools.is_empty() { Value::from(()) } else { Value::from(Serde(&tools)) },
                documents => (),
                add_generation_prompt => generation_prompt,
                enable_thinking => thinking,
                bos_token => self.bos.as_str(),
                eos_token => self.eos.as_str(),
                strftime_now => Value::from_function(move |format: &str| strftime(today, format)),
            };
            written(&environment, context)
        };
        apart(STACK + fuel as usize * STACK_EACH, write).map_err(|reason| Error::File {
            file: self.file.clone(),
            reason: format!("the chat template cannot word this conversation: {reason}"),
        })
    }
}

fn written(environment: &Environment<'_>, context: Value) -> Result<String, String> {
    let mut output = Bounded(Vec::new());
    environment
        .get_template(NAME)
        .and_then(|template| template.render_captured_to(context, &mut output).map(drop))
        .map_err(|error| reason(&error))?;
    String::from_utf8(output.0).map_err(|_| "it wrote what is no text".to_owned())
}

/// Works on a thread of its own, with a stack that suffices: whoever asks has one of unknown size, and a template must
/// not take the process with it.
fn apart(
    stack: usize,
    work: impl FnOnce() -> Result<String, String> + Send,
) -> Result<String, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("chat template".into())
            .stack_size(stack)
            .spawn_scoped(scope, work)
            .map_err(|error| format!("the system gives it no thread: {error}"))?;
        thread.join().unwrap_or_else(|_| Err("it broke off".into()))
    })
}

fn strftime(today: Date, format: &str) -> Result<String, minijinja::Error> {
    jiff::fmt::strtime::format(format, today.at(0, 0, 0, 0)).map_err(|error| {
        minijinja::Error::new(
            ErrorKind::InvalidOperation,
            format!("strftime_now: {error}"),
        )
    })
}

/// `{% generation %}` marks what a model said, for training; here it is a block that is always written.
fn without_generation(source: String) -> String {
    if !source.contains("generation") {
        return source;
    }
    let mut rest = source.as_str();
    let mut out = String::with_capacity(source.len());
    while let Some(start) = rest.find("{%") {
        let Some(end) = rest[start..].find("%}").map(|end| start + end) else {
            break;
        };
        let inner = &rest[start + 2..end];
        let replaced = match inner.trim_matches(['-', '+', ' ', '\n', '\t', '\r']) {
            "generation" => inner.replace("generation", "if true"),
            "endgeneration" => inner.replace("endgeneration", "endif"),
            _ => inner.to_owned(),
        };
        out.push_str(&rest[..start + 2]);
        out.push_str(&replaced);
        out.push_str("%}");
        rest = &rest[end + 2..];
    }
    out.push_str(rest);
    out
}

fn message(message: &Message) -> Value {
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    let mut value = json!({ "role": role, "content": message.content });
    if !message.tool_calls.is_empty() {
        value["tool_calls"] = message
            .tool_calls
            .iter()
            .map(|call| {
                json!({
                    "id": call.id,
                    "type": "function",
                    "function": { "name": call.name, "arguments": call.arguments },
                })
            })
            .collect();
    }
    if let Some(id) = &message.tool_call_id {
        value["tool_call_id"] = json!(id);
    }
    Value::from(Serde(&value))
}

fn tool(tool: &ToolSpec) -> serde_json::Value {
    json!({
        "type": "function",
        "function": { "name": tool.name, "description": tool.description, "parameters": tool.parameters },
    })
}

/// What the cause says, without the lines of the template around it.
fn reason(error: &minijinja::Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    let detail = error.detail().map(str::to_owned);
    let mut text = cause.or(detail).unwrap_or_else(|| error.kind().to_string());
    if let Some(line) = error.line() {
        text.push_str(&format!(" (line {line} of the template)"));
    }
    text
}

/// Bytes up to a bound.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT {
            return Err(std::io::Error::other(ENDLESS));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
