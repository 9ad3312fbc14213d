//! Where the process runs, as its environment and files say, and as the platform says when asked.

use crate::pipeline::{Platform, Task};
use crate::record::Attribute;

/// What platforms' detectors find out about where the process runs.
pub(super) fn detected() -> Vec<Attribute> {
    crate::detect::detect(&|name| std::env::var(name).ok(), &|path| std::fs::read_to_string(path))
}

/// Whether AWS Lambda runs the process.
pub(super) fn is_lambda() -> bool {
    std::env::var_os("AWS_LAMBDA_FUNCTION_NAME").is_some_and(|name| !name.is_empty())
}

/// The task that asks the platform what only a call can tell, if there is anybody to ask.
pub(super) fn ask(platform: &Platform) -> Option<Task> {
    #[cfg(feature = "_http")]
    {
        let question = crate::detect::question(&|name| std::env::var(name).ok(), &|path| {
            std::fs::read_to_string(path)
        })?;
        let platform = platform.clone();
        Some(Box::new(move || {
            drop(tokio::task::spawn_local(crate::pipeline::ask(question, platform)));
        }))
    }
    #[cfg(not(feature = "_http"))]
    {
        let _ = platform;
        None
    }
}
