//! `cruddur-console`: the console by itself, for any service that speaks OTLP or X-Ray.

use std::io;
use std::process::ExitCode;

use cruddur_console::{Console, Options};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        None => {}
        Some("-h" | "--help") => {
            say(HELP);
            return ExitCode::SUCCESS;
        }
        Some("-V" | "--version") => {
            say(concat!("cruddur-console ", env!("CARGO_PKG_VERSION")));
            return ExitCode::SUCCESS;
        }
        Some(unknown) => {
            eprintln!("cruddur-console: {unknown:?} is not an option\n\n{HELP}");
            return ExitCode::from(2);
        }
    }
    let options = match Options::from_lookup(|name| std::env::var(name).ok()) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("cruddur-console: {error}");
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cruddur-console: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        if options.is_exposed() {
            eprintln!(
                "warning: CONSOLE_HOST={} lets other machines reach the console; whoever reaches it \
                 reads every trace. Leave it unset to stay on this machine.",
                options.host
            );
        }
        // Before anything says that it runs: whoever reads that may stop it at once.
        let stopped = stop()?;
        let bound = Console::bind(options).await?;
        let url = bound.url();
        say(&format!(
            "cruddur-console  {url}/\n\n\
             Send to it:\n  \
             OTLP             OTEL_EXPORTER_OTLP_ENDPOINT={url}  (HTTP and gRPC, this one port)\n  \
             AWS X-Ray        AWS_XRAY_DAEMON_ADDRESS={address}  (UDP and TCP)\n  \
             CloudWatch Logs  AWS_ENDPOINT_URL_CLOUDWATCH_LOGS={url}\n  \
             Rollbar          ROLLBAR_ENDPOINT={url}/api/1/\n  \
             Honeycomb        HONEYCOMB_API_ENDPOINT={url}\n\n\
             All of it stays in this process's memory.\n\
             Stop it with Ctrl-C.",
            address = bound.address()
        ));
        bound.serve(stopped).await?;
        anyhow::Ok(())
    })
}

/// A reader that went away (`… | head`) ends nothing.
fn say(text: &str) {
    use std::io::Write as _;

    let _ = writeln!(io::stdout(), "{text}");
}

/// Ready at Ctrl-C, or at what a container is stopped with; listened for from the call on.
#[cfg(unix)]
fn stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}

const HELP: &str = "\
cruddur-console: a local stand-in for Honeycomb, X-Ray, CloudWatch Logs and Rollbar, with a viewer

Usage: cruddur-console [--help | --version]

It is set by environment variables; each has a default:

  CONSOLE_HOST           address to listen on (127.0.0.1)
  CONSOLE_PORT           port, TCP and UDP (4568); 0 takes a free one
  CONSOLE_ALLOWED_HOSTS  exact host names that requests may also use, comma-separated
  CONSOLE_MAX_TRACES     traces kept (10000)
  CONSOLE_MAX_MEMORY_MB  megabytes of spans kept (256)

Exits with 2 where an option or a variable can't be used, with 1 where the port can't be had.";
