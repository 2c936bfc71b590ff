//! What comes next: the first question that is open, or the review.

use super::field::{Field, SourceKind};
use super::filled::Filled;
use super::schema::Form;

/// What comes next.
#[derive(Debug, Clone, Copy)]
pub enum Next<'a> {
    /// This field is asked for.
    Ask(&'a Field),
    /// Nothing is left to ask. What is still missing stands in the review.
    Review,
}

/// The first question that is open, in the order of the form. What the person left open or does not know is not asked
/// again; nor is what only the register could fill.
pub fn next<'a>(form: &'a Form, filled: &Filled) -> Next<'a> {
    let open = |field: &&&Field| {
        !filled.skipped().contains(&field.name) && !filled.unknown().contains(&field.name)
    };
    let missing = missing(form, filled);
    let mut asked = missing
        .iter()
        .filter(|field| field.allows(SourceKind::Given))
        .filter(open);
    asked.next().map_or(Next::Review, |field| Next::Ask(field))
}

/// All fields that apply, must be filled and are not, in the order of the form; those left open or unknown among them.
pub fn missing<'a>(form: &'a Form, filled: &Filled) -> Vec<&'a Field> {
    let fields = form.fields.iter();
    fields
        .filter(|field| {
            field.required && filled.value(&field.name).is_none() && filled.applies(form, field)
        })
        .collect()
}
