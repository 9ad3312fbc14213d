//! `demo`: console, backend and page in one process, from the start to Ctrl-C.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use cruddur_console::{Console, Options as ConsoleOptions};
use tokio::net::TcpListener;

use crate::app::{self, AppState};
use crate::arguments::DemoOptions;
use crate::page::{Page, PageConfig};
use crate::settings::{Origin, Settings};
use crate::store::Store;
use crate::{build_page, first_look, now};

/// How long requests in flight get after Ctrl-C.
const GRACE: Duration = Duration::from_secs(5);

/// Runs until Ctrl-C or SIGTERM.
pub(crate) async fn run(options: DemoOptions, settings: Settings) -> anyhow::Result<()> {
    let listener = bind(&settings).await?;
    let address = listener.local_addr()?;
    let console = match options.no_console {
        true => None,
        false => Some(Console::start(ConsoleOptions::from_lookup(|it| std::env::var(it).ok())?)?),
    };
    let store = Store::open(&settings.database, now())
        .context("DATABASE_URL: the database can't be opened; name a file that can be written")?;
    let url = browsable(address);

    let state = AppState::new(store);
    let page = match options.no_frontend {
        true => None,
        false => Some(page(&settings, console.as_ref())),
    };
    let router = app::router(state, &settings.frontend, page, None);

    say(&format!("cruddur  {url}/"));
    if let Some(console) = &console {
        say(&format!("console  {}/", console.url().trim_end_matches('/')));
    }
    if !options.quiet {
        tokio::spawn(first_look::ask(url.clone()));
    }
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let served = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async {
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
    if let Some(console) = console {
        console.stop();
    }
    Ok(())
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
        console_url: console
            .map(|it| it.url().trim_end_matches('/').to_owned())
            .unwrap_or_default(),
        ..PageConfig::default()
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

pub(crate) fn say(line: &str) {
    println!("{line}");
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
