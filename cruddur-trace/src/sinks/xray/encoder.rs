//! What the transports share: fragments in, documents out.

use super::{Document, Translator, XraySettings, documents};
use crate::pipeline::diagnose::{Verbosity, say};
use crate::pipeline::{Batch, Loss};
use crate::record::Attribute;

/// A translator that may learn where it runs.
#[derive(Debug)]
pub(super) struct Encoder {
    settings: XraySettings,
    translator: Translator,
}

impl Encoder {
    pub(super) fn new(settings: &XraySettings) -> Self {
        Self { translator: Translator::new(settings), settings: settings.clone() }
    }

    /// The documents of a batch, and what could not be put into any.
    pub(super) fn encode(&self, batch: &Batch) -> (Vec<Document>, Vec<(Loss, u64)>) {
        let fragments = batch.fragments.iter().map(AsRef::as_ref);
        let max_bytes = self.settings.max_document_bytes;
        let (documents, too_large) = documents(&self.translator, fragments, max_bytes);
        if self.settings.debug {
            for document in &documents {
                // At the level at which start-up speaks: who switched this on wants to see it.
                let text = String::from_utf8_lossy(&document.bytes);
                say(Verbosity::Info, format_args!("X-Ray is sent {text}"));
            }
        }
        let refused = if too_large > 0 { vec![(Loss::TooLarge, too_large)] } else { Vec::new() };
        (documents, refused)
    }

    /// Takes what was found out since; what somebody set by hand stays.
    pub(super) fn learn(&mut self, found: &[Attribute]) {
        self.settings.resource.learn(found);
        self.translator = Translator::new(&self.settings);
    }
}
