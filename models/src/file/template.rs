//! Chat templates: a conversation as the text that a model was trained on.
//!
//! Rendered as PyPI `transformers` does it, byte for byte. A template is code from a file that somebody fetched: it sees
//! nothing but the conversation, and its instructions and output are bounded. The memory of its variables is not: one
//! that doubles a text forty times would take it all, so files of unknown origin are not for this process.

mod python;

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{Environment, ErrorKind, context};
use serde_json::json;

use crate::chat::{Message, Role, ToolSpec};
use crate::error::Error;
use crate::local::shape::Architecture;
use crate::mark::THINK;

/// Instructions of a template for one conversation; a real one takes about a hundred for each message.
const FUEL: u64 = 5_000_000;
/// Bytes that a template may write.
const OUTPUT: usize = 64 << 20;
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
        let mut environment = environment();
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
        let failed = |error: &minijinja::Error| Error::File {
            file: self.file.clone(),
            reason: format!(
                "the chat template cannot word this conversation: {}",
                reason(error)
            ),
        };
        let template = self
            .environment
            .get_template(NAME)
            .map_err(|error| failed(&error))?;
        let tools: Vec<_> = tools.iter().map(tool).collect();
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
        let mut output = Bounded(Vec::new());
        template
            .render_captured_to(context, &mut output)
            .map_err(|error| failed(&error))?;
        String::from_utf8(output.0).map_err(|_| Error::File {
            file: self.file.clone(),
            reason: "the chat template wrote what is no text".into(),
        })
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .expect("the default delimiters are valid"),
    );
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.set_formatter(|out, _, value| Ok(python::write(out, value)?));
    environment.add_filter("tojson", tojson);
    environment.add_filter("string", python::text);
    // In Python nothing is not iterable.
    environment.add_test("iterable", |value: &Value| {
        !value.is_none() && value.try_iter().is_ok()
    });
    environment.add_function("raise_exception", raise_exception);
    environment
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "minijinja hands options over so"
)]
fn tojson(value: &Value, options: Kwargs) -> Result<Value, minijinja::Error> {
    let indent: Option<usize> = options.get("indent")?;
    let _: Option<bool> = options.get("ensure_ascii")?;
    options.assert_all_used()?;
    python::json(value, indent.map(|indent| indent.min(16))).map(Value::from)
}

fn raise_exception(message: String) -> Result<Value, minijinja::Error> {
    Err(minijinja::Error::new(ErrorKind::InvalidOperation, message))
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
            return Err(std::io::Error::other("it writes without end"));
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
