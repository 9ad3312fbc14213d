//! The words, texts, numbers and symbols of an expression.

use super::FilterError;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Number(f64),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 15] =
    ["!=", "<=", ">=", "&&", "||", "=", "<", ">", "!", "(", ")", "{", "}", "[", "]"];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, FilterError> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let (content, after) = quoted(&rest[1..])?;
            found.push(Token::Text(content));
            rest = after;
        } else if let Some(symbol) = SYMBOLS.iter().find(|it| rest.starts_with(**it)) {
            found.push(Token::Symbol(symbol));
            rest = &rest[symbol.len()..];
        } else if first == ',' || first == ':' {
            found.push(Token::Symbol(if first == ',' { "," } else { ":" }));
            rest = &rest[1..];
        } else {
            let is_word = |it: char| it.is_alphanumeric() || "_.-".contains(it);
            let end = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
            if end == 0 {
                return Err(FilterError(format!("unexpected {first:?}")));
            }
            let word = &rest[..end];
            let is_number =
                word.starts_with(|it: char| it.is_ascii_digit() || it == '-' || it == '.');
            found.push(match word.parse::<f64>() {
                Ok(number) if is_number => Token::Number(number),
                _ => Token::Word(word.to_owned()),
            });
            rest = &rest[end..];
        }
        rest = rest.trim_start();
    }
    Ok(found)
}

/// What stands before the closing quote, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), FilterError> {
    let mut content = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Ok((content, &text[at + 1..])),
            '\\' => content.extend(letters.next().map(|(_, letter)| letter)),
            letter => content.push(letter),
        }
    }
    Err(FilterError("a text has no closing quote".to_owned()))
}
