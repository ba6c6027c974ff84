//! Real conversations, loaded as X would have delivered them.
