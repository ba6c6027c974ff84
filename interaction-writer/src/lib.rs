//! interaction-writer.
