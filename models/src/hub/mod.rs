//! Manifests of models, and fetching what they name.
