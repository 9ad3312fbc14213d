// How functions are called, handed on and bound.

#[allow(unused_imports)]
use std::future::Future;
use crate::harness::{Case, assert_send, case, log, run, seen, show};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::pin::Pin;

#[observe]
fn early_bound<'a: 'a>(text: &'a str) -> Option<&'a str> {
    text.strip_prefix('a')
}

#[observe]
async fn early_bound_async<'a: 'a, T: Debug>(it: &'a T) -> Option<&'a T> {
    Some(it)
}

#[observe]
fn late_bound<'a>(text: &'a str, _other: &str) -> &'a str {
    text
}

#[observe]
fn turbofish_beside_impl<T: Default + Debug>(it: impl Debug) -> (T, String) {
    (T::default(), format!("{it:?}"))
}

#[observe]
async fn turbofish_beside_impl_async<T: Default + Debug>(it: impl Debug) -> Vec<(T, String)> {
    vec![(T::default(), format!("{it:?}"))]
}

#[observe]
fn tripled(n: u8) -> Option<u8> {
    n.checked_mul(3)
}

#[observe]
unsafe fn dangerous(n: *const u8) -> Option<u8> {
    // SAFETY: the callers give a valid pointer.
    Some(unsafe { *n })
}

#[observe]
extern "C" fn c_function(n: u8) -> u8 {
    n + 1
}

#[observe]
async fn length_of(text: &str) -> usize {
    text.len()
}

#[observe]
async fn doubled(n: u8) -> Result<u8, String> {
    Ok(n * 2)
}

fn call_ranked(f: impl for<'a> Fn(&'a str, &str) -> &'a str) -> String {
    f("a", &String::from("b")).to_owned()
}

async fn call_async_ranked<F: AsyncFn(&str) -> usize>(f: F) -> usize {
    f(&String::from("abc")).await
}

async fn call_future<F, Fut>(f: F) -> u8
where
    F: Fn(u8) -> Fut + Send + 'static,
    Fut: Future<Output = Result<u8, String>> + Send + 'static,
{
    f(2).await.unwrap()
}

fn is_handler<H, T>(_: H) -> &'static str
where
    H: axum::handler::Handler<T, u8>,
{
    "a handler"
}

#[observe]
async fn plain_handler() -> &'static str {
    "ok"
}

#[observe]
async fn full_handler(
    axum::extract::State(state): axum::extract::State<u8>,
    axum::extract::Path((id, name)): axum::extract::Path<(u32, String)>,
    headers: axum::http::HeaderMap,
    axum::Json(body): axum::Json<Vec<u8>>,
) -> Result<axum::Json<Vec<u8>>, (axum::http::StatusCode, String)> {
    let _ = (state, id, name, headers);
    Ok(axum::Json(body))
}

#[observe]
async fn responding_handler(
    _request: axum::extract::Request,
) -> impl axum::response::IntoResponse + use<> {
    (axum::http::StatusCode::CREATED, "made")
}

#[observe]
async fn failing_handler() -> axum::response::Result<String> {
    Err(axum::http::StatusCode::NOT_FOUND)?;
    Ok("never".to_owned())
}

struct Shop {
    prices: BTreeMap<&'static str, u8>,
}

impl Shop {
    #[observe]
    fn price(&self, name: &str) -> Option<&u8> {
        self.prices.get(name)
    }

    #[observe]
    fn first(&self) -> &'static str {
        self.prices.keys().next().copied().unwrap_or_default()
    }

    #[observe]
    async fn sell(&mut self, name: &'static str) -> Result<u8, String> {
        self.prices.remove(name).ok_or_else(|| format!("no {name}"))
    }

    #[observe]
    fn sold<'a>(&'a mut self, names: &'a [&'static str]) -> impl Iterator<Item = u8> + 'a {
        names.iter().filter_map(|name| self.prices.remove(name))
    }
}

fn shop() -> Shop {
    Shop { prices: BTreeMap::from([("pear", 3), ("plum", 2)]) }
}

#[observe]
fn takes_callback(callback: &mut dyn FnMut(u8) -> Option<u8>) -> Option<u8> {
    callback(1)?;
    callback(2)
}

#[observe]
async fn takes_dyn_future(future: Pin<&mut (dyn Future<Output = u8> + Send)>) -> Option<u8> {
    Some(future.await)
}

#[observe]
async fn takes_dyn_callback(
    callback: &(dyn for<'a> Fn(&'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> + Sync),
) -> Vec<usize> {
    let text = String::from("ab");
    vec![callback(&text).await, callback("c").await]
}

#[observe]
fn returns_function(up: bool) -> fn(&str) -> String {
    if up { |text| text.to_uppercase() } else { str::to_lowercase }
}

#[observe]
fn returns_ranked() -> impl for<'a> Fn(&'a [u8]) -> Option<&'a u8> {
    |list: &[u8]| list.first()
}

#[observe]
fn returns_once<'a>(text: &'a str) -> Box<dyn FnOnce() -> &'a str + Send + 'a> {
    Box::new(move || text)
}

#[observe]
fn in_a_sort(n: &u8) -> std::cmp::Reverse<u8> {
    std::cmp::Reverse(*n)
}

#[observe]
fn from_an_error(error: std::num::ParseIntError) -> String {
    error.to_string()
}

pub fn cases() -> Vec<Case> {
    vec![
        case("early-bound lifetime", "early_bound", || show(early_bound::<'static>("ab"))),
        case("early-bound lifetime async", "early_bound_async", || show(run(early_bound_async::<'static, u8>(&1)))),
        case("late-bound lifetime", "late_bound", || call_ranked(late_bound)),
        case("late-bound pointer", "late_bound", || { let f: for<'a> fn(&'a str, &str) -> &'a str = late_bound; f("a", "b").to_owned() }),
        case("turbofish beside impl", "turbofish_beside_impl", || show(turbofish_beside_impl::<u8>("x"))),
        case("turbofish beside impl async", "turbofish_beside_impl_async", || show(run(turbofish_beside_impl_async::<u8>("x")))),
        case("fn item of no size", "", || show(size_of_val(&tripled))),
        case("dyn Fn", "tripled", || { let f: &dyn Fn(u8) -> Option<u8> = &tripled; show(f(2)) }),
        case("Box<dyn FnOnce>", "tripled", || { let f: Box<dyn FnOnce(u8) -> Option<u8> + Send> = Box::new(tripled); show(f(2)) }),
        case("and_then", "tripled tripled", || show(Some(2).and_then(tripled).and_then(tripled))),
        case("unsafe fn pointer", "dangerous", || { let f: unsafe fn(*const u8) -> Option<u8> = dangerous; show(unsafe { f(&3) }) }),
        case("extern fn pointer", "c_function", || { let f: extern "C" fn(u8) -> u8 = c_function; show(f(3)) }),
        case("AsyncFn", "length_of", || show(run(call_async_ranked(length_of)))),
        case("Fn to a future", "doubled", || show(run(assert_send(call_future(doubled))))),
        case("stream of futures", "doubled doubled", || {
            use futures::StreamExt;
            show(run(futures::stream::iter([1, 2]).map(doubled).buffered(1).collect::<Vec<_>>()))
        }),
        case("handlers", "plain_handler", || {
            log(is_handler(plain_handler));
            log(is_handler(full_handler));
            log(is_handler(responding_handler));
            log(is_handler(failing_handler));
            let routes = axum::Router::new().route("/", axum::routing::get(plain_handler).post(full_handler));
            drop(routes.with_state::<()>(1));
            show(run(plain_handler()))
        }),
        case("failing handler", "failing_handler!error", || show(run(assert_send(failing_handler())).is_err())),
        case("method as function", "first", || { let f: fn(&Shop) -> &'static str = Shop::first; f(&shop()).to_owned() }),
        case("method in map", "first", || show(Some(&shop()).map(Shop::first))),
        case("method borrows", "price", || show(shop().price("pear"))),
        case("async method on &mut", "sell sell!error", || { let mut shop = shop(); show(run(async { (shop.sell("pear").await, shop.sell("pear").await) })) }),
        case("iterator over &mut", "sold", || show(shop().sold(&["plum", "pear"]).collect::<Vec<_>>())),
        case("dyn FnMut", "takes_callback", || { let mut sum = 0; show(takes_callback(&mut |n| { sum += n; Some(seen(sum)) })) }),
        case("dyn Future", "takes_dyn_future", || show(run(assert_send(takes_dyn_future(Box::pin(async { 1 }).as_mut()))))),
        case("dyn async callback", "takes_dyn_callback", || show(run(assert_send(takes_dyn_callback(&|text| Box::pin(async move { text.len() })))))),
        case("returns a function", "returns_function", || show(returns_function(true)("a"))),
        case("returns a ranked closure", "returns_ranked", || show(returns_ranked()(&[1]))),
        case("returns FnOnce", "returns_once", || show(returns_once(&String::from("x"))())),
        case("sort_by_key", "in_a_sort in_a_sort", || { let mut list = [1, 2]; list.sort_by_key(in_a_sort); show(list) }),
        case("map_err", "from_an_error", || show("x".parse::<u8>().map_err(from_an_error))),
    ]
}
