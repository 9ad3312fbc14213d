//! The embedded SQLite store: where it is, how its connections are shared, how a statement is run.
//!
//! `Store::run` is the one way to the database. It runs one statement on a blocking thread, and
//! is where each query becomes a span. What the statements are is in `activities` and
//! `messages`; nothing outside this folder knows SQL.

mod activities;
mod messages;
mod schema;
mod seed;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use cruddur_trace::observe;
use cruddur_trace::record::UnixNanos;
use rusqlite::{CachedStatement, Connection};
use tokio::sync::Semaphore;

pub use activities::{Activity, NewActivity};
pub use messages::{Message, MessageGroup, NewMessage, User};

/// Connections to a database file; SQLite has one writer, and readers beside it (WAL).
const FILE_CONNECTIONS: usize = 4;

/// Cruddur's data. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    connections: Arc<Connections>,
}

struct Connections {
    idle: Mutex<Vec<Connection>>,
    /// As many permits as there are connections: whoever has one finds an idle connection.
    permits: Semaphore,
}

/// A statement with what its span says of it. The text has placeholders only, never a value.
pub(crate) struct Statement {
    pub(crate) operation: &'static str,
    /// The operation and the table: the span's name.
    pub(crate) summary: &'static str,
    pub(crate) sql: &'static str,
}

/// Where the data lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In this process; gone when it ends.
    Memory,
    /// In a file, made if it is missing.
    File(PathBuf),
}

/// A query failed.
#[derive(Debug)]
pub struct StoreError {
    summary: &'static str,
    cause: Cause,
}

#[derive(Debug)]
enum Cause {
    Sqlite(rusqlite::Error),
    /// The blocking thread went away: it panicked, or the runtime is being shut down.
    Thread(tokio::task::JoinError),
}

impl Location {
    /// The location that a `DATABASE_URL` names: `sqlite::memory:`, `sqlite:path`,
    /// `sqlite://path`, or a plain path.
    ///
    /// # Errors
    /// The URL is of another database.
    pub fn parse(url: &str) -> Result<Self, String> {
        let rest = match url.split_once(':') {
            Some(("sqlite", rest)) => rest.strip_prefix("//").unwrap_or(rest),
            Some((scheme, rest)) if rest.starts_with("//") => {
                return Err(format!(
                    "`{scheme}` is not supported; use sqlite::memory: or sqlite://path"
                ));
            }
            _ => url,
        };
        match rest {
            ":memory:" => Ok(Self::Memory),
            "" => Err("it names no file; use sqlite::memory: or sqlite://path".to_owned()),
            path => Ok(Self::File(PathBuf::from(path))),
        }
    }
}

impl Store {
    /// Opens the database and fills it with the seed data, whose times are relative to `now`.
    ///
    /// # Errors
    /// The file can't be opened or is no database of ours.
    pub fn open(location: &Location, now: UnixNanos) -> rusqlite::Result<Self> {
        let mut idle = Vec::new();
        match location {
            Location::Memory => idle.push(Connection::open_in_memory()?),
            Location::File(path) => {
                for _ in 0..FILE_CONNECTIONS {
                    let connection = Connection::open(path)?;
                    connection.pragma_update(None, "journal_mode", "wal")?;
                    connection.busy_timeout(std::time::Duration::from_secs(5))?;
                    idle.push(connection);
                }
            }
        }
        schema::create(&idle[0])?;
        seed::fill(&mut idle[0], now)?;
        let permits = Semaphore::new(idle.len());
        Ok(Self { connections: Arc::new(Connections { idle: Mutex::new(idle), permits }) })
    }

    /// Runs one statement on a blocking thread and gives what `read` makes of it.
    #[observe(
        name = "query",
        kind = "client",
        result_length = off,
        fields(
            db.system.name = "sqlite",
            db.operation.name = statement.operation,
            db.query.summary = statement.summary,
            db.query.text = statement.sql,
        )
    )]
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        statement: &'static Statement,
        read: impl FnOnce(&mut CachedStatement<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        cruddur_trace::set_name(statement.summary);
        let failed = |cause| StoreError { summary: statement.summary, cause };
        // The semaphore is never closed. Waiting here, not on a blocking thread, keeps the
        // blocking pool free when thousands of requests come at once.
        let permit = self.connections.permits.acquire().await.expect("an open semaphore");
        let connections = Arc::clone(&self.connections);
        let work = move || {
            let connection = connections.take();
            let result =
                connection.prepare_cached(statement.sql).and_then(|mut found| read(&mut found));
            connections.give_back(connection);
            result
        };
        let result = cruddur_trace::spawn_blocking(work).await;
        drop(permit);
        result
            .map_err(|error| failed(Cause::Thread(error)))?
            .map_err(|error| failed(Cause::Sqlite(error)))
    }
}

impl Connections {
    fn take(&self) -> Connection {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.pop().expect("an idle connection for each permit")
    }

    fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "query failed: {}", self.summary)
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.cause {
            Cause::Sqlite(error) => Some(error),
            Cause::Thread(error) => Some(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_url_names_memory_or_a_file() {
        let check = |url: &str, expected: Option<Location>| {
            assert_eq!(Location::parse(url).ok(), expected, "{url}");
        };
        let file = |path: &str| Some(Location::File(PathBuf::from(path)));
        check("sqlite::memory:", Some(Location::Memory));
        check("sqlite://:memory:", Some(Location::Memory));
        check(":memory:", Some(Location::Memory));
        check("sqlite://cruddur.db", file("cruddur.db"));
        check("sqlite:///var/lib/cruddur.db", file("/var/lib/cruddur.db"));
        check("sqlite:cruddur.db", file("cruddur.db"));
        check("./cruddur.db", file("./cruddur.db"));
        check("postgres://db:5432/cruddur", None);
        check("sqlite:", None);
    }

    #[tokio::test]
    async fn a_file_keeps_what_was_written_and_renews_the_seed() {
        let path = std::env::temp_dir().join(format!("cruddur-{}.db", uuid::Uuid::new_v4()));
        let location = Location::File(path.clone());
        let day = 24 * 3_600 * 1_000_000_000;
        let start = UnixNanos(1_700_000_000 * 1_000_000_000);
        let later = UnixNanos(start.0 + 60 * day);
        {
            let store = Store::open(&location, start).expect("a store");
            let new = NewActivity {
                handle: "worf".to_owned(),
                message: "It is a good day to post".to_owned(),
                created_at: start,
                expires_at: UnixNanos(start.0 + 90 * day),
                reply_to: None,
            };
            store.post(new).await.expect("a post");
            assert_eq!(store.home(true, start).await.expect("a feed").len(), 5);
            assert_eq!(store.home(true, later).await.expect("a feed").len(), 1);
        }
        let store = Store::open(&location, later).expect("a store");
        assert_eq!(store.home(true, later).await.expect("a feed").len(), 5);
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
        }
    }
}
