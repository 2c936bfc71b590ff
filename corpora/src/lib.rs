//! Documents in, cited passages out.
pub mod chunk;
pub mod meta;
pub mod source;
