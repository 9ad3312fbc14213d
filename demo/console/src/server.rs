//! Binds the port, wires receivers, API, page and guard into one router, and stops.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::oneshot;

use crate::{App, Options, Shared, api, guard, live, page, receivers, store};

/// How long requests in flight get after the stop was asked for.
const GRACE: Duration = Duration::from_secs(1);

/// A console that runs on a thread and a runtime of its own, until [`Console::stop`] or drop.
#[derive(Debug)]
pub struct Console {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Console {
    /// Starts the console on its own thread and returns when it listens.
    ///
    /// # Errors
    ///
    /// When the port can't be had; the error names `CONSOLE_PORT` or `CONSOLE_HOST` and the remedy.
    pub fn start(options: Options) -> Result<Self, StartError> {
        let (ready, is_ready) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("cruddur-console".to_owned())
            .spawn(move || {
                let runtime =
                    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
                        Ok(runtime) => runtime,
                        Err(error) => {
                            let _ = ready.send(Err(StartError::runtime(error)));
                            return;
                        }
                    };
                runtime.block_on(async {
                    let bound = match Self::bind(options).await {
                        Ok(bound) => bound,
                        Err(error) => {
                            let _ = ready.send(Err(error));
                            return;
                        }
                    };
                    let _ = ready.send(Ok(bound.address()));
                    let _ = bound
                        .serve(async {
                            let _ = stopped.await;
                        })
                        .await;
                });
            })
            .map_err(StartError::runtime)?;
        let address = is_ready
            .recv()
            .unwrap_or_else(|_| Err(StartError::runtime(io::Error::other("the thread died"))))?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Takes the port, TCP and UDP; [`Bound::serve`] then runs on the caller's runtime.
    ///
    /// # Errors
    ///
    /// As [`Console::start`].
    pub async fn bind(options: Options) -> Result<Bound, StartError> {
        let attempts = if options.port == 0 { 16 } else { 1 };
        let mut last = None;
        for _ in 0..attempts {
            match Self::bind_both(&options).await {
                Ok((listener, datagrams, address)) => {
                    let app = Arc::new(App {
                        store: store::Store::new(&options),
                        live: live::Live::default(),
                        options,
                    });
                    return Ok(Bound { app, listener, datagrams, address });
                }
                Err(error) => last = Some(error),
            }
        }
        let cause = last.unwrap_or_else(|| io::Error::other("no attempt was made"));
        Err(StartError { address: Some(SocketAddr::new(options.host, options.port)), cause })
    }

    async fn bind_both(options: &Options) -> io::Result<(TcpListener, UdpSocket, SocketAddr)> {
        let listener = TcpListener::bind((options.host, options.port)).await?;
        let address = listener.local_addr()?;
        let datagrams = UdpSocket::bind(address).await?;
        Ok((listener, datagrams, address))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The page's address, for people.
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// Stops listening, lets requests in flight end (1 s at most), and waits for the thread.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.end();
    }
}

/// A console that has its port and serves nothing yet.
pub struct Bound {
    app: Shared,
    listener: TcpListener,
    datagrams: UdpSocket,
    address: SocketAddr,
}

impl Bound {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The page's address, for people.
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// Serves until `shutdown` is ready.
    ///
    /// # Errors
    ///
    /// When the listener fails.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future closes the port and all connections at once.
    pub async fn serve(
        self,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let Self { app, listener, datagrams, .. } = self;
        let router = router(&app);
        let (stopping, mut stopped) = tokio::sync::watch::channel(false);
        let closing = Arc::clone(&app);
        let graceful = async move {
            shutdown.await;
            closing.live.close();
            stopping.send_replace(true);
        };
        let server = axum::serve(listener, router).with_graceful_shutdown(graceful).into_future();
        tokio::select! {
            result = server => result,
            () = receive(&datagrams, &app) => Ok(()),
            () = async {
                let _ = stopped.wait_for(|stop| *stop).await;
                tokio::time::sleep(GRACE).await;
            } => Ok(()),
        }
    }
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Everything that the TCP port answers.
fn router(app: &Shared) -> Router {
    Router::new()
        .merge(receivers::router())
        .merge(api::router())
        .merge(page::router())
        .fallback(receivers::unknown)
        .layer(axum::middleware::from_fn_with_state(Arc::clone(app), guard::check))
        .with_state(Arc::clone(app))
}

/// Hands each datagram to the receivers, for as long as it is polled.
async fn receive(datagrams: &UdpSocket, app: &Shared) {
    let mut buffer = vec![0; 65_536];
    loop {
        match datagrams.recv_from(&mut buffer).await {
            Ok((length, _)) => receivers::datagram(app, &buffer[..length]),
            // ICMP errors of earlier answers surface here on some systems; they concern nobody.
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

fn url(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", address.port())
    } else {
        format!("http://{address}")
    }
}

/// The console could not start. `Display` names the setting and the remedy.
#[derive(Debug)]
pub struct StartError {
    address: Option<SocketAddr>,
    cause: io::Error,
}

impl StartError {
    fn runtime(cause: io::Error) -> Self {
        Self { address: None, cause }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.address, self.cause.kind()) {
            (Some(address), io::ErrorKind::AddrInUse) => write!(
                f,
                "CONSOLE_PORT={} is in use: stop the other program or set CONSOLE_PORT to a free port",
                address.port()
            ),
            (Some(address), _) => write!(
                f,
                "the console can't listen on {address}: check CONSOLE_HOST and CONSOLE_PORT"
            ),
            (None, _) => f.write_str("the console's thread could not start"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}
