//! What a model may do for a digest: say issues and topics in other words. Each sentence is held against its claim and
//! its figures; one that fails gives way to the template.

use models::{ChatRequest, Constraint, Message};

use super::claim::{holds, is_wordable};
use super::part::{ClaimView, DaysView};
use crate::answer::Event;
use crate::guard::text::plain;

/// Claims that a model is given, and tokens that it may need.
const MOST: usize = 20;
const MAX_TOKENS: u32 = 1_600;

/// The request; none where there is nothing to word.
pub(super) fn request(prompt: &str, view: &DaysView, seed: u64) -> Option<ChatRequest> {
    let claims: Vec<String> = wordable(view)
        .zip(1..)
        .map(|(claim, number)| format!("[{number}] {}", claim.text))
        .collect();
    if claims.is_empty() {
        return None;
    }
    let pattern = format!(
        r"(\[[0-9]{{1,2}}\] [^\n\[\]<>]{{4,160}}\n){{1,{}}}",
        claims.len()
    );
    Some(ChatRequest {
        messages: vec![
            Message::system(prompt.replace("{count}", &claims.len().to_string())),
            Message::user(claims.join("\n")),
        ],
        constraint: Some(Constraint::Regex(pattern)),
        // The check does not rely on the form.
        form_optional: true,
        max_tokens: MAX_TOKENS,
        seed,
        ..ChatRequest::default()
    })
}

/// Takes what the model said: sentences that hold stand for their claims, the others are told of.
pub(super) fn take(view: &mut DaysView, said: &str, model: Option<&str>) -> Vec<Event> {
    let lines: Vec<(usize, String)> = said.lines().filter_map(numbered).collect();
    let mut events = Vec::new();
    let claims = view
        .claims_mut()
        .filter(|claim| is_wordable(claim.kind))
        .take(MOST);
    for (claim, number) in claims.zip(1..) {
        let Some((_, text)) = lines.iter().find(|(at, _)| *at == number) else {
            continue;
        };
        match holds(text, claim) {
            Ok(()) => {
                claim.text.clone_from(text);
                claim.worded_by = model.map(str::to_owned);
            }
            Err(reason) => events.push(Event::Removed {
                text: plain(text),
                reason,
            }),
        }
    }
    events
}

fn wordable(view: &DaysView) -> impl Iterator<Item = &ClaimView> {
    let claims = view.claims();
    claims.filter(|claim| is_wordable(claim.kind)).take(MOST)
}

fn numbered(line: &str) -> Option<(usize, String)> {
    let (number, text) = line.trim().strip_prefix('[')?.split_once(']')?;
    Some((number.trim().parse().ok()?, text.trim().to_owned()))
}
