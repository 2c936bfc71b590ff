//! What an answer must look like, as a mask over the vocabulary.
