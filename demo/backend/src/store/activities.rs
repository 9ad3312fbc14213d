//! Activities and their replies.

use std::collections::HashMap;

use cruddur_trace::record::UnixNanos;
use rusqlite::{CachedStatement, OptionalExtension, Params, Row, params};
use serde::Serialize;

use super::{Statement, Store, StoreError};

/// A post or a reply, as the API gives it.
#[derive(Clone, Debug, Serialize)]
pub struct Activity {
    /// Its id.
    pub uuid: String,
    /// What its author is called, if the author is a user of this site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Its author.
    pub handle: String,
    /// The text.
    pub message: String,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339; a reply goes with what it replies to.
    pub expires_at: String,
    /// How many like it.
    pub likes_count: i64,
    /// How many replies it has, at the time of the query.
    pub replies_count: i64,
    /// How often it was posted again.
    pub reposts_count: i64,
    /// Its replies, oldest first.
    pub replies: Vec<Activity>,
    /// What it replies to, if it is a reply.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to_activity_uuid: Option<String>,
}

/// A post or a reply that is to be stored.
#[derive(Clone, Debug)]
pub struct NewActivity {
    /// Its author.
    pub handle: String,
    /// The text; its length has been checked.
    pub message: String,
    /// When it was written.
    pub created_at: UnixNanos,
    /// When it goes.
    pub expires_at: UnixNanos,
    /// What it replies to.
    pub reply_to: Option<String>,
}

macro_rules! select_activities {
    ($rest:literal) => {
        concat!(
            "SELECT a.uuid, u.display_name, a.handle, a.message, a.created_at, a.expires_at, \
             a.likes_count, \
             (SELECT count(*) FROM activities r WHERE r.reply_to_activity_uuid = a.uuid), \
             a.reposts_count, a.reply_to_activity_uuid \
             FROM activities a LEFT JOIN users u ON u.handle = a.handle ",
            $rest
        )
    };
}

const fn select(sql: &'static str) -> Statement {
    Statement { operation: "SELECT", summary: "SELECT activities", sql }
}

const HOME: Statement = select(select_activities!(
    "WHERE a.reply_to_activity_uuid IS NULL AND a.expires_at > ?1 \
     AND (a.audience = 'everyone' OR (a.audience = 'members' AND ?2)) \
     ORDER BY a.created_at DESC LIMIT 100"
));
const NOTIFICATIONS: Statement = select(select_activities!(
    "WHERE a.reply_to_activity_uuid IS NULL AND a.expires_at > ?1 AND a.audience = 'notified' \
     ORDER BY a.created_at DESC LIMIT 100"
));
const BY_HANDLE: Statement = select(select_activities!(
    "WHERE a.reply_to_activity_uuid IS NULL AND a.expires_at > ?1 AND a.handle = ?2 \
     AND a.audience <> 'notified' ORDER BY a.created_at DESC LIMIT 100"
));
const BY_TERM: Statement = select(select_activities!(
    "WHERE a.expires_at > ?1 AND a.message LIKE '%' || ?2 || '%' ESCAPE '\\' \
     AND (a.audience = 'everyone' OR (a.audience = 'members' AND ?3)) \
     ORDER BY a.created_at DESC LIMIT 100"
));
const BY_UUID: Statement = select(select_activities!("WHERE a.uuid = ?1"));
const EXPIRY: Statement = select("SELECT a.expires_at FROM activities a WHERE a.uuid = ?1");
const REPLIES: Statement = select(select_activities!(
    "WHERE a.reply_to_activity_uuid IN (SELECT value FROM json_each(?1)) \
     ORDER BY a.created_at LIMIT 1000"
));
const INSERT: Statement = Statement {
    operation: "INSERT",
    summary: "INSERT activities",
    sql: "INSERT INTO activities \
          (uuid, handle, message, created_at, expires_at, reply_to_activity_uuid, audience) \
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'everyone')",
};

impl Store {
    /// The home feed, newest first; members see more of it.
    pub async fn home(&self, is_member: bool, now: UnixNanos) -> Result<Vec<Activity>, StoreError> {
        let found = self.run(&HOME, move |it| collect(it, params![nanos(now), is_member])).await?;
        self.with_replies(found).await
    }

    /// What a user is notified of, newest first.
    pub async fn notifications(&self, now: UnixNanos) -> Result<Vec<Activity>, StoreError> {
        let found = self.run(&NOTIFICATIONS, move |it| collect(it, params![nanos(now)])).await?;
        self.with_replies(found).await
    }

    /// What a user posted, newest first.
    pub async fn by_handle(
        &self,
        handle: String,
        now: UnixNanos,
    ) -> Result<Vec<Activity>, StoreError> {
        let found =
            self.run(&BY_HANDLE, move |it| collect(it, params![nanos(now), handle])).await?;
        self.with_replies(found).await
    }

    /// Posts and replies that contain a term (ASCII letters match in either case).
    pub async fn search(
        &self,
        term: &str,
        is_member: bool,
        now: UnixNanos,
    ) -> Result<Vec<Activity>, StoreError> {
        let pattern = term.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        self.run(&BY_TERM, move |it| collect(it, params![nanos(now), pattern, is_member])).await
    }

    /// One activity with its replies.
    pub async fn activity(&self, uuid: String) -> Result<Option<Activity>, StoreError> {
        let found = self.run(&BY_UUID, move |it| collect(it, params![uuid])).await?;
        Ok(self.with_replies(found).await?.pop())
    }

    /// When an activity goes; `None` if there is none.
    pub async fn expiry(&self, uuid: String) -> Result<Option<UnixNanos>, StoreError> {
        self.run(&EXPIRY, move |statement| {
            let expiry = statement.query_row([uuid], |row| row.get::<_, i64>(0)).optional()?;
            Ok(expiry.map(|nanos| UnixNanos(nanos.unsigned_abs())))
        })
        .await
    }

    /// Stores a post or a reply.
    pub async fn post(&self, new: NewActivity) -> Result<Activity, StoreError> {
        let uuid = uuid::Uuid::new_v4().to_string();
        let activity = Activity {
            uuid: uuid.clone(),
            display_name: self.display_name(new.handle.clone()).await?,
            handle: new.handle.clone(),
            message: new.message.clone(),
            created_at: new.created_at.to_string(),
            expires_at: new.expires_at.to_string(),
            likes_count: 0,
            replies_count: 0,
            reposts_count: 0,
            replies: Vec::new(),
            reply_to_activity_uuid: new.reply_to.clone(),
        };
        let insert = move |statement: &mut CachedStatement<'_>| {
            statement.execute(params![
                uuid,
                new.handle,
                new.message,
                nanos(new.created_at),
                nanos(new.expires_at),
                new.reply_to
            ])
        };
        self.run(&INSERT, insert).await?;
        Ok(activity)
    }

    async fn with_replies(&self, mut found: Vec<Activity>) -> Result<Vec<Activity>, StoreError> {
        let parents: Vec<&str> =
            found.iter().filter(|it| it.replies_count > 0).map(|it| it.uuid.as_str()).collect();
        if parents.is_empty() {
            return Ok(found);
        }
        let parents = serde_json::Value::from(parents).to_string();
        let replies = self.run(&REPLIES, move |it| collect(it, params![parents])).await?;
        let mut of_parent: HashMap<String, Vec<Activity>> = HashMap::new();
        for reply in replies {
            let parent = reply.reply_to_activity_uuid.clone().unwrap_or_default();
            of_parent.entry(parent).or_default().push(reply);
        }
        for activity in &mut found {
            activity.replies = of_parent.remove(&activity.uuid).unwrap_or_default();
        }
        Ok(found)
    }
}

fn collect(
    statement: &mut CachedStatement<'_>,
    values: impl Params,
) -> rusqlite::Result<Vec<Activity>> {
    statement.query_map(values, from_row)?.collect()
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<Activity> {
    Ok(Activity {
        uuid: row.get(0)?,
        display_name: row.get(1)?,
        handle: row.get(2)?,
        message: row.get(3)?,
        created_at: time(row.get(4)?),
        expires_at: time(row.get(5)?),
        likes_count: row.get(6)?,
        replies_count: row.get(7)?,
        reposts_count: row.get(8)?,
        replies: Vec::new(),
        reply_to_activity_uuid: row.get(9)?,
    })
}

/// As SQLite keeps it.
pub(super) fn nanos(time: UnixNanos) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

/// As the API gives it.
pub(super) fn time(nanos: i64) -> String {
    UnixNanos(nanos.unsigned_abs()).to_string()
}
