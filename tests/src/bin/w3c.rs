//! The service that the W3C's trace context harness tests: `cargo run -p tests --bin w3c -- PORT`.
//!
//! `POST /test` with `[{"url": …, "arguments": [ … ]}]` makes it send `arguments` to each `url`, from
//! a child span, and answer 200 with JSON.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let port = std::env::args().nth(1).map_or(Ok(5000), |port| port.parse::<u16>())?;
    tests::w3c::record();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, tests::w3c::app()).await?;
    Ok(())
}
