//! `parent` and `links`: what they take, and where the span hangs.

// Arguments that only `parent` and `links` name are used.
#![cfg_attr(not(feature = "off"), deny(unused_variables))]

use cruddur_trace::record::{Link, SpanId, TraceFlags, TraceId, TraceLink};
use cruddur_trace::{TraceContext, current, observe, testing};
use futures::executor::block_on;
use futures::stream::{Stream, StreamExt, iter};

fn elsewhere(number: u8) -> TraceLink {
    TraceLink {
        trace_id: TraceId::new(0xabc).expect("not zero"),
        span_id: SpanId::new(number.into()).expect("not zero"),
        trace_flags: TraceFlags::SAMPLED,
    }
}

#[observe(parent = context)]
fn below_context(context: &TraceContext) {}

#[observe(parent = context.clone())]
async fn below_context_later(context: TraceContext) -> Option<u8> {
    Some(1)
}

#[observe(parent = link)]
fn below_link(link: TraceLink) -> Result<u8, String> {
    Err("below".to_owned())
}

#[observe(parent = link)]
async fn below_option(link: Option<TraceLink>) {}

struct Job(Option<TraceLink>);

impl Job {
    #[observe(parent = self.0, kind = consumer)]
    async fn run(&self, payload: &str) -> usize {
        payload.len()
    }

    #[observe(parent = self.0)]
    fn taken(self, (n, _): (u8, u8)) -> Option<u8> {
        Some(n)
    }
}

#[observe(parent = link)]
fn stream_below(link: TraceLink) -> impl Stream<Item = u8> {
    iter([1, 2])
}

#[observe(parent = link)]
fn boxed_below<'a>(link: TraceLink) -> futures::future::BoxFuture<'a, u8> {
    Box::pin(async { 1 })
}

#[observe]
fn between(run: impl FnOnce()) {
    run();
}

#[test]
fn a_parent_that_is_named_counts_and_not_the_current_span() {
    let captured = testing::capture(|| {
        let here = current().expect("a trace");
        between(|| {
            below_context(&here);
            block_on(below_context_later(here));
        });
    });
    let root = captured.root().span_id;
    assert_eq!(captured.span("below_context").parent_id, Some(root));
    assert_eq!(captured.span("below_context_later").parent_id, Some(root));
}

#[test]
fn a_parent_may_belong_to_another_trace() {
    let captured = testing::capture(|| {
        let _ = below_link(elsewhere(1));
        block_on(below_option(Some(elsewhere(2))));
        block_on(Job(Some(elsewhere(3))).run("abc"));
        Job(Some(elsewhere(4))).taken((1, 2));
        block_on(stream_below(elsewhere(5)).collect::<Vec<_>>());
        block_on(boxed_below(elsewhere(6)));
    });
    let names = ["below_link", "below_option", "run", "taken", "stream_below", "boxed_below"];
    for (name, number) in names.into_iter().zip(1..) {
        assert_eq!(captured.span(name).parent_id, SpanId::new(number), "{name}");
        let of_trace = captured
            .fragments()
            .iter()
            .find(|fragment| fragment.spans.iter().any(|span| span.name == name));
        let trace_id = of_trace.expect("a fragment").trace_id;
        assert_eq!(Some(trace_id), TraceId::new(0xabc), "{name}");
    }
}

#[test]
fn without_a_parent_it_is_the_current_span() {
    let captured = testing::capture(|| {
        between(|| {
            block_on(below_option(None));
            block_on(Job(None).run("abc"));
        });
    });
    let between = Some(captured.span("between").span_id);
    assert_eq!(captured.span("below_option").parent_id, between);
    assert_eq!(captured.span("run").parent_id, between);
}

#[observe(links = links.iter())]
fn linked(links: Vec<TraceLink>) -> usize {
    links.len()
}

#[observe(links = link)]
async fn linked_by_option(link: Option<TraceLink>) -> Option<u8> {
    None
}

#[observe(links = [Link::from(link)], fields(n))]
fn linked_future(link: TraceLink, n: u8) -> impl Future<Output = u8> + Send {
    async move { n }
}

#[observe(links = [link], fields(n = 1))]
fn linked_box(link: TraceLink) -> futures::future::BoxFuture<'static, u8> {
    Box::pin(async { 1 })
}

#[observe(root, links = [link])]
fn linked_root(link: TraceLink) {}

#[observe(parent = link, links = [link, link])]
async fn linked_and_below(link: TraceLink) {}

#[test]
fn links_are_kept_in_order() {
    let captured = testing::capture(|| {
        linked(vec![elsewhere(1), elsewhere(2)]);
        block_on(linked_by_option(Some(elsewhere(3))));
        block_on(linked_future(elsewhere(4), 1));
        block_on(linked_box(elsewhere(5)));
        block_on(linked_and_below(elsewhere(6)));
    });
    let check = |name: &str, expected: &[u64]| {
        let links = captured.span(name).links.iter().map(|link| Some(link.span_id));
        let expected: Vec<_> = expected.iter().map(|id| SpanId::new(*id)).collect();
        assert_eq!(links.collect::<Vec<_>>(), expected, "{name}");
    };
    check("linked", &[1, 2]);
    check("linked_by_option", &[3]);
    check("linked_future", &[4]);
    check("linked_box", &[5]);
    check("linked_and_below", &[6, 6]);
}

#[test]
fn a_root_is_linked_to_the_current_span_as_well() {
    let captured = testing::capture(|| linked_root(elsewhere(7)));
    let links = &captured.span("linked_root").links;
    let ids: Vec<_> = links.iter().map(|link| link.span_id).collect();
    assert!(ids.contains(&captured.root().span_id) && Some(ids[1]) == SpanId::new(7), "{ids:?}");
}
