// When arguments and locals are dropped.

#[allow(unused_imports)]
use std::future::Future;
use crate::harness::{Case, Dropped, case, log, poll_once, run, show};

#[observe]
fn three(a: Dropped, b: Dropped, c: Dropped) {
    let _local = Dropped("local");
    log(b.0);
}

#[observe]
fn three_result(a: Dropped, b: Dropped, c: Dropped) -> Result<(), ()> {
    let _local = Dropped("local");
    log(b.0);
    Ok(())
}

#[observe]
async fn three_async(a: Dropped, b: Dropped, c: Dropped) -> Result<(), ()> {
    let _local = Dropped("local");
    log(b.0);
    Err(())
}

#[observe]
fn ignored(_: Dropped, b: Dropped, _c: Dropped) -> Option<()> {
    log("body");
    Some(())
}

#[observe]
async fn ignored_async(_: Dropped, b: Dropped, _c: Dropped) -> Option<()> {
    log("body");
    Some(())
}

#[observe]
fn destructured((a, _): (Dropped, Dropped), c: Dropped) -> Option<()> {
    log("body");
    drop(a);
    None
}

#[observe]
async fn destructured_async((a, _): (Dropped, Dropped), c: Dropped) -> Option<()> {
    log("body");
    drop(a);
    None
}

#[observe]
fn returned(a: Dropped, b: Dropped) -> Result<Dropped, Dropped> {
    if a.0 == "a" {
        return Ok(a);
    }
    Err(b)
}

#[observe]
fn moved_to_closure(a: Dropped, b: Dropped) -> Box<dyn FnOnce()> {
    Box::new(move || log(a.0))
}

#[observe]
fn unwinding(a: Dropped, b: Dropped) -> Result<(), ()> {
    let _local = Dropped("local");
    panic!("out")
}

#[observe]
async fn unwinding_async(a: Dropped, b: Dropped) -> Result<(), ()> {
    let _local = Dropped("local");
    panic!("out")
}

#[observe]
async fn cancelled(a: Dropped, (b, _): (Dropped, Dropped)) -> u8 {
    let _local = Dropped("local");
    std::future::pending::<()>().await;
    drop(b);
    0
}

#[observe]
fn temporaries(a: Dropped) -> usize {
    let local = Dropped("local");
    [&Dropped("temporary"), &local, &a].len()
}

#[observe]
fn temporaries_result(a: Dropped) -> Result<usize, ()> {
    let local = Dropped("local");
    Ok([&Dropped("temporary"), &local, &a].len())
}

#[observe]
async fn temporaries_async(a: Dropped) -> usize {
    let local = Dropped("local");
    [&Dropped("temporary"), &local, &a].len()
}

#[observe]
fn future_of(a: Dropped, b: Dropped) -> impl Future<Output = ()> {
    log("making");
    async move {
        log(b.0);
    }
}

#[observe]
fn shadowed(a: Dropped) -> Option<()> {
    let a = (a, Dropped("shadow"));
    log(a.1.0);
    None
}

#[rustfmt::skip]
/// What is assigned last is read by `Drop` only.
struct Transaction {
    name: Dropped,
    is_open: bool,
}

impl Drop for Transaction {
    fn drop(&mut self) {
        log(format!("{} open: {}", self.name.0, self.is_open));
    }
}

impl Transaction {
    #[observe]
    async fn commit(mut self) -> Result<(), ()> {
        std::future::ready(()).await;
        self.is_open = false;
        Ok(())
    }

    #[observe]
    fn commit_now(mut self, all: bool) -> Result<u8, ()> {
        self.is_open = !all;
        Ok(1)
    }

    #[observe]
    fn commit_boxed(mut self: Box<Self>) -> Option<u8> {
        self.is_open = false;
        None
    }

    #[observe]
    fn commit_in_place(mut self) {
        self.is_open = false;
    }
}

fn transaction(name: &'static str) -> Transaction {
    Transaction { name: Dropped(name), is_open: true }
}

pub fn cases() -> Vec<Case> {
    fn d(name: &'static str) -> Dropped {
        Dropped(name)
    }
    vec![
        case("drops", "three", || show(three(d("a"), d("b"), d("c")))),
        case("drops result", "three_result", || show(three_result(d("a"), d("b"), d("c")))),
        case("drops async", "three_async!error", || show(run(three_async(d("a"), d("b"), d("c"))))),
        case("drops ignored", "ignored", || show(ignored(d("a"), d("b"), d("c")))),
        case("drops ignored async", "ignored_async", || show(run(ignored_async(d("a"), d("b"), d("c"))))),
        case("drops destructured", "destructured", || show(destructured((d("a"), d("b")), d("c")))),
        case("drops destructured async", "destructured_async", || show(run(destructured_async((d("a"), d("b")), d("c"))))),
        case("drops returned", "returned returned!error", || show((returned(d("a"), d("b")), returned(d("x"), d("y"))))),
        case("drops moved_to_closure", "moved_to_closure", || { moved_to_closure(d("a"), d("b"))(); String::new() }),
        case("drops unwinding", "unwinding!panic", || show(unwinding(d("a"), d("b")))),
        case("drops unwinding async", "unwinding_async!panic", || show(run(unwinding_async(d("a"), d("b"))))),
        case("drops cancelled", "cancelled!cancelled", || poll_once(cancelled(d("a"), (d("b"), d("c"))))),
        case("drops temporaries", "temporaries", || show(temporaries(d("a")))),
        case("drops temporaries_result", "temporaries_result", || show(temporaries_result(d("a")))),
        case("drops temporaries_async", "temporaries_async", || show(run(temporaries_async(d("a"))))),
        case("drops future_of", "future_of", || show(run(future_of(d("a"), d("b"))))),
        case("drops commit", "commit", || show(run(transaction("a").commit()))),
        case("drops commit_now", "commit_now", || show(transaction("a").commit_now(true))),
        case("drops commit_boxed", "commit_boxed", || show(Box::new(transaction("a")).commit_boxed())),
        case("drops commit_in_place", "commit_in_place", || show(transaction("a").commit_in_place())),
        case("drops shadowed", "shadowed", || show(shadowed(d("a")))),
    ]
}
