//! What AWS's refusals mean for the person at the keyboard. Pure, but for looking for credentials.
//!
//! Source of the codes: AWS API reference, "Common Errors" of CloudWatch Logs and X-Ray, read
//! 2026-11.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_cloudwatchlogs::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use super::doctor::causes;

/// A call that was refused, or that brought no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// The service's code; empty where there was no answer.
    pub(super) code: String,
    pub(super) said: String,
    pub(super) is_missing_credentials: bool,
}

impl Failure {
    pub(super) fn of<E>(error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let missing =
            |it: &&CredentialsError| matches!(it, CredentialsError::CredentialsNotLoaded(_));
        let mut chain =
            std::iter::successors(Some(error as &(dyn Error + 'static)), |&it| it.source());
        let credentials = chain.find_map(|it| it.downcast_ref::<CredentialsError>());
        Self {
            code: error.code().unwrap_or_default().to_owned(),
            said: error.message().map_or_else(|| causes(error), str::to_owned),
            is_missing_credentials: credentials.as_ref().is_some_and(missing),
        }
    }

    pub(super) fn is(&self, code: &str) -> bool {
        self.code == code
    }

    /// What helps; `actions` are what the policy must allow.
    pub(super) fn remedy(&self, actions: &str) -> String {
        if self.is_missing_credentials {
            return NO_CREDENTIALS.to_owned();
        }
        match of_code(&self.code, &self.said) {
            Some(remedy) => remedy.replace("{actions}", actions),
            None if self.code.is_empty() => {
                "check AWS_REGION, the AWS_ENDPOINT_URL variables, the \
                network and the proxy"
                    .to_owned()
            }
            None => "see the service's words".to_owned(),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.code.is_empty() {
            return f.write_str(&self.said);
        }
        write!(f, "{}: {}", self.code, self.said)
    }
}

pub(super) const NO_CREDENTIALS: &str = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a \
    profile (AWS_PROFILE), or give the container or the instance a role";

/// The remedy for an error code, in whatever spelling the service uses.
pub(super) fn of_code(code: &str, said: &str) -> Option<&'static str> {
    let clock =
        "set this machine's clock (NTP): AWS takes no request that is more than 5 minutes off";
    Some(match code {
        "ExpiredToken" | "ExpiredTokenException" => {
            "the temporary credentials have expired: get new ones (AWS_SESSION_TOKEN belongs to \
             them), or log in again with `aws sso login`"
        }
        "RequestTimeTooSkewed" | "RequestExpired" => clock,
        "InvalidSignatureException" | "SignatureDoesNotMatch"
            if said.contains("expired") || said.contains("not yet current") =>
        {
            clock
        }
        "InvalidSignatureException" | "SignatureDoesNotMatch" | "IncompleteSignature" => {
            "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID: copy both again"
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => {
            "AWS does not know AWS_ACCESS_KEY_ID (in this region): copy it again, set \
             AWS_SESSION_TOKEN with temporary keys, and check AWS_REGION"
        }
        "AccessDenied" | "AccessDeniedException" | "NotAuthorized" => {
            "allow {actions} to the user or role: see aws/json/policy.json"
        }
        "OptInRequired" => "the region is not enabled in this account: check AWS_REGION",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_remedies() {
        let check = |code: &str, said: &str, expected: &str| {
            let remedy = of_code(code, said).expect("a remedy");
            assert!(remedy.contains(expected), "{code}: {remedy}");
        };
        check("ExpiredTokenException", "", "expired");
        check("InvalidSignatureException", "Signature expired: 2026…", "clock");
        check("InvalidSignatureException", "does not match", "AWS_SECRET_ACCESS_KEY");
        check("UnrecognizedClientException", "", "AWS_REGION");
        check("AccessDeniedException", "", "policy.json");
        assert_eq!(of_code("ThrottlingException", ""), None);
    }
}
