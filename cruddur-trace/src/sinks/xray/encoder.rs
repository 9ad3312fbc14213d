//! What the transports share: fragments in, documents out.

use std::sync::{Arc, OnceLock};

use super::{Document, Translator, XraySettings, documents};
use crate::pipeline::{Batch, Loss};
use crate::record::Attribute;

/// A translator that learns once where it runs.
#[derive(Debug)]
pub(super) struct Encoder {
    settings: XraySettings,
    translator: Translator,
    late: Option<Arc<OnceLock<Vec<Attribute>>>>,
}

impl Encoder {
    pub(super) fn new(settings: &XraySettings) -> Self {
        Self {
            translator: Translator::new(settings),
            late: Some(Arc::clone(&settings.late)),
            settings: settings.clone(),
        }
    }

    /// The documents of a batch, and what could not be put into any.
    pub(super) fn encode(&mut self, batch: &Batch) -> (Vec<Document>, Vec<(Loss, u64)>) {
        self.learn();
        let fragments = batch.fragments.iter().map(AsRef::as_ref);
        let max_bytes = self.settings.max_document_bytes;
        let (documents, too_large) = documents(&self.translator, fragments, max_bytes);
        let refused = if too_large > 0 { vec![(Loss::TooLarge, too_large)] } else { Vec::new() };
        (documents, refused)
    }

    /// Takes what was found out since; what somebody set by hand stays.
    fn learn(&mut self) {
        let Some(found) = self.late.as_ref().and_then(|late| late.get()) else { return };
        for attribute in found {
            let known = self.settings.resource.attributes().iter();
            if !known.into_iter().any(|it| it.key == attribute.key) {
                self.settings.resource.set(attribute.key.clone(), attribute.value.clone());
            }
        }
        self.translator = Translator::new(&self.settings);
        self.late = None;
    }
}
