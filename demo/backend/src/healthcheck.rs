//! `demo healthcheck`: for containers, whose images have no curl.

use std::time::Duration;

use crate::settings::Settings;

/// Asks the backend at `HOST` and `PORT`; the message says what is wrong.
pub(crate) async fn ask(settings: &Settings) -> Result<(), String> {
    let host = if settings.host.is_unspecified() {
        std::net::Ipv4Addr::LOCALHOST.into()
    } else {
        settings.host
    };
    let url = format!("http://{}/api/health-check", std::net::SocketAddr::new(host, settings.port));
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        // The backend is on this machine, whatever proxy the environment names.
        .no_proxy()
        .build()
        .map_err(|error| error.to_string())?;
    match client.get(&url).send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("{url} answered {}", answer.status())),
        Err(error) => Err(format!("{url} can't be reached: {error}")),
    }
}
