//! Functions of every level, as a crate that depends on `cruddur-trace` has them.

use std::cell::Cell;

use cruddur_trace::observe;

thread_local! {
    static COMPUTED: Cell<u32> = const { Cell::new(0) };
}

/// How many fields were computed on this thread.
#[must_use]
pub fn computed() -> u32 {
    COMPUTED.get()
}

// Switched off, an attribute's expressions are gone.
#[cfg_attr(feature = "off", allow(dead_code))]
fn compute() -> u32 {
    COMPUTED.set(COMPUTED.get() + 1);
    COMPUTED.get()
}

/// Calls one function of every level, from the least detail to the most.
#[observe(level = error, fields(n = compute()))]
#[must_use]
pub fn at_error() -> Option<u8> {
    at_warn().ok()
}

#[observe(level = warn, fields(n = compute()))]
fn at_warn() -> Result<u8, String> {
    Ok(Inside.at_info())
}

struct Inside;

#[observe]
impl Inside {
    #[observe(fields(n = compute()))]
    fn at_info(&self) -> u8 {
        self.skipped()
    }

    #[observe(skip)]
    fn skipped(&self) -> u8 {
        futures_of_two_levels()
    }
}

fn futures_of_two_levels() -> u8 {
    let waker = std::task::Waker::noop();
    let future = std::pin::pin!(at_debug([1; 64]));
    match future.poll(&mut std::task::Context::from_waker(waker)) {
        std::task::Poll::Ready(n) => n,
        std::task::Poll::Pending => 0,
    }
}

/// What the future of an observed function weighs, and that of the same function without.
#[must_use]
pub fn future_bytes() -> (usize, usize) {
    (size_of_val(&at_debug([1; 64])), size_of_val(&plain([1; 64])))
}

#[observe(level = debug, fields(n = compute()))]
async fn at_debug(list: [u8; 64]) -> u8 {
    at_trace(list[0])
}

async fn plain(list: [u8; 64]) -> u8 {
    at_trace(list[0])
}

#[observe(level = trace, fields(n = compute()))]
fn at_trace(n: u8) -> u8 {
    n
}
