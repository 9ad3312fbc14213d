//! `demo`: console, backend and page in one process, from the start to Ctrl-C.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use cruddur_console::{Console, Options as ConsoleOptions};
use cruddur_trace::TelemetryBuilder;
use cruddur_trace::relay::Relay;
use tokio::net::TcpListener;

use crate::app::{self, AppState};
use crate::arguments::DemoOptions;
use crate::direct::{self, Verdict};
use crate::notifier::{self, Notifier};
use crate::page::{Page, PageConfig};
use crate::settings::{Origin, Settings};
use crate::store::Store;
use crate::{Unusable, build_page, first_look, health, now, telemetry};

/// How long requests in flight get after Ctrl-C.
const GRACE: Duration = Duration::from_secs(5);
/// How long what has gathered may take to be sent.
const DRAIN: Duration = Duration::from_secs(5);

/// Runs until Ctrl-C or SIGTERM.
pub(crate) async fn run(options: DemoOptions, settings: Settings) -> anyhow::Result<()> {
    let listener = bind(&settings).await?;
    let address = listener.local_addr()?;
    let url = browsable(address);
    let console = match options.no_console {
        true => None,
        false => Some(Console::start(ConsoleOptions::from_lookup(|it| std::env::var(it).ok())?)?),
    };
    let store = Store::open(&settings.database, now())
        .context("DATABASE_URL: the database can't be opened; name a file that can be written")?;
    check_direct(&settings).await?;
    let telemetry = telemetry::builder(console.as_ref(), settings.console_tee)
        .and_then(TelemetryBuilder::init)
        .map_err(Unusable)
        .map(Arc::new)?;

    let notifier = notifier::start(&telemetry).await.context("the notifier can't listen")?;
    let state = AppState::new(store).with_notifier(Notifier::at(notifier)?);
    let page = match options.no_frontend {
        true => None,
        false => Some(page(&settings, console.as_ref())),
    };
    let origins = app::page_origins(&url, &settings);
    let destination = telemetry.relay_destination();
    let service = &settings.frontend_service;
    let relay = app::relay(origins, service, destination, state.sessions.clone());
    let router = app::router(state, &settings.frontend, page, Some(relay.clone()));

    say(&format!("cruddur  {url}/"));
    if let Some(console) = &console {
        let address = console.url();
        say(&format!("console  {address}/"));
        tokio::spawn(health::report(Arc::clone(&telemetry), address));
    }
    if !options.quiet {
        tokio::spawn(first_look::ask(url));
    }
    serve(listener, router).await?;

    let delivery = telemetry.shutdown(DRAIN).await;
    say(&delivery.to_string());
    say_relayed(&relay);
    // Last, so that it gets what was sent last.
    if let Some(console) = console {
        console.stop();
    }
    Ok(())
}

/// Serves until a signal comes, and then until the requests in flight have ended.
async fn serve(listener: TcpListener, router: Router) -> anyhow::Result<()> {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, service).with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let mut served = tokio::spawn(served.into_future());
    signal().await?;
    say("stopping …");
    drop(stop);
    if tokio::time::timeout(GRACE, &mut served).await.is_err() {
        say("requests in flight were given up");
        served.abort();
    }
    Ok(())
}

/// A key that can do more than send events must not get into a page.
async fn check_direct(settings: &Settings) -> anyhow::Result<()> {
    let Some(direct) = &settings.direct else { return Ok(()) };
    match direct::check(&direct.key, direct.endpoint.as_str()).await {
        Verdict::Fit => Ok(()),
        Verdict::Unknown(why) => {
            say(&format!("what HONEYCOMB_CLIENT_KEY may do could not be asked: {why}"));
            Ok(())
        }
        Verdict::Refused(why) => Err(anyhow::Error::msg(why)),
    }
}

fn say_relayed(relay: &Relay) {
    let stats = relay.stats();
    let refused: u64 = stats.requests_refused.values().chain(stats.records_refused.values()).sum();
    if stats.requests_taken + refused > 0 {
        say(&format!(
            "  relay: {} records of the page forwarded, {refused} requests or records refused",
            stats.records_forwarded
        ));
    }
}

async fn bind(settings: &Settings) -> anyhow::Result<TcpListener> {
    let address = SocketAddr::new(settings.host, settings.port);
    TcpListener::bind(address).await.map_err(|error| {
        let remedy = match error.kind() {
            io::ErrorKind::AddrInUse => format!(
                "port {} is in use: stop what listens there, or set PORT to another one (0 takes a free one)",
                settings.port
            ),
            io::ErrorKind::PermissionDenied => {
                format!("port {} may not be used: set PORT to one above 1023", settings.port)
            }
            _ => format!("{address} can't be listened on: check HOST and PORT"),
        };
        anyhow::Error::new(error).context(remedy)
    })
}

/// The page, which is built in the background where that is needed.
fn page(settings: &Settings, console: Option<&Console>) -> Page {
    let config = PageConfig {
        backend_url: settings.backend.as_ref().map(Origin::to_string).unwrap_or_default(),
        service_name: settings.frontend_service.clone(),
        console_url: console.map(Console::url).unwrap_or_default(),
        otlp_endpoint: settings
            .direct
            .as_ref()
            .map(|it| it.endpoint.to_string())
            .unwrap_or_default(),
        honeycomb_client_key: settings.direct.as_ref().map(|it| it.key.clone()).unwrap_or_default(),
    };
    let directory = match &settings.frontend_dir {
        Some(directory) => directory.clone(),
        None => {
            tokio::spawn(async {
                if let Err(reason) = build_page::ensure(say).await {
                    say(&reason);
                }
            });
            build_page::directory()
        }
    };
    Page::new(&directory, config)
}

/// Where a browser on this machine finds an address.
fn browsable(mut address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    format!("http://{address}")
}

/// A reader that went away (`… | head`) ends nothing.
pub(crate) fn say(line: &str) {
    use std::io::Write as _;

    let _ = writeln!(io::stdout(), "{line}");
}

/// Ctrl-C, or what a container is stopped with.
async fn signal() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
