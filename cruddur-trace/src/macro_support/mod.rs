//! What the expansion of `#[observe]` calls. Not public API.
