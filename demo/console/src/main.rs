//! `cruddur-console`: the console by itself, for any service that speaks OTLP or X-Ray.

use std::process::ExitCode;

use cruddur_console::{Console, Options};

fn main() -> ExitCode {
    if let Some(argument) = std::env::args().nth(1) {
        let known = matches!(argument.as_str(), "-h" | "--help");
        if !known {
            eprintln!("cruddur-console: {argument:?} is not an option\n");
        }
        println!("{HELP}");
        return if known { ExitCode::SUCCESS } else { ExitCode::from(2) };
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cruddur-console: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let options = Options::from_lookup(|name| std::env::var(name).ok())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        if options.is_exposed() {
            eprintln!(
                "warning: CONSOLE_HOST={} lets other machines reach the console; whoever reaches it \
                 reads every trace. Leave it unset to stay on this machine.",
                options.host
            );
        }
        let bound = Console::bind(options).await?;
        println!("console    {}", bound.url());
        println!("OTLP       OTEL_EXPORTER_OTLP_ENDPOINT={} (HTTP and gRPC)", bound.url());
        println!("X-Ray      AWS_XRAY_DAEMON_ADDRESS={}", bound.address());
        bound
            .serve(async {
                let _ = tokio::signal::ctrl_c().await;
            })
            .await?;
        anyhow::Ok(())
    })
}

const HELP: &str = "\
cruddur-console: a local stand-in for Honeycomb, X-Ray, CloudWatch Logs and Rollbar, with a viewer

  CONSOLE_HOST           address to listen on (127.0.0.1)
  CONSOLE_PORT           port, TCP and UDP (4568)
  CONSOLE_ALLOWED_HOSTS  exact host names that requests may also use, comma-separated
  CONSOLE_MAX_TRACES     traces kept (10000)
  CONSOLE_MAX_MEMORY_MB  megabytes of spans kept (256)";
