// Bounds and lifetimes at their edges; boxes, closures and guards.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::fmt::{Debug, Display};
#[allow(unused_imports)]
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Mutex;
use std::task::{Context, Poll};

use crate::harness::{Case, Dropped, assert_send, case, log, run, show};
use futures::future::{BoxFuture, LocalBoxFuture};
use futures::stream::{self, BoxStream, StreamExt};

/// What a box makes need not outlive the box.
trait Service<Request> {
    type Response;
    type Error;
    type Future: Future<Output = Result<Self::Response, Self::Error>>;
    fn call(&mut self, request: Request) -> Self::Future;
}

struct Echo;

impl<T> Service<T> for Echo {
    type Response = T;
    type Error = Infallible;
    type Future = std::future::Ready<Result<T, Infallible>>;

    #[observe(name = "Echo")]
    fn call(&mut self, request: T) -> Self::Future {
        std::future::ready(Ok(request))
    }
}

struct Logged<S>(S);

impl<S, R> Service<R> for Logged<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    #[observe(name = "Logged")]
    fn call(&mut self, request: R) -> Self::Future {
        let future = self.0.call(request);
        Box::pin(async move {
            let result = future.await?;
            Ok(result)
        })
    }
}

#[observe]
fn handed_on<T>(future: BoxFuture<'static, T>) -> BoxFuture<'static, T> {
    future
}

#[observe]
fn handed_on_local<'a, T, E>(
    future: LocalBoxFuture<'a, Result<T, E>>,
) -> Pin<Box<dyn Future<Output = Result<T, E>> + 'a>> {
    future
}

#[observe]
fn handed_on_stream<'a, T>(stream: BoxStream<'a, T>) -> BoxStream<'a, T> {
    stream
}

/// Boxes with other bounds than those of the aliases.
#[observe]
fn sync_box() -> Pin<Box<dyn Future<Output = u8> + Send + Sync>> {
    Box::pin(async { 1 })
}

#[observe]
fn unpin_box() -> Box<dyn Future<Output = u8> + Unpin> {
    Box::new(std::future::ready(1))
}

#[observe]
fn box_of_boxes() -> Option<BoxFuture<'static, u8>> {
    Some(Box::pin(async { 1 }))
}

#[observe]
fn rc_arguments_box(shared: Rc<u8>) -> BoxFuture<'static, u8> {
    let value = *shared;
    Box::pin(async move { value })
}

#[observe]
fn short_argument_box(text: &str) -> BoxFuture<'static, usize> {
    let length = text.len();
    Box::pin(async move { length })
}

type Hidden<'a, T> = Pin<Box<dyn Future<Output = Result<T, Box<dyn std::error::Error + Send + Sync>>> + Send + 'a>>;

#[observe]
fn hidden<'a>(text: &'a str) -> Hidden<'a, u8> {
    Box::pin(async move { Ok(text.parse()?) })
}

#[observe]
fn higher_ranked(make: &dyn for<'a> Fn(&'a str) -> BoxFuture<'a, usize>) -> u8 {
    run(make("abc")) as u8
}

#[observe]
fn length_of(text: &str) -> BoxFuture<'_, usize> {
    Box::pin(async move { text.len() })
}

/// Types that can't be named, measured or moved with ease.
#[observe]
fn dyn_argument(text: &dyn Display, any: &mut dyn FnMut(u8) -> u8, boxed: Box<dyn Debug + '_>) -> Cow<'static, str> {
    any(1);
    format!("{text} {boxed:?}").into()
}

#[observe]
fn returns_closure<'a>(a: &'a Cell<u8>) -> impl Fn(u8) -> u8 + 'a {
    move |n| {
        a.set(a.get() + n);
        a.get()
    }
}

#[observe]
fn returns_boxed_closure(d: Dropped) -> Box<dyn FnOnce(u8) -> u8> {
    Box::new(move |n| {
        log(d.0);
        n
    })
}

#[observe]
fn returns_fn_pointer() -> for<'a> fn(&'a str) -> &'a str {
    |text| text.trim()
}

#[observe]
fn phantom<T: ?Sized>() -> PhantomData<T> {
    PhantomData
}

#[observe]
fn large<const N: usize>(array: [u64; N]) -> [u64; N] {
    array
}

#[observe]
fn projected<I: Iterator>(mut items: I) -> <I as Iterator>::Item
where
    I::Item: Default,
{
    items.next().unwrap_or_default()
}

#[observe]
fn deref_of<T: Deref + ?Sized>(value: &T) -> &T::Target {
    value
}

#[observe]
fn outlives<'a: 'b, 'b, T: ?Sized>(long: &'a T, short: &'b T, first: bool) -> &'b T {
    if first { long } else { short }
}

trait Lend {
    type Lent<'a>: Debug
    where
        Self: 'a;
    fn lend<'a>(&'a mut self) -> Option<Self::Lent<'a>>;
}

impl<T: Debug> Lend for Vec<T> {
    type Lent<'a>
        = &'a mut [T]
    where
        T: 'a;

    #[observe]
    fn lend<'a>(&'a mut self) -> Option<Self::Lent<'a>> {
        if self.is_empty() {
            return None;
        }
        Some(&mut self[1..])
    }
}

/// A guard that isn't `Send`, dropped before the future waits.
#[observe]
async fn guard_before_await(shared: &Mutex<u8>) -> u8 {
    let now = {
        let mut held = shared.lock().unwrap();
        *held += 1;
        *held
    };
    std::future::ready(()).await;
    now
}

#[observe]
async fn rc_across_await(shared: Rc<RefCell<u8>>) -> u8 {
    let held = shared.borrow_mut();
    std::future::ready(()).await;
    *held
}

#[observe]
async fn send_only(cell: Cell<u8>) -> u8 {
    std::future::ready(()).await;
    cell.get()
}

#[observe]
fn polled(mut future: Pin<&mut dyn Future<Output = u8>>, context: &mut Context<'_>) -> Poll<u8> {
    future.as_mut().poll(context)
}

pub fn cases() -> Vec<Case> {
    vec![
        case("limits Logged", "Echo Logged", || show(run(Logged(Echo).call("a")))),
        case("limits handed_on", "handed_on", || show(run(handed_on(Box::pin(async { 1 }))))),
        case("limits handed_on_local", "handed_on_local!error", || {
            let text = String::from("short-lived");
            show(run(handed_on_local(Box::pin(async { Err::<u8, _>(&*text) }))))
        }),
        case("limits handed_on_stream", "handed_on_stream", || show(run(handed_on_stream(stream::iter([1, 2]).boxed()).count()))),
        case("limits sync_box", "sync_box", || show(run(sync_box()))),
        case("limits unpin_box", "unpin_box", || show(run(unpin_box()))),
        case("limits box_of_boxes", "box_of_boxes", || show(run(box_of_boxes().unwrap()))),
        case("limits rc_arguments_box", "rc_arguments_box", || show(run(assert_send(rc_arguments_box(Rc::new(1)))))),
        case("limits short_argument_box", "short_argument_box", || show(run(short_argument_box(&String::from("abc"))))),
        case("limits hidden", "hidden hidden!error", || show((run(hidden("1")).is_ok(), run(hidden("x")).is_ok()))),
        case("limits higher_ranked", "higher_ranked length_of", || show(higher_ranked(&|text| length_of(text)))),
        case("limits dyn_argument", "dyn_argument", || show(dyn_argument(&1, &mut |n| n, Box::new("b")))),
        case("limits returns_closure", "returns_closure", || show(returns_closure(&Cell::new(1))(2))),
        case("limits returns_boxed_closure", "returns_boxed_closure", || show(returns_boxed_closure(Dropped("d"))(2))),
        case("limits returns_fn_pointer", "returns_fn_pointer", || show(returns_fn_pointer()(" a "))),
        case("limits phantom", "phantom", || show(phantom::<str>())),
        case("limits large", "large", || show(large([7; 1000])[999])),
        case("limits projected", "projected", || show(projected([1, 2].into_iter()))),
        case("limits deref_of", "deref_of", || show(deref_of(&String::from("a")))),
        case("limits outlives", "outlives", || show(outlives("a", &String::from("b"), false))),
        case("limits lend", "lend", || show(vec![1, 2].lend())),
        case("limits guard_before_await", "guard_before_await", || show(run(assert_send(guard_before_await(&Mutex::new(1)))))),
        case("limits rc_across_await", "rc_across_await", || show(run(rc_across_await(Rc::new(RefCell::new(1)))))),
        case("limits send_only", "send_only", || show(run(assert_send(send_only(Cell::new(1)))))),
        case("limits polled", "polled", || {
            let mut future = std::pin::pin!(async { 1 });
            show(polled(future.as_mut(), &mut Context::from_waker(futures::task::noop_waker_ref())))
        }),
    ]
}
