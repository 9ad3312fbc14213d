//! `#[observe]` in use: names, outcomes, lengths and fields of the spans it makes.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use cruddur_trace::record::{Outcome, SpanKind, Usage};
use cruddur_trace::{observe, testing};
use futures::{Stream, StreamExt, executor::block_on, stream};

type Alias<T> = Result<T, io::Error>;
type BoxedAlias<'a> = Pin<Box<dyn Future<Output = Alias<u8>> + Send + 'a>>;

const PLAIN_LINE: u32 = line!() + 3;

#[observe]
fn plain(n: u8) -> u8 {
    n + 1
}

#[observe(name = "renamed", kind = client, fields(n, twice = n * 2, app.text = %n, ?n2))]
async fn with_fields(n: u8, n2: Option<u8>) -> Alias<Vec<u8>> {
    plain(n);
    Ok(vec![n, n2.unwrap_or(0)])
}

#[observe]
async fn fails() -> Alias<u8> {
    Err(io::Error::other("nope"))?;
    Ok(1)
}

struct Thing(u8);

#[observe]
impl Thing {
    const N: u8 = 1;

    fn by_ref(&self) -> &u8 {
        &self.0
    }

    async fn by_arc(self: Arc<Self>, n: u8) -> u8 {
        self.0 + n + Self::N
    }

    #[observe(skip)]
    fn skipped(&self) {}

    #[observe(name = "special", fields(mine = self.0))]
    fn own_options(&mut self) -> Option<&mut u8> {
        Some(&mut self.0)
    }
}

#[observe(fields(n))]
fn boxed_alias<'a>(n: &'a u8) -> BoxedAlias<'a> {
    Box::pin(async move { Ok(*n) })
}

#[observe(annotate(n), metadata(m = n))]
fn combinator(n: u8) -> impl Future<Output = u8> {
    std::future::ready(n)
}

#[observe]
fn numbers() -> impl Stream<Item = u8> {
    stream::iter([1, 2, 3])
}

#[observe(result_length = off)]
fn uncounted() -> impl Stream<Item = u8> {
    stream::iter([1, 2, 3])
}

#[observe(fields(n = 1), level = trace)]
fn detailed() {}

#[observe(report_if = |_: &io::Error| true)]
async fn reported() -> Alias<u8> {
    Err(io::Error::other("reported"))
}

#[test]
fn what_is_switched_off_is_not_recorded() {
    let captured = testing::capture(|| {
        block_on(uncounted().collect::<Vec<_>>());
        detailed();
        assert!(block_on(reported()).is_err());
    });
    assert_eq!(captured.span("uncounted").attribute("app.result_length"), None);
    assert_eq!(captured.span("detailed").callsite.level, cruddur_trace::Level::Trace);
}

#[observe(root)]
fn begins() {
    plain(1);
}

#[test]
fn a_call_is_one_span_with_its_name_and_outcome() {
    let captured = testing::capture(|| {
        block_on(with_fields(3, None)).unwrap();
        block_on(fails()).unwrap_err();
        let mut thing = Thing(1);
        thing.by_ref();
        thing.skipped();
        *thing.own_options().unwrap() = 5;
        assert_eq!(block_on(Arc::new(thing).by_arc(1)), 7);
        block_on(boxed_alias(&7)).unwrap();
        block_on(combinator(8));
        assert_eq!(block_on(numbers().collect::<Vec<_>>()), [1, 2, 3]);
    });
    let fields = captured.span("renamed");
    assert_eq!(fields.kind, SpanKind::Client);
    assert_eq!(fields.attribute("n"), Some(&3.into()));
    assert_eq!(fields.attribute("twice"), Some(&6.into()));
    assert_eq!(fields.attribute("app.text"), Some(&"3".into()));
    assert_eq!(fields.attribute("app.result_length"), Some(&2.into()));
    assert_eq!(captured.span("fails").outcome, Outcome::Error);
    assert_eq!(captured.span("boxed_alias").attribute("n"), Some(&7.into()));
    assert_eq!(captured.span("numbers").attribute("app.result_length"), Some(&3.into()));
    let usages: Vec<Usage> =
        captured.span("combinator").attributes.iter().map(|it| it.usage).collect();
    assert!(usages.contains(&Usage::Indexed) && usages.contains(&Usage::Detail));
    assert_eq!(captured.span("Thing::by_ref").callsite.function, "observe::Thing::by_ref");
    assert_eq!(captured.span("plain").callsite.line, PLAIN_LINE);
    assert_eq!(captured.span("plain").callsite.target, "observe");
    assert_eq!(captured.span("plain").callsite.file, file!());
}

#[test]
fn a_root_begins_a_trace() {
    let (captured, ()) =
        testing::Capture::new(cruddur_trace::record::Sampling::ALWAYS).without_root().run(begins);
    assert_eq!(captured.tree(), "begins\n  plain\n");
}
