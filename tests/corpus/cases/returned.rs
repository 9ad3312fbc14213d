// Functions that return futures and streams.

#[allow(unused_imports)]
use std::future::Future;
use crate::harness::{Case, assert_send, case, log, poll_once, run, show};
use futures::future::{BoxFuture, LocalBoxFuture};
use futures::stream::{self, BoxStream, Stream, StreamExt};
use futures::{FutureExt, TryFutureExt};
use std::future::Ready;
use std::pin::Pin;

type Fut<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type Answer = Result<u8, String>;

#[observe]
fn with_statements(n: u8) -> Pin<Box<dyn Future<Output = u8>>> {
    log("statement");
    if n == 0 {
        return Box::pin(std::future::ready(9));
    }
    log("later");
    Box::pin(async move {
        log("running");
        n
    })
}

#[observe]
fn sendable<'a>(n: &'a u8) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>> {
    Box::pin(async move {
        tokio::task::yield_now().await;
        Err(format!("{n}"))
    })
}

#[observe]
fn alias(n: &u8) -> Fut<'_, Answer> {
    async move { Ok(*n) }.boxed()
}

#[observe]
fn box_future<'a>(n: u8) -> BoxFuture<'a, Answer> {
    Box::pin(async move { Ok(inner(n)) })
}

#[observe]
fn local(n: u8) -> LocalBoxFuture<'static, u8> {
    let shared = std::rc::Rc::new(n);
    async move { *shared }.boxed_local()
}

#[observe]
fn inner(n: u8) -> u8 {
    n
}

#[observe]
fn by_combinator(n: u8) -> impl Future<Output = Result<u8, String>> + Send {
    log("made");
    async move { Ok::<_, String>(inner(n)) }.and_then(|n| async move { Err(format!("{n}")) })
}

#[observe]
fn borrowing<'a>(text: &'a str) -> impl Future<Output = &'a str> + use<'a> {
    async move { text }
}

#[observe]
fn impl_early(n: u8) -> impl Future<Output = u8> + Unpin {
    if n == 0 {
        return std::future::ready(0);
    }
    std::future::ready(n + 1)
}

#[observe]
fn output_impl(n: u8) -> impl Future<Output = impl std::fmt::Debug> {
    async move { n }
}

#[observe]
fn pending() -> impl Future<Output = ()> {
    std::future::pending()
}

#[observe]
fn cloneable(n: u8) -> impl Future<Output = u8> + Clone {
    std::future::ready(n)
}

#[observe]
fn a_value(n: u8) -> Ready<u8> {
    std::future::ready(n)
}

#[observe]
fn generic_future<F: Future<Output = u8>>(future: F) -> F {
    future
}

#[observe]
fn a_stream(n: u8) -> impl Stream<Item = u8> + Send {
    stream::iter(0..n).map(|n| {
        log("item");
        inner(n)
    })
}

#[observe]
fn boxed_stream<'a>(list: &'a [u8]) -> BoxStream<'a, Result<u8, String>> {
    stream::iter(list).map(|n| if *n > 1 { Err("large".to_owned()) } else { Ok(*n) }).boxed()
}

#[observe(future, fields(n), err = Display)]
fn marked(n: u8) -> impl Future<Output = Result<u8, String>> {
    async move { Err(n.to_string()) }
}

#[observe]
fn panicking(n: usize) -> BoxFuture<'static, u8> {
    async move { [1, 2][n] }.boxed()
}

#[observe]
fn panics_while_making(n: usize) -> BoxFuture<'static, u8> {
    let list: Vec<u8> = Vec::new();
    let n = list[n];
    async move { n }.boxed()
}

#[rustfmt::skip]
pub fn cases() -> Vec<Case> {
    vec![
        case("boxed with statements", "with_statements with_statements",
            || show((run(with_statements(0)), { let made = with_statements(1); log("between"); run(made) }))),
        case("boxed and sent", "sendable!error", || show(run(assert_send(sendable(&1))))),
        case("boxed alias", "alias", || show(run(assert_send(alias(&1))))),
        case("BoxFuture", "box_future inner", || show(run(assert_send(box_future(1))))),
        case("LocalBoxFuture", "local", || show(run(local(1)))),
        case("combinator", "by_combinator!error inner", || show(run(assert_send(by_combinator(1))))),
        case("impl Future borrows", "borrowing", || show(run(borrowing(&String::from("x"))))),
        case("impl Future early", "impl_early impl_early", || show((run(impl_early(0)), run(impl_early(1))))),
        case("impl Future of impl", "output_impl", || show(run(output_impl(1)))),
        case("impl Future cancelled", "pending!cancelled", || poll_once(pending())),
        case("impl Future + Clone", "cloneable", || show(run(cloneable(1).clone()))),
        case("Ready", "a_value", || show(run(a_value(1)))),
        case("F", "generic_future", || show(run(generic_future(std::future::ready(1))))),
        case("impl Stream", "a_stream inner inner", || show(run(assert_send(a_stream(2)).collect::<Vec<_>>()))),
        case("impl Stream cancelled", "a_stream!cancelled inner", || show(run(a_stream(2).boxed().next()))),
        case("BoxStream", "boxed_stream!error", || show(run(boxed_stream(&[1, 2]).collect::<Vec<_>>()))),
        case("marked future", "marked!error", || show(run(marked(1)))),
        case("boxed panic", "panicking!panic", || show(run(panicking(2)))),
        case("panic while making", "", || show(run(panics_while_making(2)))),
    ]
}
