//! What the terminal shows.

use tracing::info;

use super::written;
use crate::bridge::tracing::subscriber::terminal_layer;
use crate::bridge::tracing::{Terminal, WithTrace};

#[test]
fn lines_for_people_show_path_and_short_trace_id() {
    let run = || info!(target: "cruddur::home", count = 4, text = "a\u{1b}[31m\nb", "get home activities");
    let (line, captured) = written(|writer| terminal_layer(Terminal::Readable, writer, false), run);
    let id = captured.root().trace_id.to_string();
    let rest = format!(
        "  INFO capture {} cruddur::home: get home activities count=4 text=a\\u{{1b}}[31m\n    b\n",
        &id[..8]
    );
    assert_eq!(&line[12..], rest);
    assert!(line.as_bytes()[2] == b':' && line.as_bytes()[8] == b'.', "a time of day: {line}");
    let (coloured, _) = written(|writer| terminal_layer(Terminal::Readable, writer, true), run);
    assert!(coloured.contains("\u{1b}[32m"), "{coloured}");
    let (plain, _) = written(|writer| terminal_layer(Terminal::Plain, writer, true), run);
    assert!(!plain.contains('\u{1b}'), "{plain}");
}

#[test]
fn json_lines_have_the_names_of_cloudwatch() {
    let (line, captured) = written(
        |writer| terminal_layer(Terminal::Json("svc".to_owned()), writer, true),
        || info!(count = 4, "hello"),
    );
    let json: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(json["service"], "svc");
    assert_eq!(json["trace_id"], captured.root().trace_id.to_string());
    assert_eq!(json["count"], 4);
}

#[test]
fn any_format_gets_the_trace() {
    let compact = |ansi: bool| {
        move |writer| {
            let format = WithTrace(tracing_subscriber::fmt::format().without_time().compact());
            tracing_subscriber::fmt::layer()
                .event_format(format)
                .with_ansi(ansi)
                .with_writer(writer)
        }
    };
    let (line, captured) = written(compact(false), || info!("hello"));
    let id = captured.root().trace_id.to_string();
    assert!(line.starts_with(&format!("capture {}  INFO", &id[..8])), "{line}");
    let (line, _) = written(compact(true), || info!("hello"));
    assert!(line.contains("\u{1b}["), "{line}");

    let (line, captured) = written(
        |writer| {
            let format = WithTrace(tracing_subscriber::fmt::format().json());
            let fields = tracing_subscriber::fmt::format::JsonFields::new();
            tracing_subscriber::fmt::layer()
                .fmt_fields(fields)
                .event_format(format)
                .with_writer(writer)
        },
        || info!("hello"),
    );
    let json: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(json["trace_id"], captured.root().trace_id.to_string());
    assert_eq!(json["fields"]["message"], "hello");
}
