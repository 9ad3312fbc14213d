//! The response of an observed request: what the service gave, or what stands in for it, with the
//! headers that say its trace. A body that goes on takes the completion with it.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Response, StatusCode};
use http_body::Body;

use super::body::{BoxError, ObserveBody};
use super::completion::{Completion, End};
use super::panic_response::{self, Panicked, wants_json};
use super::response::{self, Said};
use super::{headers, semconv};
use crate::errors;
use crate::record::{ErrorChain, Value};
use crate::span::Root;

impl Completion {
    /// There is a response: its headers are complete, and its body goes on with the completion.
    pub(crate) fn respond<R: Body>(
        mut self: Box<Self>,
        mut response: Response<R>,
    ) -> Response<ObserveBody<R>> {
        let status = response.status();
        // A tunnel, or a WebSocket over HTTP/2 (RFC 8441).
        let is_tunnel = self.facts.method == "CONNECT" && status.is_success();
        self.is_stream = is_tunnel || is_endless(status, response.headers());
        self.describe_response(status, response.headers());
        let report_id = if status.is_server_error() { self.tell(None, None) } else { None };
        self.say(response.headers_mut(), report_id.as_deref());

        let is_bodiless = self.facts.is_head
            || status.is_informational()
            || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        if is_bodiless || response.body().is_end_stream() {
            self.fire(End::Ok);
            return response.map(|body| ObserveBody::new(body, None));
        }
        let said = || response.headers().get(CONTENT_LENGTH).and_then(semconv::number);
        self.left = response.body().size_hint().exact().or_else(said);
        if self.left.is_none()
            && let Some(root) = &mut self.root
        {
            let seconds = root.elapsed_nanos() as f64 / 1e9;
            root.set_attribute("app.time_to_headers_s", Value::F64(seconds));
        }
        response.map(|body| ObserveBody::new(body, Some(self)))
    }

    /// The service gave an error in place of a response.
    pub(crate) fn fail<E: fmt::Display + fmt::Debug + 'static>(&mut self, error: &E) {
        self.fire(End::ServiceError(chain_of(error)));
    }

    /// The handler panicked before there were headers.
    pub(crate) fn answer_panic<R: Body>(
        &mut self,
        payload: &(dyn Any + Send),
    ) -> Response<ObserveBody<R>> {
        let is_grpc = self.facts.is_grpc;
        self.status =
            Some(if is_grpc { StatusCode::OK } else { StatusCode::INTERNAL_SERVER_ERROR });
        self.grpc_status = is_grpc.then_some(13);
        let report_id = self.tell(Some(payload), None);
        let panicked = Panicked {
            message: errors::message(payload),
            request_id: self
                .root
                .as_ref()
                .and_then(Root::scope)
                .and_then(|it| it.request_id())
                .cloned(),
            report_id,
            wants_json: wants_json(self.facts.accept.as_ref()),
            is_grpc,
        };
        let answer = match &self.settings.panic_answer {
            // Code of the user's: should it panic as well, the usual answer serves.
            Some(own) => catch_unwind(AssertUnwindSafe(|| own(&panicked)))
                .unwrap_or_else(|_| panic_response::answer(&panicked)),
            None => panic_response::answer(&panicked),
        };
        let (mut parts, bytes) = answer.into_parts();
        self.describe_response(parts.status, &parts.headers);
        self.say(&mut parts.headers, panicked.report_id.as_deref());
        self.sent(bytes.len() as u64);
        self.fire(End::Panic(payload));
        Response::from_parts(parts, ObserveBody::own(bytes))
    }

    fn describe_response(&mut self, status: StatusCode, headers: &HeaderMap) {
        self.status = Some(status);
        let Some(root) = &mut self.root else { return };
        if self.facts.is_grpc {
            self.grpc_status = self.grpc_status.or_else(|| semconv::grpc_status(headers));
        }
        if root.is_recording() {
            root.set_integer("http.response.status_code", i64::from(status.as_u16()));
            headers::capture(root, headers, &self.settings.response_headers);
        }
    }

    fn say(&self, headers: &mut HeaderMap, report_id: Option<&str>) {
        response::say(
            headers,
            &self.settings,
            &Said {
                root: self.root.as_ref(),
                report_id,
                xray: self.facts.xray,
                is_exposed: self.facts.is_exposed,
            },
        );
    }
}

/// Whether a response goes on for as long as somebody listens.
fn is_endless(status: StatusCode, headers: &HeaderMap) -> bool {
    const EVENTS: &[u8] = b"text/event-stream";
    let begins =
        |kind: &[u8]| kind.get(..EVENTS.len()).is_some_and(|it| it.eq_ignore_ascii_case(EVENTS));
    let is_events = || headers.get(CONTENT_TYPE).is_some_and(|it| begins(it.as_bytes()));
    status == StatusCode::SWITCHING_PROTOCOLS || is_events()
}

/// An error of a service: usually an error type, often a boxed one.
pub(crate) fn chain_of<E: fmt::Display + fmt::Debug + 'static>(error: &E) -> ErrorChain {
    let any: &dyn Any = error;
    if let Some(boxed) = any.downcast_ref::<BoxError>() {
        let chain = crate::span::chain_of("", &**boxed);
        return ErrorChain { class: class_of(boxed), ..chain };
    }
    ErrorChain {
        class: Cow::Borrowed(std::any::type_name::<E>()),
        message: error.to_string(),
        ..ErrorChain::default()
    }
}

/// The name that `Debug` begins with: the type's, wherever `Debug` is derived. A boxed error does
/// not say its type in another way.
pub(super) fn class_of(error: &dyn fmt::Debug) -> Cow<'static, str> {
    let text = format!("{error:?}");
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let name = text.split(|character| !is_part(character)).next().unwrap_or_default();
    if name.starts_with(|first: char| first.is_ascii_uppercase()) && name.len() <= 64 {
        Cow::Owned(name.to_owned())
    } else {
        Cow::Borrowed("_OTHER")
    }
}
