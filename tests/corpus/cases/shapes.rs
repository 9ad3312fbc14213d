// Arguments, receivers, returns and bodies that stand in no other file.

#[allow(unused_imports)]
use std::future::{Future, IntoFuture};
use crate::harness::{Case, Dropped, assert_send, case, log, run, show};
use std::borrow::Cow;
use std::cell::{Ref, RefCell};
use std::convert::Infallible;
use std::error::Error;
use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::ops::Range;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

#[derive(Debug, Clone)]
struct Pair {
    left: String,
    right: Vec<u8>,
}

impl Pair {
    #[observe]
    fn taken_apart(Self { left, .. }: Self, n: u8) -> (String, u8) {
        (left, n)
    }

    #[observe]
    fn borrowed_apart(&Self { ref left, ref right }: &Self) -> Option<(&str, &[u8])> {
        Some((left, right))
    }

    #[observe]
    fn mutated_apart(Self { left, right }: &mut Self) -> Option<&mut String> {
        right.push(1);
        left.push('!');
        Some(left)
    }

    #[observe]
    async fn apart_async(PairOf { left, right: [first, ..] }: &PairOf<'_>) -> Option<(String, u8)> {
        let _ = PhantomData::<Self>;
        Some((left.clone(), **first))
    }

    #[observe]
    fn by_ref_arc(self: &Arc<Self>) -> Result<Arc<Self>, ()> {
        Ok(Arc::clone(self))
    }

    #[observe]
    fn by_typed_self(self: Self) -> Option<String> {
        Some(self.left)
    }

    #[observe]
    fn by_typed_ref(self: &Self) -> Option<&String> {
        Some(&self.left)
    }

    #[observe]
    fn by_mut_box(mut self: Box<Self>) -> Box<Self> {
        self.right.push(9);
        self
    }

    #[observe]
    fn by_rc_box(self: Rc<Box<Self>>) -> Option<usize> {
        Some(Rc::strong_count(&self))
    }

    #[observe]
    async fn by_pin_arc(self: Pin<Arc<Self>>) -> Option<usize> {
        Some(self.left.len())
    }

    #[observe]
    fn reassigned(mut self, other: Self) -> Self {
        if self.right.is_empty() {
            self = other;
        }
        self
    }

    #[observe]
    fn updated(self) -> Self {
        Self { left: "new".to_owned(), ..self }
    }

    #[observe]
    fn iterates(&self) -> Box<dyn Iterator<Item = &u8> + '_> {
        Box::new(self.right.iter())
    }

    #[observe]
    fn shows(&self) -> &(dyn Debug + '_) {
        self
    }

    #[observe]
    fn text(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.left)
    }
}

type PairOf<'a> = Parts<'a>;

struct Parts<'a> {
    left: String,
    right: [&'a u8; 2],
}

trait Takes {
    type Error: Debug;
    type Out<'a>
    where
        Self: 'a;

    fn take(&mut self) -> Result<Self::Out<'_>, Self::Error>;
}

impl<T> Takes for Vec<T> {
    type Error = Infallible;
    type Out<'a>
        = Option<&'a mut T>
    where
        T: 'a;

    #[observe]
    fn take(&mut self) -> Result<Self::Out<'_>, <Self as Takes>::Error> {
        Ok(self.last_mut())
    }
}

#[observe]
fn associated<I: Iterator>(mut items: I) -> Option<I::Item>
where
    I::Item: Clone,
{
    items.next()
}

#[observe]
fn generics_named_alike<C, R, F, E>(c: C, f: F) -> Result<R, E>
where
    F: FnOnce(C) -> Result<R, E>,
{
    f(c)
}

#[observe]
async fn generics_named_alike_async<C, R, F, E, Fut>(c: C, f: F) -> Result<R, E>
where
    F: FnOnce(C) -> Fut,
    Fut: Future<Output = Result<R, E>>,
{
    f(c).await
}

#[observe]
fn unsized_argument<T: ?Sized + Debug>(it: &T) -> Option<&T> {
    Some(it)
}

#[observe]
fn uninhabited(it: Infallible) -> Result<u8, ()> {
    match it {}
}

#[observe]
async fn uninhabited_async(it: Infallible) -> Result<u8, ()> {
    match it {}
}

#[observe]
fn infallible_error(n: u8) -> Result<u8, Infallible> {
    Ok(n)
}

#[observe]
fn only_fails(n: u8) -> Result<Infallible, u8> {
    Err(n)
}

#[observe]
fn mutable_patterns((mut a, ref mut b): (u8, Vec<u8>), [first, rest @ ..]: [u8; 3]) -> Vec<u8> {
    a += first;
    b.push(a);
    b.extend(rest);
    std::mem::take(b)
}

#[observe]
fn ignores_all(_: u8, _: &mut u8, _: impl Debug, (_, _): (u8, u8), [..]: &[u8]) -> Option<()> {
    Some(())
}

#[observe]
fn nested_results(n: u8) -> Result<Option<Result<u8, String>>, fmt::Error> {
    match n {
        0 => Err(fmt::Error),
        1 => Ok(None),
        n => Ok(Some(n.checked_sub(3).ok_or_else(|| "small".to_owned()))),
    }
}

#[observe]
fn poll(n: u8) -> Poll<Option<Result<u8, String>>> {
    if n == 0 { Poll::Pending } else { Poll::Ready(Some(Ok(n))) }
}

#[observe]
fn range(n: u8) -> Range<u8> {
    0..n
}

#[observe]
fn phantom<T>() -> PhantomData<fn() -> T> {
    PhantomData
}

#[observe]
fn cell_ref(cell: &RefCell<Vec<u8>>) -> Result<Ref<'_, [u8]>, std::cell::BorrowError> {
    Ok(Ref::map(cell.try_borrow()?, Vec::as_slice))
}

#[observe]
fn conditional_borrow<'a>(list: &'a mut Vec<u8>, n: u8) -> Result<&'a mut u8, String> {
    if let Some(at) = list.iter().position(|it| *it == n) {
        return Ok(&mut list[at]);
    }
    list.push(n);
    list.last_mut().ok_or_else(String::new)
}

#[observe]
fn labelled_block(n: u8) -> Option<u8> {
    'found: {
        if n == 0 {
            break 'found None;
        }
        if n > 3 {
            return Some(0);
        }
        Some(n)
    }
}

#[observe]
async fn labelled_block_async(n: u8) -> Result<u8, String> {
    let n = 'value: {
        if n == 0 {
            break 'value doubles(n + 1).await?;
        }
        n
    };
    loop {
        if n > 0 {
            break Ok(n);
        }
    }
}

#[observe]
async fn doubles(n: u8) -> Result<u8, String> {
    Ok(n * 2)
}

#[observe]
fn nested_returns(list: &[&str]) -> Result<Vec<u8>, Box<dyn Error>> {
    let parse = |text: &str| -> Result<u8, std::num::ParseIntError> {
        if text.is_empty() {
            return Ok(0);
        }
        let n = text.parse()?;
        Ok(n)
    };
    let all = list.iter().map(|text| parse(text)).collect::<Result<Vec<_>, _>>()?;
    let sum = (|| {
        let mut sum = 0_u8;
        for n in &all {
            sum = sum.checked_add(*n)?;
        }
        Some(sum)
    })();
    let Some(sum) = sum else { return Err("too much".into()) };
    log(sum.to_string());
    Ok(all)
}

#[observe]
async fn question_infers(n: u8) -> Result<u8, Box<dyn Error + Send + Sync>> {
    let text = String::from_utf8(vec![b'0' + n])?;
    let n: u8 = text.parse()?;
    let n = async { Ok::<_, fmt::Error>(n) }.await?;
    if n > 3 {
        Err("too much")?;
    }
    Ok(n)
}

#[observe]
async fn anyhow_in_async(n: u8) -> anyhow::Result<u8> {
    use anyhow::Context;
    anyhow::ensure!(n < 9, "{n} is too much");
    if n > 3 {
        anyhow::bail!("{n} is much");
    }
    n.checked_sub(1).with_context(|| format!("{n} is little"))
}

#[observe]
fn const_block(n: usize) -> Option<usize> {
    const BASE: usize = 4;
    static NAMES: [&str; 2] = ["a", "bc"];
    let sizes = const { [BASE, size_of::<u32>()] };
    Some(sizes[n] + NAMES[n].len())
}

#[observe]
fn items_in_body(n: u8) -> Result<u8, Inner> {
    use self::Inner as Local;
    #[derive(Debug)]
    struct Wrapper(u8);
    impl From<Wrapper> for u8 {
        fn from(wrapper: Wrapper) -> Self {
            wrapper.0
        }
    }
    macro_rules! inner {
        ($n:expr) => {
            if $n > 3 {
                return Err(Local);
            }
        };
    }
    inner!(n);
    Ok(Wrapper(n).into())
}

#[derive(Debug)]
struct Inner;

#[observe]
fn assigns_late(n: u8) -> Option<String> {
    let text;
    if n > 1 {
        text = n.to_string();
    } else {
        return None;
    }
    Some(text)
}

#[observe]
fn captures_by_reference(mut list: Vec<u8>) -> Vec<u8> {
    let mut push = |n| list.push(n);
    push(1);
    push(2);
    list
}

#[observe]
async fn captures_in_async(list: Vec<u8>, name: Dropped) -> Result<Vec<u8>, ()> {
    let first = async { list.first().copied() };
    let second = async { list.get(1).copied() };
    let (first, second) = futures::join!(first, second);
    let moved = async move { name.0.len() };
    log(moved.await.to_string());
    Ok(first.into_iter().chain(second).collect())
}

#[observe]
fn spawns_threads(list: &mut [u8]) -> Option<usize> {
    std::thread::scope(|scope| {
        for n in list.iter_mut() {
            scope.spawn(move || *n += 1);
        }
    });
    Some(list.len())
}

#[observe]
fn walks<'a>(list: &'a [u8]) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    let Some((first, rest)) = list.split_first() else {
        return Box::pin(async { 0 });
    };
    Box::pin(async move { walks(rest).await + usize::from(*first) })
}

#[observe]
async fn returns_future(n: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(async move { n })
}

#[observe]
async fn returns_impl_future(n: u8) -> impl Future<Output = u8> + Send {
    async move { n }
}

#[observe]
fn unpin_future(n: u8) -> Box<dyn Future<Output = u8> + Unpin + Send> {
    Box::new(std::future::ready(n))
}

#[observe]
fn either(n: u8) -> futures::future::Either<std::future::Ready<u8>, std::future::Pending<u8>> {
    futures::future::Either::Left(std::future::ready(n))
}

#[observe]
fn into_future(n: u8) -> impl IntoFuture<Output = u8> {
    std::future::ready(n)
}

#[observe]
fn static_future(n: u8) -> impl Future<Output = Result<u8, String>> + Send + 'static + use<> {
    async move {
        let n = doubles(n).await?;
        if n > 3 { Err(n.to_string()) } else { Ok(n) }
    }
}

#[observe]
fn send_stream(list: &[u8]) -> impl futures::Stream<Item = Result<u8, String>> + Send + Unpin + '_ {
    futures::stream::iter(list.iter().map(|n| if *n == 0 { Err("zero".to_owned()) } else { Ok(*n) }))
}

#[observe]
fn exit_code(n: u8) -> std::process::ExitCode {
    std::process::ExitCode::from(n)
}

#[observe]
fn terminates() -> impl std::process::Termination {
    Ok::<_, Inner>(())
}

#[observe]
fn assigns_in_tail(cell: &mut u8) {
    *cell = 5
}

#[observe]
fn string_tail() -> &'static [&'static str] {
    &["a", "b"]
}

#[observe]
fn promoted(n: u8) -> Option<&'static Option<u8>> {
    if n > 0 { Some(&Some(1)) } else { Some(&None) }
}

#[observe]
fn compares(n: u8) -> Option<bool> {
    Some(matches!(n, 1 | 2) && n != 1 || !(n == 3))
}

#[observe]
fn by_value_generic<T: Into<Option<U>>, U>(it: T) -> Option<U> {
    it.into()
}

mod deep {
    pub mod deeper {
        #[observe]
        pub(in super::super) fn in_path(n: u8) -> Option<u8> {
            self::own(n)
        }

        #[observe]
        pub(self) fn own(n: u8) -> Option<u8> {
            super::above(n)
        }

        #[allow(unused_imports)]
        use super::super::observe;
    }

    #[observe]
    pub(super) fn above(n: u8) -> Option<u8> {
        Some(n)
    }

    #[allow(unused_imports)]
    use super::observe;
}

struct Sized3<const N: usize = 3>([u8; N]);

#[observe]
impl<const N: usize> Sized3<N> {
    const LENGTH: usize = N;

    fn all(&self) -> [u8; N] {
        self.0
    }

    fn count(&self) -> Option<usize> {
        Some(Self::LENGTH)
    }
}

fn pair() -> Pair {
    Pair { left: "l".to_owned(), right: vec![1] }
}

pub fn cases() -> Vec<Case> {
    vec![
        case("Self pattern", "taken_apart", || show(Pair::taken_apart(pair(), 1))),
        case("&Self pattern", "borrowed_apart", || show(Pair::borrowed_apart(&pair()))),
        case("&mut Self pattern", "mutated_apart", || { let mut pair = pair(); Pair::mutated_apart(&mut pair).unwrap().push('?'); show(pair) }),
        case("pattern of an alias async", "apart_async", || show(run(assert_send(Pair::apart_async(&Parts { left: "x".to_owned(), right: [&1, &2] }))))),
        case("self: &Arc", "by_ref_arc", || show(Arc::new(pair()).by_ref_arc())),
        case("self: Self", "by_typed_self", || show(pair().by_typed_self())),
        case("self: &Self", "by_typed_ref", || show(pair().by_typed_ref())),
        case("mut self: Box", "by_mut_box", || show(Box::new(pair()).by_mut_box())),
        case("self: Rc<Box>", "by_rc_box", || show(Rc::new(Box::new(pair())).by_rc_box())),
        case("self: Pin<Arc>", "by_pin_arc", || show(run(assert_send(Arc::pin(pair()).by_pin_arc())))),
        case("self = other", "reassigned", || show(Pair { right: vec![], ..pair() }.reassigned(pair()))),
        case("..self", "updated", || show(pair().updated())),
        case("dyn Iterator + '_", "iterates", || show(pair().iterates().collect::<Vec<_>>())),
        case("dyn Debug + '_", "shows", || show(pair().shows())),
        case("Cow<'_>", "text", || show(pair().text())),
        case("GAT for Vec<T>", "take", || { let mut list = vec![1]; *list.take().unwrap().unwrap() += 1; show(list) }),
        case("I::Item", "associated", || show(associated([1, 2].iter()))),
        case("generics C, R, F, E", "generics_named_alike!error", || show(generics_named_alike(1, |n: u8| Err::<u8, u8>(n)))),
        case("generics C, R, F, E async", "generics_named_alike_async", || show(run(generics_named_alike_async(1, |n: u8| async move { Ok::<u8, u8>(n) })))),
        case("?Sized", "unsized_argument unsized_argument", || show((unsized_argument("x"), unsized_argument::<[u8]>(&[1])))),
        case("uninhabited argument", "", || { let _: fn(Infallible) -> Result<u8, ()> = uninhabited; let _ = |it| uninhabited_async(it); String::new() }),
        case("Result<T, Infallible>", "infallible_error", || show(infallible_error(1))),
        case("Result<Infallible, E>", "only_fails!error", || show(only_fails(1))),
        case("mutable patterns", "mutable_patterns", || show(mutable_patterns((1, vec![2]), [3, 4, 5]))),
        case("ignores all", "ignores_all", || show(ignores_all(1, &mut 2, Dropped("ignored"), (3, 4), &[]))),
        case("nested results", "nested_results!error nested_results nested_results", || show((nested_results(0), nested_results(1), nested_results(2)))),
        case("Poll", "poll poll", || show((poll(0), poll(1)))),
        case("Range", "range", || show(range(3))),
        case("PhantomData", "phantom", || show(phantom::<u8>())),
        case("Ref", "cell_ref cell_ref!error", || { let cell = RefCell::new(vec![1]); log(show(cell_ref(&cell))); let held = cell.borrow_mut(); let is_err = cell_ref(&cell).is_err(); drop(held); show(is_err) }),
        case("conditional borrow", "conditional_borrow conditional_borrow", || { let mut list = vec![1]; *conditional_borrow(&mut list, 1).unwrap() += 1; *conditional_borrow(&mut list, 5).unwrap() += 1; show(list) }),
        case("labelled block", "labelled_block labelled_block labelled_block", || show((labelled_block(0), labelled_block(1), labelled_block(4)))),
        case("labelled block async", "labelled_block_async doubles", || show(run(assert_send(labelled_block_async(0))))),
        case("nested returns", "nested_returns nested_returns!error nested_returns!error", || show((nested_returns(&["", "1"]).unwrap(), nested_returns(&["x"]).is_err(), nested_returns(&["200", "100"]).is_err()))),
        case("question infers", "question_infers question_infers!error", || show((run(assert_send(question_infers(1))).unwrap(), run(question_infers(5)).unwrap_err().to_string()))),
        case("anyhow in async", "anyhow_in_async!error anyhow_in_async!error anyhow_in_async!error anyhow_in_async", || show([9, 5, 0, 1].map(|n| run(assert_send(anyhow_in_async(n))).map_err(|error| error.to_string())))),
        case("const block", "const_block", || show(const_block(1))),
        case("items in the body", "items_in_body items_in_body!error", || show((items_in_body(1), items_in_body(4)))),
        case("assigns late", "assigns_late assigns_late", || show((assigns_late(1), assigns_late(2)))),
        case("captures by reference", "captures_by_reference", || show(captures_by_reference(vec![]))),
        case("captures in async", "captures_in_async", || show(run(assert_send(captures_in_async(vec![1, 2], Dropped("name")))))),
        case("scoped threads", "spawns_threads", || { let mut list = [1, 2]; log(show(spawns_threads(&mut list))); show(list) }),
        case("walks", "walks walks", || show(run(assert_send(walks(&[2]))))),
        case("async returns a boxed future", "returns_future", || show(run(run(assert_send(returns_future(1)))))),
        case("async returns impl Future", "returns_impl_future", || show(run(run(assert_send(returns_impl_future(1)))))),
        case("Box<dyn Future + Unpin>", "unpin_future", || show(run(unpin_future(1)))),
        case("Either", "either", || show(run(either(1)))),
        case("IntoFuture", "into_future", || show(run(into_future(1).into_future()))),
        case("impl Future + use<>", "static_future!error doubles", || show(run(assert_send(static_future(2))))),
        case("impl Stream + Unpin", "send_stream", || show(run(futures::StreamExt::collect::<Vec<_>>(assert_send(send_stream(&[1, 2])))))),
        case("ExitCode", "exit_code", || show(exit_code(1))),
        case("impl Termination", "terminates", || { drop(terminates()); String::new() }),
        case("assignment in tail", "assigns_in_tail", || { let mut n = 1; assigns_in_tail(&mut n); show(n) }),
        case("static slice", "string_tail", || show(string_tail())),
        case("promoted", "promoted promoted", || show((promoted(0), promoted(1)))),
        case("compares", "compares compares", || show((compares(1), compares(3)))),
        case("Into<Option<U>>", "by_value_generic", || show(by_value_generic::<_, u8>(1_u8))),
        case("pub(in path)", "in_path own above", || show(deep::deeper::in_path(1))),
        case("default of a const generic", "Sized3::all Sized3::count", || { let three: Sized3 = Sized3([1, 2, 3]); log(show(three.all())); show(three.count()) }),
    ]
}
