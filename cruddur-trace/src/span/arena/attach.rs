//! What code says of a span, within its limits: attributes, events, links, a name.

use super::Arena;
use super::content::{Dropped, Extra, Field, FieldKind};
use crate::record::clock::Stamp;
use crate::record::text::first_bytes;
use crate::record::{Attribute, Key, Link, Usage, Value};

/// Attributes, events and links over the limits, of which is remembered whose they were.
const MAX_DROPPED: usize = 65_536;

impl Arena {
    #[inline]
    pub(crate) fn field(
        &mut self,
        span: u32,
        key: &'static str,
        kind: FieldKind,
        bits: u64,
        usage: Usage,
    ) {
        if self.admit_attribute(span) || self.forget_earlier(span, key) {
            self.fields.push(Field { key, bits, span, kind, usage });
        }
    }

    #[inline]
    pub(crate) fn text_field(&mut self, span: u32, key: &'static str, text: &str, usage: Usage) {
        self.text_of_kind(span, key, FieldKind::Text, text, usage);
    }

    /// The same for a text that outlives the program.
    #[inline]
    pub(crate) fn word_field(&mut self, span: u32, key: &'static str, word: &'static str) {
        if word.len() > self.limits.attribute_value_bytes {
            return self.text_field(span, key, word, Usage::Default);
        }
        let bits = self.words.len() as u64;
        self.words.push(word);
        self.field(span, key, FieldKind::Word, bits, Usage::Default);
    }

    /// The same for one of the kinds that are text.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the kind is known where it is called")]
    pub(crate) fn text_of_kind(
        &mut self,
        span: u32,
        key: &'static str,
        kind: FieldKind,
        text: &str,
        usage: Usage,
    ) {
        let text = first_bytes(text, self.limits.attribute_value_bytes);
        let offset = self.text.len();
        if offset + text.len() > u32::MAX as usize {
            return self.drop_over_limit(span, Dropped::Attribute);
        }
        self.text.push_str(text);
        let bits = (offset as u64) << 32 | text.len() as u64;
        self.field(span, key, kind, bits, usage);
        self.mind_bytes();
    }

    pub(crate) fn attribute(&mut self, span: u32, mut attribute: Attribute) {
        if let Value::Str(text) = &mut attribute.value
            && text.len() > self.limits.attribute_value_bytes
        {
            *text = first_bytes(text, self.limits.attribute_value_bytes).to_owned().into();
        }
        if self.admit_attribute(span) || self.forget_earlier(span, &attribute.key) {
            self.extras.push((span, Extra::Attribute(attribute)));
        }
    }

    pub(crate) fn event(&mut self, span: u32, name: Key, time: Stamp, attributes: Vec<Attribute>) {
        if self.count(span, |extra| matches!(extra, Extra::Event { .. }))
            < self.limits.events_per_span
        {
            self.extras.push((span, Extra::Event { name, time, attributes }));
        } else {
            self.drop_over_limit(span, Dropped::Event);
        }
    }

    pub(crate) fn link(&mut self, span: u32, link: Link) {
        if self.count(span, |extra| matches!(extra, Extra::Link(_))) < self.limits.links_per_span {
            self.extras.push((span, Extra::Link(link)));
        } else {
            self.drop_over_limit(span, Dropped::Link);
        }
    }

    /// Names a span by a copy of these parts, one after the other.
    pub(crate) fn name(&mut self, span: u32, parts: &[&str]) {
        let offset = self.text.len();
        for part in parts {
            self.text.push_str(part);
        }
        let bits = (offset as u64) << 32 | (self.text.len() - offset) as u64;
        let usage = Usage::Default;
        self.fields.push(Field { key: "", bits, span, kind: FieldKind::Name, usage });
    }

    pub(crate) fn extra(&mut self, span: u32, extra: Extra) {
        self.extras.push((span, extra));
    }

    /// Room for one more attribute of this span; counts it, or counts what is dropped.
    #[inline]
    fn admit_attribute(&mut self, index: u32) -> bool {
        let limit = self.limits.attributes_per_span;
        match self.record_mut(index) {
            Some(record) if record.attributes >= limit => {
                self.drop_over_limit(index, Dropped::Attribute);
                false
            }
            Some(record) => {
                record.attributes += 1;
                true
            }
            // The span's record is elsewhere: the assembler counts.
            None => true,
        }
    }

    /// At the limit, an attribute that is set again takes the place of its earlier value.
    #[cold]
    fn forget_earlier(&mut self, span: u32, key: &str) -> bool {
        let field = self.fields.iter().rposition(|it| it.span == span && it.key == key);
        if let Some(at) = field {
            self.fields.remove(at);
        } else {
            let extra = self.extras.iter().rposition(|(index, extra)| {
                *index == span && matches!(extra, Extra::Attribute(it) if it.key == key)
            });
            let Some(at) = extra else { return false };
            self.extras.remove(at);
        }
        self.dropped.pop();
        true
    }

    #[cold]
    fn drop_over_limit(&mut self, index: u32, what: Dropped) {
        if self.dropped.len() < MAX_DROPPED {
            self.dropped.push((index, what));
        }
    }

    fn count(&self, span: u32, is_one: impl Fn(&Extra) -> bool) -> u32 {
        let mine = self.extras.iter().filter(|(index, extra)| *index == span && is_one(extra));
        u32::try_from(mine.count()).unwrap_or(u32::MAX)
    }

    fn mind_bytes(&mut self) {
        if self.text.len() > self.limits.hand_over_bytes {
            self.hand_over_finished();
        }
    }
}
