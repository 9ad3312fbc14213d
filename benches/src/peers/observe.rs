//! cruddur-trace's own core, with a consumer on a thread of its own.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use cruddur_trace::record::{Callsite, Outcome, Sampling, UnixNanos};
use cruddur_trace::span::{
    Assembler, Collector, Piece, Root, RootOptions, RootStart, share_recycled,
};

use crate::count::Count;

/// The root of a benchmark's request.
pub static ROOT: Callsite = Callsite::new("root", "benches::root", "benches", file!(), line!());

/// Takes pieces to a thread that turns them into records and counts them.
#[derive(Debug)]
pub struct Counting {
    sender: Mutex<Option<Sender<Message>>>,
    /// What came out.
    pub count: Arc<Count>,
}

enum Message {
    Piece(Piece),
    Settle(Sender<()>),
}

impl Counting {
    /// Starts the thread.
    #[must_use]
    pub fn start() -> Arc<Self> {
        let (sender, receiver) = channel();
        let count = Arc::new(Count::default());
        let counted = Arc::clone(&count);
        std::thread::spawn(move || {
            let mut assembler = Assembler::default();
            for message in receiver {
                match message {
                    Message::Piece(piece) => {
                        if let Some(fragment) = assembler.take(piece, UnixNanos(0)) {
                            let attributes =
                                fragment.spans.iter().map(|it| it.attributes.len() as u64);
                            counted.add(fragment.spans.len() as u64, attributes.sum());
                        }
                    }
                    Message::Settle(done) => {
                        share_recycled();
                        let _ = done.send(());
                    }
                }
            }
        });
        Arc::new(Self { sender: Mutex::new(Some(sender)), count })
    }

    /// Waits until everything so far is counted.
    pub fn settle(&self) {
        let (done, wait) = channel();
        self.send(Message::Settle(done));
        let _ = wait.recv();
    }

    fn send(&self, message: Message) {
        if let Some(sender) = &*self.sender.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = sender.send(message);
        }
    }

    /// Starts a request.
    pub fn root(self: &Arc<Self>, sampling: Sampling) -> Root {
        let mut options = RootOptions::new(&ROOT);
        options.sampling = Some(sampling);
        Root::start(options)
    }

    /// Runs one request.
    pub fn request(self: &Arc<Self>, sampling: Sampling, run: impl FnOnce()) {
        let mut root = self.root(sampling);
        root.enter(run);
        root.end(Outcome::Ok);
    }
}

impl Collector for Counting {
    fn hand_over(&self, piece: Piece) {
        self.send(Message::Piece(piece));
    }

    fn sample(&self, _: &RootStart<'_>) -> Sampling {
        Sampling::ALWAYS
    }
}
