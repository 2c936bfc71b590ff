//! What templates may rely on. Equality with `transformers` is tested in `models/src/file/reference.rs`.

use super::*;
