//! What a tokenizer promises. Equality with the makers' tokenizers is tested in `models/src/file/reference.rs`.

use super::*;
