//! What the telemetry is about: the service, its process, its host.

use super::{Attribute, Key, Value};

/// What the telemetry is about, as OpenTelemetry's resource attributes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resource {
    attributes: Vec<Attribute>,
}

impl Resource {
    /// All attributes, in the order in which they were first set.
    #[must_use]
    pub fn attributes(&self) -> &[Attribute] {
        &self.attributes
    }

    /// The text of an attribute.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|it| it.key == key).and_then(|it| it.value.as_str())
    }

    /// `service.name`, or `unknown_service` as the specification has it.
    #[must_use]
    pub fn service_name(&self) -> &str {
        self.text("service.name").unwrap_or("unknown_service")
    }

    /// Sets an attribute, in place of an earlier value.
    pub fn set(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        let attribute = Attribute::new(key, value);
        match self.attributes.iter_mut().find(|it| it.key == attribute.key) {
            Some(found) => *found = attribute,
            None => self.attributes.push(attribute),
        }
    }

    /// Adds what was found out later; what is known already stays as it is.
    pub(crate) fn learn(&mut self, found: &[Attribute]) {
        for attribute in found {
            if !self.attributes.iter().any(|it| it.key == attribute.key) {
                self.attributes.push(attribute.clone());
            }
        }
    }
}
