// What else a signature may say: generics, bounds, patterns, receivers of odd types, aliases.

#[allow(unused_imports)]
use std::future::Future;
use crate::harness::{Case, Dropped, assert_send, case, log, run, seen, show};
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};

#[observe]
fn const_generic<const N: usize, const FLAG: bool>(list: [u8; N]) -> [u8; N]
where
    [u8; N]: Sized,
{
    if FLAG { list } else { [0; N] }
}

#[observe]
async fn const_generic_async<const N: usize>(list: &[u8; N]) -> Option<&[u8; N]> {
    Some(list)
}

#[observe(name = "turbofish", fields(n = std::mem::size_of::<T>()))]
fn only_in_turbofish<T: 'static>() -> Option<&'static str> {
    Some(std::any::type_name::<T>())
}

#[observe]
fn two_impls(a: impl Display + Copy, mut b: impl FnMut(u8) -> u8) -> Result<String, ()> {
    Ok(format!("{a}{}", b(1)))
}

#[observe]
async fn async_impls(a: impl AsRef<str>, b: impl Into<String> + Send) -> Result<String, ()> {
    Ok(a.as_ref().to_owned() + &b.into())
}

#[observe]
fn iterator_argument<'a, I>(values: I) -> Vec<&'a str>
where
    I: IntoIterator<Item = &'a str>,
    I::IntoIter: DoubleEndedIterator + 'a,
{
    values.into_iter().rev().collect()
}

#[observe]
fn qualified_result<I: Iterator>(mut values: I) -> Option<<I as Iterator>::Item> {
    values.next()
}

#[observe]
fn higher_ranked_two<F, T>(f: F) -> Result<T, String>
where
    F: for<'a, 'b> Fn(&'a str, &'b str) -> Result<T, &'a str>,
{
    f("a", "b").map_err(str::to_owned)
}

#[observe]
async fn higher_ranked_async<F>(f: F) -> usize
where
    F: for<'a> Fn(&'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>>,
{
    let text = String::from("four");
    f(&text).await
}

#[observe]
fn named_lifetimes<'a, 'b: 'a>(a: &'a str, b: &'b str) -> (&'a str, &'b str) {
    (a, b)
}

#[observe]
async fn named_lifetimes_async<'a, 'b: 'a, T: ?Sized + Debug>(a: &'a T, b: &'b str) -> &'a str {
    log(format!("{a:?}"));
    b
}

#[observe]
fn precise<'a, T>(text: &'a str, _unused: &T) -> impl Iterator<Item = char> + use<'a, T> {
    text.chars()
}

#[observe]
fn precise_future<'a>(text: &'a str, _other: &str) -> impl Future<Output = usize> + Send + use<'a> {
    let length = text.len();
    async move { length }
}

#[observe]
fn bare_future(n: u8) -> impl Future + Send {
    log("made");
    async move { seen(n) }
}

#[observe]
fn bare_stream(n: u8) -> impl futures::Stream + Unpin {
    futures::stream::iter(0..n)
}

#[observe]
fn dyn_result<'a>(n: &'a u8, boxed: bool) -> Result<Box<dyn Display + 'a>, Box<dyn std::error::Error>> {
    if boxed { Ok(Box::new(n)) } else { Err("unboxed")? }
}

#[observe]
fn dyn_borrowed<'a>(list: &'a [Box<dyn Debug>]) -> Option<&'a dyn Debug> {
    list.first().map(|first| &**first)
}

#[observe]
unsafe extern "C" fn c_abi(pointer: *const u8, length: usize) -> usize {
    unsafe { std::slice::from_raw_parts(pointer, length) }.iter().map(|it| usize::from(*it)).sum()
}

#[observe]
extern "C-unwind" fn c_unwind(n: u8) -> u8 {
    if n == 0 {
        panic!("through C");
    }
    n
}

#[observe]
extern "system" fn pointer_result(n: *mut u8) -> *mut u8 {
    n
}

#[observe]
fn as_pointer(n: u8) -> Option<u8> {
    Some(n)
}

#[observe]
fn attributes_on_arguments(
    #[allow(unused_mut)] mut a: u8,
    #[allow(unused_variables)] b: u8,
    #[cfg(any())] c: Missing,
    #[cfg_attr(all(), allow(unused_variables))] d: u8,
) -> Result<u8, ()> {
    Ok(a)
}

#[observe]
async fn attributes_on_arguments_async(
    #[allow(unused_mut)] mut a: u8,
    #[allow(unused_variables)] b: u8,
    #[cfg(any())] c: Missing,
) -> Result<u8, ()> {
    Ok(a)
}

#[observe]
fn cfg_twice(#[cfg(any())] a: Missing, #[cfg(all())] a: u8) -> Option<u8> {
    Some(a)
}

#[observe]
fn cfg_self_twice<#[cfg(any())] T, #[cfg(all())] U: Debug>(value: U) -> Option<String> {
    Some(format!("{value:?}"))
}

struct Point<T> {
    x: T,
    y: T,
}

#[observe]
fn deep_patterns(
    Point { x, y: (left, ref mut right) }: Point<(u8, String)>,
    &[first, ref rest @ ..]: &[u8; 3],
    (.., last): (u8, u8, Dropped),
) -> Option<String> {
    right.push('!');
    let _ = last;
    Some(format!("{x:?}{left}{right:?}{first}{rest:?}"))
}

#[observe]
async fn deep_patterns_async(
    Point { x, y: (left, ref mut right) }: Point<(u8, String)>,
    &[first, ref rest @ ..]: &[u8; 3],
    (.., last): (u8, u8, Dropped),
) -> Option<String> {
    right.push('!');
    drop(last);
    Some(format!("{x:?}{left}{right:?}{first}{rest:?}"))
}

#[observe]
fn references(&a: &u8, &mut ref mut b: &mut Vec<u8>, ref mut c: u8) -> Result<u8, ()> {
    b.push(a);
    *c += 1;
    Ok(*c)
}

#[observe]
fn mutable_binding(mut all @ (_, _): (u8, u8), mut list: Vec<u8>) -> Option<(u8, u8)> {
    all.0 += 1;
    list.clear();
    Some(all)
}

type Alias<T> = Result<Vec<T>, Box<dyn std::error::Error + Send + Sync>>;
type Answer<'a> = Result<&'a str, Cow<'a, str>>;
type Never = std::convert::Infallible;

#[observe]
fn alias_result(n: u8) -> Alias<u8> {
    if n == 0 { Err("zero".into()) } else { Ok(vec![n]) }
}

#[observe]
fn alias_of_lifetime(n: &str) -> Answer<'_> {
    n.strip_prefix('a').ok_or(Cow::Borrowed(n))
}

#[observe]
async fn alias_async(n: u8) -> Alias<u8> {
    alias_result(n)
}

#[observe]
fn infallible(n: u8) -> Result<u8, Never> {
    Ok(n)
}

#[derive(Debug)]
struct Own(String);
impl Display for Own {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.0)
    }
}
impl std::error::Error for Own {}
impl From<std::num::ParseIntError> for Own {
    fn from(error: std::num::ParseIntError) -> Self {
        log("converted");
        Self(error.to_string())
    }
}

#[observe]
fn converts(text: &str) -> Result<u8, Own> {
    let n = text.parse::<u8>()?;
    Ok(n)
}

#[observe]
async fn converts_async(text: &str) -> Result<u8, Own> {
    let n = text.parse::<u8>()?;
    std::future::ready(()).await;
    Ok(n)
}

#[observe]
fn option_question(list: &[u8]) -> Option<&u8> {
    let first = list.first()?;
    log("first");
    list.get(usize::from(*first))
}

#[observe]
fn control_flow(n: u8) -> std::ops::ControlFlow<u8, ()> {
    if n > 1 {
        return std::ops::ControlFlow::Break(n);
    }
    std::ops::ControlFlow::Continue(())
}

#[observe]
fn locked<'a>(mutex: &'a Mutex<Vec<u8>>) -> Result<MutexGuard<'a, Vec<u8>>, std::sync::PoisonError<MutexGuard<'a, Vec<u8>>>> {
    let mut guard = mutex.lock()?;
    guard.push(1);
    Ok(guard)
}

#[observe]
fn cell_guard(cell: &RefCell<Vec<u8>>) -> std::cell::RefMut<'_, Vec<u8>> {
    cell.borrow_mut()
}

#[observe]
fn unsized_reference(text: &str) -> &[u8] {
    text.as_bytes()
}

#[observe]
fn slice_mut_option<'a>(map: &'a mut HashMap<u8, Vec<u8>>, key: &u8) -> Option<&'a mut [u8]> {
    map.get_mut(key).map(Vec::as_mut_slice)
}

#[observe]
fn reborrow_through(list: &mut Vec<u8>) -> Result<&mut u8, &'static str> {
    list.push(3);
    list.last_mut().ok_or("empty")
}

#[observe]
fn array_of_closures() -> [Box<dyn Fn(u8) -> u8>; 2] {
    [Box::new(|n| n), Box::new(|n| n + 1)]
}

#[observe]
fn nested_generic_impl(n: u8) -> Vec<impl Fn(u8) -> u8 + Clone> {
    vec![move |m| n + m]
}

#[observe]
fn impl_in_tuple(n: u8) -> (impl Debug, Result<impl Display, String>) {
    (n, Ok(n))
}

#[observe]
fn impl_in_option(n: u8) -> Option<impl Iterator<Item = u8>> {
    (n > 0).then(|| 0..n)
}

#[allow(unused_parens)]
#[observe]
fn parenthesized(n: u8) -> (Option<u8>) {
    Some(n)
}

#[observe]
fn unit_written(cell: &Cell<u8>) -> () {
    cell.set(2)
}

macro_rules! vec_of {
    ($ty:ty) => { Vec<$ty> };
}

#[observe]
fn typed_macro(n: u8) -> vec_of!(u8) {
    vec![n]
}


#[observe]
fn one_not_unpin(pinned: Pin<&mut PhantomPinned>, n: u8) -> Option<u8> {
    let _ = pinned;
    Some(n)
}

#[observe]
async fn not_send(n: Rc<Cell<u8>>) -> u8 {
    let held = Rc::clone(&n);
    std::future::ready(()).await;
    held.set(held.get() + 1);
    held.get()
}

#[observe]
async fn pointer_across_await(n: &u8) -> bool {
    let pointer: *const u8 = n;
    std::future::ready(()).await;
    !pointer.is_null()
}

#[observe]
async fn guard_across_await(mutex: &Mutex<u8>) -> u8 {
    let mut guard = mutex.lock().unwrap();
    std::future::ready(()).await;
    *guard += 1;
    *guard
}

#[observe]
async fn sendable_with_references(a: &str, b: &mut Vec<u8>, c: Arc<Mutex<u8>>) -> Result<usize, String> {
    b.push(1);
    std::future::ready(()).await;
    Ok(a.len() + b.len() + usize::from(*c.lock().unwrap()))
}

#[observe]
async fn large(bytes: [u8; 65536]) -> u8 {
    std::future::ready(()).await;
    bytes[65535]
}

#[observe]
async fn pinned_local(n: u8) -> u8 {
    let future = async { (n, PhantomPinned).0 };
    let mut future = std::pin::pin!(future);
    future.as_mut().await
}

#[observe]
async fn async_closure_result(n: u8) -> impl AsyncFn(u8) -> u8 {
    async move |m| n + m
}

#[observe]
fn takes_async_closure<F>(f: F) -> impl Future<Output = u8>
where
    F: AsyncFnOnce(u8) -> u8,
{
    async move { f(3).await }
}

#[observe]
fn never_in_option(n: u8) -> Option<Never> {
    if n == 0 {
        panic!("never");
    }
    None
}

#[observe]
fn loops_forever(list: &mut Vec<u8>) -> ! {
    loop {
        match list.pop() {
            Some(n) => log(n.to_string()),
            None => panic!("empty"),
        }
    }
}

#[observe]
fn where_for_impl<T>(value: T) -> Result<T::Owned, ()>
where
    T: Deref2,
    for<'a> &'a T: Debug,
{
    log(format!("{:?}", &value));
    Ok(value.owned())
}

trait Deref2 {
    type Owned;
    fn owned(&self) -> Self::Owned;
}
impl Deref2 for &str {
    type Owned = String;
    #[observe]
    fn owned(&self) -> Self::Owned {
        (*self).to_owned()
    }
}

#[rustfmt::skip]
pub fn cases() -> Vec<Case> {
    vec![
        case("const_generic", "const_generic", || show(const_generic::<2, true>([1, 2]))),
        case("const_generic_async", "const_generic_async", || show(run(const_generic_async(&[1, 2])))),
        case("only_in_turbofish", "turbofish", || show(only_in_turbofish::<u32>())),
        case("two_impls", "two_impls", || show(two_impls("x", seen))),
        case("async_impls", "async_impls", || show(run(async_impls("x", "y")))),
        case("iterator_argument", "iterator_argument", || show(iterator_argument(["a", "b"]))),
        case("qualified_result", "qualified_result", || show(qualified_result([1, 2].iter()))),
        case("higher_ranked_two", "higher_ranked_two!error", || show(higher_ranked_two::<_, u8>(|a, _| Err(a)))),
        case("higher_ranked_async", "higher_ranked_async", || show(run(higher_ranked_async(|text| Box::pin(async move { text.len() }))))),
        case("named_lifetimes", "named_lifetimes", || show(named_lifetimes("a", "b"))),
        case("named_lifetimes_async", "named_lifetimes_async", || show(run(named_lifetimes_async("a", "b")))),
        case("precise", "precise", || show(precise("abc", &1).collect::<String>())),
        case("precise_future", "precise_future", || show(run(assert_send(precise_future("abc", &String::new()))))),
        case("bare_future", "bare_future", || { run(assert_send(bare_future(1))); String::new() }),
        case("bare_stream", "bare_stream", || show(run(futures::StreamExt::count(bare_stream(3))))),
        case("dyn_result", "dyn_result dyn_result!error", || show((dyn_result(&1, true).unwrap().to_string(), dyn_result(&1, false).is_err()))),
        case("dyn_borrowed", "dyn_borrowed", || show(dyn_borrowed(&[Box::new(1)]))),
        case("c_abi", "c_abi", || show(unsafe { c_abi([1, 2].as_ptr(), 2) })),
        case("c_unwind", "c_unwind c_unwind!panic", || show(c_unwind(1) + c_unwind(0))),
        case("pointer_result", "pointer_result", || show(pointer_result(std::ptr::null_mut()))),
        case("as function pointer", "as_pointer", || { let f: fn(u8) -> Option<u8> = as_pointer; show(f(1)) }),
        case("as a function item", "as_pointer as_pointer", || show([1, 2].into_iter().filter_map(as_pointer).collect::<Vec<_>>())),
        case("attributes_on_arguments", "attributes_on_arguments", || show(attributes_on_arguments(1, 2, 3))),
        case("attributes_on_arguments_async", "attributes_on_arguments_async", || show(run(attributes_on_arguments_async(1, 2)))),
        case("cfg_twice", "cfg_twice", || show(cfg_twice(1))),
        case("cfg on parameters", "cfg_self_twice", || show(cfg_self_twice(1))),
        case("deep_patterns", "deep_patterns", || show(deep_patterns(Point { x: (1, "x".into()), y: (2, "y".into()) }, &[1, 2, 3], (1, 2, Dropped("last"))))),
        case("deep_patterns_async", "deep_patterns_async", || show(run(deep_patterns_async(Point { x: (1, "x".into()), y: (2, "y".into()) }, &[1, 2, 3], (1, 2, Dropped("last")))))),
        case("references", "references", || show(references(&1, &mut vec![], 3))),
        case("mutable_binding", "mutable_binding", || show(mutable_binding((1, 2), vec![1]))),
        case("alias_result", "alias_result!error alias_result", || show((alias_result(0).is_err(), alias_result(1).unwrap()))),
        case("alias_of_lifetime", "alias_of_lifetime alias_of_lifetime!error", || show((alias_of_lifetime("ab"), alias_of_lifetime("b")))),
        case("alias_async", "alias_async!error alias_result!error", || show(run(assert_send(alias_async(0))).is_err())),
        case("infallible", "infallible", || show(infallible(1))),
        case("converts", "converts!error converts", || show((converts("x"), converts("1")))),
        case("converts_async", "converts_async!error", || show(run(assert_send(converts_async("x"))))),
        case("option_question", "option_question option_question", || show((option_question(&[]), option_question(&[0])))),
        case("control_flow", "control_flow control_flow", || show((control_flow(0), control_flow(2)))),
        case("locked", "locked", || show(locked(&Mutex::new(vec![0])).unwrap())),
        case("cell_guard", "cell_guard", || { let cell = RefCell::new(vec![]); cell_guard(&cell).push(1); show(cell) }),
        case("unsized_reference", "unsized_reference", || show(unsized_reference("ab"))),
        case("slice_mut_option", "slice_mut_option", || show(slice_mut_option(&mut HashMap::from([(1, vec![2])]), &1))),
        case("reborrow_through", "reborrow_through", || { let mut list = vec![]; *reborrow_through(&mut list).unwrap() += 1; show(list) }),
        case("array_of_closures", "array_of_closures", || show(array_of_closures()[1](1))),
        case("nested_generic_impl", "nested_generic_impl", || show(nested_generic_impl(1).clone()[0](2))),
        case("impl_in_tuple", "impl_in_tuple", || show(impl_in_tuple(1).0)),
        case("impl_in_option", "impl_in_option", || show(impl_in_option(2).map(Iterator::count))),
        case("parenthesized", "parenthesized", || show(parenthesized(1))),
        case("unit_written", "unit_written", || { let cell = Cell::new(1); unit_written(&cell); show(cell) }),
        case("typed_macro", "typed_macro", || show(typed_macro(1))),
        case("one_not_unpin", "one_not_unpin", || show(one_not_unpin(std::pin::pin!(PhantomPinned), 1))),
        case("not_send", "not_send", || show(run(not_send(Rc::new(Cell::new(1)))))),
        case("pointer_across_await", "pointer_across_await", || show(run(pointer_across_await(&1)))),
        case("guard_across_await", "guard_across_await", || show(run(guard_across_await(&Mutex::new(1))))),
        case("sendable_with_references", "sendable_with_references", || show(run(assert_send(sendable_with_references("a", &mut vec![], Arc::default()))))),
        case("large", "large", || show(run(large([7; 65536])))),
        case("pinned_local", "pinned_local", || show(run(pinned_local(1)))),
        case("async_closure_result", "async_closure_result", || show(run(async { async_closure_result(1).await(2).await }))),
        case("takes_async_closure", "takes_async_closure", || show(run(takes_async_closure(async |n| seen(n) + 1)))),
        case("never_in_option", "never_in_option never_in_option!panic", || show((never_in_option(1), never_in_option(0)))),
        case("loops_forever", "loops_forever!panic", || loops_forever(&mut vec![1, 2])),
        case("where_for_impl", "where_for_impl owned", || show(where_for_impl("x"))),
    ]
}
