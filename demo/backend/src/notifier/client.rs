//! The backend's side: telling the notifier what was posted.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use cruddur_trace::layer::{ClientLayer, ClientService};
use cruddur_trace::observe;
use serde::{Deserialize, Serialize};
use tower::{Layer as _, Service as _, ServiceExt as _};

/// A post is not held up for longer, and succeeds all the same.
const TIMEOUT: Duration = Duration::from_secs(1);

/// What was posted.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct News {
    /// The new activity.
    pub activity_uuid: String,
    /// Its author.
    pub from: String,
    /// Those whom it mentions.
    pub to: Vec<String>,
}

/// Tells the notifier, if there is one. Cheap to clone.
#[derive(Clone, Default)]
pub struct Notifier(Option<Arc<Reach>>);

struct Reach {
    url: String,
    /// Makes requests; the other one sends them.
    build: reqwest::Client,
    client: ClientService<reqwest::Client>,
}

impl fmt::Debug for Notifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Notifier").field(&self.0.as_ref().map(|it| &it.url)).finish()
    }
}

impl Notifier {
    /// The notifier at this address, which may know of the traces.
    ///
    /// # Errors
    /// The HTTP client can't be made.
    pub fn at(address: SocketAddr) -> reqwest::Result<Self> {
        let build = reqwest::Client::builder().no_proxy().timeout(TIMEOUT).build()?;
        let client = ClientLayer::new().propagate_to([address.to_string()]).layer(build.clone());
        let url = format!("http://{address}/api/notifications");
        Ok(Self(Some(Arc::new(Reach { url, build, client }))))
    }

    /// Tells of a new activity. What goes wrong is on the span and in the log: nobody's post fails
    /// for want of a notification.
    pub(crate) async fn tell(&self, news: News) {
        let Some(reach) = &self.0 else { return };
        if let Err(error) = reach.send(&news).await {
            tracing::warn!(error = %error, "the notifier was not told");
        }
    }
}

impl Reach {
    #[observe(name = "notify", fields(app.mentions = news.to.len()))]
    async fn send(&self, news: &News) -> reqwest::Result<()> {
        let mut client = self.client.clone();
        let request = self.build.post(&self.url).json(news).build()?;
        client.ready().await?.call(request).await?.error_for_status()?;
        Ok(())
    }
}

impl News {
    /// A new activity with whoever its text mentions: `@handle`, at most ten, each once.
    pub(crate) fn of(activity_uuid: &str, from: &str, text: &str) -> Self {
        let is_part = |it: char| it.is_alphanumeric() || it == '_';
        let mut to: Vec<String> = Vec::new();
        for (at, _) in text.match_indices('@') {
            let is_start = text[..at].chars().next_back().is_none_or(|it| !is_part(it));
            let rest = &text[at + 1..];
            let handle = &rest[..rest.find(|it| !is_part(it)).unwrap_or(rest.len())];
            if is_start && !handle.is_empty() && to.len() < 10 && !to.iter().any(|it| it == handle)
            {
                to.push(handle.to_owned());
            }
        }
        Self { activity_uuid: activity_uuid.to_owned(), from: from.to_owned(), to }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_mentions_handles() {
        let check = |text: &str, expected: &[&str]| {
            assert_eq!(News::of("uuid", "me", text).to, expected, "{text}");
        };
        check("hello @bayko and @worf, @bayko!", &["bayko", "worf"]);
        check("@andrewbrown", &["andrewbrown"]);
        check("mail me at a@b.example", &[]);
        check("@ nobody @", &[]);
        check("ñ@x (@ñandú)", &["ñandú"]);
    }
}
