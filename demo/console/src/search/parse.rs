//! Text into terms. Never fails but for a quote that stays open and an empty key.

use super::{Op, Search, Term, Test};

/// Longest search that is read.
const MAX_BYTES: usize = 4_096;

/// Reads a search.
///
/// # Errors
///
/// A sentence for the person who typed it.
pub(crate) fn parse(text: &str) -> Result<Search, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("a search has at most {MAX_BYTES} bytes"));
    }
    let mut search = Search::default();
    for token in tokens(text)? {
        search.terms.push(term(&token)?);
    }
    Ok(search)
}

/// A character, and whether quotes took its meaning away.
type Token = Vec<(char, bool)>;

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut token = Token::new();
    let mut quoted = false;
    let mut had_quotes = false;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                quoted = !quoted;
                had_quotes = true;
            }
            '\\' if quoted => token.extend(characters.next().map(|next| (next, true))),
            blank if blank.is_whitespace() && !quoted => {
                if !token.is_empty() || had_quotes {
                    tokens.push(std::mem::take(&mut token));
                }
                had_quotes = false;
            }
            other => token.push((other, quoted)),
        }
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    if !token.is_empty() {
        tokens.push(token);
    }
    Ok(tokens)
}

fn term(token: &[(char, bool)]) -> Result<Term, String> {
    let is_negated = token.len() > 1 && token[0] == ('-', false);
    let token = if is_negated { &token[1..] } else { token };
    let text =
        |part: &[(char, bool)]| part.iter().map(|(character, _)| *character).collect::<String>();
    let operator = (0..token.len()).find_map(|at| Some((at, operator(&token[at..])?)));
    let test = match operator {
        Some((0, _)) => return Err(format!("{:?} has no key before its operator", text(token))),
        Some((at, (op, length))) => {
            Test::Field { key: text(&token[..at]), op, value: text(&token[at + length..]) }
        }
        None if text(token) == "error" => Test::Error,
        None => Test::Word(text(token).to_lowercase()),
    };
    Ok(Term { is_negated, test })
}

/// The operator that `token` begins with, and its length.
fn operator(token: &[(char, bool)]) -> Option<(Op, usize)> {
    let plain =
        |at: usize| token.get(at).filter(|(_, quoted)| !quoted).map(|(character, _)| *character);
    match (plain(0)?, plain(1)) {
        ('!', Some('=')) => Some((Op::NotEqual, 2)),
        ('>', Some('=')) => Some((Op::GreaterOrEqual, 2)),
        ('<', Some('=')) => Some((Op::LessOrEqual, 2)),
        ('=', _) => Some((Op::Equal, 1)),
        ('>', _) => Some((Op::Greater, 1)),
        ('<', _) => Some((Op::Less, 1)),
        (':', _) => Some((Op::Contains, 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn field(key: &str, op: Op, value: &str) -> Test {
        Test::Field { key: key.to_owned(), op, value: value.to_owned() }
    }

    fn check(text: &str, expected: Test) {
        let terms = parse(text).unwrap().terms;
        assert_eq!(terms, [Term { is_negated: false, test: expected }], "{text}");
    }

    #[test]
    fn each_form_of_a_term() {
        check("error", Test::Error);
        check("\"GET /\"", Test::Word("get /".to_owned()));
        check("app.userId=andrewbrown", field("app.userId", Op::Equal, "andrewbrown"));
        check("duration>=100ms", field("duration", Op::GreaterOrEqual, "100ms"));
        check("duration<1.5s", field("duration", Op::Less, "1.5s"));
        check("a!=b", field("a", Op::NotEqual, "b"));
        check("name:home", field("name", Op::Contains, "home"));
        check(r#"q="a \"b\" = c""#, field("q", Op::Equal, r#"a "b" = c"#));
        check(r#""odd=key"=1"#, field("odd=key", Op::Equal, "1"));
    }

    #[test]
    fn a_minus_turns_a_term_around() {
        let terms = parse("-error app.now=*").unwrap().terms;
        assert!(terms[0].is_negated);
        assert!(!terms[1].is_negated);
    }

    #[test]
    fn mistakes_are_said() {
        assert!(parse("\"open").unwrap_err().contains("quote"));
        assert!(parse("=5").unwrap_err().contains("no key"));
        assert!(parse(&"x".repeat(5000)).is_err());
        assert_eq!(parse("  ").unwrap(), Search::default());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,200}") {
            let _ = parse(&text);
        }
    }
}
