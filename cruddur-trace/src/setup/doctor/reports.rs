//! Rollbar and Sentry: one report at level debug. Neither lets a sending key read.

use super::Patient;
use super::check::{Checks, Trouble};
use super::reach::Place;

#[cfg(feature = "rollbar")]
pub(super) async fn rollbar(patient: &Patient<'_>, checks: &mut Checks) {
    let subject = "Rollbar";
    let Some(config) = &patient.effective.config.rollbar else {
        checks.off(subject, "ROLLBAR_ACCESS_TOKEN is not set");
        return;
    };
    let mut sink = crate::sinks::rollbar::Rollbar::new(config, &patient.probe.resource);
    let Err(said) = patient.probe.send(&mut sink, patient.probe.report()).await else {
        let found = format!(
            "a probe was taken, environment {}; such a token can't read it back",
            config.environment
        );
        checks.fine(subject, found);
        return;
    };
    let refused = said.contains("ROLLBAR_");
    let trouble = if said.contains("scope") && !said.contains("invalid access token") {
        let remedy = "take the token with the scope post_server_item (Project settings, Project \
            access tokens): one of a page (post_client_item), or for reading, can't report";
        Trouble::new(said, remedy)
    } else if refused {
        let remedy = "copy ROLLBAR_ACCESS_TOKEN again (Project settings, Project access tokens, \
            post_server_item), and check ROLLBAR_ENDPOINT";
        Trouble::new(said, remedy)
    } else if said.contains("rate limit") {
        Trouble::new(said, "raise the project's rate limit, or wait for the next window")
    } else {
        let place = Place { setup: patient.setup, variable: "ROLLBAR_ENDPOINT" };
        place.explain(&config.endpoint, &said).await
    };
    checks.fault(subject, trouble);
}

#[cfg(feature = "sentry")]
pub(super) async fn sentry(patient: &Patient<'_>, checks: &mut Checks) {
    let subject = "Sentry";
    let Some(config) = &patient.effective.config.sentry else {
        checks.off(subject, "SENTRY_DSN is not set");
        return;
    };
    let copy = "copy SENTRY_DSN again (Project settings, Client keys): https://KEY@HOST/PROJECT";
    let sink = crate::sinks::sentry::Sentry::new(config, &patient.probe.resource);
    let mut sink = match sink {
        Ok(sink) => sink,
        Err(error) => {
            checks.fault(subject, Trouble::new(format!("SENTRY_DSN is no DSN: {error}"), copy));
            return;
        }
    };
    let Err(said) = patient.probe.send(&mut sink, patient.probe.report()).await else {
        checks.fine(subject, "a probe was taken; a DSN can't read it back");
        return;
    };
    if said.starts_with(['4', '5']) || said.contains("SENTRY_DSN") {
        checks.fault(subject, Trouble::new(said, copy));
        return;
    }
    let place = Place { setup: patient.setup, variable: "SENTRY_DSN" };
    checks.fault(subject, place.explain(&without_key(config.dsn.expose()), &said).await);
}

/// A DSN's URL without the key that stands in it.
#[cfg(feature = "sentry")]
fn without_key(dsn: &str) -> String {
    let parts = dsn.split_once("://").zip(dsn.split_once('@'));
    parts.map_or_else(String::new, |((scheme, _), (_, host))| format!("{scheme}://{host}"))
}

#[cfg(all(test, feature = "sentry"))]
mod tests {
    use super::without_key;

    #[test]
    fn a_dsn_keeps_its_scheme_and_loses_its_key() {
        assert_eq!(without_key("https://key@o1.ingest.io/2"), "https://o1.ingest.io/2");
        assert_eq!(without_key("http://key@sentry:9000/2"), "http://sentry:9000/2");
        assert_eq!(without_key("nothing"), "");
    }
}
