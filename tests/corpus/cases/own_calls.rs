// Functions that call themselves: their bodies stay in place where they can't leave early.

#[allow(unused_imports)]
use std::future::Future;
use crate::harness::{Case, Dropped, case, log, run, show};
use std::cell::RefCell;
use std::fmt;

#[observe]
fn in_order(n: u8, a: Dropped, b: Dropped) -> Result<Dropped, String> {
    let _local = Dropped("local");
    log(format!("{n} {}", b.0));
    if n == 0 { Ok(a) } else { in_order(n - 1, Dropped("inner"), a) }
}

#[observe]
fn patterns(n: u8, (a, _): (Dropped, Dropped), _: Dropped, mut list: Vec<u8>) -> Vec<u8> {
    list.push(n);
    log(a.0);
    if n == 0 { list } else { patterns(n - 1, (a, Dropped("_")), Dropped("ignored"), list) }
}

#[observe]
fn borrows_mut<'a>(list: &'a mut Vec<u8>, n: u8) -> Option<&'a mut u8> {
    list.push(n);
    if n > 0 { borrows_mut(list, n - 1) } else { list.last_mut() }
}

#[observe]
fn coerces(n: u8) -> Box<dyn Fn(u8) -> u8> {
    if n == 0 {
        Box::new(|it| it + 1)
    } else {
        let inner = coerces(n - 1);
        Box::new(move |it| inner(it) * 2)
    }
}

#[observe]
fn coerces_error(n: u8) -> Result<u8, Box<dyn std::error::Error>> {
    match n {
        0 => Err("bottom".into()),
        1 => Ok(1),
        n => coerces_error(n - 2),
    }
}

#[observe(fields(n, left = list.len()), err = Debug, result_length = |found| found.as_ref().map_or(0, Vec::len))]
fn with_options(n: u8, list: &[u8]) -> Result<Vec<u8>, fmt::Error> {
    match list {
        [] if n > 2 => Err(fmt::Error),
        [] => Ok(vec![n]),
        [first, rest @ ..] => with_options(n + first, rest),
    }
}

#[observe]
fn panics(n: u8, a: Dropped) -> Option<u8> {
    assert!(n != 0, "bottom");
    panics(n - 1, Dropped("inner"))
}

#[observe]
fn temporaries(n: u8, cell: RefCell<Vec<u8>>) -> Option<u8> {
    if n == 0 { cell.borrow().first().copied() } else { temporaries(n - 1, cell) }
}

#[observe]
fn diverges(n: u8) -> Vec<u8> {
    if n == 0 {
        std::panic::panic_any("no more")
    } else {
        diverges(n - 1);
        panic!("too much")
    }
}

#[observe]
fn generic<T: Clone + fmt::Debug, const N: usize>(n: u8, it: T) -> [T; N] {
    if n == 0 { std::array::from_fn(|_| it.clone()) } else { generic::<T, N>(n - 1, it) }
}

#[observe]
fn loops(list: &[u8]) -> Option<u8> {
    let mut sum = 0;
    'all: for (at, n) in list.iter().enumerate() {
        if *n == 0 {
            break 'all;
        }
        sum += n + loops(&list[at + 1..]).unwrap_or_default();
    }
    (sum > 0).then_some(sum)
}

#[observe]
fn leaves_early(n: u8) -> Result<u8, String> {
    if n == 0 {
        return Err("bottom".to_owned());
    }
    leaves_early(n - 1)
}

#[observe]
fn closure_within(n: u8) -> Option<u8> {
    let next = |n: u8| closure_within(n - 1).map(|it| it + 1);
    if n == 0 { Some(0) } else { next(n) }
}

struct Tree {
    left: Option<Box<Tree>>,
    name: Dropped,
}

impl Tree {
    #[observe]
    fn depth(&self, above: usize) -> Result<usize, usize> {
        match &self.left {
            Some(left) => left.depth(above + 1),
            None => Err(above),
        }
    }

    #[observe]
    fn last(self) -> Option<Dropped> {
        if let Some(left) = self.left { left.last() } else { Some(self.name) }
    }

    #[observe]
    fn last_mut(&mut self) -> Option<&mut Dropped> {
        match self.left.as_mut() {
            Some(left) => Self::last_mut(left),
            None => Some(&mut self.name),
        }
    }
}

impl AsRef<str> for Tree {
    // Another function of the same name.
    #[observe]
    fn as_ref(&self) -> &str {
        self.name.0.as_ref()
    }
}

#[observe]
fn named_alike(n: u8) -> Option<u8> {
    fn named_alike(n: u8) -> Option<u8> {
        Some(n)
    }
    named_alike(n)
}

#[observe(error_if = |it| *it > 3)]
fn factorial(n: u32) -> u32 {
    if n < 2 { 1 } else { n * factorial(n - 1) }
}

fn tree() -> Tree {
    let leaf = Tree { left: None, name: Dropped("leaf") };
    Tree { left: Some(Box::new(leaf)), name: Dropped("root") }
}

pub fn cases() -> Vec<Case> {
    const fn d(name: &'static str) -> Dropped {
        Dropped(name)
    }
    vec![
        case("calls itself: drops", "in_order in_order", || show(in_order(1, d("a"), d("b")))),
        case("calls itself: patterns", "patterns patterns", || show(patterns(1, (d("a"), d("_")), d("c"), vec![]))),
        case("calls itself: &mut", "borrows_mut borrows_mut", || { let mut list = vec![]; *borrows_mut(&mut list, 1).unwrap() += 5; show(list) }),
        case("calls itself: coercion", "coerces coerces", || show(coerces(1)(1))),
        case("calls itself: box of an error", "coerces_error!error coerces_error!error coerces_error coerces_error", || show((coerces_error(2).is_err(), coerces_error(3).is_err()))),
        case("calls itself: options", "with_options!error with_options!error with_options!error", || show(with_options(0, &[1, 2]))),
        case("calls itself: panic", "panics!panic panics!panic", || show(panics(1, d("a")))),
        case("calls itself: temporaries", "temporaries temporaries", || show(temporaries(1, RefCell::new(vec![1])))),
        case("calls itself: diverges", "diverges!panic diverges!panic", || show(diverges(1))),
        case("calls itself: generic", "generic generic", || show(generic::<_, 2>(1, "x"))),
        case("calls itself: loops", "loops loops", || show(loops(&[1]))),
        case("calls itself: in a closure", "closure_within closure_within", || show(closure_within(1))),
        case("calls itself: return", "leaves_early!error leaves_early!error", || show(leaves_early(1))),
        case("calls itself: &self", "depth!error depth!error", || show(tree().depth(0))),
        case("calls itself: self", "last last", || show(tree().last())),
        case("calls itself: &mut self", "last_mut last_mut", || show(tree().last_mut())),
        case("calls another of its name", "as_ref", || show(tree().as_ref())),
        case("calls another of its name within", "named_alike", || show(named_alike(1))),
        case("calls itself: scalar", "factorial!error factorial!error factorial factorial", || show(run(async { factorial(4) }))),
    ]
}
