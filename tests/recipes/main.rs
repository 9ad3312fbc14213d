//! The recipes of docs/recipes.md, each compiled and run, with the spans that come of it.
//!
//! What stands between `// recipe` and `// end` of a file is what the document shows.

mod another_service;
mod cron;
mod document;
mod hyper_server;
mod in_tests;
mod queue;
mod tasks;
mod tonic_service;
