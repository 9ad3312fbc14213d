// Receivers, traits and types that a service is built of.

use std::borrow::Cow;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

#[allow(unused_imports)]
use std::future::Future;

use crate::harness::{Case, Dropped, assert_send, case, log, run, seen, show};

#[derive(Debug)]
struct Service {
    list: Vec<u8>,
    held: Dropped,
}

fn service() -> Service {
    Service { list: vec![3, 1, 2], held: Dropped("service") }
}

impl Service {
    #[observe]
    fn pinned(self: Pin<&mut Self>) -> Option<&mut u8> {
        self.get_mut().list.last_mut()
    }

    #[observe]
    async fn pinned_async(mut self: Pin<&mut Self>, n: u8) -> Result<u8, String> {
        self.as_mut().list.push(n);
        self.list.iter().max().copied().ok_or_else(String::new)
    }

    #[observe]
    fn shared(self: Arc<Self>) -> Result<u8, Arc<Self>> {
        if self.list.len() > 2 { Err(self) } else { Ok(1) }
    }

    #[observe]
    async fn shared_async(self: Arc<Self>, wait: bool) -> usize {
        if wait {
            futures::future::ready(()).await;
        }
        Arc::strong_count(&self)
    }

    #[observe]
    fn boxed(self: Box<Self>) -> Vec<u8> {
        log("boxed");
        self.list
    }

    #[observe]
    fn boxed_mut(mut self: Box<Self>) -> Box<Self> {
        self.list.clear();
        self
    }

    #[observe]
    fn counted(self: &Rc<Self>, other: Rc<Self>) -> bool {
        Rc::ptr_eq(self, &other)
    }

    #[observe]
    fn by_shared_box(self: &Arc<Box<Self>>) -> &[u8] {
        &self.list
    }

    #[observe]
    fn taken(self) -> (Vec<u8>, Dropped) {
        let Self { list, held } = self;
        (list, held)
    }

    #[observe]
    fn taken_partly(mut self) -> Option<Vec<u8>> {
        self.list.sort_unstable();
        Some(self.list.split_off(1))
    }

    #[observe]
    async fn lent(&mut self, with: impl AsyncFnOnce(&mut Vec<u8>) -> u8) -> u8 {
        with(&mut self.list).await
    }

    #[observe]
    fn iterated(&self) -> impl Iterator<Item = &u8> + use<'_> {
        self.list.iter().filter(|n| **n > 1)
    }

    #[observe]
    fn borrowed<'a>(&'a self, other: &'a str) -> Cow<'a, str> {
        if self.list.is_empty() { other.into() } else { Cow::Owned(show(&self.list)) }
    }
}

/// Lends from itself.
trait Lending {
    type Item<'a>
    where
        Self: 'a;

    fn lend<'a>(&'a mut self) -> Option<Self::Item<'a>>;

    #[observe]
    fn lend_twice(&mut self) -> u8
    where
        Self: Sized,
    {
        let first = u8::from(self.lend().is_some());
        first + u8::from(self.lend().is_some())
    }
}

struct Windows<'s> {
    rest: &'s mut [u8],
    size: usize,
}

impl<'s> Lending for Windows<'s> {
    type Item<'a>
        = &'a mut [u8]
    where
        Self: 'a;

    #[observe]
    fn lend<'a>(&'a mut self) -> Option<Self::Item<'a>> {
        let (first, _) = self.rest.split_at_mut_checked(self.size)?;
        self.size += 1;
        Some(first)
    }
}

trait Store {
    const NAME: &'static str;

    #[observe]
    async fn load(&self, id: u8) -> Result<String, u8> {
        if id == 0 {
            return Err(id);
        }
        Ok(format!("{}{id}", Self::NAME))
    }

    #[observe]
    fn all(&self) -> impl Iterator<Item = u8> {
        [1, 2, 3].into_iter()
    }

    fn later(&self) -> impl Future<Output = u8> + Send;

    #[observe]
    fn made() -> Self
    where
        Self: Default,
    {
        log("made");
        Self::default()
    }
}

#[derive(Default)]
struct Memory(u8);

impl Store for Memory {
    const NAME: &'static str = "memory";

    #[observe]
    async fn later(&self) -> u8 {
        self.0 + 1
    }
}

#[derive(Default)]
struct Disk;

#[observe]
impl Store for Disk {
    const NAME: &'static str = "disk";

    async fn load(&self, id: u8) -> Result<String, u8> {
        Memory(id).load(id).await.map(|text| text.to_uppercase())
    }

    fn all(&self) -> impl Iterator<Item = u8> {
        std::iter::once(9)
    }

    fn later(&self) -> impl Future<Output = u8> + Send {
        async { 7 }
    }
}

/// A trait for arrays of whatever size.
trait Total {
    fn total(&self) -> Result<u32, std::num::TryFromIntError>;
}

impl<T: Copy + Into<u64>, const N: usize> Total for [T; N] {
    #[observe]
    fn total(&self) -> Result<u32, std::num::TryFromIntError> {
        let sum: u64 = self.iter().map(|&n| n.into()).sum();
        sum.try_into()
    }
}

impl Total for dyn Fn() -> u8 + '_ {
    #[observe]
    fn total(&self) -> Result<u32, std::num::TryFromIntError> {
        Ok(self().into())
    }
}

impl<F: Fn(u8) -> u8> Total for (F, u8) {
    #[observe(name = "pair")]
    fn total(&self) -> Result<u32, std::num::TryFromIntError> {
        Ok((self.0)(self.1).into())
    }
}

#[async_trait::async_trait]
trait Remote: Send + Sync {
    async fn call(&self, name: &str) -> Result<Vec<u8>, String>;

    #[observe(name = "twice")]
    async fn call_twice(&self, name: &str) -> Result<usize, String> {
        let (a, b) = (self.call(name).await?, self.call("").await?);
        Ok(a.len() + b.len())
    }
}

struct Below;
struct Above;

#[async_trait::async_trait]
impl Remote for Below {
    #[observe]
    async fn call(&self, name: &str) -> Result<Vec<u8>, String> {
        if name.is_empty() { Err("empty".into()) } else { Ok(name.as_bytes().into()) }
    }
}

#[observe]
#[async_trait::async_trait]
impl Remote for Above {
    async fn call(&self, name: &str) -> Result<Vec<u8>, String> {
        let below: &dyn Remote = &Below;
        below.call(if name.is_empty() { "x" } else { name }).await
    }
}

pub fn cases() -> Vec<Case> {
    vec![
        case("pinned", "pinned", || {
            let mut service = service();
            *Pin::new(&mut service).pinned().unwrap() += 7;
            show(&service.list)
        }),
        case("pinned_async", "pinned_async", || {
            let mut service = service();
            show(run(assert_send(Pin::new(&mut service).pinned_async(8))))
        }),
        case("shared", "shared!error", || {
            show(Arc::new(service()).shared().unwrap_err().list.len())
        }),
        case("shared_async", "shared_async shared_async", || {
            let service = Arc::new(service());
            let first = run(assert_send(service.clone().shared_async(true)));
            let late = service.clone().shared_async(false);
            drop(service);
            show((first, run(late)))
        }),
        case("boxed", "boxed", || show(Box::new(service()).boxed())),
        case("boxed_mut", "boxed_mut", || show(Box::new(service()).boxed_mut().list.len())),
        case("counted", "counted", || {
            let service = Rc::new(service());
            show(service.counted(service.clone()))
        }),
        case("by_shared_box", "by_shared_box", || {
            show(Arc::new(Box::new(service())).by_shared_box())
        }),
        case("taken", "taken", || {
            let (list, held) = service().taken();
            log("between");
            drop(held);
            show(list)
        }),
        case("taken_partly", "taken_partly", || show(service().taken_partly())),
        case("lent", "lent", || {
            let mut service = service();
            show(run(service.lent(async |list| {
                list.push(4);
                seen(list.len() as u8)
            })))
        }),
        case("iterated", "iterated", || show(service().iterated().count())),
        case("borrowed", "borrowed", || show(service().borrowed("other"))),
        case("lend", "lend_twice lend lend", || {
            let mut bytes = [1, 2, 3];
            show(Windows { rest: &mut bytes, size: 3 }.lend_twice())
        }),
        case("load", "load load!error", || {
            let memory = Memory(1);
            run(async { show((memory.load(1).await, memory.load(0).await)) })
        }),
        case("load_block", "Disk::load load Disk::load!error load!error", || {
            run(async { show((Disk.load(1).await, Disk.load(0).await)) })
        }),
        case("all", "all Disk::all", || {
            show(Memory(1).all().chain(Disk.all()).collect::<Vec<_>>())
        }),
        case("later", "later Disk::later", || {
            run(async { show((Memory(1).later().await, assert_send(Disk.later()).await)) })
        }),
        case("made", "made", || show(Memory::made().0)),
        case("total", "total total total!error", || {
            let large = [u64::MAX / 2; 2];
            show(([1_u8, 2].total(), [0_u32; 0].total(), large.total().is_err()))
        }),
        case("total_dyn", "total pair", || {
            let n = 4;
            let function: &dyn Fn() -> u8 = &|| n;
            show((function.total(), (|n| n * 2, 3).total()))
        }),
        case("remote", "call twice!error call call!error", || {
            run(async {
                let remote: Box<dyn Remote> = Box::new(Below);
                show((remote.call("abc").await, assert_send(remote.call_twice("ab")).await))
            })
        }),
        case("remote_above", "twice Above::call call Above::call call", || {
            show(run(Above.call_twice("ab")))
        }),
    ]
}
