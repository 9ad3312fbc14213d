//! What a failed call means for the request that failed. Pure.
//!
//! Source of the codes: AWS API reference, `PutLogEvents` and "Common Errors", read 2026-11.

use std::error::Error;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cloudwatchlogs::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::pipeline::SendError;

/// How long to wait where somebody has to mend credentials or permissions first.
pub(super) const CREDENTIALS_BACKOFF: Duration = Duration::from_secs(60);

/// What to do about a failed call.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The group or the stream does not exist.
    Missing,
    /// What was to be made is there already, or is being made by somebody else.
    Exists,
    /// No credentials could be loaded; the text says why, where there may be some.
    NoCredentials { cause: Option<String> },
    /// The pipeline knows what to do.
    Failed(SendError),
}

/// Reads the SDK's error.
pub(super) fn verdict<E>(error: &SdkError<E, HttpResponse>) -> Verdict
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let response = error.raw_response();
    let status = response.map(|response| response.status().as_u16());
    let after = response.and_then(|response| response.headers().get("retry-after"));
    let after = after.and_then(|text| text.parse().ok()).map(Duration::from_secs);
    match error {
        SdkError::ServiceError(_) => {
            of_code(error.code().unwrap_or(""), status, after, &described(error))
        }
        _ => of_transport(error),
    }
}

/// No answer, or none that can be read.
fn of_transport(error: &(dyn Error + 'static)) -> Verdict {
    match causes(error).find_map(|it| it.downcast_ref::<CredentialsError>()) {
        Some(CredentialsError::CredentialsNotLoaded(_)) => Verdict::NoCredentials { cause: None },
        // Outside of AWS something else may answer where instances ask for their role.
        Some(found) => Verdict::NoCredentials { cause: Some(described(found)) },
        // The SDK's own error of this is private.
        None if causes(error).any(|it| it.to_string().starts_with(RESOLVER_TIMED_OUT)) => {
            Verdict::NoCredentials { cause: Some("looking for them took too long".to_owned()) }
        }
        None => Verdict::Failed(SendError::Retry { after: None, cause: described(error) }),
    }
}

/// How the SDK's identity cache says that a provider did not answer.
const RESOLVER_TIMED_OUT: &str = "identity resolver timed out";

/// What to do without credentials where there were some before: they may come back.
pub(super) fn wait_for_credentials(cause: Option<String>) -> SendError {
    let cause = cause.unwrap_or_else(|| "there are none any more".to_owned());
    SendError::Retry {
        after: Some(CREDENTIALS_BACKOFF),
        cause: format!("AWS credentials can't be loaded: {cause}"),
    }
}

/// An answer with an error code; throttling is matched by code, since the SDK models no variant.
fn of_code(code: &str, status: Option<u16>, after: Option<Duration>, described: &str) -> Verdict {
    let cause =
        || if code.is_empty() { described.to_owned() } else { format!("{code}: {described}") };
    match code {
        "ResourceNotFoundException" => Verdict::Missing,
        "ResourceAlreadyExistsException"
        | "OperationAbortedException"
        | "DataAlreadyAcceptedException" => Verdict::Exists,
        "InvalidParameterException" | "ValidationException" | "SerializationException" => {
            Verdict::Failed(SendError::Split { cause: cause() })
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "AccessDenied"
        | "AccessDeniedException"
        | "NotAuthorized"
        | "OptInRequired" => Verdict::Failed(SendError::Retry {
            after: Some(CREDENTIALS_BACKOFF),
            cause: format!("{}; check the credentials and their permissions", cause()),
        }),
        "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "LimitExceededException"
        | "ServiceUnavailableException"
        | "InvalidSequenceTokenException"
        | "RequestTimeTooSkewed"
        | "RequestExpired" => Verdict::Failed(SendError::Retry { after, cause: cause() }),
        _ => match status {
            Some(413) => Verdict::Failed(SendError::Split { cause: cause() }),
            Some(408 | 429 | 500..) | None => {
                Verdict::Failed(SendError::Retry { after, cause: cause() })
            }
            Some(status) => {
                Verdict::Failed(SendError::Refused { cause: format!("{} ({status})", cause()) })
            }
        },
    }
}

/// An error and what caused it, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&it| it.source())
}

/// An error with its causes, each said once.
fn described(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for cause in causes(error) {
        let part = cause.to_string();
        if !text.contains(&part) {
            text.push_str(if text.is_empty() { "" } else { ": " });
            text.push_str(&part);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(verdict: &Verdict) -> &'static str {
        match verdict {
            Verdict::Missing => "missing",
            Verdict::Exists => "exists",
            Verdict::NoCredentials { .. } => "no credentials",
            Verdict::Failed(SendError::Retry { after: None, .. }) => "retry",
            Verdict::Failed(SendError::Retry { after: Some(CREDENTIALS_BACKOFF), .. }) => "long",
            Verdict::Failed(SendError::Retry { .. }) => "retry after",
            Verdict::Failed(SendError::Split { .. }) => "split",
            Verdict::Failed(SendError::Refused { .. }) => "refused",
        }
    }

    #[test]
    fn codes_say_what_to_do() {
        let check = |code: &str, status: u16, expected: &str| {
            let verdict = of_code(code, Some(status), None, "text");
            assert_eq!(shown(&verdict), expected, "{code} {status}");
        };
        check("InvalidParameterException", 400, "split");
        check("ResourceNotFoundException", 400, "missing");
        check("ResourceAlreadyExistsException", 400, "exists");
        check("OperationAbortedException", 400, "exists");
        check("ThrottlingException", 400, "retry");
        check("ServiceUnavailableException", 500, "retry");
        check("UnrecognizedClientException", 400, "long");
        check("ExpiredTokenException", 400, "long");
        check("AccessDeniedException", 400, "long");
        check("InternalFailure", 500, "retry");
        check("", 503, "retry");
        check("", 429, "retry");
        check("", 413, "split");
        check("UnknownOperationException", 404, "refused");
    }

    #[test]
    fn credentials_that_cannot_be_loaded_are_none() {
        #[derive(Debug)]
        struct Outer(Box<dyn Error>);
        impl std::fmt::Display for Outer {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("dispatch failure")
            }
        }
        impl Error for Outer {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&*self.0)
            }
        }
        let check = |inner: Box<dyn Error>, expected: &str, cause: Option<&str>| {
            let verdict = of_transport(&Outer(inner));
            assert_eq!(shown(&verdict), expected);
            if let Verdict::NoCredentials { cause: found } = verdict {
                assert_eq!(found.is_some(), cause.is_some(), "{found:?}");
                assert!(found.unwrap_or_default().contains(cause.unwrap_or_default()));
            }
        };
        check(Box::new(CredentialsError::not_loaded("none")), "no credentials", None);
        let forbidden = CredentialsError::provider_error("IMDS is forbidden");
        check(Box::new(forbidden), "no credentials", Some("IMDS is forbidden"));
        let late = std::io::Error::other("identity resolver timed out after 5s");
        check(Box::new(late), "no credentials", Some("too long"));
        check(Box::new(std::io::Error::other("connection refused")), "retry", None);
    }

    #[test]
    fn the_service_s_own_wait_is_kept() {
        let after = Some(Duration::from_secs(7));
        let verdict = of_code("ThrottlingException", Some(400), after, "slow down");
        assert!(matches!(
            verdict,
            Verdict::Failed(SendError::Retry { after: Some(wait), ref cause })
                if wait.as_secs() == 7 && cause == "ThrottlingException: slow down"
        ));
    }
}
