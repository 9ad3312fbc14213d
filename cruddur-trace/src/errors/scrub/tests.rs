//! Secrets that must never leave, and words that must stay.

use super::*;

/// A place where a secret may stand.
#[derive(Clone, Copy)]
enum Place {
    Text,
    Query,
    Header(&'static str),
    Field(&'static str),
    Sql,
    Url,
    #[cfg_attr(not(feature = "_pipeline"), allow(dead_code))]
    Json,
}
use Place::*;

/// Where it stands, the whole text, and the part that must not leave.
const SECRETS: &[(Place, &str, &str)] = &[
    (Header("authorization"), "Bearer abc.def-123", "abc.def-123"),
    (Header("Authorization"), "Basic dXNlcjpodW50ZXIy", "dXNlcjpodW50ZXIy"),
    (Header("AUTHORIZATION"), "hunter2", "hunter2"),
    (Header("proxy-authorization"), "Digest username=x, response=hunter2", "hunter2"),
    (Header("cookie"), "theme=dark; sid=hunter2", "hunter2"),
    (Header("set-cookie"), "sid=hunter2; HttpOnly", "hunter2"),
    (Header("x-csrf-token"), "hunter2", "hunter2"),
    (Header("x-csrftoken"), "hunter2", "hunter2"),
    (Header("x-xsrf-token"), "hunter2", "hunter2"),
    (Header("x-api-key"), "hunter2", "hunter2"),
    (Header("api-key"), "hunter2", "hunter2"),
    (Header("x-amz-security-token"), "hunter2", "hunter2"),
    (Header("x-honeycomb-team"), "hunter2", "hunter2"),
    (Header("x-rollbar-access-token"), "hunter2", "hunter2"),
    (Header("x-vault-token"), "hunter2", "hunter2"),
    (Header("x-auth-request-access-token"), "hunter2", "hunter2"),
    (Header("ocp-apim-subscription-key"), "hunter2", "hunter2"),
    (Header("x-hub-signature-256"), "sha256=hunter2", "hunter2"),
    (Header("stripe-signature"), "t=1,v1=hunter2", "hunter2"),
    (Header("x-forwarded-client-cert"), "Cert=hunter2", "hunter2"),
    (Header("referer"), "https://a.example/?token=hunter2", "hunter2"),
    (Header("location"), "https://a.example/cb#access_token=hunter2", "hunter2"),
    (Header("x-note"), "use Bearer abcdef123456", "abcdef123456"),
    (Query, "password=hunter2", "hunter2"),
    (Query, "a=1&access_token=hunter2&b=2", "hunter2"),
    (Query, "api_key=hunter2", "hunter2"),
    (Query, "apikey=hunter2", "hunter2"),
    (Query, "key=hunter2", "hunter2"),
    (Query, "X-Amz-Signature=hunter2", "hunter2"),
    (Query, "X-Amz-Credential=hunter2", "hunter2"),
    (Query, "X-Amz-Security-Token=hunter2", "hunter2"),
    (Query, "AWSAccessKeyId=hunter2", "hunter2"),
    (Query, "Signature=hunter2", "hunter2"),
    (Query, "sig=hunter2", "hunter2"),
    (Query, "X-Goog-Signature=hunter2", "hunter2"),
    (Query, "pass%77ord=hunter2", "hunter2"),
    (Query, "user%5Bpassword%5D=hunter2", "hunter2"),
    (Query, "csrf_token=hunter2", "hunter2"),
    (Query, "client_secret=hunter2", "hunter2"),
    (Query, "next=https%3A%2F%2Fu%3Ahunter2%40h%2F", "hunter2"),
    (Query, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "c2ln"),
    (Query, "q=ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_"),
    (Query, "a=1;password=hunter2", "hunter2"),
    (Query, "otp=123456", "123456"),
    (Field("password"), "hunter2", "hunter2"),
    (Field("user.password"), "hunter2", "hunter2"),
    (Field("userPassword"), "hunter2", "hunter2"),
    (Field("db_passwd"), "hunter2", "hunter2"),
    (Field("pwd"), "hunter2", "hunter2"),
    (Field("clientSecret"), "hunter2", "hunter2"),
    (Field("SECRET_KEY"), "hunter2", "hunter2"),
    (Field("refreshToken"), "hunter2", "hunter2"),
    (Field("privateKey"), "hunter2", "hunter2"),
    (Field("encryption-key"), "hunter2", "hunter2"),
    (Field("card_number"), "hunter2", "hunter2"),
    (Field("cvv"), "123", "123"),
    (Field("ssn"), "078-05-1120", "078-05-1120"),
    (Field("pin"), "4711", "4711"),
    (Field("sentry.dsn"), "https://hunter2@x/1", "hunter2"),
    (Field("note"), "4111 1111 1111 1111", "1111 1111"),
    (Field("http.request.header.authorization"), "hunter2", "hunter2"),
    (Text, "password=hunter2", "hunter2"),
    (Text, "password: hunter2", "hunter2"),
    (Text, "password = \"hunter 2 three\"", "three"),
    (Text, "PASSWORD='hunter2'", "hunter2"),
    (Text, "the password is 'hunter2'", "hunter2"),
    (Text, "the password was hunter2", "hunter2"),
    (Text, "login --password hunter2 --user x", "hunter2"),
    (Text, "login --token=hunter2", "hunter2"),
    (Text, "Authorization: Bearer hunter2two words", "hunter2"),
    (Text, "authorization: token hunter2", "hunter2"),
    (Text, "Cookie: a=b; sid=hunter2; c=d\nHost: x", "hunter2"),
    (Text, "{\"password\":\"hunter2\"}", "hunter2"),
    (Text, "{\"password\" : \"hun\\\"ter2\"}", "ter2"),
    (Text, "{\\\"password\\\":\\\"hunter2\\\"}", "hunter2"),
    (Text, "{\"tokens\":1,\"api_key\":[\"hunter2\",\"hunter3\"]}", "hunter3"),
    (Text, "Config { user: \"x\", password: \"hunter2\" }", "hunter2"),
    (Text, "Config { password: Some(\"hunter2\"), port: 1 }", "hunter2"),
    (Text, "secret: Secret { inner: \"hunter2\" }", "hunter2"),
    (Text, "Err(Auth { token: Token(hunter2) })", "hunter2"),
    (Text, "cannot reach postgres://app:hunter2@db/x", "hunter2"),
    (Text, "cannot reach redis://:hunter2@db:6379", "hunter2"),
    (Text, "git clone https://hunter2@github.com/x", "hunter2"),
    (Text, "GET /x?access_token=hunter2&b=1 failed", "hunter2"),
    (Text, "next=%2Fx%3Fpassword%3Dhunter2%26b", "hunter2"),
    (Text, "key AKIAIOSFODNN7EXAMPLE is bad", "IOSFODNN7"),
    (Text, "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "wJalr"),
    (Text, "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln bad", "c2ln"),
    (Text, "xoxb-123456789012-abcdef", "123456789012"),
    (Text, "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "4eC39"),
    (Text, "hcaik_01abcdefghijklmnopqrstuvwx", "01abc"),
    (Text, "-----BEGIN RSA PRIVATE KEY-----\nMIIhunter2\n-----END RSA PRIVATE KEY-----", "hunter2"),
    (Text, "-----BEGIN PRIVATE KEY-----\nMIIhunter2", "hunter2"),
    (Text, "card 5555-5555-5555-4444 declined", "5555-4444"),
    (Text, "password := hunter2", "hunter2"),
    (Text, "'password' => 'hunter2'", "hunter2"),
    (Url, "https://u:hunter2@h/p?a=1", "hunter2"),
    (Url, "https://h/p?sig=hunter2#x", "hunter2"),
    (Url, "/p?token=hunter2", "hunter2"),
    (Sql, "select * from u where email = 'hunter2@x.example'", "hunter2"),
    (Sql, "insert into u values ('it''s hunter2', 4711)", "hunter2"),
    (Sql, "insert into u values ('a\\' hunter2', 4711)", "4711"),
    (Sql, "select $tag$hunter2$tag$", "hunter2"),
    (Sql, "select 1 /* hunter2 */", "hunter2"),
    (Sql, "select 1 -- hunter2\n from x", "hunter2"),
    (Sql, "alter user x password \"hunter2\"", "hunter2"),
    (Json, "{\"a\":{\"password\":[1,{\"x\":\"hunter2\"}]}}", "hunter2"),
    (Json, "[{\"name\":\"password\",\"value\":\"hunter2\"}]", "hunter2"),
    (Json, "{\"note\":\"token=hunter2\"}", "hunter2"),
    (Json, "{\"pin\":4711}", "4711"),
];

fn leaves(scrubber: &Scrubber, place: Place, text: &str) -> String {
    match place {
        Text => scrubber.text(text).into_owned(),
        Query => scrubber.query(text).into_owned(),
        Header(name) => scrubber.header(name, text.as_bytes()).into_owned(),
        Field(key) => scrubber.value(key, text).into_owned(),
        Sql => scrubber.sql(text),
        Url => scrubber.url(text).into_owned(),
        #[cfg(feature = "_pipeline")]
        Json => {
            let mut value = serde_json::from_str(text).expect("the corpus holds valid JSON");
            scrubber.json(&mut value);
            value.to_string()
        }
        #[cfg(not(feature = "_pipeline"))]
        Json => String::new(),
    }
}

#[test]
fn a_hundred_secrets_never_leave() {
    assert!(SECRETS.len() >= 100, "{}", SECRETS.len());
    let scrubber = Scrubber::new();
    let mut leaked = Vec::new();
    for (place, text, secret) in SECRETS {
        assert!(text.contains(secret) || text.contains('%'), "a wrong line in the corpus: {text}");
        let out = leaves(&scrubber, *place, text);
        if out.contains(secret) {
            leaked.push(format!("{text}  →  {out}"));
        }
        // What left once may be scrubbed again, and stays.
        assert_eq!(leaves(&scrubber, *place, &out), out, "{text}");
    }
    assert!(leaked.is_empty(), "{} leaked:\n{}", leaked.len(), leaked.join("\n"));
}

#[test]
fn what_is_no_secret_stays() {
    let scrubber = Scrubber::new();
    for text in [
        "user not found: andrewbrown",
        "a monkey: keyboard = 12:30:45",
        "at src/auth/token.rs:12:5",
        "called `Result::unwrap()` on an `Err` value: Token::Expired",
        "authors=3 and keys=4",
        "https://h.example/path?page=2#top",
        "2026-11-22T16:58:18.000000Z took 12ms",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
        "id 1795363200123456789",
        "basic auth is off, bearer token missing",
        "größe = 3 → ok",
        "",
    ] {
        assert!(matches!(scrubber.text(text), Cow::Borrowed(it) if it == text), "{text}");
    }
    let check = |query: &str| assert_eq!(scrubber.query(query), query);
    check("page=2&sort_key=name&q=%C3%A4+b");
    check("password=");
    check("&&a&=1");
    assert_eq!(scrubber.value("session.id", "x"), "x");
    assert_eq!(scrubber.header("user-agent", b"curl/8 \xff"), "curl/8 \u{fffd}");
    assert_eq!(
        scrubber.sql("select \"a1\", t.b2 from t where c = $1 limit 10"),
        "select \"a1\", t.b2 from t where c = $1 limit ?"
    );
    let placeholders = "select a from t where b = ?1 and c = :2 and d = @3 and e = ?";
    assert_eq!(scrubber.sql(placeholders), placeholders);
}

#[test]
fn a_backslash_before_a_quote_never_turns_a_statement_inside_out() {
    let scrubber = Scrubber::new();
    let check = |statement: &str, expected: &str| assert_eq!(scrubber.sql(statement), expected);
    // Standard SQL: the string ends there.
    check(
        r"m LIKE ?1 ESCAPE '\' AND a IN ('everyone', 'members')",
        "m LIKE ?1 ESCAPE ? AND a IN (?, ?)",
    );
    check(r"path = 'C:\' AND name = 'hidden'", "path = ? AND name = ?");
    // MySQL: it goes on.
    check(r"a = 'it\'s' AND b = 'hidden'", "a = ? AND b = ?");
    check(r"a = 'it\'s' AND b = 'he\'s hidden'", "a = ? AND b = ?");
    // Both could be meant, or neither.
    check(r"a = '\' , ' hidden '\' '", "a = ?");
    check(r"a = 'x\' AND b = 'hidden", "a = ?");
    check(r"a = 1 AND b = '\' AND c = 'it\'s hidden'", "a = ? AND b = ?");
    // The same by both.
    check(r"a = 'x\\' AND b = 2", "a = ? AND b = ?");
}

#[test]
fn rules_of_ones_own_win_and_the_last_one_wins() {
    let scrubber =
        Scrubber::new().deny("x-house-*").allow("*token_count").hash("email").allow("x-house-name");
    let check = |key: &str, expected: ScrubRule| assert_eq!(scrubber.rule(key), expected, "{key}");
    check("X-House-Number", ScrubRule::Deny);
    check("x-house-name", ScrubRule::Allow);
    check("input_token_count", ScrubRule::Allow);
    check("Email", ScrubRule::Hash);
    check("token", ScrubRule::Deny);
    let hashed = scrubber.value("email", "a@b.example").into_owned();
    assert_eq!(scrubber.value("email", "a@b.example"), hashed);
    assert_ne!(scrubber.value("email", "a@c.example"), hashed);
    assert_eq!(scrubber.value("email", &hashed), hashed, "a hash is not hashed again");
    assert_ne!(
        Scrubber::new().hash("email").value("email", "a@b.example"),
        hashed,
        "one process each"
    );
    assert_eq!(scrubber.text("token_count=12, token=12"), "token_count=12, token=REDACTED");
}

#[test]
fn a_masked_query_keeps_its_form() {
    let scrubber = Scrubber::new();
    let check = |query: &str, expected: &str| assert_eq!(scrubber.query(query), expected);
    check("a=1&sig=x&b=%20", "a=1&sig=REDACTED&b=%20");
    check("token=x", "token=REDACTED");
    check("token=x&", "token=REDACTED&");
    assert_eq!(
        scrubber.parameters("a=1+2&token=x"),
        [("a".into(), "1 2".into()), ("token".into(), MASK.into())]
    );
}

#[test]
fn time_grows_with_the_length_and_not_faster() {
    let scrubber = Scrubber::new();
    // Each would be quadratic in a scrubber that looks too far ahead or back at every byte.
    for piece in ["a=", "password:", "((((", "\"\\", "eyJ", "4", "://", "-----BEGIN ", "= = ", "é"]
    {
        let text = piece.repeat(100_000 / piece.len());
        let started = std::time::Instant::now();
        let _ = scrubber.text(&text);
        let _ = scrubber.sql(&text);
        assert!(started.elapsed().as_secs() < 5, "{piece}: {:?}", started.elapsed());
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_scrubbed_without_a_panic(text in ".{0,200}", key in ".{0,20}") {
        let scrubber = Scrubber::new();
        for place in [Text, Query, Header("x"), Field("x"), Sql, Url] {
            let _ = leaves(&scrubber, place, &text);
        }
        let _ = scrubber.value(&key, &text);
    }

    #[test]
    fn a_value_after_a_secret_key_never_leaves(
        before in "[ -~]{0,20}[ ,;(]", secret in "[A-Z]{6}[0-9]{6}", quote in "\"?", after in "( [ -~]{0,20})?",
        separator in proptest::sample::select(vec!["=", ":", ": ", " = ", " => "]),
    ) {
        let text = format!("{before}password{separator}{quote}{secret}{quote}{after}");
        let out = Scrubber::new().text(&text).into_owned();
        proptest::prop_assert!(!out.contains(&secret), "{} -> {}", text, out);
    }
}
