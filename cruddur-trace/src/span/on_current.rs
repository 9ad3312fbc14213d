//! What code says of the span that it is in. Without one, all of it does nothing.

use std::any::type_name_of_val;
use std::error::Error;
use std::sync::Arc;

use super::arena::{Arena, Extra};
use super::context::current as current_context;
use super::current;
use super::ending::chain_of;
use super::field::{Field, FieldWriter};
use super::missing::missing_context;
use super::position::Mode;
use super::scope::Scope;
use crate::record::clock::stamp;
use crate::record::{Attribute, ErrorChain, Key, Link, SpanKind, Status, Usage, Value};

/// Whether the current span is recorded: if not, nothing need be computed for it.
#[inline]
#[must_use]
pub fn is_recording() -> bool {
    current::mode() == Mode::Record
}

/// Runs `operation` on the active arena and the current span's index.
fn on_current(operation: impl FnOnce(&mut Arena, u32)) {
    if is_recording() {
        let index = current::index();
        current::with_arena(current::seed(), |arena| operation(arena, index));
    }
}

/// Sets an attribute of the current span; a key that is set again takes the new value.
pub fn set_attribute(key: impl Into<Key>, value: impl Into<Value>) {
    if is_recording() {
        let attribute = Attribute::new(key, value);
        on_current(|arena, index| arena.attribute(index, attribute));
    } else {
        missing_context("set_attribute");
    }
}

/// Sets an attribute that is there already, with what it is for.
pub(crate) fn put_attribute(attribute: Attribute) {
    on_current(|arena, index| arena.attribute(index, attribute));
}

/// The same with a borrowed value, which is copied, and with what the attribute is for.
#[inline]
pub fn set_field<F: Field + ?Sized>(key: &'static str, value: &F, usage: Usage) {
    if is_recording() {
        value.record(&mut FieldWriter::new(current::seed(), current::index(), key, usage));
    }
}

/// Adds an event, dated now, to the current span.
pub fn add_event(name: impl Into<Key>, attributes: Vec<Attribute>) {
    if is_recording() {
        let (name, time) = (name.into(), stamp());
        on_current(|arena, index| arena.event(index, name, time, attributes));
    } else {
        missing_context("add_event");
    }
}

/// Links the current span to another.
pub fn add_link(link: Link) {
    on_current(|arena, index| arena.link(index, link));
}

/// Records an error with its causes on the current span, which has failed then. This reports
/// nothing by itself: a failure is reported once, at the end of its request.
#[track_caller]
pub fn record_error(error: &(dyn Error + 'static)) {
    if current::mode() == Mode::None {
        return missing_context("record_error");
    }
    let place = std::panic::Location::caller();
    let place = Some((place.file(), place.line()));
    record_error_chain(ErrorChain { place, ..chain_of(type_name_of_val(error), error) });
}

/// Records an error that is already text.
pub fn record_error_chain(error: ErrorChain) {
    on_current(|arena, index| arena.error(index, error));
}

/// Sets the current span's status.
pub fn set_status(status: Status) {
    on_current(|arena, index| arena.extra(index, Extra::Status(status)));
}

/// Renames the current span.
pub fn set_name(name: impl Into<Key>) {
    if is_recording() {
        let name = name.into();
        on_current(|arena, index| arena.extra(index, Extra::Name(name)));
    }
}

/// Sets the current span's kind.
pub fn set_kind(kind: SpanKind) {
    on_current(|arena, index| arena.extra(index, Extra::Kind(kind)));
}

/// Says on whose behalf the request is: `user.id` of the current span, and of all that the request
/// logs and reports from now on.
pub fn set_user(user_id: impl Into<Arc<str>>) {
    let user_id = user_id.into();
    set_field("user.id", &user_id, Usage::Default);
    with_scope(|scope| scope.set_user_id(user_id));
}

/// Says which route was matched, by its template, where the layer can't know.
pub fn set_route(route: impl Into<Arc<str>>) {
    with_scope(|scope| scope.set_route(route));
}

/// The id of the request that this code answers.
#[must_use]
pub fn request_id() -> Option<Arc<str>> {
    current_context()?.scope?.request_id().cloned()
}

fn with_scope(operation: impl FnOnce(&Scope)) {
    if let Some(scope) = current_context().and_then(|context| context.scope) {
        operation(&scope);
    }
}
