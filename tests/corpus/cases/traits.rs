// Traits: async functions in them, generics, foreign and blanket implementations, receivers.

#[allow(unused_imports)]
use std::future::Future;
use crate::harness::{Case, Dropped, assert_send, case, log, run, show};
use futures::future::BoxFuture;
use futures::stream::{Stream, StreamExt};
use std::fmt::Debug;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

trait Repository {
    type Id: Debug + Copy;
    type Row<'a>: Debug
    where
        Self: 'a;
    type Error: Debug;
    const NAME: &'static str;

    #[allow(async_fn_in_trait)]
    async fn find(&self, id: Self::Id) -> Result<Self::Row<'_>, Self::Error>;

    fn find_boxed<'a>(&'a self, id: Self::Id) -> BoxFuture<'a, Result<Self::Id, Self::Error>>;

    fn list(&self) -> impl Stream<Item = Self::Id> + Send;

    #[observe]
    fn count(&self) -> Result<usize, Self::Error>
    where
        Self: Sized,
    {
        log(Self::NAME);
        Ok(Self::NAME.len())
    }

    #[observe]
    async fn count_later(&self) -> Result<usize, Self::Error>
    where
        Self: Sized,
    {
        std::future::ready(()).await;
        self.count()
    }

    #[observe]
    fn count_sendable(&self) -> impl Future<Output = usize> + Send
    where
        Self: Sync,
    {
        async { Self::NAME.len() }
    }

    #[observe]
    fn by_value(self, extra: Dropped) -> Option<Self>
    where
        Self: Sized,
    {
        Some(self)
    }

    #[observe]
    fn by_rc(self: Rc<Self>) -> Option<&'static str>
    where
        Self: Sized,
    {
        Some(Self::NAME)
    }

    #[observe]
    fn by_pin(self: Pin<&mut Self>) -> Option<&'static str> {
        Some(Self::NAME)
    }

    #[observe]
    fn without_self(id: Self::Id) -> Option<Self::Id> {
        Some(id)
    }

    #[observe]
    fn chained(&mut self, n: u8) -> &mut Self {
        log(n.to_string());
        self
    }
}

#[derive(Debug)]
struct Memory(Vec<u8>);

impl Repository for Memory {
    type Id = usize;
    type Row<'a> = &'a u8;
    type Error = String;
    const NAME: &'static str = "memory";

    #[observe(fields(id))]
    async fn find(&self, id: usize) -> Result<&u8, String> {
        std::future::ready(()).await;
        self.0.get(id).ok_or_else(|| format!("no {id}"))
    }

    #[observe]
    fn find_boxed<'a>(&'a self, id: usize) -> BoxFuture<'a, Result<usize, String>> {
        Box::pin(async move {
            self.find(id).await?;
            Ok(id)
        })
    }

    #[observe]
    fn list(&self) -> impl Stream<Item = usize> + Send {
        futures::stream::iter(0..self.0.len())
    }
}

#[observe]
impl Repository for Arc<Memory> {
    type Id = usize;
    type Row<'a> = &'a u8;
    type Error = String;
    const NAME: &'static str = "arc";

    async fn find(&self, id: Self::Id) -> Result<Self::Row<'_>, Self::Error> {
        Memory::find(self, id).await
    }

    fn find_boxed<'a>(&'a self, id: Self::Id) -> BoxFuture<'a, Result<Self::Id, Self::Error>> {
        Box::pin(async move { Err(format!("{id}")) })
    }

    fn list(&self) -> impl Stream<Item = Self::Id> + Send {
        futures::stream::empty()
    }
}

async fn through<R: Repository<Id = usize>>(repository: &R) -> String {
    let found = repository.find(0).await.map(|row| format!("{row:?}"));
    show((found.ok(), repository.find_boxed(9).await.ok(), repository.list().collect::<Vec<_>>().await))
}

/// For references, for every type, for functions.
trait Describe {
    fn describe(self) -> Option<String>;
}

impl Describe for &Memory {
    #[observe]
    fn describe(self) -> Option<String> {
        Some(format!("{self:?}"))
    }
}

impl<T: Debug> Describe for (T,) {
    #[observe]
    fn describe(self) -> Option<String> {
        let (inner,) = self;
        Some(format!("{inner:?}"))
    }
}

impl Describe for fn(u8) -> u8 {
    #[observe]
    fn describe(self) -> Option<String> {
        Some(self(1).to_string())
    }
}

#[observe]
impl<const N: usize> Describe for [u8; N] {
    fn describe(self) -> Option<String> {
        Some(N.to_string())
    }
}

trait ObjectSafe {
    fn run(&self, n: u8) -> Result<u8, String>;
    fn later<'a>(&'a self, n: &'a u8) -> Pin<Box<dyn Future<Output = u8> + Send + 'a>>;
    #[observe]
    fn boxed(self: Box<Self>, n: u8) -> Option<u8> {
        self.run(n).ok()
    }
    #[observe]
    fn defaulted<'a>(&'a self, n: &'a u8) -> Pin<Box<dyn Future<Output = u8> + Send + 'a>>
    where
        Self: Sync,
    {
        Box::pin(async move { self.later(n).await + 1 })
    }
}

struct Object(Dropped);

impl ObjectSafe for Object {
    #[observe]
    fn run(&self, n: u8) -> Result<u8, String> {
        if n > 2 { Err(self.0.0.to_owned()) } else { Ok(n) }
    }
    #[observe]
    fn later<'a>(&'a self, n: &'a u8) -> Pin<Box<dyn Future<Output = u8> + Send + 'a>> {
        Box::pin(async move { *n })
    }
}

/// Operators, iterators, conversions, futures by hand.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Number(u8);

#[observe]
impl std::ops::Add for Number {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Index<u8> for Number {
    type Output = u8;
    #[observe]
    fn index(&self, _: u8) -> &u8 {
        &self.0
    }
}

impl std::ops::IndexMut<u8> for Number {
    #[observe]
    fn index_mut(&mut self, _: u8) -> &mut u8 {
        &mut self.0
    }
}

#[observe]
impl std::ops::Deref for Object {
    type Target = Dropped;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl Iterator for Number {
    type Item = u8;
    #[observe]
    fn next(&mut self) -> Option<Self::Item> {
        self.0 = self.0.checked_sub(1)?;
        Some(self.0)
    }
}

impl Future for Number {
    type Output = u8;
    #[observe]
    fn poll(self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> std::task::Poll<u8> {
        context.waker().wake_by_ref();
        std::task::Poll::Ready(self.0)
    }
}

#[observe]
impl TryFrom<u8> for Object {
    type Error = u8;
    fn try_from(n: u8) -> Result<Self, Self::Error> {
        Err(n)
    }
}

#[observe]
impl std::fmt::Display for Number {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "<{}>", self.0)
    }
}

/// Inherent blocks with lifetimes, where clauses, attributes, several kinds of items.
struct Borrowing<'a, T: ?Sized>(&'a T);

#[observe]
#[allow(dead_code)]
impl<'a, T> Borrowing<'a, T>
where
    T: ?Sized + Debug,
{
    pub const ONE: u8 = if true { 1 } else { 2 };

    fn held(&self) -> &'a T {
        self.0
    }

    async fn held_later(self) -> Option<&'a T> {
        Some(self.0)
    }

    fn made(&self) -> impl Future<Output = String> + use<'a, T> {
        let text = format!("{:?}", self.0);
        async move { text }
    }

    #[track_caller]
    fn tracked(&self) -> u32 {
        std::panic::Location::caller().line()
    }

    const fn constant() -> u8 {
        Self::ONE
    }

    #[cfg(any())]
    fn gone(&self) -> Missing {}

    unsafe fn dangerous(&self) -> Option<u8> {
        Some(1)
    }

    fn generic<'b, U: 'b + Into<u64>>(&'b self, n: U) -> Result<u64, &'b T> {
        Ok(n.into())
    }
}

mod sealed {
    #[allow(unused_imports)]
    use super::observe;

    pub struct Private(pub(super) u8);
    #[observe]
    impl Private {
        pub(in super::sealed) fn inner(&self) -> Option<u8> {
            Some(self.0)
        }
        pub(super) fn outer(&self) -> Option<u8> {
            self.inner()
        }
        pub(crate) async fn later(&self) -> Option<u8> {
            self.outer()
        }
    }
}

/// The same names of async-trait, re-exported.
mod reexported {
    pub use async_trait::async_trait;
}

#[async_trait::async_trait]
trait Worker {
    async fn work(&self, name: &str) -> Result<String, String>;
    async fn consume(self: Box<Self>, n: u8) -> u8;
    async fn generic<T: Debug + Send + 'static>(&self, value: T) -> String
    where
        Self: Sized;
}

struct Busy(Dropped);

#[observe]
#[reexported::async_trait]
impl Worker for Busy {
    async fn work(&self, name: &str) -> Result<String, String> {
        tokio::task::yield_now().await;
        Err(format!("{name} {}", self.0.0))
    }
    async fn consume(self: Box<Self>, n: u8) -> u8 {
        log("consumed");
        n
    }
    async fn generic<T: Debug + Send + 'static>(&self, value: T) -> String {
        format!("{value:?}")
    }
}

struct Lazy;

#[async_trait::async_trait(?Send)]
trait Local {
    #[observe]
    async fn local(&self, n: Rc<u8>) -> Option<u8> {
        tokio::task::yield_now().await;
        Some(*n)
    }
    async fn required(&mut self) -> &mut Self;
}

#[async_trait::async_trait(?Send)]
impl Local for Lazy {
    #[observe]
    async fn required(&mut self) -> &mut Self {
        self
    }
}

#[rustfmt::skip]
pub fn cases() -> Vec<Case> {
    fn memory() -> Memory {
        Memory(vec![7, 8])
    }
    fn object() -> Object {
        Object(Dropped("object"))
    }
    vec![
        case("RPITIT and GAT", "find find_boxed!error find!error list", || run(through(&memory()))),
        case("RPITIT whole", "Arc::find find Arc::find_boxed!error Arc::list", || run(through(&Arc::new(memory())))),
        case("async default", "count_later count", || show(run(memory().count_later()))),
        case("impl Future default", "count_sendable", || show(run(assert_send(memory().count_sendable())))),
        case("default by value", "by_value", || show(memory().by_value(Dropped("extra")))),
        case("default by Rc", "by_rc", || show(Rc::new(memory()).by_rc())),
        case("default by Pin", "by_pin", || show(Pin::new(&mut memory()).by_pin())),
        case("default without self", "without_self", || show(Memory::without_self(1))),
        case("chained", "chained chained", || show(memory().chained(1).chained(2))),
        case("impl for reference", "describe", || show((&memory()).describe())),
        case("blanket impl", "describe", || show((1,).describe())),
        case("impl for fn", "describe", || show(((|n| n + 1) as fn(u8) -> u8).describe())),
        case("impl for array", "[u8;N]::describe", || show([1, 2].describe())),
        case("dyn", "run run!error", || show(((&object() as &dyn ObjectSafe).run(1), object().run(3)))),
        case("dyn later", "later", || show(run(assert_send((&object() as &dyn ObjectSafe).later(&1))))),
        case("dyn Box<Self>", "boxed run", || show(Box::new(object()).boxed(1))),
        case("dyn default", "defaulted later", || show(run(assert_send(object().defaulted(&1))))),
        case("Add", "Number::add", || show(Number(1) + Number(2))),
        case("Index", "index index_mut", || { let mut n = Number(1); let was = n[0]; n[0] += 1; show((was, n)) }),
        case("Deref", "Object::deref", || show(object().deref_name())),
        case("Iterator", "next next next", || show(Number(2).collect::<Vec<_>>())),
        case("Future by hand", "poll", || show(run(Number(2)))),
        case("TryFrom", "Object::try_from!error", || show(Object::try_from(1).is_err())),
        case("Display", "Number::fmt", || Number(1).to_string()),
        case("inherent lifetimes", "Borrowing::held", || show(Borrowing("x").held())),
        case("inherent async", "Borrowing::held_later", || show(run(Borrowing("x").held_later()))),
        case("inherent made", "Borrowing::made", || show(run(assert_send(Borrowing("x").made())))),
        case("inherent tracked", "Borrowing::tracked", || show(Borrowing("x").tracked())),
        case("inherent unsafe", "Borrowing::dangerous", || show(unsafe { Borrowing("x").dangerous() })),
        case("inherent generic", "Borrowing::generic", || show(Borrowing("x").generic(1_u8))),
        case("restricted", "Private::later Private::outer Private::inner", || show(run(sealed::Private(1).later()))),
        case("async_trait renamed", "Busy::work!error", || show(run(assert_send(Busy(Dropped("busy")).work("x"))))),
        case("async_trait Box<Self>", "Busy::consume", || show(run(Box::new(Busy(Dropped("busy"))).consume(1)))),
        case("async_trait generic", "Busy::generic", || show(run(Busy(Dropped("busy")).generic("x")))),
        case("async_trait ?Send", "local", || show(run(Lazy.local(Rc::new(1))))),
        case("async_trait &mut Self", "required", || { run(Lazy.required()); String::new() }),
    ]
}

impl Object {
    fn deref_name(&self) -> &'static str {
        (**self).0
    }
}
