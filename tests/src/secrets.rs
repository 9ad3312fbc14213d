//! Secrets that must never leave the process, and words like them that must stay.
//!
//! `MARK` stands for what must not leave; whoever uses a line puts a text of its own there.

/// Stands for the secret in a line of the corpus.
pub const MARK: &str = "{}";

/// Keys that name a secret: fields, parameters, JSON members, words before `=` or `:`.
pub const KEYS: &[&str] = &[
    "password",
    "passwd",
    "user.password",
    "userPassword",
    "db_passwd",
    "pwd",
    "passphrase",
    "clientSecret",
    "client_secret",
    "SECRET_KEY",
    "secret",
    "api_key",
    "apiKey",
    "API-KEY",
    "x-api-key",
    "access_token",
    "refreshToken",
    "id_token",
    "auth_token",
    "token",
    "csrf_token",
    "xsrf-token",
    "privateKey",
    "encryption-key",
    "signing_key",
    "aws_secret_access_key",
    "AWSAccessKeyId",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "sig",
    "signature",
    "session_id",
    "sessionToken",
    "credential",
    "card_number",
    "cvv",
    "ssn",
    "otp",
    "pin",
    "iban",
    "jwt",
    "connectionString",
    "webhook_url",
    "honeycomb_team",
    "sentry.dsn",
];

/// Headers whose value is a secret.
pub const HEADERS: &[(&str, &str)] = &[
    ("authorization", "Bearer {}"),
    ("proxy-authorization", "Digest username=x, response={}"),
    ("cookie", "theme=dark; sid={}"),
    ("x-csrf-token", "{}"),
    ("x-xsrf-token", "{}"),
    ("x-api-key", "{}"),
    ("api-key", "{}"),
    ("x-amz-security-token", "{}"),
    ("x-honeycomb-team", "{}"),
    ("x-rollbar-access-token", "{}"),
    ("x-vault-token", "{}"),
    ("x-auth-request-access-token", "{}"),
    ("ocp-apim-subscription-key", "{}"),
    ("x-hub-signature-256", "sha256={}"),
    ("stripe-signature", "t=1,v1={}"),
    ("x-forwarded-client-cert", "Cert={}"),
    ("referer", "https://a.example/?token={}"),
    ("x-note", "use Bearer {}"),
    ("baggage", "page=2,session_token={}"),
    ("x-json", "{\"password\":\"{}\"}"),
];

/// Text with a secret in it, wherever text may stand.
pub const TEXTS: &[&str] = &[
    "password={}",
    "password: {}",
    "password = \"{} two three\"",
    "PASSWORD='{}'",
    "the password is '{}'",
    "the password was {}",
    "login --password {} --user x",
    "login --token={}",
    "Authorization: Bearer {}",
    "authorization: token {}",
    "Cookie: a=b; sid={}; c=d",
    "{\"password\":\"{}\"}",
    "{\"password\" : \"x\\\"{}\"}",
    "{\\\"password\\\":\\\"{}\\\"}",
    "{\"tokens\":1,\"api_key\":[\"x\",\"{}\"]}",
    "{\"a\":{\"secret\":{\"b\":\"{}\"}}}",
    "Config { user: \"x\", password: \"{}\" }",
    "Config { password: Some(\"{}\"), port: 1 }",
    "secret: Secret { inner: \"{}\" }",
    "Err(Auth { token: Token({}) })",
    "cannot reach postgres://app:{}@db/x",
    "cannot reach redis://:{}@db:6379",
    "git clone https://{}@github.com/x",
    "GET /x?access_token={}&b=1 failed",
    "next=%2Fx%3Fpassword%3D{}%26b",
    "aws_secret_access_key = {}",
    "password := {}",
    "'password' => '{}'",
    "-----BEGIN RSA PRIVATE KEY-----\nMII{}\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\nMII{}",
    "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{} bad",
    "github said ghp_abcdefghijklmnop{}",
    "slack xoxb-1234567890-{}",
    "stripe sk_live_4eC39HqLyj{}",
    "honeycomb hcaik_01abcdefghijkl{}",
    "gitlab glpat-abcdefghij{}",
    "openai sk-abcdefghijkl{}",
    "npm npm_abcdefghijklmnopqrst{}",
    "user bearer abcdef.{} is gone",
    "basic dXNlcjp{} refused",
];

/// Statements: their literals are data.
pub const STATEMENTS: &[&str] = &[
    "select * from u where email = '{}@x.example'",
    "insert into u values ('it''s {}', 4711)",
    "insert into u values ('a\\' {}', 1)",
    "select $tag${}$tag$",
    "select 1 /* {} */ from u",
    "select 1 -- {}\n from u",
    "alter user x password \"{}\"",
];

/// What looks like a secret and is none.
pub const PLAIN: &[&str] = &[
    "user not found: andrewbrown",
    "a monkey: keyboard = 12:30:45",
    "at src/auth/token.rs:12:5",
    "Err value: Token::Expired",
    "authors=3 and keys=4",
    "https://h.example/path?page=2#top",
    "basic auth is off, bearer token missing",
    "the order 1795363200123456789 is late",
];

/// The line with a secret of its own, which stands nowhere else: one for each number.
pub fn marked(line: &str, number: usize) -> String {
    line.replace(MARK, &secret(number))
}

/// The secret of a number.
pub fn secret(number: usize) -> String {
    format!("Zq{number:03}Xw7Kp9")
}
