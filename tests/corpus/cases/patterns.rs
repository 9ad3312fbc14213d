// What stands in the place of an argument's name, and what its drop then does.

#[allow(unused_imports)]
use std::future::Future;

use crate::harness::{Case, Dropped, case, log, run, seen, show};

fn d(name: &'static str) -> Dropped {
    Dropped(name)
}

struct Unit;

impl Drop for Unit {
    fn drop(&mut self) {
        log("drop Unit");
    }
}

#[observe]
fn unit(Unit: Unit, a: Dropped) -> Option<u8> {
    log("body");
    Some(1)
}

#[observe]
fn unit_in_place(a: Dropped, Unit: Unit) {
    log("body");
}

#[observe]
async fn unit_async(a: Dropped, Unit: Unit, b: Dropped) -> u8 {
    log("body");
    1
}

#[observe]
fn unit_made(Unit: Unit) -> impl Future<Output = u8> {
    log("body");
    async { 1 }
}

#[observe]
fn unit_parent(Unit: Unit, a: Dropped) -> Result<u8, u8> {
    unit(Unit, a).ok_or(1)
}

/// A constant is a pattern, too.
#[derive(PartialEq, Eq)]
struct One;
const ONLY: One = One;

#[observe]
fn constant(ONLY: One, n: u8) -> Vec<u8> {
    vec![n]
}

enum Single {
    Only(Dropped, u8),
}

#[observe]
fn single_variant(Single::Only(a, n): Single, b: Dropped) -> Option<u8> {
    log(a.0);
    Some(n)
}

#[observe]
fn partly_bound(Single::Only(_, n): Single, (_, b): (Dropped, Dropped), _: Dropped) -> Option<u8> {
    log(b.0);
    Some(n)
}

#[observe]
async fn partly_bound_async(Single::Only(_, n): Single, (_, b): (Dropped, Dropped), _: Dropped) -> u8 {
    log(b.0);
    n
}

#[observe]
fn partly_bound_in_place(Single::Only(_, n): Single, (_, b): (Dropped, Dropped), _: Dropped) {
    log(b.0);
}

#[observe]
fn rest_of_tuple((a, .., c): (Dropped, Dropped, Dropped)) -> Option<()> {
    log("body");
    None
}

#[observe]
fn array([a, .., c]: [Dropped; 4], [x, rest @ ..]: [u8; 3]) -> Vec<u8> {
    log("body");
    vec![x, rest[1]]
}

#[observe]
fn by_ref(ref a: Dropped, ref mut n: u8, (ref b, ref mut m): (Dropped, u8)) -> Option<u8> {
    *n += 1;
    *m += *n;
    log(a.0);
    log(b.0);
    Some(*m)
}

#[observe]
async fn by_ref_async(ref a: Dropped, ref mut n: u8, (ref b, mut m): (Dropped, u8)) -> u8 {
    *n += 1;
    m += *n;
    log(a.0);
    m
}

#[observe]
fn by_ref_in_place(ref a: Dropped, ref mut n: u8) {
    *n += 1;
    seen(*n);
}

#[observe]
fn bound_whole(all @ (x, y): (u8, u8)) -> Option<(u8, u8)> {
    (x < y).then_some(all)
}

#[observe]
fn reference(&(a, ref b): &(u8, String), &mut ref mut n: &mut u8) -> Option<usize> {
    *n += a;
    Some(b.len())
}

struct Point<T> {
    x: T,
    y: T,
}

#[observe]
fn renamed(Point { x: left, y: ref right }: Point<Dropped>, Point { x, .. }: Point<u8>) -> Option<u8> {
    log(left.0);
    log(right.0);
    Some(x)
}

struct Wrapped<T>(T);

#[observe]
fn nested_mut(Wrapped((mut n, Point { mut x, y: _ })): Wrapped<(u8, Point<u8>)>) -> Option<u8> {
    n += 1;
    x += n;
    Some(x)
}

#[observe]
#[allow(unused_parens)]
fn parenthesized((mut n): u8, (_m): u8) -> Option<u8> {
    n += _m;
    Some(n)
}

#[observe]
fn never_none(Ok(n): Result<u8, std::convert::Infallible>) -> Option<u8> {
    Some(n)
}

/// The same name as a constant, a function and a type of the module has.
fn log_level() -> u8 {
    9
}

#[observe]
fn function_name(log_level: u8) -> Option<u8> {
    Some(log_level)
}

#[observe(fields(n, m = b.1))]
fn in_fields((n, a): (u8, Dropped), b: (Dropped, u8)) -> Option<u8> {
    drop(b);
    Some(n)
}

#[observe(fields(n))]
async fn in_fields_by_ref(ref n: u8, Wrapped(ref a): Wrapped<Dropped>) -> u8 {
    log(a.0);
    *n
}

macro_rules! pair {
    ($a:pat, $b:ident) => { ($a, $b) };
}

#[observe]
fn by_macro(pair!(_, b): (Dropped, Dropped), pair!(Point { x, .. }, y): (Point<u8>, u8)) -> Option<u8> {
    log(b.0);
    Some(x + y)
}

#[observe]
fn shadows_own_argument(a: Dropped) -> Option<Dropped> {
    let a = { let b = a; log("between"); b };
    Some(a)
}

#[observe]
fn underscores(_: Dropped, _b: Dropped, __c: Dropped, ___: Dropped) -> Option<()> {
    log("body");
    None
}

#[observe]
async fn underscores_async(_: Dropped, _b: Dropped, __c: Dropped, _: Dropped) {
    log("body");
}

#[observe]
fn moved_in_part(mut pair: (Dropped, Dropped), other: Dropped) -> Option<Dropped> {
    let taken = pair.0;
    pair.0 = Dropped("new");
    log("body");
    Some(taken)
}

#[observe]
fn closure_takes_part(pair: (Dropped, Dropped), last: Dropped) -> Option<()> {
    let take = move || log(pair.1.0);
    take();
    None
}

pub fn cases() -> Vec<Case> {
    vec![
        case("patterns unit", "unit", || show(unit(Unit, d("a")))),
        case("patterns unit_in_place", "unit_in_place", || show(unit_in_place(d("a"), Unit))),
        case("patterns unit_async", "unit_async", || show(run(unit_async(d("a"), Unit, d("b"))))),
        case("patterns unit_async unpolled", "", || { drop(unit_async(d("a"), Unit, d("b"))); String::new() }),
        case("patterns unit_made", "unit_made", || show(run(unit_made(Unit)))),
        case("patterns unit_parent", "unit_parent unit", || show(unit_parent(Unit, d("a")))),
        case("patterns constant", "constant", || show(constant(ONLY, 1))),
        case("patterns single_variant", "single_variant", || show(single_variant(Single::Only(d("a"), 1), d("b")))),
        case("patterns partly_bound", "partly_bound", || show(partly_bound(Single::Only(d("a"), 1), (d("b"), d("c")), d("d")))),
        case("patterns partly_bound_async", "partly_bound_async", || show(run(partly_bound_async(Single::Only(d("a"), 1), (d("b"), d("c")), d("d"))))),
        case("patterns partly_bound_in_place", "partly_bound_in_place", || show(partly_bound_in_place(Single::Only(d("a"), 1), (d("b"), d("c")), d("d")))),
        case("patterns rest_of_tuple", "rest_of_tuple", || show(rest_of_tuple((d("a"), d("b"), d("c"))))),
        case("patterns array", "array", || show(array([d("a"), d("b"), d("c"), d("d")], [1, 2, 3]))),
        case("patterns by_ref", "by_ref", || show(by_ref(d("a"), 1, (d("b"), 2)))),
        case("patterns by_ref_async", "by_ref_async", || show(run(by_ref_async(d("a"), 1, (d("b"), 2))))),
        case("patterns by_ref_in_place", "by_ref_in_place", || show(by_ref_in_place(d("a"), 1))),
        case("patterns bound_whole", "bound_whole", || show(bound_whole((1, 2)))),
        case("patterns reference", "reference", || show(reference(&(1, "ab".into()), &mut 3))),
        case("patterns renamed", "renamed", || show(renamed(Point { x: d("x"), y: d("y") }, Point { x: 1, y: 2 }))),
        case("patterns nested_mut", "nested_mut", || show(nested_mut(Wrapped((1, Point { x: 2, y: 3 }))))),
        case("patterns parenthesized", "parenthesized", || show(parenthesized(1, 2))),
        case("patterns never_none", "never_none", || show(never_none(Ok(1)))),
        case("patterns function_name", "function_name", || show((function_name(1), log_level()))),
        case("patterns in_fields", "in_fields", || show(in_fields((1, d("a")), (d("b"), 2)))),
        case("patterns in_fields_by_ref", "in_fields_by_ref", || show(run(in_fields_by_ref(1, Wrapped(d("a")))))),
        case("patterns by_macro", "by_macro", || show(by_macro((d("a"), d("b")), (Point { x: 1, y: 2 }, 3)))),
        case("patterns shadows_own_argument", "shadows_own_argument", || show(shadows_own_argument(d("a")))),
        case("patterns underscores", "underscores", || show(underscores(d("a"), d("b"), d("c"), d("d")))),
        case("patterns underscores_async", "underscores_async", || show(run(underscores_async(d("a"), d("b"), d("c"), d("d"))))),
        case("patterns moved_in_part", "moved_in_part", || show(moved_in_part((d("a"), d("b")), d("c")))),
        case("patterns closure_takes_part", "closure_takes_part", || show(closure_takes_part((d("a"), d("b")), d("c")))),
    ]
}
