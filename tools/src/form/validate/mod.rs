//! Is this a number, a day, a name? One file for each; every function takes what a person wrote and gives the plain form,
//! or says in the person's language what is wrong with it and what to write.
//!
//! Nothing here searches running text ([`super::extract`]) and nothing asks whether a number was ever issued.

mod address;
mod amount;
mod bank;
mod credit;
mod date;
mod identity;
mod mail;
mod name;
mod phone;
mod plate;

use thiserror::Error;

pub use address::address;
pub use amount::{Amount, amount, integer};
pub use bank::{bank, luhn};
pub use credit::credit_code;
pub use date::date;
pub use identity::{Identity, Sex, identity, identity_check};
pub use mail::mail;
pub use name::name;
pub use phone::{mobile, phone};
pub use plate::plate;

pub(super) use date::dates;
pub(super) use mail::mails;
pub(super) use name::is_name_character;
pub(super) use plate::plates;

/// What is wrong with an answer and what to write instead, in the person's language.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Invalid(pub String);

impl Invalid {
    fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }
}

/// The figures of a number, none if anything else is in it.
fn figures(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|next| next.to_digit(10)).collect()
}

#[cfg(test)]
mod tests;
