//! Files of models: GGUF and safetensors, the tokenizer and the chat template in or beside them.
