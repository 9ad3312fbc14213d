//! What the transports share: fragments in, documents out.

use std::sync::Arc;

use super::{Document, Translator, XraySettings, documents};
use crate::pipeline::diagnose::{Verbosity, say};
use crate::pipeline::{Batch, Loss};
use crate::record::{Attribute, Fragment, Resource};

/// Further services whose translators are kept.
const MAX_SERVICES: usize = 64;

/// A translator that may learn where it runs.
#[derive(Debug)]
pub(super) struct Encoder {
    settings: XraySettings,
    translator: Translator,
    /// Those of further services in this process.
    others: Vec<(Arc<Resource>, Translator)>,
}

impl Encoder {
    pub(super) fn new(settings: &XraySettings) -> Self {
        let translator = Translator::new(settings);
        Self { translator, others: Vec::new(), settings: settings.clone() }
    }

    /// The documents of a batch, and what could not be put into any.
    pub(super) fn encode(&mut self, batch: &Batch) -> (Vec<Document>, Vec<(Loss, u64)>) {
        let max_bytes = self.settings.max_document_bytes;
        let own = batch.fragments.iter().filter(|it| it.resource.is_none());
        let (mut found, mut too_large) =
            documents(&self.translator, own.map(AsRef::as_ref), max_bytes);
        let mut resources: Vec<&Arc<Resource>> = Vec::new();
        for resource in batch.fragments.iter().filter_map(|it| it.resource.as_ref()) {
            if !resources.iter().any(|it| Arc::ptr_eq(it, resource)) {
                resources.push(resource);
            }
        }
        for resource in resources {
            let translator = self.translator_of(resource);
            let is_its = |it: &&Arc<Fragment>| {
                it.resource.as_ref().is_some_and(|it| Arc::ptr_eq(it, resource))
            };
            let its = batch.fragments.iter().filter(is_its).map(AsRef::as_ref);
            let (documents, lost) = documents(translator, its, max_bytes);
            found.extend(documents);
            too_large += lost;
        }
        if self.settings.debug {
            for document in &found {
                // At the level at which start-up speaks: who switched this on wants to see it.
                let text = String::from_utf8_lossy(&document.bytes);
                say(Verbosity::Info, format_args!("X-Ray is sent {text}"));
            }
        }
        let refused = if too_large > 0 { vec![(Loss::TooLarge, too_large)] } else { Vec::new() };
        (found, refused)
    }

    /// Segments of another service have its name, whatever those of the process are called.
    fn translator_of(&mut self, resource: &Arc<Resource>) -> &Translator {
        let known = self.others.iter().position(|(it, _)| Arc::ptr_eq(it, resource));
        let at = known.unwrap_or_else(|| {
            // Services are few; should somebody make one for each request, the oldest goes.
            if self.others.len() >= MAX_SERVICES {
                self.others.remove(0);
            }
            let mut settings = self.settings.clone();
            settings.segment_name = None;
            settings.dynamic_naming = None;
            settings.resource = Resource::clone(resource);
            self.others.push((Arc::clone(resource), Translator::new(&settings)));
            self.others.len() - 1
        });
        &self.others[at].1
    }

    /// Takes what was found out since; what somebody set by hand stays.
    pub(super) fn learn(&mut self, found: &[Attribute]) {
        self.settings.resource.learn(found);
        self.translator = Translator::new(&self.settings);
    }
}
