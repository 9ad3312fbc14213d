// Methods: every receiver, traits, whole impl blocks, async-trait.

#[allow(unused_imports)]
use std::future::Future;
use crate::harness::{Case, Dropped, assert_send, case, log, run, show};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

#[derive(Debug)]
struct Thing {
    n: u8,
    dropped: Dropped,
}

fn thing() -> Thing {
    Thing { n: 1, dropped: Dropped("thing") }
}

impl Thing {
    #[observe]
    fn by_ref(&self) -> &u8 {
        &self.n
    }
    #[observe]
    fn by_mut(&mut self) -> Option<&mut u8> {
        Some(&mut self.n)
    }
    #[observe]
    fn by_value(self, extra: Dropped) -> Result<u8, ()> {
        log("in");
        Ok(self.n)
    }
    #[observe]
    fn by_value_unused(self, extra: Dropped) -> Result<u8, ()> {
        log("in");
        Ok(0)
    }
    #[observe]
    fn by_value_partly(self) -> Result<Dropped, ()> {
        log("in");
        Ok(self.dropped)
    }
    #[observe]
    fn by_mut_value(mut self) -> Result<Thing, ()> {
        self.n += 1;
        Ok(self)
    }
    #[observe]
    fn by_box(self: Box<Self>) -> Option<u8> {
        Some(self.n)
    }
    #[observe]
    fn by_rc(self: Rc<Self>) -> Option<u8> {
        Some(self.n)
    }
    #[observe]
    async fn async_ref(&self) -> &u8 {
        &self.n
    }
    #[observe]
    async fn async_mut(&mut self, n: u8) -> &mut u8 {
        self.n += n;
        &mut self.n
    }
    #[observe]
    async fn async_value(self, extra: Dropped) -> u8 {
        log("in");
        self.n
    }
    #[observe]
    async fn async_value_unused(self, extra: Dropped) -> u8 {
        log("in");
        0
    }
    #[observe]
    async fn async_mut_value(mut self) -> Thing {
        self.n += 1;
        self
    }
    #[observe]
    async fn by_arc(self: Arc<Self>) -> u8 {
        self.n
    }
    #[observe]
    async fn pinned(self: Pin<&mut Self>) -> u8 {
        self.get_mut().n
    }
    #[observe(fields(n = self.n, ?label))]
    async fn self_fields(&self, label: &str) -> usize {
        label.len()
    }
    #[observe]
    fn new(n: u8) -> Self {
        Self { n, dropped: Dropped("new") }
    }
    #[observe]
    async fn try_new(n: u8) -> Result<Self, u8> {
        if n == 0 { Err(n) } else { Ok(Self::new(n)) }
    }
}

trait Greets {
    const NAME: &'static str;
    #[observe]
    fn greet(&self) -> String
    where
        Self: Sized,
    {
        format!("hello {}", Self::NAME)
    }
    #[observe]
    async fn greet_later(&self, n: u8) -> String {
        format!("later {} {n}", Self::NAME)
    }
    fn both(&self) -> impl Future<Output = u8> + Send;
    async fn plain_async(&self) -> u8;
    #[observe]
    fn combined(&self) -> impl Future<Output = u8> {
        async { 4 }
    }
}

impl Greets for Thing {
    const NAME: &'static str = "thing";
    #[observe]
    async fn both(&self) -> u8 {
        self.n
    }
    #[observe]
    async fn plain_async(&self) -> u8 {
        self.n + 1
    }
}

struct Whole<'a, T>(&'a T);

#[observe]
impl<'a, T: std::fmt::Debug> Whole<'a, T> {
    pub const LIMIT: usize = { 3 };

    /// Documented.
    pub fn show(&self) -> String {
        format!("{:?}", self.0)
    }

    pub(crate) async fn show_later(self) -> String {
        self.show()
    }

    #[observe(skip)]
    fn skipped(&self) -> &'a T {
        self.0
    }

    const fn constant(&self) -> usize {
        Self::LIMIT
    }

    #[observe(name = "own", fields(limit = Self::LIMIT))]
    fn named(&self) -> Option<&T> {
        self.skipped();
        Some(self.0)
    }
}

#[observe(level = debug, err = Debug)]
impl std::str::FromStr for Thing {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self { n: text.parse()?, dropped: Dropped("parsed") })
    }
}

#[observe]
impl Drop for Whole2 {
    fn drop(&mut self) {
        log("whole2");
    }
}
struct Whole2;

#[async_trait::async_trait]
trait Store: Send + Sync {
    async fn find(&self, id: &str) -> Result<u8, String>;
    async fn all(&mut self, mut n: u8, _: Dropped) -> Vec<u8> {
        n += 1;
        vec![n]
    }
    #[observe]
    async fn default(&self, n: u8) -> u8 {
        n
    }
}

struct Inside;

#[async_trait::async_trait]
impl Store for Inside {
    #[observe]
    async fn find(&self, id: &str) -> Result<u8, String> {
        tokio::task::yield_now().await;
        id.parse().map_err(|error| format!("{id}: {error}"))
    }
    #[observe]
    async fn all(&mut self, mut n: u8, _: Dropped) -> Vec<u8> {
        n += 2;
        vec![n]
    }
}

struct Above;

#[observe]
#[async_trait::async_trait]
impl Store for Above {
    async fn find(&self, id: &str) -> Result<u8, String> {
        tokio::task::yield_now().await;
        id.parse().map_err(|error| format!("{id}: {error}"))
    }
    async fn all(&mut self, mut n: u8, _: Dropped) -> Vec<u8> {
        n += 2;
        vec![n]
    }
}

struct Below;

#[async_trait::async_trait]
#[observe]
impl Store for Below {
    async fn find(&self, id: &str) -> Result<u8, String> {
        id.parse().map_err(|error| format!("{id}: {error}"))
    }
}

#[rustfmt::skip]
pub fn cases() -> Vec<Case> {
    vec![
        case("&self", "by_ref", || show(thing().by_ref())),
        case("&mut self", "by_mut", || { let mut thing = thing(); *thing.by_mut().unwrap() = 3; show(thing) }),
        case("self", "by_value", || show(thing().by_value(Dropped("extra")))),
        case("self unused", "by_value_unused", || show(thing().by_value_unused(Dropped("extra")))),
        case("self partly", "by_value_partly", || show(thing().by_value_partly())),
        case("mut self", "by_mut_value", || show(thing().by_mut_value())),
        case("self: Box", "by_box", || show(Box::new(thing()).by_box())),
        case("self: Rc", "by_rc", || show(Rc::new(thing()).by_rc())),
        case("async &self", "async_ref", || show(run(assert_send(thing().async_ref())))),
        case("async &mut self", "async_mut", || show(run(assert_send(thing().async_mut(2))))),
        case("async self", "async_value", || show(run(assert_send(thing().async_value(Dropped("extra")))))),
        case("async self unused", "async_value_unused", || show(run(thing().async_value_unused(Dropped("extra"))))),
        case("async self dropped", "", || { drop(thing().async_value_unused(Dropped("extra"))); String::new() }),
        case("async mut self", "async_mut_value", || show(run(thing().async_mut_value()))),
        case("async self: Arc", "by_arc", || show(run(assert_send(Arc::new(thing()).by_arc())))),
        case("async self: Pin", "pinned", || show(run(Pin::new(&mut thing()).pinned()))),
        case("fields of self", "self_fields", || show(run(thing().self_fields("abc")))),
        case("no receiver", "new", || show(Thing::new(1))),
        case("async no receiver", "try_new!error try_new new", || show((run(Thing::try_new(0)), run(Thing::try_new(1))))),
        case("default method", "greet", || show(thing().greet())),
        case("async default method", "greet_later", || show(run(thing().greet_later(1)))),
        case("async for impl Future + Send", "both", || show(run(assert_send(thing().both())))),
        case("async in trait", "plain_async", || show(run(thing().plain_async()))),
        case("impl Future default", "combined", || show(run(thing().combined()))),
        case("whole block", "Whole::show", || show(Whole(&1).show())),
        case("whole block async", "Whole::show_later Whole::show", || show(run(Whole(&1).show_later()))),
        case("whole block skip", "own", || show((Whole(&1).named(), Whole(&1).constant()))),
        case("whole trait impl", "Thing::from_str Thing::from_str!error", || show(("1".parse::<Thing>(), "x".parse::<Thing>()))),
        case("whole Drop impl", "Whole2::drop", || { drop(Whole2); String::new() }),
        case("inside async_trait", "find find!error", || show((run(Inside.find("1")), run(Inside.find("x"))))),
        case("inside async_trait drops", "all", || show(run(Inside.all(1, Dropped("_"))))),
        case("async_trait default", "default", || show(run(Inside.default(1)))),
        case("above async_trait", "Above::find Above::find!error", || show((run(Above.find("1")), run(Above.find("x"))))),
        case("above async_trait drops", "Above::all", || show(run(Above.all(1, Dropped("_"))))),
        case("below async_trait", "Below::find", || show(run(assert_send((&Below as &dyn Store).find("1"))))),
    ]
}
