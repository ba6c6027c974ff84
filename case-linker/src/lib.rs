//! case-linker.
