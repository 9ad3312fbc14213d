//! The seam for signing requests (AWS: Signature Version 4).

use std::pin::Pin;

use crate::record::UnixNanos;

/// Signs a request that is otherwise complete; called before each attempt, so credentials may
/// change in between.
pub(crate) trait Sign: Send {
    /// The headers to add.
    ///
    /// # Errors
    ///
    /// What is missing. The request is tried again later, since credentials may come.
    fn sign<'a>(&'a self, request: ToSign<'a>) -> Signed<'a>;
}

/// Headers to add, or what is missing.
pub(crate) type Signed<'a> =
    Pin<Box<dyn Future<Output = Result<Vec<(String, String)>, String>> + 'a>>;

/// A request that is about to be sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ToSign<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a str,
    /// Those that are to be signed.
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// As it will be sent: compressed, if it is.
    pub(crate) body: &'a [u8],
    pub(crate) now: UnixNanos,
}
