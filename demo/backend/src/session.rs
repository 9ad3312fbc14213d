//! Who asks: sessions by cookie.
//!
//! Without a session the user is [`DEFAULT_HANDLE`], as in the original, where the user was hard
//! coded; only signing out makes an anonymous session. There are no passwords: this is a demo.
//! Sessions live in memory, and the oldest go first when there are too many.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};

use crate::app::AppState;

/// Who a request without a session is from.
pub const DEFAULT_HANDLE: &str = "andrewbrown";

const COOKIE_NAME: &str = "cruddur_session";
const MAX_SESSIONS: usize = 10_000;

/// All sessions. Cheap to clone.
#[derive(Clone, Default)]
pub struct Sessions {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    sessions: HashMap<String, Session>,
    oldest_first: VecDeque<String>,
}

#[derive(Clone)]
struct Session {
    /// The user; `None` once signed out.
    handle: Option<Arc<str>>,
    /// The browser, through all its sessions.
    browser: Arc<str>,
}

/// Who a request is from.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The browser, if the request names a session that exists: stays the same when its user
    /// signs in or out. No credential.
    pub browser: Option<Arc<str>>,
    /// The user; `None` if signed out.
    pub handle: Option<Arc<str>>,
}

impl Sessions {
    /// Starts a session for a user, or for nobody, and gives its id: 32 random hexadecimal digits.
    pub fn start(&self, browser: Option<Arc<str>>, handle: Option<Arc<str>>) -> String {
        let random = || uuid::Uuid::new_v4().simple().to_string();
        let id = random();
        let browser = browser.unwrap_or_else(|| random().into());
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.oldest_first.len() >= MAX_SESSIONS
            && let Some(oldest) = inner.oldest_first.pop_front()
        {
            inner.sessions.remove(&oldest);
        }
        inner.sessions.insert(id.clone(), Session { handle, browser });
        inner.oldest_first.push_back(id.clone());
        id
    }

    /// The browser whose session an answer with these headers starts.
    pub(crate) fn started(&self, headers: &HeaderMap) -> Option<Arc<str>> {
        let cookie = headers.get(SET_COOKIE)?.to_str().ok()?;
        let (name, value) = cookie.split(';').next()?.split_once('=')?;
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let session = inner.sessions.get(value).filter(|_| name == COOKIE_NAME)?;
        Some(Arc::clone(&session.browser))
    }

    /// Who the session's cookie among these headers stands for.
    #[must_use]
    pub fn viewer(&self, headers: &HeaderMap) -> Viewer {
        let id = session_cookie(headers);
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match id.and_then(|id| inner.sessions.get(id)).cloned() {
            Some(Session { handle, browser }) => Viewer { browser: Some(browser), handle },
            None => Viewer { browser: None, handle: Some(Arc::from(DEFAULT_HANDLE)) },
        }
    }
}

impl Viewer {
    /// The id of a new session for a viewer who has none.
    #[must_use]
    pub fn cookie(&self, sessions: &Sessions) -> Option<String> {
        match self.browser {
            Some(_) => None,
            None => Some(sessions.start(None, self.handle.clone())),
        }
    }
}

/// The `Set-Cookie` of a session: scripts can't read it, and other sites' requests don't carry it.
#[must_use]
pub fn set_cookie(id: &str) -> HeaderValue {
    let value = format!("{COOKIE_NAME}={id}; Path=/; HttpOnly; SameSite=Lax");
    HeaderValue::try_from(value).expect("hexadecimal digits are fit for a header")
}

fn session_cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, value)| value)
}

impl FromRequestParts<AppState> for Viewer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Infallible> {
        Ok(state.sessions.viewer(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_cookie(value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(value).expect("a header"));
        headers
    }

    #[test]
    fn only_signing_out_makes_an_anonymous_session() {
        let sessions = Sessions::default();
        let worf = sessions.start(None, Some("worf".into()));
        let nobody = sessions.start(None, None);
        let check = |cookie: &str, handle: Option<&str>| {
            assert_eq!(sessions.viewer(&with_cookie(cookie)).handle.as_deref(), handle, "{cookie}");
        };
        check("", Some(DEFAULT_HANDLE));
        check("other=1", Some(DEFAULT_HANDLE));
        check("cruddur_session=forged", Some(DEFAULT_HANDLE));
        check(&format!("a=b; cruddur_session={worf}; c"), Some("worf"));
        check(&format!("cruddur_session={nobody}"), None);
    }

    #[test]
    fn the_oldest_session_goes_when_there_are_too_many() {
        let sessions = Sessions::default();
        let first = sessions.start(None, Some("worf".into()));
        for _ in 0..MAX_SESSIONS {
            sessions.start(None, None);
        }
        let viewer = sessions.viewer(&with_cookie(&format!("cruddur_session={first}")));
        assert_eq!(viewer.browser, None);
        assert_eq!(sessions.inner.lock().expect("a lock").sessions.len(), MAX_SESSIONS);
    }
}
