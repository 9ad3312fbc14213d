//! The tables. Times are nanoseconds since 1970.

use rusqlite::Connection;

/// Makes what is missing; what is there stays.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE TABLE IF NOT EXISTS users (
            handle TEXT PRIMARY KEY,
            display_name TEXT NOT NULL
        ) STRICT;
        CREATE TABLE IF NOT EXISTS activities (
            uuid TEXT PRIMARY KEY,
            handle TEXT NOT NULL,
            message TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            likes_count INTEGER NOT NULL DEFAULT 0,
            reposts_count INTEGER NOT NULL DEFAULT 0,
            reply_to_activity_uuid TEXT REFERENCES activities (uuid),
            -- 'everyone' and 'members' are in the feed, 'notified' is only a notification.
            audience TEXT NOT NULL DEFAULT 'everyone'
        ) STRICT;
        CREATE INDEX IF NOT EXISTS replies ON activities (reply_to_activity_uuid);
        CREATE TABLE IF NOT EXISTS messages (
            uuid TEXT PRIMARY KEY,
            sender_handle TEXT NOT NULL,
            receiver_handle TEXT NOT NULL,
            message TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT;",
    )
}
