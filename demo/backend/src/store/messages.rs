//! Users, and the messages between them.

use cruddur_trace::record::UnixNanos;
use rusqlite::{CachedStatement, OptionalExtension, params};
use serde::Serialize;

use super::activities::{nanos, time};
use super::{Statement, Store, StoreError};

/// Somebody who may sign in.
#[derive(Clone, Debug, Serialize)]
pub struct User {
    /// Unique.
    pub handle: String,
    /// What people call them.
    pub display_name: String,
}

/// A conversation: the other side of it, and when it was last added to.
#[derive(Clone, Debug, Serialize)]
pub struct MessageGroup {
    /// Its id: that of its last message.
    pub uuid: String,
    /// What the other side is called.
    pub display_name: String,
    /// The other side.
    pub handle: String,
    /// When its last message was sent, RFC 3339.
    pub created_at: String,
}

/// One message.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// Its id.
    pub uuid: String,
    /// What its sender is called.
    pub display_name: String,
    /// Its sender.
    pub handle: String,
    /// The text.
    pub message: String,
    /// When it was sent, RFC 3339.
    pub created_at: String,
}

/// A message that is to be stored.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// Who writes.
    pub sender: String,
    /// To whom.
    pub receiver: String,
    /// The text; its length has been checked.
    pub message: String,
    /// When.
    pub created_at: UnixNanos,
}

const USERS: Statement = Statement {
    operation: "SELECT",
    summary: "SELECT users",
    sql: "SELECT handle, display_name FROM users ORDER BY rowid",
};
const DISPLAY_NAME: Statement = Statement {
    operation: "SELECT",
    summary: "SELECT users",
    sql: "SELECT display_name FROM users WHERE handle = ?1",
};
const GROUPS: Statement = Statement {
    operation: "SELECT",
    summary: "SELECT messages",
    // SQLite takes the bare columns of a max() query from the row that has the maximum.
    sql: "SELECT m.uuid, coalesce(u.display_name, m.other), m.other, max(m.created_at) FROM \
          (SELECT uuid, created_at, \
           CASE sender_handle WHEN ?1 THEN receiver_handle ELSE sender_handle END AS other \
           FROM messages WHERE ?1 IN (sender_handle, receiver_handle)) m \
          LEFT JOIN users u ON u.handle = m.other \
          GROUP BY m.other ORDER BY max(m.created_at) DESC LIMIT 100",
};
const BETWEEN: Statement = Statement {
    operation: "SELECT",
    summary: "SELECT messages",
    sql: "SELECT m.uuid, coalesce(u.display_name, m.sender_handle), m.sender_handle, m.message, \
          m.created_at FROM messages m LEFT JOIN users u ON u.handle = m.sender_handle \
          WHERE (m.sender_handle = ?1 AND m.receiver_handle = ?2) \
          OR (m.sender_handle = ?2 AND m.receiver_handle = ?1) \
          ORDER BY m.created_at LIMIT 1000",
};
const INSERT: Statement = Statement {
    operation: "INSERT",
    summary: "INSERT messages",
    sql: "INSERT INTO messages (uuid, sender_handle, receiver_handle, message, created_at) \
          VALUES (?1, ?2, ?3, ?4, ?5)",
};

impl Store {
    /// Everybody who may sign in.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.run(&USERS, |statement| {
            let user = |row: &rusqlite::Row<'_>| {
                Ok(User { handle: row.get(0)?, display_name: row.get(1)? })
            };
            statement.query_map([], user)?.collect()
        })
        .await
    }

    /// What a user is called; `None` if there is no such user.
    pub async fn display_name(&self, handle: String) -> Result<Option<String>, StoreError> {
        self.run(&DISPLAY_NAME, move |statement| {
            statement.query_row([handle], |row| row.get(0)).optional()
        })
        .await
    }

    /// A user's conversations, the latest first.
    pub async fn message_groups(&self, handle: String) -> Result<Vec<MessageGroup>, StoreError> {
        self.run(&GROUPS, move |statement| {
            let group = |row: &rusqlite::Row<'_>| {
                Ok(MessageGroup {
                    uuid: row.get(0)?,
                    display_name: row.get(1)?,
                    handle: row.get(2)?,
                    created_at: time(row.get(3)?),
                })
            };
            statement.query_map([handle], group)?.collect()
        })
        .await
    }

    /// The messages between two users, oldest first.
    pub async fn messages(&self, one: String, other: String) -> Result<Vec<Message>, StoreError> {
        self.run(&BETWEEN, move |statement| {
            let message = |row: &rusqlite::Row<'_>| {
                Ok(Message {
                    uuid: row.get(0)?,
                    display_name: row.get(1)?,
                    handle: row.get(2)?,
                    message: row.get(3)?,
                    created_at: time(row.get(4)?),
                })
            };
            statement.query_map([one, other], message)?.collect()
        })
        .await
    }

    /// Stores a message.
    pub async fn send(&self, new: NewMessage) -> Result<Message, StoreError> {
        let name = self.display_name(new.sender.clone()).await?;
        let message = Message {
            uuid: uuid::Uuid::new_v4().to_string(),
            display_name: name.unwrap_or_else(|| new.sender.clone()),
            handle: new.sender.clone(),
            message: new.message.clone(),
            created_at: new.created_at.to_string(),
        };
        let uuid = message.uuid.clone();
        let insert = move |statement: &mut CachedStatement<'_>| {
            let created_at = nanos(new.created_at);
            statement.execute(params![uuid, new.sender, new.receiver, new.message, created_at])
        };
        self.run(&INSERT, insert).await?;
        Ok(message)
    }
}
