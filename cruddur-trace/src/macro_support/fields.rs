//! Where the fields of a span go: to the span that has begun, or, where a function only makes what
//! will run, into a list that is kept until it does.

use core::fmt::{Debug, Display};
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::record::{Attribute, Link, TraceLink, Usage};
use crate::span::{self, DebugField, DisplayField, Field, FieldWriter, StartKind, StaticCallsite};

/// Takes the fields of the span that is current now, which wants them. Nothing but a type: this is
/// what nearly every observed function uses.
#[derive(Debug)]
pub struct Fields(());

/// Takes the fields of a span that may begin later, or never.
#[derive(Debug)]
pub struct DeferredFields {
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// They are not wanted.
    Nowhere,
    /// The span that is current now.
    Current,
    /// A span that has not begun.
    Kept(Kept),
}

#[derive(Debug, Default)]
struct Kept {
    attributes: Vec<Attribute>,
    links: Vec<Link>,
}

/// Whether the span that is current now is recorded, and this callsite's: where that is filtered out,
/// the current span is another function's.
#[inline]
#[must_use]
pub fn wants_fields<C: StaticCallsite>(_: PhantomData<C>) -> bool {
    span::is_recording() && span::is_enabled(C::CALLSITE)
}

/// The fields of the span that is current now, which wants them.
#[inline]
#[must_use]
pub const fn fields_of_current() -> Fields {
    Fields(())
}

impl Fields {
    /// They are wanted.
    #[inline]
    pub const fn is_recording(&self) -> bool {
        true
    }

    #[inline]
    #[expect(clippy::unused_self, reason = "as of the fields that are deferred")]
    fn take<F: Field + ?Sized>(&mut self, key: &'static str, value: &F, usage: Usage) {
        span::set_field(key, value, usage);
    }

    /// Links.
    pub fn links(&mut self, links: impl IntoIterator<Item: IntoLink>) {
        links.into_iter().map(IntoLink::into_link).for_each(span::add_link);
    }
}

impl DeferredFields {
    /// The fields of the span that is current now, if they are wanted.
    pub(super) fn of<C: StaticCallsite>() -> Self {
        let is_wanted = wants_fields::<C>(PhantomData);
        Self { place: if is_wanted { Place::Current } else { Place::Nowhere } }
    }

    /// Fields that are kept for a span that will begin here.
    pub(super) fn kept(start: &StartKind) -> Self {
        let is_wanted = span::is_recording() || !matches!(start, StartKind::Child);
        Self { place: if is_wanted { Place::Kept(Kept::default()) } else { Place::Nowhere } }
    }

    /// Whether fields are wanted: if not, none need be computed.
    #[inline]
    pub const fn is_recording(&self) -> bool {
        !matches!(self.place, Place::Nowhere)
    }

    #[inline]
    fn take<F: Field + ?Sized>(&mut self, key: &'static str, value: &F, usage: Usage) {
        match &mut self.place {
            Place::Nowhere => {}
            Place::Current => span::set_field(key, value, usage),
            Place::Kept(kept) => {
                let mut writer = FieldWriter::keeping(key, usage);
                value.record(&mut writer);
                kept.attributes.extend(writer.into_kept());
            }
        }
    }

    /// Links, computed only where they are wanted.
    pub fn links(&mut self, links: impl IntoIterator<Item: IntoLink>) {
        let links = links.into_iter().map(IntoLink::into_link);
        match &mut self.place {
            Place::Nowhere => {}
            Place::Current => links.for_each(span::add_link),
            Place::Kept(kept) => kept.links.extend(links),
        }
    }

    /// Puts what was kept on the span that is current now.
    fn put(self) {
        let Place::Kept(kept) = self.place else { return };
        for attribute in kept.attributes {
            span::put_attribute(attribute);
        }
        kept.links.into_iter().for_each(span::add_link);
    }
}

macro_rules! field_methods {
    ($fields:ident, $($usage:ident: $plain:ident $display:ident $debug:ident),*) => {
        /// One method for every way of writing a field.
        impl $fields {$(
            /// A field as it is.
            #[inline]
            pub fn $plain<F: Field + ?Sized>(&mut self, key: &'static str, value: &F) {
                self.take(key, value, Usage::$usage);
            }

            /// What `Display` gives.
            #[inline]
            pub fn $display<F: Display + ?Sized>(&mut self, key: &'static str, value: &F) {
                self.take(key, &DisplayField(value), Usage::$usage);
            }

            /// What `Debug` gives.
            #[inline]
            pub fn $debug<F: Debug + ?Sized>(&mut self, key: &'static str, value: &F) {
                self.take(key, &DebugField(value), Usage::$usage);
            }
        )*}
    };
}
macro_rules! all_field_methods {
    ($($fields:ident),*) => {$(
        field_methods!(
            $fields,
            Default: field field_display field_debug,
            Indexed: annotate annotate_display annotate_debug,
            Detail: metadata metadata_display metadata_debug
        );
    )*};
}
all_field_methods!(Fields, DeferredFields);

/// What can be linked to.
#[diagnostic::on_unimplemented(
    message = "`links` wants a list of links, trace links or trace contexts, not of `{Self}`"
)]
pub trait IntoLink {
    /// The link.
    fn into_link(self) -> Link;
}

impl IntoLink for Link {
    fn into_link(self) -> Link {
        self
    }
}

impl IntoLink for TraceLink {
    fn into_link(self) -> Link {
        self.into()
    }
}

impl IntoLink for span::TraceContext {
    fn into_link(self) -> Link {
        self.link().into_link()
    }
}

impl<T: IntoLink + Clone> IntoLink for &T {
    fn into_link(self) -> Link {
        self.clone().into_link()
    }
}

pin_project! {
    /// A future or a stream, with the fields of its span, which are put there when it first runs.
    #[derive(Debug)]
    pub struct WithFields<F> {
        fields: Option<DeferredFields>,
        #[pin]
        inner: F,
    }
}

impl<F> WithFields<F> {
    pub(super) const fn new(fields: DeferredFields, inner: F) -> Self {
        Self { fields: Some(fields), inner }
    }
}

impl<F: Future> Future for WithFields<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(fields) = this.fields.take() {
            fields.put();
        }
        this.inner.poll(context)
    }
}

impl<S: Stream> Stream for WithFields<S> {
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        if let Some(fields) = this.fields.take() {
            fields.put();
        }
        this.inner.poll_next(context)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.size_hint()
    }
}
