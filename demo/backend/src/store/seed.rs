//! The data that Cruddur starts with.
//!
//! Its times are set anew whenever the store is opened, so that a database file of last month
//! shows the same feed. What users wrote is left as it is.

use cruddur_trace::record::UnixNanos;
use rusqlite::{Connection, params};

const HOUR: i64 = 3_600 * 1_000_000_000;
const DAY: i64 = 24 * HOUR;

const USERS: &[(&str, &str)] = &[
    ("andrewbrown", "Andrew Brown"),
    ("worf", "Worf"),
    ("garek", "Garek"),
    ("coco", "Coco"),
    ("bayko", "Andrew Bayko"),
];

struct Seed {
    uuid: &'static str,
    handle: &'static str,
    message: &'static str,
    age: i64,
    lifetime: i64,
    likes: i64,
    reply_to: Option<&'static str>,
    audience: &'static str,
}

const CLOUD: &str = "68f126b0-1ceb-4a33-88be-d90fa7109eee";
const UNICORN: &str = "4f1f9b2e-8f1d-4a5e-9d57-6c1b3a5d7e21";

const ACTIVITIES: &[Seed] = &[
    Seed {
        uuid: "248959df-3079-4947-b847-9e0892d1bab0",
        handle: "bayko",
        message: "I hate CORS!",
        age: HOUR,
        lifetime: 12 * HOUR,
        likes: 1042,
        reply_to: None,
        audience: "members",
    },
    Seed {
        uuid: CLOUD,
        handle: "andrewbrown",
        message: "Cloud is fun!",
        age: 2 * DAY,
        lifetime: 7 * DAY,
        likes: 5,
        reply_to: None,
        audience: "everyone",
    },
    Seed {
        uuid: "26e12864-1c26-5c3a-9658-97a10f8fea67",
        handle: "worf",
        message: "This post has no honor!",
        age: 2 * DAY - HOUR,
        lifetime: 7 * DAY,
        likes: 0,
        reply_to: Some(CLOUD),
        audience: "everyone",
    },
    Seed {
        uuid: "66e12864-8c26-4c3a-9658-95a10f8fea67",
        handle: "worf",
        message: "I am out of prune juice",
        age: 7 * DAY,
        lifetime: 16 * DAY,
        likes: 0,
        reply_to: None,
        audience: "everyone",
    },
    Seed {
        uuid: "248959df-3079-4947-b847-9e0892d1bab4",
        handle: "garek",
        message: "My dear doctor, I am just simple tailor",
        age: 8 * DAY,
        lifetime: 30 * DAY,
        likes: 0,
        reply_to: None,
        audience: "everyone",
    },
    Seed {
        uuid: UNICORN,
        handle: "coco",
        message: "I am a white unicorn",
        age: 3 * HOUR,
        lifetime: 7 * DAY,
        likes: 12,
        reply_to: None,
        audience: "notified",
    },
    Seed {
        uuid: "9b8f3c1d-52a7-4c0e-8a3f-0d9e7b6c5a42",
        handle: "worf",
        message: "A warrior needs no horn to be feared!",
        age: 2 * HOUR,
        lifetime: 7 * DAY,
        likes: 1,
        reply_to: Some(UNICORN),
        audience: "notified",
    },
    Seed {
        uuid: "c0a4d9f6-7b1e-4e7c-b5a8-3f2d1c0b9a83",
        handle: "garek",
        message: "Your suit is ready, and no, there is no listening device in it",
        age: 5 * HOUR,
        lifetime: 7 * DAY,
        likes: 3,
        reply_to: None,
        audience: "notified",
    },
];

/// Sender, receiver, message, age; the uuid counts up.
const MESSAGES: &[(&str, &str, &str, i64)] = &[
    ("andrewbrown", "worf", "Have you tried turning your shields off and on again?", 26 * HOUR),
    ("worf", "andrewbrown", "Klingons do not turn their shields off.", 25 * HOUR),
    ("garek", "andrewbrown", "A little trace never hurt anyone, my dear.", 3 * HOUR),
];

pub(super) fn fill(connection: &mut Connection, now: UnixNanos) -> rusqlite::Result<()> {
    let now = i64::try_from(now.0).unwrap_or(i64::MAX);
    let transaction = connection.transaction()?;
    for (handle, display_name) in USERS {
        transaction
            .prepare_cached("INSERT OR IGNORE INTO users (handle, display_name) VALUES (?1, ?2)")?
            .execute(params![handle, display_name])?;
    }
    for seed in ACTIVITIES {
        let created_at = now - seed.age;
        transaction
            .prepare_cached(
                "INSERT INTO activities (uuid, handle, message, created_at, expires_at, \
                 likes_count, reply_to_activity_uuid, audience) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (uuid) DO UPDATE \
                 SET created_at = excluded.created_at, expires_at = excluded.expires_at",
            )?
            .execute(params![
                seed.uuid,
                seed.handle,
                seed.message,
                created_at,
                created_at + seed.lifetime,
                seed.likes,
                seed.reply_to,
                seed.audience,
            ])?;
    }
    for (index, (sender, receiver, message, age)) in MESSAGES.iter().enumerate() {
        let uuid = format!("5e11ab1e-0000-4000-8000-{index:012}");
        transaction
            .prepare_cached(
                "INSERT INTO messages (uuid, sender_handle, receiver_handle, message, created_at) \
                 VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (uuid) DO UPDATE \
                 SET created_at = excluded.created_at",
            )?
            .execute(params![uuid, sender, receiver, message, now - age])?;
    }
    transaction.commit()
}
