//! Sentry's client with a transport that counts transactions.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use sentry_core::protocol::EnvelopeItem;
use sentry_core::{Client, ClientOptions, Envelope, Hub, Transport, TransportFactory};

use crate::count::Count;
use crate::settings;

/// Takes envelopes to a thread, as Sentry's own transports do.
#[derive(Debug, Clone)]
struct Counting(Arc<Mutex<SyncSender<Message>>>);

#[derive(Debug)]
enum Message {
    Send(Box<Envelope>),
    Settled(SyncSender<()>),
}

impl Transport for Counting {
    fn send_envelope(&self, envelope: Envelope) {
        let sender = self.0.lock().expect("no panic");
        sender
            .send(Message::Send(Box::new(envelope)))
            .expect("the thread lives as long as the sender");
    }
}

struct Factory(Counting);

impl TransportFactory for Factory {
    fn create_transport_with_options(
        &self,
        _: sentry_core::TransportOptions,
    ) -> Arc<dyn Transport> {
        Arc::new(self.0.clone())
    }
}

/// A client on the process's own hub.
#[derive(Debug)]
pub struct Installed {
    transport: Counting,
    /// Transactions that came out.
    pub count: Arc<Count>,
}

/// Makes the counting client the process's own.
#[must_use]
pub fn install() -> Installed {
    let (sender, receiver) = sync_channel(4_096);
    let count = Arc::new(Count::default());
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for message in receiver {
            match message {
                Message::Send(envelope) => {
                    let transactions =
                        envelope.items().filter(|it| matches!(it, EnvelopeItem::Transaction(_)));
                    counted.add(transactions.count() as u64, 0);
                }
                Message::Settled(answer) => drop(answer.send(())),
            }
        }
    });
    let transport = Counting(Arc::new(Mutex::new(sender)));
    let options = ClientOptions::new()
        .dsn("http://key@127.0.0.1:9/1")
        .traces_sample_rate(settings::SENTRY_TRACES_SAMPLE_RATE)
        .transport(Factory(transport.clone()));
    Hub::main().bind_client(Some(Arc::new(Client::with_options(options))));
    Installed { transport, count }
}

impl Installed {
    /// Waits until everything so far is counted.
    pub fn settle(&self) {
        let (sender, receiver) = sync_channel(1);
        let message = Message::Settled(sender);
        self.transport.0.lock().expect("no panic").send(message).expect("the thread lives");
        receiver.recv().expect("an answer");
    }
}
