//! The body of a response: it streams inside of the request's span, which ends with it.

use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::completion::{Completion, End};
use crate::errors;

/// Any error of a body.
pub type BoxError = Box<dyn Error + Send + Sync>;

pin_project! {
    /// The body of an observed response.
    ///
    /// It gives what the inner body gives. The request completes with the last frame, with the
    /// trailers, with an error, or when this is dropped, whatever comes first.
    pub struct ObserveBody<B> {
        #[pin]
        inner: Inner<B>,
        completion: Option<Box<Completion>>,
    }

    impl<B> PinnedDrop for ObserveBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(mut completion) = this.completion.take() {
                let end = if completion.left == Some(0) { End::Ok } else { End::BodyDropped };
                completion.enter(|| this.inner.set(Inner::Own { bytes: None }));
                completion.fire(end);
            }
        }
    }
}

pin_project! {
    #[project = InnerProject]
    enum Inner<B> {
        Handler { #[pin] body: B },
        // The answer to a panic.
        Own { bytes: Option<Vec<u8>> },
    }
}

impl<B> fmt::Debug for ObserveBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObserveBody").field("completion", &self.completion).finish_non_exhaustive()
    }
}

/// A response's body panicked, so the connection or stream is reset.
#[derive(Clone, Debug)]
pub(crate) struct BodyPanicked;

impl fmt::Display for BodyPanicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the response's body panicked")
    }
}

impl Error for BodyPanicked {}

impl<B> ObserveBody<B> {
    /// `completion` is `None` where the request has completed with its headers.
    pub(crate) const fn new(body: B, completion: Option<Box<Completion>>) -> Self {
        Self { inner: Inner::Handler { body }, completion }
    }

    /// A body of our own; the request has completed.
    pub(crate) const fn own(bytes: Vec<u8>) -> Self {
        Self { inner: Inner::Own { bytes: Some(bytes) }, completion: None }
    }
}

impl<B> Body for ObserveBody<B>
where
    B: Body,
    B::Data: From<Vec<u8>>,
    B::Error: Into<BoxError>,
{
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, BoxError>>> {
        let mut this = self.project();
        let mut body = match this.inner.as_mut().project() {
            InnerProject::Handler { body } => body,
            InnerProject::Own { bytes } => {
                let bytes = bytes.take().filter(|bytes| !bytes.is_empty());
                return Poll::Ready(bytes.map(|bytes| Ok(Frame::data(bytes.into()))));
            }
        };
        let Some(completion) = this.completion else {
            return body.poll_frame(context).map_err(Into::into);
        };
        let (mut polled, mut ended) = (Poll::Pending, false);
        let ran = completion.enter(|| {
            catch_unwind(AssertUnwindSafe(|| {
                polled = body.as_mut().poll_frame(context).map_err(Into::into);
                ended = matches!(&polled, Poll::Ready(Some(Ok(_)))) && body.is_end_stream();
            }))
        });
        if let Err(panic) = ran {
            let mut completion = this.completion.take().expect("it was there a moment ago");
            completion.enter(|| this.inner.set(Inner::Own { bytes: None }));
            completion.fire(End::Panic(&*panic));
            errors::discard(panic);
            return Poll::Ready(Some(Err(Box::new(BodyPanicked))));
        }
        let end = match &polled {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) => End::Ok,
            Poll::Ready(Some(Err(error))) => End::BodyError(&**error),
            Poll::Ready(Some(Ok(frame))) => {
                if !note_frame(frame, completion, ended) {
                    return polled;
                }
                End::Ok
            }
        };
        if let Some(mut completion) = this.completion.take() {
            completion.fire(end);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.inner {
            Inner::Handler { body } => body.is_end_stream(),
            Inner::Own { bytes } => bytes.as_ref().is_none_or(Vec::is_empty),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.inner {
            Inner::Handler { body } => body.size_hint(),
            Inner::Own { bytes } => {
                SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64))
            }
        }
    }
}

/// Notes what a frame brought; says whether it was the last: a server need not ask again.
fn note_frame<D: Buf>(frame: &Frame<D>, completion: &mut Completion, ended: bool) -> bool {
    if let Some(data) = frame.data_ref() {
        let length = data.remaining() as u64;
        completion.sent(length);
        return ended || (completion.left == Some(0) && !completion.has_trailers());
    }
    frame.trailers_ref().is_some_and(|trailers: &HeaderMap| {
        completion.trailers(trailers);
        true
    })
}
