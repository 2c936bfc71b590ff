//! What a decoder must know of a model besides its weights. Plain data: `file` fills it, the decoder reads it.

/// Families of models that the decoder knows. They differ in data, never in code paths of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Architecture {
    /// Qwen2 and Qwen2.5: biases on queries, keys and values.
    Qwen2,
    /// Qwen3, dense: a norm over every head of queries and keys.
    Qwen3,
    /// Llama 3 and its like.
    Llama,
}

impl Architecture {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Qwen2, Self::Qwen3, Self::Llama];

    /// The value of `general.architecture` in GGUF and of `model_type` in `config.json`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
            Self::Llama => "llama",
        }
    }
}

/// Sizes and constants of one model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shape {
    /// The family.
    pub(crate) architecture: Architecture,
    /// Width of the residual stream.
    pub(crate) hidden: usize,
    /// Number of layers.
    pub(crate) layers: usize,
    /// Query heads.
    pub(crate) heads: usize,
    /// Key and value heads; divides `heads`.
    pub(crate) kv_heads: usize,
    /// Width of one head; even. `heads * head_dim` need not be `hidden`.
    pub(crate) head_dim: usize,
    /// Inner width of the feed-forward part.
    pub(crate) ffn: usize,
    /// Rows of the embedding table; at least as many as the tokenizer has tokens.
    pub(crate) vocab: usize,
    /// Base of the rotary angles.
    pub(crate) rope_theta: f64,
    /// How the rotary angles are stretched for long contexts.
    pub(crate) rope_scaling: RopeScaling,
    /// Added under the root of every norm.
    pub(crate) rms_eps: f32,
    /// Whether queries, keys and values have biases.
    pub(crate) qkv_bias: bool,
    /// Whether every head of queries and keys is normed before it is rotated.
    pub(crate) qk_norm: bool,
    /// Whether the output matrix is the embedding table.
    pub(crate) tied: bool,
    /// Longest context the model was made for, in tokens.
    pub(crate) context: usize,
}

/// How the rotary angles are stretched for contexts longer than those of training.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum RopeScaling {
    /// Not at all.
    None,
    /// All positions are divided by this factor.
    Linear(f64),
    /// Llama 3: low frequencies are divided by `factor`, high ones are kept, those between are blended.
    Llama3 {
        /// Divisor of the low frequencies.
        factor: f64,
        /// Wavelengths above `original_context / low` are low frequencies.
        low: f64,
        /// Wavelengths below `original_context / high` are high frequencies.
        high: f64,
        /// Context of the first training, in tokens.
        original_context: f64,
    },
    /// Divisor of every frequency, `head_dim / 2` of them: how GGUF writes Llama 3's (`rope_freqs.weight`).
    Factors(Vec<f32>),
}

impl Shape {
    /// Bytes of keys and values of one token with so many bytes a number.
    pub(crate) fn cache_bytes_per_token(&self, bytes_per_number: usize) -> usize {
        2 * self.layers * self.kv_heads * self.head_dim * bytes_per_number
    }
}
