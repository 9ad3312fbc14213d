// Panics where values are dropped, futures that are dropped at each of their waits, and locals that
// outlive or don't outlive a block.

use std::cell::RefCell;
#[allow(unused_imports)]
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::{Context, Poll};

use crate::harness::{Case, Dropped, case, log, run, seen, show};

fn d(name: &'static str) -> Dropped {
    Dropped(name)
}

/// Panics when dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        log("bomb");
        panic!("bomb");
    }
}

#[observe]
fn bomb_argument(a: Dropped, _bomb: Bomb, c: Dropped) {
    log("body");
}

#[observe]
fn bomb_argument_result(a: Dropped, bomb: Bomb, c: Dropped) -> Result<u8, u8> {
    log("body");
    Err(1)
}

#[observe]
async fn bomb_argument_async(a: Dropped, bomb: Bomb, c: Dropped) -> Result<u8, u8> {
    log("body");
    Ok(1)
}

#[observe]
fn bomb_local(a: Dropped) -> Option<u8> {
    let _bomb = Bomb;
    let _late = Dropped("late");
    Some(1)
}

#[observe]
fn result_dropped_by_bomb(_bomb: Bomb) -> Result<Dropped, Dropped> {
    Ok(Dropped("result"))
}

#[observe]
fn result_dropped_in_place(n: u8, _bomb: Option<Bomb>) -> Result<Dropped, Dropped> {
    if n > 0 { result_dropped_in_place(n - 1, None) } else { Ok(Dropped("result")) }
}

#[observe]
fn caught(a: Dropped) -> Option<String> {
    let caught = catch_unwind(AssertUnwindSafe(|| bomb_local(Dropped("inner"))));
    let message = caught.err()?;
    message.downcast_ref::<&str>().map(ToString::to_string)
}

#[observe]
fn again(a: Dropped) -> u8 {
    let payload = catch_unwind(AssertUnwindSafe(|| bomb_argument(d("x"), Bomb, d("y")))).unwrap_err();
    resume_unwind(payload)
}

/// A panic while another one unwinds, caught inside.
struct Careful;

impl Drop for Careful {
    fn drop(&mut self) {
        let _ = catch_unwind(|| while_unwinding());
        log(format!("panicking: {}", std::thread::panicking()));
    }
}

#[observe]
fn while_unwinding() -> Result<u8, u8> {
    Err(7)
}

#[observe]
fn unwinds_past_careful(_careful: Careful) -> Result<(), ()> {
    panic!("outer")
}

#[observe]
fn index_out(items: &[u8], a: Dropped) -> Option<u8> {
    Some(items[items.len()])
}

#[observe]
fn overflow(n: u8) -> u8 {
    n + std::hint::black_box(255)
}

/// Ready at the nth poll.
struct Wait(u8, &'static str);

impl Future for Wait {
    type Output = ();

    fn poll(mut self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0 == 0 {
            return Poll::Ready(());
        }
        self.0 -= 1;
        Poll::Pending
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        log(format!("drop wait {}", self.1));
    }
}

/// Polls so many times, then drops.
fn poll_times<T>(times: usize, future: impl Future<Output = T>) -> String {
    let mut future = Box::pin(future);
    let mut polled = String::new();
    for _ in 0..times {
        let poll = future.as_mut().poll(&mut Context::from_waker(futures::task::noop_waker_ref()));
        polled.push(if poll.is_ready() { 'r' } else { 'p' });
        if poll.is_ready() {
            break;
        }
    }
    log("drop future");
    drop(future);
    polled
}

#[observe]
async fn three_waits(a: Dropped, (b, _): (Dropped, Dropped)) -> Option<Dropped> {
    let first = Dropped("first");
    Wait(1, "one").await;
    drop(a);
    let second = Dropped("second");
    Wait(1, "two").await;
    log(first.0);
    drop(first);
    {
        let _third = Dropped("third");
        Wait(1, "three").await;
    }
    Some(second)
}

#[observe]
async fn nested_waits(a: Dropped) -> Result<(), ()> {
    let _ = three_waits(Dropped("inner a"), (Dropped("inner b"), Dropped("ignored"))).await;
    Wait(1, "outer").await;
    Err(())
}

#[observe]
async fn joined(a: Dropped) -> (u8, u8) {
    let left = async { Wait(1, "left").await; 1 };
    let right = async { Wait(2, "right").await; 2 };
    futures::join!(left, right)
}

#[observe]
async fn selected(a: Dropped) -> &'static str {
    let left = pin!(Wait(3, "left"));
    let right = pin!(Wait(1, "right"));
    match futures::future::select(left, right).await {
        futures::future::Either::Left(_) => "left",
        futures::future::Either::Right(_) => "right",
    }
}

#[observe]
async fn panics_after_wait(a: Dropped) -> Result<u8, u8> {
    let _local = Dropped("local");
    Wait(1, "before").await;
    panic!("late")
}

/// Temporaries of a tail, of a `match` and of an `if let`.
#[observe]
fn tail_of_match(cell: &RefCell<Vec<u8>>, a: Dropped) -> Option<usize> {
    match cell.borrow().first() {
        Some(_) => Some(cell.borrow().len()),
        None => None,
    }
}

fn made(name: &'static str) -> Option<Dropped> {
    Some(Dropped(name))
}

#[observe]
fn if_let_temporary(a: Dropped) -> Option<u8> {
    if let Some(5) = made("temporary").as_ref().map(|it| it.0.len()) {
        log("five");
    } else {
        log("other");
    }
    Some(1)
}

#[observe]
fn tail_temporary(a: Dropped) -> Option<usize> {
    let _local = Dropped("local");
    made("temporary").as_ref().map(|it| seen(it.0.len()))
}

#[observe]
fn tail_temporary_in_place(a: Dropped) {
    let _local = Dropped("local");
    made("temporary").as_ref().map(|it| seen(it.0.len()));
    made("tail").as_ref().map_or((), |it| log(it.0))
}

#[observe]
async fn tail_temporary_async(a: Dropped) -> usize {
    let _local = Dropped("local");
    made("temporary").as_ref().map_or(0, |it| it.0.len())
}

#[observe]
async fn temporary_across_wait(a: Dropped) -> usize {
    let _local = Dropped("local");
    (Dropped("temporary"), Wait(1, "wait").await).0.0.len()
}

#[observe]
fn extended(a: Dropped) -> Option<usize> {
    let kept = &Dropped("kept");
    let _ = Dropped("at once");
    let _held = Dropped("held");
    log(kept.0);
    Some(kept.0.len())
}

pub fn cases() -> Vec<Case> {
    vec![
        case("unwinding bomb_argument", "bomb_argument!panic", || show(bomb_argument(d("a"), Bomb, d("c")))),
        case("unwinding bomb_argument_result", "bomb_argument_result!panic", || show(bomb_argument_result(d("a"), Bomb, d("c")))),
        case("unwinding bomb_argument_async", "bomb_argument_async!panic", || show(run(bomb_argument_async(d("a"), Bomb, d("c"))))),
        case("unwinding bomb_local", "bomb_local!panic", || show(bomb_local(d("a")))),
        case("unwinding result_dropped_by_bomb", "result_dropped_by_bomb!panic", || show(result_dropped_by_bomb(Bomb))),
        case("unwinding result_dropped_in_place", "result_dropped_in_place!panic result_dropped_in_place", || show(result_dropped_in_place(1, Some(Bomb)))),
        case("unwinding caught", "caught bomb_local!panic", || show(caught(d("a")))),
        case("unwinding again", "again!panic bomb_argument!panic", || show(again(d("a")))),
        case("unwinding careful", "unwinds_past_careful!panic while_unwinding!error", || show(unwinds_past_careful(Careful))),
        case("unwinding index_out", "index_out!panic", || show(index_out(&[1], d("a")))),
        case("unwinding overflow", "overflow!panic", || show(overflow(1))),
        case("unwinding wait 0", "", || poll_times(0, nested_waits(d("a")))),
        case("unwinding wait 1", "nested_waits!cancelled three_waits!cancelled", || poll_times(1, nested_waits(d("a")))),
        case("unwinding wait 2", "nested_waits!cancelled three_waits!cancelled", || poll_times(2, nested_waits(d("a")))),
        case("unwinding wait 3", "nested_waits!cancelled three_waits!cancelled", || poll_times(3, nested_waits(d("a")))),
        case("unwinding wait 4", "nested_waits!cancelled three_waits", || poll_times(4, nested_waits(d("a")))),
        case("unwinding wait 5", "nested_waits!error three_waits", || poll_times(5, nested_waits(d("a")))),
        case("unwinding joined", "joined", || poll_times(9, joined(d("a")))),
        case("unwinding joined cancelled", "joined!cancelled", || poll_times(2, joined(d("a")))),
        case("unwinding selected", "selected", || poll_times(9, selected(d("a")))),
        case("unwinding panics_after_wait", "panics_after_wait!panic", || poll_times(2, panics_after_wait(d("a")))),
        case("unwinding panics_after_wait cancelled", "panics_after_wait!cancelled", || poll_times(1, panics_after_wait(d("a")))),
        case("unwinding tail_of_match", "tail_of_match", || show(tail_of_match(&RefCell::new(vec![1]), d("a")))),
        case("unwinding if_let_temporary", "if_let_temporary", || show(if_let_temporary(d("a")))),
        case("unwinding tail_temporary", "tail_temporary", || show(tail_temporary(d("a")))),
        case("unwinding tail_temporary_in_place", "tail_temporary_in_place", || show(tail_temporary_in_place(d("a")))),
        case("unwinding tail_temporary_async", "tail_temporary_async", || show(run(tail_temporary_async(d("a"))))),
        case("unwinding temporary_across_wait", "temporary_across_wait", || poll_times(3, temporary_across_wait(d("a")))),
        case("unwinding temporary_across_wait cancelled", "temporary_across_wait!cancelled", || poll_times(1, temporary_across_wait(d("a")))),
        case("unwinding extended", "extended", || show(extended(d("a")))),
    ]
}
