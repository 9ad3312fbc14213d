// Results whose types hide what they are, and errors of which little can be asked.

use std::convert::Infallible;
use std::fmt::{Debug, Display};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::task::Poll;

use crate::harness::{Case, case, run, show};

/// Results that hide a result.
#[observe]
fn flow(n: u8) -> ControlFlow<u8, String> {
    if n > 1 {
        return ControlFlow::Break(n);
    }
    ControlFlow::Continue("go on".into())
}

#[observe]
fn flow_by_question(n: u8) -> ControlFlow<u8> {
    flow(n)?;
    ControlFlow::Continue(())
}

#[observe]
fn poll_result(n: u8) -> Poll<Result<u8, String>> {
    if n == 0 { Poll::Pending } else { Poll::Ready(Err("no".into())) }
}

#[observe]
fn poll_by_question(n: u8) -> Poll<Result<u8, String>> {
    let polled = poll_result(n)?;
    polled.map(Ok)
}

#[observe]
fn poll_option(n: u8) -> Poll<Option<Result<u8, String>>> {
    Poll::Ready(Some(Ok(n)))
}

#[observe]
fn option_result(n: u8) -> Option<Result<u8, String>> {
    (n > 0).then_some(Err("no".into()))
}

#[observe]
fn result_result(n: u8) -> Result<Result<u8, String>, u8> {
    Ok(Err("no".into()))
}

#[observe]
fn infallible() -> Result<u8, Infallible> {
    Ok(1)
}

#[observe]
fn empty_ok(n: u8) -> Result<Infallible, String> {
    Err("never well".into())
}

#[observe]
fn never_in_result() -> Result<u8, Box<dyn std::error::Error>> {
    let n: u8 = "x".parse()?;
    Ok(n)
}

#[observe]
fn borrowed_error<'a>(text: &'a str) -> Result<(), &'a str> {
    Err(text)
}

#[observe]
fn borrowed_box<'a>(text: &'a str) -> Result<(), Box<dyn std::error::Error + 'a>> {
    #[derive(Debug)]
    struct Refused<'a>(&'a str);
    impl Display for Refused<'_> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }
    impl std::error::Error for Refused<'_> {}
    Err(Box::new(Refused(text)))
}

#[observe]
async fn borrowed_sync_box<'a>(text: &'a str) -> Result<(), Box<dyn std::error::Error + Send + Sync + 'a>> {
    borrowed_box(text).map_err(|error| error.to_string().into())
}

/// An error only where its parameter is `'static`.
#[derive(Debug)]
struct Refused<T>(T);

impl<T> Display for Refused<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused")
    }
}

impl<T: std::any::Any + Debug> std::error::Error for Refused<T> {}

#[observe]
fn refused_static(n: u8) -> Result<(), Refused<u8>> {
    Err(Refused(n))
}

#[observe(err = Display, capture = message)]
fn refused<T>(value: T) -> Result<(), Refused<T>> {
    Err(Refused(value))
}

#[observe(capture = class)]
async fn refused_async(text: &str) -> Result<(), Refused<&str>> {
    Err(Refused(text))
}

struct Silent;

#[observe]
fn silent_error() -> Result<(), Silent> {
    Err(Silent)
}

#[observe]
fn unsized_error(n: &str) -> Result<(), Rc<str>> {
    Err(n.into())
}

#[observe]
fn generic_error<E: From<String>>(n: u8) -> Result<u8, E> {
    let n = if n > 0 { Err(String::from("no")) } else { Ok(n) };
    Ok(n?)
}

#[observe]
fn displayed_only<E: Display>(error: E) -> Result<(), E> {
    Err(error)
}

pub fn cases() -> Vec<Case> {
    vec![
        case("results flow", "flow flow", || show((flow(1), flow(2)))),
        case("results flow_by_question", "flow_by_question flow flow_by_question flow", || show((flow_by_question(1), flow_by_question(2)))),
        case("results poll_result", "poll_result poll_result", || show((poll_result(0), poll_result(1)))),
        case("results poll_by_question", "poll_by_question poll_result poll_by_question poll_result", || show((poll_by_question(0), poll_by_question(1)))),
        case("results poll_option", "poll_option", || show(poll_option(1))),
        case("results option_result", "option_result", || show(option_result(1))),
        case("results result_result", "result_result", || show(result_result(1))),
        case("results infallible", "infallible", || show(infallible())),
        case("results empty_ok", "empty_ok!error", || show(empty_ok(1))),
        case("results never_in_result", "never_in_result!error", || show(never_in_result().is_err())),
        case("results borrowed_error", "borrowed_error!error", || show(borrowed_error(&String::from("a")))),
        case("results borrowed_box", "borrowed_box!error", || show(borrowed_box(&String::from("a")).is_err())),
        case("results borrowed_sync_box", "borrowed_sync_box!error borrowed_box!error", || show(run(borrowed_sync_box(&String::from("a"))).is_err())),
        case("results refused", "refused!error refused_static!error", || show((refused(1).is_err(), refused_static(1).is_err()))),
        case("results refused_async", "refused_async!error", || show(run(refused_async("a")).is_err())),
        case("results silent_error", "silent_error!error", || show(silent_error().is_err())),
        case("results unsized_error", "unsized_error!error", || show(unsized_error("a"))),
        case("results generic_error", "generic_error!error generic_error", || show((generic_error::<String>(1), generic_error::<Box<dyn std::error::Error>>(0).is_ok()))),
        case("results displayed_only", "displayed_only!error", || show(displayed_only("a"))),
    ]
}
