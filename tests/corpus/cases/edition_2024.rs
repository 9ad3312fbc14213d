// What compiles since edition 2024 only: temporaries of the tail are dropped before the locals.

use crate::harness::{Case, Dropped, assert_send, case, log, run, show};
use std::cell::RefCell;

#[observe]
fn tail_temporary() -> usize {
    let cell = RefCell::new("four");
    cell.borrow().len()
}

#[observe]
fn tail_temporary_result() -> Result<usize, u8> {
    let cell = RefCell::new("four");
    Ok(cell.borrow().len())
}

#[observe]
async fn tail_temporary_async() -> usize {
    let cell = RefCell::new("four");
    cell.borrow().len()
}

#[observe]
fn let_chain(list: &[Option<u8>]) -> Option<u8> {
    if let Some(first) = list.first()
        && let Some(n) = first
        && *n > 1
    {
        return Some(*n);
    }
    None
}

#[observe]
async fn let_chain_async(text: Option<&str>) -> Result<u8, String> {
    if let Some(text) = text
        && let Ok(n) = text.parse::<u8>()
    {
        std::future::ready(()).await;
        return Ok(n);
    }
    Err("none".to_owned())
}

fn opened(name: &'static str) -> (Option<u8>, Dropped) {
    (None, Dropped(name))
}

#[observe]
fn if_let_rescope(n: u8) -> Result<u8, ()> {
    if let Some(n) = opened("scrutinee").0 {
        Ok(n)
    } else {
        log("else");
        Ok(n)
    }
}

#[observe]
async fn if_let_rescope_async(n: u8) -> Result<u8, ()> {
    if let Some(n) = opened("scrutinee").0 { Ok(n) } else {
        log("else");
        Ok(n)
    }
}

#[observe]
fn tail_drop_order(a: Dropped) -> Result<usize, ()> {
    let local = Dropped("local");
    Ok([&Dropped("temporary"), &local, &a].map(|it| it.0.len()).iter().sum())
}

#[observe]
async fn tail_drop_order_async(a: Dropped) -> Result<usize, ()> {
    let local = Dropped("local");
    Ok([&Dropped("temporary"), &local, &a].map(|it| it.0.len()).iter().sum())
}

#[observe]
fn boxed_tail(text: &str) -> Box<dyn Fn() -> usize + '_> {
    let length = text.len();
    Box::new(move || length)
}

#[observe]
fn captures_all(text: &str, n: &u8) -> impl Fn() -> usize {
    move || text.len() + usize::from(*n)
}

#[observe]
fn captures_future(text: &str, n: &mut u8) -> impl Future<Output = usize> + Send {
    *n += 1;
    async move { text.len() + usize::from(*n) }
}

#[observe]
fn never_falls_back(n: u8) -> Result<u8, Box<dyn std::error::Error>> {
    if n == 0 {
        Err("zero")?;
    }
    Ok(n)
}

#[observe]
unsafe fn unsafe_in_unsafe(pointer: *const u8) -> Option<u8> {
    Some(unsafe { *pointer })
}

#[rustfmt::skip]
pub fn cases() -> Vec<Case> {
    vec![
        case("let chain", "let_chain let_chain", || show((let_chain(&[Some(2)]), let_chain(&[None])))),
        case("let chain async", "let_chain_async!error", || show(run(assert_send(let_chain_async(Some("x")))))),
        case("if let rescope", "if_let_rescope", || show(if_let_rescope(1))),
        case("if let rescope async", "if_let_rescope_async", || show(run(if_let_rescope_async(1)))),
        case("tail drop order", "tail_drop_order", || show(tail_drop_order(Dropped("a")))),
        case("tail drop order async", "tail_drop_order_async", || show(run(tail_drop_order_async(Dropped("a"))))),
        case("boxed tail", "boxed_tail", || show(boxed_tail("abc")())),
        case("captures all", "captures_all", || show(captures_all("abc", &1)())),
        case("captures future", "captures_future", || show(run(assert_send(captures_future("abc", &mut 1))))),
        case("never falls back", "never_falls_back!error", || show(never_falls_back(0).is_err())),
        case("unsafe in unsafe", "unsafe_in_unsafe", || show(unsafe { unsafe_in_unsafe(&1) })),
        case("tail_temporary", "tail_temporary", || show(tail_temporary())),
        case("tail_temporary_result", "tail_temporary_result", || show(tail_temporary_result())),
        case("tail_temporary_async", "tail_temporary_async", || show(run(tail_temporary_async()))),
    ]
}
