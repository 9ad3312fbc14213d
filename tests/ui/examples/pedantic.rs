//! What users with strict lints write: this must compile without a warning of the compiler or of
//! clippy, which `cargo xtask test` runs over it. The lints that `#[observe]` keeps have their cases
//! in `tests/lints`.

#![deny(
    warnings,
    missing_docs,
    unused,
    unused_qualifications,
    rust_2018_idioms,
    closure_returning_async_block,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::ignored_unit_patterns,
    clippy::let_unit_value,
    clippy::needless_question_mark,
    clippy::suspicious_else_formatting,
    clippy::too_many_lines,
    clippy::used_underscore_binding,
    clippy::manual_async_fn,
    clippy::redundant_locals,
    clippy::let_and_return,
    clippy::needless_return,
    clippy::redundant_closure_call,
    clippy::items_after_statements,
    clippy::module_name_repetitions,
    clippy::shadow_unrelated,
    clippy::shadow_same,
    clippy::shadow_reuse
)]

use std::error::Error;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;

use cruddur_trace::observe;

#[rustfmt::skip]
#[observe]
fn one_line(n: u8) -> u8 { n + 1 }

#[rustfmt::skip]
#[observe]
async fn one_line_async(n: u8) -> u8 { n }

#[observe(fields(n, %text, ?list, twice = n * 2, app.length = text.len()))]
fn with_fields(n: u8, text: &str, list: &[u8]) -> Result<u8, io::Error> {
    let _ = (text, list);
    Ok(n)
}

#[observe(err = Debug, capture = message, result_length = |list| list.as_ref().map_or(0, Vec::len))]
async fn options(_unused: u8, (_a, b): (u8, u8), _: String) -> Result<Vec<u8>, io::Error> {
    if b > 3 {
        return Err(io::Error::other("large"));
    }
    Ok(vec![b])
}

#[observe]
fn question(text: &str) -> Option<u8> {
    let first = text.bytes().next()?;
    Some(first)
}

#[observe(fields(n))]
fn calls_itself(n: u8, mut list: Vec<u8>) -> Result<Vec<u8>, io::Error> {
    list.push(n);
    if n == 0 { Ok(list) } else { calls_itself(n - 1, list) }
}

#[observe]
async fn unit(unit: ()) {
    let () = unit;
}

#[must_use]
#[observe]
async fn must_use(n: u8) -> u8 {
    n
}

#[observe]
#[must_use]
async fn must_use_below(n: u8) -> u8 {
    n
}

#[observe]
async fn gives_a_future(n: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(async move { n })
}

#[observe]
fn gives_an_async_block(n: u8) -> impl Future<Output = u8> {
    async move { n }
}

#[observe]
async fn units(flag: bool) -> Result<(), io::Error> {
    if flag { Ok(()) } else { Err(io::Error::other("no")) }
}

#[observe]
fn boxed<'a>(n: &'a u8) -> Pin<Box<dyn Future<Output = u8> + Send + 'a>> {
    Box::pin(async move { *n })
}

#[observe]
fn combined(n: u8) -> impl Future<Output = u8> {
    ready(n)
}

#[observe]
fn value(n: u8) -> Ready<u8> {
    ready(n)
}

#[derive(Debug)]
struct Shelf {
    books: Vec<String>,
}

#[observe]
impl Shelf {
    fn new() -> Self {
        Self { books: Vec::new() }
    }

    fn books(&self) -> &[String] {
        &self.books
    }

    async fn add(mut self, book: String) -> Result<Self, io::Error> {
        self.books.push(book);
        Ok(self)
    }

    #[observe(skip)]
    fn len(&self) -> usize {
        self.books.len()
    }
}

#[observe]
fn assert_send<T: Send>() {}

/// What a trait says its methods return is not theirs to make smaller or simpler.
#[allow(clippy::result_large_err, clippy::type_complexity)]
trait Archive {
    fn take(&self) -> Result<u8, [u8; 300]>;
    fn index(
        &self,
    ) -> Result<Vec<(u8, Box<dyn Fn(&str) -> Option<Vec<u8>>>)>, Box<dyn Error + Send>>;
    fn scan(&self) -> Found;
}

type Found = Result<Vec<u8>, [u8; 300]>;

#[observe]
impl Archive for Shelf {
    fn take(&self) -> Result<u8, [u8; 300]> {
        Ok(1)
    }

    fn index(
        &self,
    ) -> Result<Vec<(u8, Box<dyn Fn(&str) -> Option<Vec<u8>>>)>, Box<dyn Error + Send>> {
        Ok(Vec::new())
    }

    fn scan(&self) -> Found {
        Ok(Vec::new())
    }
}

#[observe(root)]
fn main() -> Result<(), io::Error> {
    drop(calls_itself(1, Vec::new())?);
    drop((one_line(1), with_fields(1, "a", &[]), question("a"), value(1)));
    drop((one_line_async(1), options(1, (1, 2), String::new()), unit(()), units(true)));
    drop((must_use(1), must_use_below(1), gives_a_future(1), gives_an_async_block(1)));
    drop((boxed(&1), combined(1)));
    assert_send::<Shelf>();
    let shelf = Shelf::new();
    assert_eq!(shelf.books().len(), shelf.len());
    drop((shelf.take(), shelf.index().is_ok(), shelf.scan()));
    drop(shelf.add("x".to_owned()));
    Ok(())
}
