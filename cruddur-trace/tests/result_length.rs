//! `app.result_length` by the type of the result: seen through what wraps it, silent where there is
//! no length, the same for functions and for async functions.
#![allow(clippy::box_collection, clippy::type_complexity, reason = "odd types are the subject")]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use cruddur_trace::record::Value;
use cruddur_trace::{ResultLength, observe, testing};
use futures::executor::block_on;

/// One result of each type, and the length that is expected of it: made by a function and by an
/// async function.
macro_rules! lengths {
    ($($name:ident: $ty:ty = $value:expr => $expected:expr;)*) => {$(
        #[test]
        #[allow(clippy::allow_attributes, unused_qualifications, reason = "some types are paths")]
        fn $name() {
            #[observe]
            fn sync() -> $ty {
                $value
            }
            #[observe]
            async fn later() -> $ty {
                $value
            }
            let captured = testing::capture(|| {
                let _ = sync();
                let _ = block_on(later());
            });
            let expected: Option<usize> = $expected;
            let expected = expected.map(|it| Value::from(u64::try_from(it).expect("small")));
            for span in ["sync", "later"] {
                let found = captured.span(span).attribute("app.result_length");
                assert_eq!(found, expected.as_ref(), "{span}");
            }
        }
    )*};
}

type Alias<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

struct Page(Vec<u8>);

impl ResultLength for Page {
    fn result_length(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

#[derive(Debug, Clone)]
struct Lengthless;

static LIST: [u8; 3] = [1, 2, 3];

lengths! {
    vec: Vec<u8> = vec![1, 2] => Some(2);
    an_empty_vec: Vec<u8> = vec![] => Some(0);
    text_in_bytes: String = "zwölf".into() => Some(6);
    static_text: &'static str = "abc" => Some(3);
    array: [u16; 4] = [0; 4] => Some(4);
    slice: &'static [u8] = &LIST => Some(3);
    reference_to_array: &'static [u8; 3] = &LIST => Some(3);
    reference_to_reference: &'static &'static str = &"ab" => Some(2);
    boxed_slice: Box<[u8]> = Box::new([1, 2]) => Some(2);
    boxed_text: Box<str> = "ab".into() => Some(2);
    boxed: Box<Vec<u8>> = Box::new(vec![1]) => Some(1);
    rc: Rc<[u8]> = Rc::new([1, 2]) => Some(2);
    arc: Arc<str> = Arc::from("ab") => Some(2);
    arc_of_result: Arc<Option<Vec<u8>>> = Arc::new(Some(vec![1])) => Some(1);
    cow: Cow<'static, str> = Cow::Borrowed("ab") => Some(2);
    cow_of_slice: Cow<'static, [u8]> = Cow::Owned(vec![1]) => Some(1);
    deque: VecDeque<u8> = VecDeque::from([1]) => Some(1);
    linked: LinkedList<u8> = LinkedList::from([1]) => Some(1);
    heap: BinaryHeap<u8> = BinaryHeap::from([1]) => Some(1);
    tree_set: BTreeSet<u8> = BTreeSet::from([1]) => Some(1);
    hash_set: HashSet<u8> = HashSet::from([1]) => Some(1);
    tree_map: BTreeMap<u8, u8> = BTreeMap::from([(1, 2)]) => Some(1);
    hash_map: HashMap<u8, u8> = HashMap::from([(1, 2), (3, 4)]) => Some(2);
    option: Option<Vec<u8>> = Some(vec![1, 2]) => Some(2);
    option_of_none: Option<Vec<u8>> = None => None;
    ok: Result<Vec<u8>, String> = Ok(vec![1, 2]) => Some(2);
    err: Result<Vec<u8>, String> = Err("an error has no length".into()) => None;
    ok_of_option: Result<Option<&'static str>, io::Error> = Ok(Some("abc")) => Some(3);
    ok_of_none: Result<Option<&'static str>, io::Error> = Ok(None) => None;
    option_of_result: Option<Result<String, ()>> = Some(Ok("ab".into())) => Some(2);
    behind_an_alias: Alias<Vec<u8>> = Ok(vec![1]) => Some(1);
    io_alias: io::Result<Box<[u8]>> = Ok(Box::new([1])) => Some(1);
    tuple_of_two: (u16, Vec<u8>) = (201, vec![1]) => Some(1);
    tuple_of_three: (u16, &'static str, String) = (201, "x", "abc".into()) => Some(3);
    tuple_without: (Vec<u8>, u8) = (vec![1], 2) => None;
    own_type: Result<Page, ()> = Ok(Page(vec![1, 2])) => Some(2);
    own_type_in_arc: Option<Arc<Page>> = Some(Arc::new(Page(vec![1]))) => Some(1);
    lengthless: Lengthless = Lengthless => None;
    lengthless_in_result: Result<Lengthless, Lengthless> = Ok(Lengthless) => None;
    unit_in_result: Result<(), String> = Ok(()) => None;
    number_in_result: Result<u64, String> = Ok(7) => None;
    pinned: Pin<Box<u8>> = Box::pin(1) => None;
    function: fn() -> u8 = || 1 => None;
    dynamic: Box<dyn Fn() -> u8> = Box::new(|| 1) => None;
}

#[cfg(feature = "axum")]
lengths! {
    json: axum::Json<Vec<u8>> = axum::Json(vec![1, 2]) => Some(2);
    json_in_result: Result<axum::Json<Vec<u8>>, axum::http::StatusCode> = Ok(axum::Json(vec![1])) => Some(1);
    status_and_json: (axum::http::StatusCode, axum::Json<Vec<u8>>) =
        (axum::http::StatusCode::CREATED, axum::Json(vec![1, 2])) => Some(2);
    status_headers_and_json: (axum::http::StatusCode, [(&'static str, &'static str); 1], axum::Json<Vec<u8>>) =
        (axum::http::StatusCode::CREATED, [("a", "b")], axum::Json(vec![1])) => Some(1);
    response: axum::response::Response = axum::response::Response::new("abc".into()) => Some(3);
    response_in_result: Result<axum::response::Response, axum::http::StatusCode> =
        Ok(axum::response::Response::new("ab".into())) => Some(2);
    streamed_response: axum::response::Response = axum::response::Response::new(
        axum::body::Body::from_stream(futures::stream::iter([Ok::<_, io::Error>("ab")]))
    ) => None;
}

#[cfg(feature = "otlp")]
lengths! {
    bytes: axum::body::Bytes = axum::body::Bytes::from_static(b"abc") => Some(3);
    bytes_in_result: io::Result<axum::body::Bytes> = Ok(axum::body::Bytes::new()) => Some(0);
}

#[observe]
fn generic<T>(value: T) -> Result<T, ()> {
    Ok(value)
}

#[observe]
async fn generic_later<T>(value: T) -> T {
    value
}

#[test]
fn of_a_bare_generic_nothing_is_known() {
    let captured = testing::capture(|| {
        let _ = generic(vec![1]);
        block_on(generic_later(vec![1]));
    });
    assert_eq!(captured.tree(), "generic\ngeneric_later\n");
}

#[observe]
fn bounded<T: ResultLength>(value: T) -> Option<T> {
    Some(value)
}

#[test]
fn of_a_generic_with_a_length_it_is() {
    let captured = testing::capture(|| bounded(vec![1, 2]));
    assert_eq!(captured.tree(), "bounded app.result_length=2\n");
}
