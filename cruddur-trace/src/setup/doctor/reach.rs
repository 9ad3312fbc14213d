//! Why a service can't be reached, step by step: proxy, name, port, TLS; and whether clocks agree.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::check::{Checks, Trouble};
use crate::config::shown_url;
use crate::record::clock;
use crate::setup::Setup;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Clocks that differ by more make browser and server spans of one trace fall apart.
const MAX_SKEW_SECONDS: u64 = 60;

/// Who names the service that can't be reached.
pub(super) struct Place<'a> {
    pub(super) setup: &'a Setup,
    /// The variable that names the URL.
    pub(super) variable: &'a str,
}

impl Place<'_> {
    /// What is in the way of `url`, given what a request that failed `said`.
    pub(super) async fn explain(&self, url: &str, said: &str) -> Trouble {
        let variable = self.variable;
        let Some(target) = reqwest::Url::parse(url).ok().and_then(|it| {
            Some((it.scheme().to_owned(), it.host_str()?.to_owned(), it.port_or_known_default()?))
        }) else {
            return Trouble::new(
                format!("{} is no URL", shown_url(url)),
                format!("check {variable}"),
            );
        };
        let (scheme, host, port) = target;
        if let Some((name, proxy)) = self.proxy(&scheme, &host) {
            return through_proxy(&name, &proxy, &host, said).await;
        }
        if let Some(trouble) = self.connect(&host, port).await {
            return trouble;
        }
        let lower = said.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|it| lower.contains(it));
        if has(&[
            "invalidcontenttype",
            "corrupt message",
            "wrong version number",
            "record overflow",
        ]) {
            return Trouble::new(
                format!("TLS: {host}:{port} does not speak TLS ({said})"),
                format!(
                    "write http:// instead of https:// in {variable}, or the port that has TLS"
                ),
            );
        }
        if has(&["certificate", "tls", "unknownissuer", "handshake", "close_notify"]) {
            return Trouble::new(
                format!("TLS: {said}"),
                "if the certificate is your own authority's, name its PEM file in \
                 OTEL_EXPORTER_OTLP_CERTIFICATE (OTLP) or add it to the system's; if it has expired \
                 or is another host's, the server has to be mended",
            );
        }
        if has(&["timed out", "timeout", "deadline"]) {
            let remedy = "is the service overloaded, or a firewall dropping packets?";
            return Trouble::new(format!("{host}:{port} does not answer in time"), remedy);
        }
        let remedy = format!("check {variable}: is that the right port and protocol?");
        Trouble::new(format!("{host}:{port} is there, but: {said}"), remedy)
    }

    /// Name and port, one after the other; `None` if a connection can be made.
    pub(super) async fn connect(&self, host: &str, port: u16) -> Option<Trouble> {
        let variable = self.variable;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let found = timeout(CONNECT_TIMEOUT, tokio::net::lookup_host((bare, port))).await;
        let addresses: Vec<_> = match found {
            Ok(Ok(addresses)) => addresses.collect(),
            Ok(Err(_)) | Err(_) => Vec::new(),
        };
        if addresses.is_empty() {
            return Some(Trouble::new(
                format!("DNS: the name {bare} is not known"),
                format!(
                    "check the spelling in {variable}; in docker-compose a service's name is known \
                     only to containers of the same network"
                ),
            ));
        }
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(&addresses[..])).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(Trouble::new(
                format!("{host}:{port} can't be connected to ({error})"),
                format!(
                    "start what should listen there, or mend the port in {variable}{}",
                    usual(port)
                ),
            )),
            Err(_) => Some(Trouble::new(
                format!("{host}:{port} does not answer"),
                format!("a firewall or security group may drop packets; check {variable}"),
            )),
        }
    }

    /// The proxy that requests to this host go through: the variable's name, and its URL.
    fn proxy(&self, scheme: &str, host: &str) -> Option<(String, String)> {
        let get = |name: &str| {
            let value = self.setup.environment.get(name).map(|it| it.trim().to_owned());
            value.filter(|it| !it.is_empty()).map(|it| (name.to_owned(), it))
        };
        let names: &[&str] = match scheme {
            "https" => &["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
            _ => &["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
        };
        let proxy = names.iter().find_map(|name| get(name))?;
        let direct = get("NO_PROXY").or_else(|| get("no_proxy")).map_or(String::new(), |it| it.1);
        let goes_directly = direct.split(',').map(str::trim).any(|entry| {
            let entry = entry.trim_start_matches('.');
            !entry.is_empty()
                && (entry == "*" || host == entry || host.ends_with(&format!(".{entry}")))
        });
        (!goes_directly).then_some(proxy)
    }
}

/// Ports that are easily mixed up.
fn usual(port: u16) -> &'static str {
    match port {
        4317 | 4318 => " (OTLP: 4318 is HTTP, 4317 is gRPC)",
        2000 => " (the X-Ray daemon: 2000, UDP and TCP)",
        _ => "",
    }
}

async fn through_proxy(name: &str, proxy: &str, host: &str, said: &str) -> Trouble {
    // May hold a password.
    let shown = proxy.rsplit_once('@').map_or(proxy, |(_, rest)| rest);
    let url = if proxy.contains("://") { proxy.to_owned() } else { format!("http://{proxy}") };
    let remedy = format!("mend {name}, or add {host} to NO_PROXY");
    let parsed = reqwest::Url::parse(&url).ok();
    let address =
        parsed.and_then(|it| Some((it.host_str()?.to_owned(), it.port_or_known_default()?)));
    let Some(address) = address else {
        return Trouble::new(format!("{name} ({shown}) is no proxy's URL"), remedy);
    };
    match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
        Ok(Ok(_)) => {
            Trouble::new(format!("the proxy {shown} ({name}) does not let through: {said}"), remedy)
        }
        Ok(Err(error)) => {
            Trouble::new(format!("the proxy {shown} ({name}) can't be reached ({error})"), remedy)
        }
        Err(_) => Trouble::new(format!("the proxy {shown} ({name}) does not answer"), remedy),
    }
}

/// Compares this machine's clock with the one that a server tells.
pub(super) async fn clock(url: &str, checks: &mut Checks) {
    let client = reqwest::Client::builder()
        .timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let Ok(client) = client else { return };
    let Ok(answer) = client.get(url).send().await else { return };
    let date = answer.headers().get("date").and_then(|it| it.to_str().ok());
    let Some(there) = date.and_then(http_date) else { return };
    let here = clock::now().0 / 1_000_000_000;
    let skew = here.abs_diff(there);
    let subject = "clock";
    let host = reqwest::Url::parse(url).ok().and_then(|it| it.host_str().map(str::to_owned));
    let host = host.unwrap_or_default();
    if checks.0.iter().any(|it| it.subject == subject) {
        return;
    }
    if skew <= MAX_SKEW_SECONDS {
        checks.fine(subject, format!("agrees with {host}"));
        return;
    }
    let direction = if here > there { "ahead of" } else { "behind" };
    checks.fault(
        subject,
        Trouble::new(
            format!("this machine's clock is {skew} s {direction} that of {host}"),
            "set the clock (NTP, chrony): spans of one trace fall apart, CloudWatch Logs refuses \
             lines over 2 hours ahead, AWS any request over 5 minutes off",
        ),
    );
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` as seconds since 1970 (RFC 9110).
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut parts = text.split_once(", ")?.1.split([' ', ':']);
    let number = |parts: &mut dyn Iterator<Item = &str>| parts.next()?.parse::<u64>().ok();
    let day = number(&mut parts)?;
    let month = MONTHS.find(parts.next().filter(|it| it.len() == 3)?)? as u64 / 3 + 1;
    let year = number(&mut parts).filter(|it| (1970..10_000).contains(it))?;
    let (hour, minute, second) = (number(&mut parts)?, number(&mut parts)?, number(&mut parts)?);
    // Days since 1970; years begin in March.
    let (years, months) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let leap_days = years / 4 - years / 100 + years / 400;
    let days = (years * 365 + leap_days + (153 * months + 2) / 5 + day).checked_sub(719_469)?;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_answers() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(http_date("yesterday"), None);
    }

    #[test]
    fn a_proxy_counts_unless_the_host_is_reached_directly() {
        let setup = |pairs: &[(&str, &str)]| {
            let owned = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned()));
            Setup::new(owned.collect::<Vec<_>>())
        };
        let check = |pairs: &[(&str, &str)], host: &str, expected: bool| {
            let setup = setup(pairs);
            let place = Place { setup: &setup, variable: "X" };
            assert_eq!(place.proxy("https", host).is_some(), expected, "{pairs:?} {host}");
        };
        check(&[], "a.example", false);
        check(&[("HTTP_PROXY", "p:1")], "a.example", false);
        check(&[("HTTPS_PROXY", "p:1")], "a.example", true);
        check(&[("https_proxy", "p:1"), ("NO_PROXY", "b.example, .example")], "a.example", false);
    }
}
