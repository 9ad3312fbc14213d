// Async functions.

#[allow(unused_imports)]
use std::future::Future;
use crate::harness::{Case, Dropped, assert_send, case, log, poll_once, run, seen, show};
use std::fmt::Debug;

#[observe]
async fn no_result() {
    log("ran");
}

#[observe]
async fn yields(n: u8) -> u8 {
    log("before");
    tokio::task::yield_now().await;
    log("after");
    n + 1
}

#[observe]
async fn nested(n: u8) -> u8 {
    yields(n).await + yields(n).await
}

#[observe]
async fn reborrowed(mut a: &str) -> usize {
    let l = String::from("local");
    log(a);
    a = &l;
    a.len()
}

#[observe]
async fn two_borrows<'a>(a: &'a str, b: &str) -> &'a str {
    log(b);
    a
}

#[observe]
async fn borrowed_mut(x: &mut u8) -> &mut u8 {
    *x += 1;
    x
}

#[observe]
async fn borrowed_result(x: &u8) -> Result<&u8, &u8> {
    if *x > 3 { Err(x) } else { Ok(x) }
}

#[observe]
async fn question(text: String) -> Result<u8, std::num::ParseIntError> {
    let n: u8 = text.parse()?;
    log("parsed");
    Ok(n)
}

#[observe]
async fn early(n: u8) -> &'static str {
    if n == 0 {
        return "zero";
    }
    tokio::task::yield_now().await;
    "more"
}

#[observe]
async fn never() -> ! {
    tokio::task::yield_now().await;
    panic!("never")
}

#[observe]
async fn forever(a: Dropped, b: Dropped) {
    let _local = Dropped("local");
    std::future::pending().await
}

#[observe]
async fn patterns((a, b): (u8, u8), _: Dropped, [c, .., d]: [u8; 3], ref e: u8) -> u8 {
    a + b + c + d + e
}

#[observe]
async fn generic<T: Debug + Send, const N: usize>(value: T) -> [usize; N] {
    log(format!("{value:?}"));
    [N; N]
}

#[observe]
async fn impl_argument(values: impl Iterator<Item = u8>) -> Vec<u8> {
    values.map(seen).collect()
}

#[observe]
async fn impl_result(n: u8) -> impl Debug {
    n
}

#[observe]
async fn impl_todo(n: u8) -> impl Sized {
    if n == 0 {
        panic!("to do")
    }
}

#[observe]
async fn nested_impl(n: u8) -> Result<impl Debug, String> {
    if n > 3 { Err("too much".to_owned()) } else { Ok(n) }
}

#[observe]
async fn bare_generic<T>(value: T) -> T {
    value
}

#[observe]
async fn coerced(n: u8) -> Result<Box<dyn Debug + Send>, anyhow::Error> {
    if n == 0 {
        return Ok(Box::new("zero"));
    }
    anyhow::ensure!(n < 3, "{n} is too much");
    Ok(Box::new(n))
}

#[observe]
async unsafe fn dangerous(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}

#[observe]
async fn panics(n: usize) -> u8 {
    tokio::task::yield_now().await;
    let list: Vec<u8> = Vec::new();
    list[n]
}

#[observe]
async fn recursive(n: u8) -> u8 {
    if n == 0 { 0 } else { Box::pin(recursive(n - 1)).await + 1 }
}

#[observe]
async fn async_closure<F: AsyncFn(u8) -> u8>(f: F) -> u8 {
    f(1).await + f(2).await
}

#[observe]
async fn inner_attribute(n: u8) -> u8 {
    #![allow(unused_variables)]
    let unused = 1;
    n
}

#[observe]
async fn cfg_argument(#[cfg(any())] gone: Missing, #[cfg(all())] here: u8) -> u8 {
    here
}

#[observe]
async fn unit_argument(unit: (), n: u8) -> u8 {
    let () = unit;
    n
}

#[observe]
#[must_use]
async fn must_use(n: u8) -> u8 {
    n
}

#[observe]
async fn joins(n: u8) -> (u8, u8) {
    futures::join!(yields(n), yields(n + 1))
}

#[observe]
async fn spawned(n: u8) -> u8 {
    tokio::spawn(yields(n)).await.unwrap()
}

#[observe]
async fn lazy(n: u8) -> u8 {
    log("runs");
    n
}

#[observe(fields(text = text.len(), %n))]
async fn fields_before_moves(text: String, n: u8) -> String {
    drop(seen(text));
    n.to_string()
}

#[observe(err = Debug, capture = message, result_length = off)]
async fn options(n: u8) -> Result<Vec<u8>, std::io::Error> {
    if n == 0 { Err(std::io::Error::other("zero")) } else { Ok(vec![n]) }
}

#[observe(root)]
async fn begins(n: u8) -> u8 {
    yields(n).await
}

#[observe]
async fn box_error(n: u8) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    Ok(n.to_string().parse::<u8>()? / n.checked_sub(3).ok_or("small")?)
}

fn on_tokio<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[rustfmt::skip]
pub fn cases() -> Vec<Case> {
    vec![
        case("async no_result", "no_result", || show(run(assert_send(no_result())))),
        case("async yields", "yields", || show(run(assert_send(yields(1))))),
        case("async nested", "nested yields yields", || show(run(assert_send(nested(1))))),
        case("async reborrowed", "reborrowed", || show(run(assert_send(reborrowed("a"))))),
        case("async two_borrows", "two_borrows", || show(run(two_borrows("a", &String::from("b"))))),
        case("async borrowed_mut", "borrowed_mut", || { let mut n = 1; *run(borrowed_mut(&mut n)) += 1; show(n) }),
        case("async borrowed_result", "borrowed_result!error", || show(run(borrowed_result(&4)))),
        case("async question", "question!error question", || show((run(question("x".into())), run(question("1".into()))))),
        case("async early", "early early", || show((run(early(0)), run(early(1))))),
        case("async never", "never!panic", || run(never())),
        case("async forever", "forever!cancelled", || poll_once(forever(Dropped("a"), Dropped("b")))),
        case("async unpolled", "", || { drop(forever(Dropped("a"), Dropped("b"))); String::new() }),
        case("async patterns", "patterns", || show(run(patterns((1, 2), Dropped("_"), [3, 4, 5], 6)))),
        case("async generic", "generic", || show(run(assert_send(generic::<_, 2>("x"))))),
        case("async impl_argument", "impl_argument", || show(run(impl_argument([1, 2].into_iter())))),
        case("async impl_result", "impl_result", || show(run(impl_result(1)))),
        case("async impl_todo", "impl_todo!panic", || { run(impl_todo(0)); String::new() }),
        case("async nested_impl", "nested_impl!error", || show(run(nested_impl(4)))),
        case("async bare_generic", "bare_generic", || show(run(bare_generic(1)))),
        case("async coerced", "coerced coerced coerced!error",
            || show((run(coerced(0)).unwrap(), run(coerced(1)).unwrap(), run(coerced(3)).unwrap_err().to_string()))),
        case("async dangerous", "dangerous", || show(run(unsafe { dangerous(&7) }))),
        case("async panics", "panics!panic", || show(run(panics(3)))),
        case("async recursive", "recursive recursive recursive", || show(run(recursive(2)))),
        case("async closure", "async_closure", || show(run(async_closure(async |n| seen(n) + 1)))),
        case("async inner_attribute", "inner_attribute", || show(run(inner_attribute(1)))),
        case("async cfg_argument", "cfg_argument", || show(run(cfg_argument(1)))),
        case("async unit_argument", "unit_argument", || show(run(unit_argument((), 1)))),
        case("async must_use", "must_use", || show(run(must_use(1)))),
        case("async joins", "joins yields yields", || show(run(joins(1)))),
        case("async spawned", "spawned yields", || show(on_tokio(spawned(1)))),
        case("async lazy", "lazy", || { let future = lazy(1); log("made"); show(run(future)) }),
        case("async fields_before_moves", "fields_before_moves", || show(run(fields_before_moves("abc".into(), 1)))),
        case("async options", "options!error options", || show((run(options(0)).is_err(), run(options(1)).unwrap()))),
        case("async begins", "begins yields", || show(run(begins(1)))),
        case("async box_error", "box_error!error", || run(box_error(1)).unwrap_err().to_string()),
    ]
}
