// What a body may hold: control flow, shadowing, unwinding, thread-locals, tail expressions.

#[allow(unused_imports)]
use std::future::Future;
use crate::harness::{Case, Dropped, assert_send, case, log, poll_once, run, seen, show};
use std::cell::{Cell, RefCell};

thread_local! {
    static LOCAL: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

#[observe]
fn empty() {}

#[observe]
fn empty_argument(a: Dropped) -> Option<()> {
    None
}

#[observe]
async fn empty_async(a: Dropped) {}

#[observe]
fn only_comment() -> () {
    // Nothing.
}

#[observe]
fn let_else(text: Option<&str>) -> Result<usize, &'static str> {
    let Some(text) = text else {
        log("else");
        return Err("none");
    };
    Ok(text.len())
}

#[observe]
async fn let_else_async(text: Option<&str>) -> Result<usize, &'static str> {
    let Some(text) = text else { return Err("none") };
    std::future::ready(()).await;
    Ok(text.len())
}

#[observe]
fn labels(n: u8) -> Option<u8> {
    let value = 'block: {
        if n == 0 {
            break 'block 10;
        }
        'outer: for i in 0.. {
            let mut left = n;
            while left > 0 {
                left -= 1;
                if i == 1 {
                    continue 'outer;
                }
                if i == 2 {
                    break 'outer;
                }
            }
        }
        20
    };
    Some(value)
}

#[observe]
async fn loops(list: &[u8]) -> Option<u8> {
    let mut sum = 0;
    for n in list {
        if *n == 0 {
            continue;
        }
        sum += std::future::ready(*n).await;
        if sum > 5 {
            return None;
        }
    }
    loop {
        sum += 1;
        if sum > 9 {
            break Some(sum);
        }
    }
}

#[observe]
fn shadowing(n: u8) -> Result<u8, u8> {
    let n = n + 1;
    let n = { let n = n * 2; n };
    match n {
        n if n > 9 => Err(n),
        n => Ok(n),
    }
}

#[observe]
fn returns_in_closure(list: &[u8]) -> Result<u8, ()> {
    let double = |n: u8| {
        if n == 0 {
            return 100;
        }
        n * 2
    };
    let parse = || -> Result<u8, std::num::ParseIntError> { "x".parse::<u8>() };
    Ok(list.iter().map(|n| double(*n)).sum::<u8>() + parse().unwrap_or(1))
}

#[observe]
async fn returns_in_async_block(n: u8) -> Result<u8, String> {
    let inner = async {
        if n == 0 {
            return Err("zero");
        }
        Ok(n)
    };
    Ok(inner.await?)
}

#[observe]
fn catches(n: u8) -> Option<String> {
    let caught = std::panic::catch_unwind(|| {
        if n == 0 {
            panic!("caught");
        }
        n
    });
    log("after");
    caught.err().and_then(|it| it.downcast_ref::<&str>().map(ToString::to_string))
}

#[observe]
fn resumes() -> Result<(), ()> {
    std::panic::resume_unwind(Box::new("resumed"))
}

#[observe]
fn panics_in_drop(a: Loud) -> Result<u8, ()> {
    Ok(1)
}

#[derive(Debug)]
struct Loud;
impl Drop for Loud {
    fn drop(&mut self) {
        panic!("in drop");
    }
}

#[observe]
async fn panics_in_drop_async(a: Loud) -> Result<u8, ()> {
    Ok(1)
}

#[observe]
fn thread_local(n: u8) -> Option<usize> {
    LOCAL.with_borrow_mut(|list| {
        list.push(n);
        let length = list.len();
        list.clear();
        Some(length)
    })
}

#[observe]
fn borrows_local_of_argument(text: String) -> Result<usize, ()> {
    let view: &str = &text;
    let lengths = [view.len()];
    Ok(lengths[0])
}

#[observe]
fn returns_borrowed_after_mutation<'a>(list: &'a mut Vec<String>) -> Result<&'a str, ()> {
    if list.is_empty() {
        list.push("new".into());
    }
    for item in &mut *list {
        item.push('!');
    }
    list.iter().map(String::as_str).next().ok_or(())
}

#[observe]
fn match_tail(n: Result<u8, Dropped>) -> Option<u8> {
    match n {
        Ok(n) => Some(n),
        Err(Dropped(name)) => {
            log(name);
            None
        }
    }
}

#[observe]
fn if_let_tail(cell: &RefCell<Option<u8>>) -> Option<u8> {
    if let Some(n) = cell.borrow_mut().take() {
        Some(n)
    } else {
        None
    }
}

#[observe]
fn tail_unsafe(n: u8) -> Option<u8> {
    unsafe { Some(*(&raw const n)) }
}

#[observe]
fn tail_closure(n: u8) -> Option<u8> {
    (|| Some(n))()
}

#[observe]
fn tail_macro(n: u8) -> Result<String, ()> {
    let text = format!("{n}");
    let list = vec![text.as_str(); 2];
    Ok(list.join(","))
}

#[observe]
fn statements_only(n: &Cell<u8>) -> Result<(), ()> {
    n.set(1);
    return Ok(());
}

#[observe]
async fn statement_return(n: u8) -> Option<u8> {
    let _guard = Dropped("guard");
    return Some(n);
}

#[observe]
fn diverging_tail(n: u8) -> Option<u8> {
    if n > 1 {
        return Some(n);
    }
    unreachable!("small {n}")
}

#[observe]
async fn diverging_tail_async(n: u8) -> Option<u8> {
    if n > 1 {
        return Some(n);
    }
    todo!()
}

#[observe]
fn unimplemented() -> Result<Vec<u8>, String> {
    unimplemented!()
}

#[observe]
async fn todo() -> Result<Vec<u8>, String> {
    todo!()
}

#[observe]
fn inner_items(n: u8) -> Option<u8> {
    use std::convert::identity as same;
    #[derive(Clone, Copy)]
    enum Kind {
        One,
    }
    impl Kind {
        #[observe]
        fn value(self) -> Option<u8> {
            match self {
                Kind::One => Some(same(1)),
            }
        }
    }
    static COUNT: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);
    type Small = u8;
    const TWO: Small = const { 1 + 1 };
    mod inner {
        pub fn three() -> u8 {
            3
        }
    }
    COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    Some(n + TWO + inner::three() + Kind::One.value()?)
}

#[observe]
fn constant_from_outer() -> Option<u8> {
    const fn outer(n: u8) -> u8 {
        n
    }
    const N: u8 = outer(3);
    Some(N)
}

#[observe]
async fn select_and_cancel(n: u8) -> u8 {
    let slow = std::pin::pin!(hangs(Dropped("slow")));
    match futures::future::select(slow, std::future::ready(n)).await {
        futures::future::Either::Left(_) => 0,
        futures::future::Either::Right((n, slow)) => {
            let _ = slow;
            n
        }
    }
}

#[observe]
async fn hangs(a: Dropped) -> u8 {
    let _local = Dropped("local");
    std::future::pending::<()>().await;
    1
}

#[observe]
fn mutual(n: u8) -> Option<u8> {
    if n == 0 { Some(0) } else { mutual_too(n - 1) }
}

#[observe]
fn mutual_too(n: u8) -> Option<u8> {
    if n == 0 { None } else { mutual(n - 1) }
}

#[observe]
fn boxed_recursion(n: u8) -> std::pin::Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(async move { if n == 0 { 0 } else { boxed_recursion(n - 1).await + 1 } })
}

#[observe]
async fn recursive_sendable(n: u8) -> Result<u8, String> {
    if n == 0 {
        return Err("bottom".to_owned());
    }
    Box::pin(recursive_sendable(n - 1)).await
}

#[observe]
fn attributes_in_body(n: u8) -> Option<u8> {
    #![allow(clippy::needless_return)]
    #[allow(unused_variables)]
    let unused = 1;
    #[cfg(any())]
    let n = missing();
    #[rustfmt::skip]
    return Some(n);
}

#[observe]
fn evaluation_order(a: u8, b: u8) -> Result<(u8, u8, u8), ()> {
    Ok((seen(b), seen(a), seen(a + b)))
}

#[observe(fields(n = calls(&n), m = calls(&m)), metadata(o = calls(&n)))]
fn fields_in_order(m: u8, n: u8) -> Option<u8> {
    Some(m + n)
}

fn calls(n: &u8) -> u8 {
    *n
}

#[observe]
fn question_in_tail(text: &str) -> Result<u8, Box<dyn std::error::Error>> {
    Ok(text.parse::<u8>().map_err(|error| format!("{text}: {error}"))?)
}

#[observe]
async fn unpolled(a: Dropped, b: Dropped) -> u8 {
    log(a.0);
    log(b.0);
    1
}

#[rustfmt::skip]
pub fn cases() -> Vec<Case> {
    vec![
        case("empty", "empty", || show(empty())),
        case("empty with argument", "empty_argument", || show(empty_argument(Dropped("a")))),
        case("empty async", "empty_async", || show(run(empty_async(Dropped("a"))))),
        case("only_comment", "only_comment", || show(only_comment())),
        case("let else", "let_else let_else!error", || show((let_else(Some("ab")), let_else(None)))),
        case("let else async", "let_else_async!error", || show(run(let_else_async(None)))),
        case("labels", "labels labels", || show((labels(0), labels(2)))),
        case("loops", "loops loops", || show((run(loops(&[0, 1])), run(loops(&[9]))))),
        case("shadowing", "shadowing shadowing!error", || show((shadowing(1), shadowing(5)))),
        case("return in closure", "returns_in_closure", || show(returns_in_closure(&[0, 1]))),
        case("return in async block", "returns_in_async_block!error", || show(run(returns_in_async_block(0)))),
        case("catches", "catches catches", || show((catches(0), catches(1)))),
        case("resumes", "resumes!panic", || show(resumes())),
        case("panic in drop", "panics_in_drop!panic", || show(panics_in_drop(Loud))),
        case("panic in drop async", "panics_in_drop_async!panic", || show(run(panics_in_drop_async(Loud)))),
        case("thread_local", "thread_local", || show(thread_local(1))),
        case("local borrow", "borrows_local_of_argument", || show(borrows_local_of_argument("x".into()))),
        case("borrow after mutation", "returns_borrowed_after_mutation", || show(returns_borrowed_after_mutation(&mut vec![]))),
        case("match tail", "match_tail", || show(match_tail(Ok(1)))),
        case("if let tail", "if_let_tail if_let_tail", || { let cell = RefCell::new(Some(1)); show((if_let_tail(&cell), if_let_tail(&cell))) }),
        case("tail unsafe", "tail_unsafe", || show(tail_unsafe(1))),
        case("tail closure", "tail_closure", || show(tail_closure(1))),
        case("tail macro", "tail_macro", || show(tail_macro(1))),
        case("statements only", "statements_only", || show(statements_only(&Cell::new(0)))),
        case("statement return", "statement_return", || show(run(statement_return(1)))),
        case("diverging tail", "diverging_tail diverging_tail!panic", || show((diverging_tail(2), diverging_tail(1)))),
        case("diverging tail async", "diverging_tail_async!panic", || show(run(diverging_tail_async(1)))),
        case("unimplemented!", "unimplemented!panic", || show(unimplemented())),
        case("todo!", "todo!panic", || show(run(todo()))),
        case("inner items", "inner_items value", || show(inner_items(1))),
        case("inner constant", "constant_from_outer", || show(constant_from_outer())),
        case("select", "select_and_cancel hangs!cancelled", || show(run(assert_send(select_and_cancel(1))))),
        case("mutual recursion", "mutual mutual_too mutual", || show(mutual(2))),
        case("boxed recursion", "boxed_recursion boxed_recursion boxed_recursion", || show(run(assert_send(boxed_recursion(2))))),
        case("recursive and Send", "recursive_sendable!error recursive_sendable!error", || show(run(assert_send(recursive_sendable(1))))),
        case("attributes in body", "attributes_in_body", || show(attributes_in_body(1))),
        case("evaluation order", "evaluation_order", || show(evaluation_order(1, 2))),
        case("fields in order", "fields_in_order", || show(fields_in_order(1, 2))),
        case("question in tail", "question_in_tail!error", || question_in_tail("x").unwrap_err().to_string()),
        case("polled once", "hangs!cancelled", || poll_once(hangs(Dropped("a")))),
        case("never polled", "", || { drop(unpolled(Dropped("a"), Dropped("b"))); String::new() }),
    ]
}
