//! Secrets that are known by how they look, whatever stands before them.

use super::starts::Starts;

/// Tokens that begin so, with the least number of characters that follow.
///
/// Sources: the token formats that GitHub, GitLab, Slack, Stripe, AWS, Google, npm, Honeycomb,
/// SendGrid, DigitalOcean and OpenAI publish for secret scanning (read 2026-11).
const PREFIXES: &[(&str, usize)] = &[
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxa-", 10),
    ("xoxr-", 10),
    ("xoxs-", 10),
    ("xapp-", 10),
    ("sk_live_", 10),
    ("sk_test_", 10),
    ("rk_live_", 10),
    ("pk_live_", 10),
    ("whsec_", 10),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 30),
    ("ya29.", 20),
    ("GOCSPX-", 20),
    ("npm_", 30),
    ("hcaik_", 20),
    ("hcbik_", 20),
    ("hcxik_", 20),
    ("SG.", 30),
    ("dop_v1_", 30),
    ("sk-", 20),
    ("pypi-", 40),
    ("shpat_", 20),
    ("EAACEdEose0cBA", 4),
    ("hf_", 20),
    ("dckr_pat_", 20),
];

const PREFIX_STARTS: Starts = {
    let mut words = [""; PREFIXES.len()];
    let mut index = 0;
    while index < words.len() {
        words[index] = PREFIXES[index].0;
        index += 1;
    }
    Starts::of(&words, false)
};

/// Words after which a credential stands: `Authorization: Bearer …`, also in the midst of text.
const SCHEMES: &[&str] = &["bearer ", "basic ", "digest ", "negotiate ", "aws4-hmac-sha256 "];
const SCHEME_STARTS: Starts = Starts::of(SCHEMES, true);

const KEY_BEGIN: &str = "-----BEGIN ";

/// Bytes of a secret that starts here, if one does.
pub(super) fn match_at(text: &str) -> Option<Match> {
    let first = *text.as_bytes().first()?;
    if first.is_ascii_digit() {
        return card_number(text.as_bytes()).map(Match::whole);
    }
    if let Some(found) = scheme(text) {
        return Some(found);
    }
    if text.starts_with("eyJ")
        && let Some(length) = jwt(text)
    {
        return Some(Match::whole(length));
    }
    let mut candidates = PREFIX_STARTS.at(text.as_bytes()).map(|it| PREFIXES[it]);
    let (prefix, least) = candidates.find(|(prefix, _)| text.starts_with(prefix))?;
    let length = token_bytes(&text[prefix.len()..]);
    (length >= least).then(|| Match::whole(prefix.len() + length))
}

/// Where a secret stands: `kept` bytes before it tell what it is and stay.
pub(super) struct Match {
    pub(super) kept: usize,
    pub(super) end: usize,
}

impl Match {
    fn whole(end: usize) -> Self {
        Self { kept: 0, end }
    }
}

/// Length of the run of characters that tokens are made of.
fn token_bytes(text: &str) -> usize {
    let is_part = |it: u8| it.is_ascii_alphanumeric() || b"-_.~+/=".contains(&it);
    text.bytes().take_while(|it| is_part(*it)).count()
}

fn scheme(text: &str) -> Option<Match> {
    let starts = |word: &str| {
        text.as_bytes().get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()))
    };
    let mut candidates = SCHEME_STARTS.at(text.as_bytes()).map(|it| SCHEMES[it]);
    let word = candidates.find(|word| starts(word))?;
    let rest = &text[word.len()..];
    let length = if word.starts_with("aws4") || word.starts_with("digest") {
        rest.bytes().take_while(|it| !b"\r\n\"'".contains(it)).count()
    } else {
        token_bytes(rest)
    };
    // "basic auth" and "bearer token" are words, not credentials.
    let letters_only = rest.bytes().take(length).all(|it| it.is_ascii_lowercase());
    (length >= 4 && !(letters_only && length < 16))
        .then_some(Match { kept: word.len(), end: word.len() + length })
}

/// A JSON web token: three parts of base64url, the third of which may be empty.
fn jwt(text: &str) -> Option<usize> {
    let length = token_bytes(text);
    let mut parts = text[..length].split('.');
    let (header, payload) = (parts.next()?, parts.next()?);
    (header.len() >= 8 && payload.len() >= 4).then_some(length)
}

/// Bytes of a private key in PEM that starts here, up to its end line, else to the end of the text.
pub(super) fn private_key(text: &str) -> Option<usize> {
    let label = text.strip_prefix(KEY_BEGIN)?;
    let label = &label[..label.find("-----")?];
    if label.len() > 64 || !label.contains("PRIVATE KEY") {
        return None;
    }
    let end = text.find("-----END ").map_or(text.len(), |end| {
        let line = &text[end + 9..];
        line.find("-----").map_or(text.len(), |it| end + 9 + it + 5)
    });
    Some(end)
}

/// A payment card's number: 15 or 16 digits that begin with 3 to 6, in groups or not, and pass
/// the Luhn check.
fn card_number(text: &[u8]) -> Option<usize> {
    if !(b'3'..=b'6').contains(&text[0]) {
        return None;
    }
    let mut digits = [0_u8; 17];
    let (mut count, mut end) = (0, 0);
    for (index, byte) in text.iter().enumerate() {
        match byte {
            b'0'..=b'9' if count == digits.len() => return None,
            b'0'..=b'9' => {
                digits[count] = byte - b'0';
                count += 1;
                end = index + 1;
            }
            b' ' | b'-' if index == end && count < 16 => {}
            _ => break,
        }
    }
    let ends = text.get(end).is_none_or(|it| !it.is_ascii_alphanumeric() && *it != b'_');
    if !ends || !(15..=16).contains(&count) {
        return None;
    }
    let sum: u32 = digits[..count]
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| match (index % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10).then_some(end)
}
