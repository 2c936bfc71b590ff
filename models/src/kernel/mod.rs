//! Arithmetic on slices, in the shapes that a decoder needs. The only place with `unsafe` code.
