//! Signs requests to AWS with Signature Version 4: for OTLP to X-Ray and CloudWatch, and for calls
//! that have no SDK client here.
//!
//! Credentials come from the AWS SDK's own chain (environment, profile, container, instance), and
//! are cached and renewed by it. Nothing here sends anything.
//! Source: "Signature Version 4 for API requests", AWS IAM user guide, read 2026-11.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use tokio::sync::OnceCell;

use super::otlp::{Sign, Signed, ToSign};
use crate::record::UnixNanos;

/// How every refusal to sign for want of credentials begins.
pub(crate) const NO_CREDENTIALS: &str = "no AWS credentials: ";

/// Signs for one service in one region.
#[derive(Clone)]
pub(crate) struct AwsSigner {
    credentials: SharedCredentialsProvider,
    region: String,
    service: &'static str,
}

/// The signer without what it signs with.
impl fmt::Debug for AwsSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (region, service) = (&self.region, self.service);
        f.debug_struct("AwsSigner")
            .field("region", region)
            .field("service", &service)
            .finish_non_exhaustive()
    }
}

/// There is nothing to sign with, or the request can't be signed.
#[derive(Debug)]
pub(crate) struct SignError {
    what: String,
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for SignError {}

/// The AWS SDK's settings for this region; the region is looked up where none is given.
pub(crate) async fn load_aws(region: Option<&str>) -> SdkConfig {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(region) = region {
        loader = loader.region(Region::new(region.to_owned()));
    }
    loader.load().await
}

impl AwsSigner {
    /// Signs for this service, with the credentials and the region of `aws`.
    ///
    /// # Errors
    ///
    /// If there is no region or no place to get credentials from.
    pub(crate) fn new(aws: &SdkConfig, service: &'static str) -> Result<Self, SignError> {
        let error = |what: &str| SignError { what: what.to_owned() };
        let region = aws.region().ok_or_else(|| error("no AWS region: set AWS_REGION"))?;
        let credentials = aws.credentials_provider();
        let credentials = credentials.ok_or_else(|| {
            let remedy = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role";
            error(&format!("{NO_CREDENTIALS}{remedy}"))
        })?;
        Ok(Self { credentials, region: region.as_ref().to_owned(), service })
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The headers to add to a request. `headers` are those that are signed with it.
    ///
    /// # Errors
    ///
    /// If no credentials are found now, or the URL is none.
    pub(crate) async fn sign(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: &[u8],
        now: UnixNanos,
    ) -> Result<Vec<(String, String)>, SignError> {
        let failed = |what: String| SignError { what };
        let credentials = self.credentials.provide_credentials().await;
        let identity = credentials
            .map_err(|error| failed(format!("{NO_CREDENTIALS}{}", chain(&error))))?
            .into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(self.service)
            .time(UNIX_EPOCH + Duration::from_nanos(now.0))
            .settings(SigningSettings::default())
            .build()
            .map_err(|error| failed(error.to_string()))?
            .into();
        let headers = headers.iter().copied();
        let request = SignableRequest::new(method, url, headers, SignableBody::Bytes(body))
            .map_err(|error| failed(error.to_string()))?;
        let (instructions, _) =
            sign(request, &params).map_err(|error| failed(error.to_string()))?.into_parts();
        let added = instructions.headers();
        Ok(added.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// Signs once credentials are looked up, which happens at the first request: it takes calls of its
/// own.
#[derive(Debug)]
pub(crate) struct LazySigner {
    region: Option<String>,
    service: &'static str,
    signer: OnceCell<AwsSigner>,
}

impl LazySigner {
    pub(crate) fn new(region: Option<String>, service: &'static str) -> Self {
        Self { region, service, signer: OnceCell::new() }
    }
}

impl Sign for LazySigner {
    fn sign<'a>(&'a self, request: ToSign<'a>) -> Signed<'a> {
        Box::pin(async move {
            let find =
                async || AwsSigner::new(&load_aws(self.region.as_deref()).await, self.service);
            let signer = self.signer.get_or_try_init(find).await;
            let signer = signer.map_err(|error| error.to_string())?;
            let ToSign { method, url, headers, body, now } = request;
            let signed = signer.sign(method, url, headers, body, now).await;
            signed.map_err(|error| error.to_string())
        })
    }
}

/// An error with its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::Credentials;

    fn signer() -> AwsSigner {
        let secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
        let credentials = Credentials::new("AKIDEXAMPLE", secret, None, None, "test");
        AwsSigner {
            credentials: SharedCredentialsProvider::new(credentials),
            region: "us-east-1".into(),
            service: "service",
        }
    }

    #[tokio::test]
    async fn the_signature_is_that_of_aws_test_suite() {
        // `get-vanilla` of AWS's Signature Version 4 test suite: its inputs and its signature.
        let now = UnixNanos(1_440_938_160_000_000_000);
        let headers = signer()
            .sign("GET", "https://example.amazonaws.com/", &[], b"", now)
            .await
            .expect("signed");
        let value = |name: &str| {
            headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
        };
        assert_eq!(value("x-amz-date"), Some("20150830T123600Z"));
        assert_eq!(
            value("authorization"),
            Some(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
                 SignedHeaders=host;x-amz-date, \
                 Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
            )
        );
    }

    #[test]
    fn the_signer_does_not_show_its_keys() {
        assert!(!format!("{:?}", signer()).contains("wJalr"));
    }
}
