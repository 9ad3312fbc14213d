//! How long a result is: what `app.result_length` says.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

/// Results whose length `#[observe]` records as `app.result_length`.
///
/// Implement it for your own types; the length of any other type goes unrecorded. It is asked through
/// `Result`, `Option`, references, `Box`, `Rc`, `Arc`, `Cow`, the last element of a tuple such as
/// `(StatusCode, Json<T>)`, and axum's `Json`.
///
/// ```
/// use cruddur_trace::{ResultLength, observe, testing};
///
/// struct Page {
///     rows: Vec<u32>,
/// }
///
/// impl ResultLength for Page {
///     fn result_length(&self) -> Option<usize> {
///         Some(self.rows.len())
///     }
/// }
///
/// #[observe]
/// fn page() -> Result<Page, std::io::Error> {
///     Ok(Page { rows: vec![1, 2, 3] })
/// }
///
/// let captured = testing::capture(|| page().map(drop));
/// assert_eq!(captured.span("page").attribute("app.result_length"), Some(&3.into()));
/// ```
pub trait ResultLength {
    /// Elements of a collection, bytes of text or of a body; `None` where there is no length, as with
    /// `Option::None` or a body that is streamed.
    fn result_length(&self) -> Option<usize>;
}

macro_rules! collections {
    ($([$($generics:tt)*] $collection:ty),* $(,)?) => {$(
        impl<$($generics)*> ResultLength for $collection {
            #[inline]
            fn result_length(&self) -> Option<usize> {
                Some(self.len())
            }
        }
    )*};
}
collections!(
    [] str,
    [] String,
    [T] [T],
    [T, const N: usize] [T; N],
    [T] Vec<T>,
    [T] VecDeque<T>,
    [T] LinkedList<T>,
    [T] BinaryHeap<T>,
    [T] BTreeSet<T>,
    [T, S] HashSet<T, S>,
    [K, V] BTreeMap<K, V>,
    [K, V, S] HashMap<K, V, S>,
);
#[cfg(feature = "_pipeline")]
collections!([] bytes::Bytes, [] bytes::BytesMut);

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<T: ResultLength + ?Sized> ResultLength for $pointer {
            #[inline]
            fn result_length(&self) -> Option<usize> {
                (**self).result_length()
            }
        }
    )*};
}
pointers!(&T, &mut T, Box<T>, Rc<T>, Arc<T>);

impl<T: ResultLength + ToOwned + ?Sized> ResultLength for Cow<'_, T> {
    #[inline]
    fn result_length(&self) -> Option<usize> {
        (**self).result_length()
    }
}

impl<T: ResultLength> ResultLength for Option<T> {
    #[inline]
    fn result_length(&self) -> Option<usize> {
        self.as_ref()?.result_length()
    }
}

impl<T: ResultLength, E> ResultLength for Result<T, E> {
    #[inline]
    fn result_length(&self) -> Option<usize> {
        self.as_ref().ok()?.result_length()
    }
}

macro_rules! tuples {
    ($([$($before:ident),*]),*) => {$(
        impl<$($before,)* T: ResultLength> ResultLength for ($($before,)* T,) {
            #[inline]
            #[allow(non_snake_case, reason = "the elements are named after their types")]
            fn result_length(&self) -> Option<usize> {
                let ($($before,)* last,) = self;
                $(let _ = $before;)*
                last.result_length()
            }
        }
    )*};
}
tuples!([], [A], [A, B], [A, B, C]);

/// The elements of what is sent.
#[cfg(feature = "axum")]
impl<T: ResultLength> ResultLength for axum::Json<T> {
    #[inline]
    fn result_length(&self) -> Option<usize> {
        self.0.result_length()
    }
}

/// The bytes of the body, if they are known.
#[cfg(feature = "tower")]
impl<B: http_body::Body> ResultLength for http::Response<B> {
    #[inline]
    fn result_length(&self) -> Option<usize> {
        usize::try_from(self.body().size_hint().exact()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_seen_through_what_is_around_it() {
        let check = |value: &dyn ResultLength, expected: Option<usize>| {
            assert_eq!(value.result_length(), expected);
        };
        check(&vec![1, 2], Some(2));
        check(&"zwölf", Some(6));
        check(&Some(Box::new([1, 2, 3])), Some(3));
        check(&None::<Vec<u8>>, None);
        check(&Ok::<_, ()>(("created", Arc::new(String::from("ab")))), Some(2));
        check(&Err::<String, _>("no"), None);
        check(&Cow::Borrowed("abc"), Some(3));
        check(&HashMap::from([(1, 2)]), Some(1));
    }
}
