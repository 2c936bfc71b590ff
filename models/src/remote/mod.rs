//! A model at an OpenAI-compatible endpoint.
