//! Spans in, whole documents out: what nests, what stands alone, and what must be cut.
//!
//! Documents are cut by bytes. A segment keeps as much of its tree nested as fits; then whole
//! subtrees are peeled off, the largest first, as subsegments of their own. A span that is too
//! large by itself is rendered again with less of it, down to what always fits. So every span ends
//! up in exactly one document, and every document within the limit.
//!
//! A long trace comes in several fragments. Its first one brings the segment that is still open, too:
//! it is sent as *in progress*, and replaced by the complete one in the end.

use std::collections::HashMap;
use std::ops::Range;

use crate::record::{Fragment, Sampling, SpanRecord};

use super::caps::Caps;
use super::json::Json;
use super::segment::Translator;

/// Levels of nesting within one document: readers of JSON give up at some depth (at 128, often).
const MAX_DEPTH: u32 = 32;
/// Bytes that the braces, the ids and `"type":"subsegment"` around a body take at most.
const FRAME_BYTES: usize = 160;
/// Bytes around a nested body: a comma, braces and the id.
const NESTED_BYTES: usize = 26;
/// Bytes of `,"subsegments":[]`.
const LIST_BYTES: usize = 17;

/// One document, ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    /// Compact JSON in UTF-8.
    pub(crate) bytes: Vec<u8>,
    /// Spans that it shows.
    pub(crate) spans: u64,
}

/// A span on its way into a document.
struct Node<'a> {
    span: &'a SpanRecord,
    sampling: &'a Sampling,
    body: Range<usize>,
    children: Vec<usize>,
    parent: Option<usize>,
    is_segment: bool,
    /// Bytes of it and of all that nests in it, frames counted generously.
    bytes: usize,
    /// Levels that it has, itself being one.
    depth: u32,
}

/// The documents of these fragments, and how many spans fit into none.
///
/// Fragments of one trace are put together, so that a subtree that was handed over by itself
/// nests where its parent is here too.
pub(crate) fn documents<'a>(
    translator: &Translator,
    fragments: impl IntoIterator<Item = &'a Fragment>,
    max_bytes: usize,
) -> (Vec<Document>, u64) {
    let mut traces: Vec<&Fragment> = fragments.into_iter().collect();
    traces.sort_by_key(|fragment| fragment.trace_id);
    let mut found = Vec::new();
    let mut too_large = 0;
    for trace in traces.chunk_by(|one, other| one.trace_id == other.trace_id) {
        let mut forest = Forest::grow(translator, trace);
        too_large += forest.render(translator, max_bytes);
        // Before what is below it, and not at all if it has ended meanwhile.
        let open = trace.iter().filter_map(|it| Some((it.in_progress.as_deref()?, &it.sampling)));
        for (span, sampling) in open.filter(|(span, _)| !forest.has(span)) {
            found.extend(in_progress(translator, span, sampling, max_bytes));
        }
        forest.compose(max_bytes, &mut found);
    }
    (found, too_large)
}

/// The document of a segment that has not ended; it counts for nothing, since the complete one
/// does. `None` if it does not fit.
fn in_progress(
    translator: &Translator,
    span: &SpanRecord,
    sampling: &Sampling,
    max_bytes: usize,
) -> Option<Document> {
    let alone = Fragment::new(span.trace_id, vec![span.clone()], sampling.clone());
    let mut forest = Forest::grow(translator, &[&alone]);
    let mut found = Vec::new();
    if forest.render(translator, max_bytes) == 0 {
        forest.compose(max_bytes, &mut found);
    }
    found.pop().map(|document| Document { spans: 0, ..document })
}

/// The spans of one trace, as trees.
struct Forest<'a> {
    nodes: Vec<Node<'a>>,
    /// Parents before their children.
    order: Vec<usize>,
    bodies: Json,
    /// Which nodes fit into no document.
    lost: Vec<bool>,
}

impl<'a> Forest<'a> {
    fn grow(translator: &Translator, trace: &[&'a Fragment]) -> Self {
        let spans = trace.iter().flat_map(|it| it.spans.iter().map(|span| (span, &it.sampling)));
        let mut nodes: Vec<Node<'a>> = spans
            .map(|(span, sampling)| Node {
                span,
                sampling,
                body: 0..0,
                children: Vec::new(),
                parent: None,
                is_segment: translator.is_segment(span),
                bytes: 0,
                depth: 1,
            })
            .collect();
        let mut by_id = HashMap::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            by_id.entry(node.span.span_id).or_insert(index);
        }
        for index in 0..nodes.len() {
            if nodes[index].is_segment {
                continue;
            }
            let parent = nodes[index].span.parent_id.and_then(|id| by_id.get(&id).copied());
            if let Some(parent) = parent.filter(|parent| *parent != index) {
                nodes[index].parent = Some(parent);
                nodes[parent].children.push(index);
            }
        }
        let order = order(&mut nodes);
        let lost = vec![false; nodes.len()];
        Self { nodes, order, bodies: Json::default(), lost }
    }

    fn has(&self, span: &SpanRecord) -> bool {
        self.nodes.iter().any(|node| node.span.span_id == span.span_id)
    }

    /// Renders each span, with as much of it as fits; gives how many fit into no document at all.
    fn render(&mut self, translator: &Translator, max_bytes: usize) -> u64 {
        let room = max_bytes.saturating_sub(FRAME_BYTES);
        let mut too_large = 0;
        for (index, node) in self.nodes.iter_mut().enumerate() {
            let start = self.bodies.len();
            let fits = Caps::STEPS.iter().any(|caps| {
                self.bodies.truncate(start);
                // As if something stood before it, so that it begins with a comma.
                self.bodies.splice(b"");
                translator.write_body(&mut self.bodies, node.span, node.sampling, caps);
                self.bodies.len() - start <= room
            });
            if !fits {
                self.bodies.truncate(start);
                self.lost[index] = true;
                too_large += 1;
            }
            node.body = start..self.bodies.len();
        }
        too_large
    }

    /// Decides bottom-up what nests, and writes each document where it is decided.
    fn compose(&mut self, max_bytes: usize, found: &mut Vec<Document>) {
        let room = max_bytes.saturating_sub(FRAME_BYTES);
        let mut alone: Vec<usize> = Vec::new();
        for position in (0..self.order.len()).rev() {
            let index = self.order[position];
            let mut children = std::mem::take(&mut self.nodes[index].children);
            let list = if children.is_empty() { 0 } else { LIST_BYTES };
            let own = self.nodes[index].body.len() + NESTED_BYTES + list;
            let lost = self.lost[index];
            children.retain(|child| {
                let nests = !lost && self.nodes[*child].depth < MAX_DEPTH;
                if !nests && !self.lost[*child] {
                    alone.push(*child);
                }
                nests && !self.lost[*child]
            });
            let mut total = own + children.iter().map(|it| self.nodes[*it].bytes).sum::<usize>();
            if total > room {
                // Smallest last, so that the largest are popped; ties keep the older span nested.
                let mut by_size = children.clone();
                by_size.sort_by_key(|child| (self.nodes[*child].bytes, std::cmp::Reverse(*child)));
                let mut peeled = std::collections::HashSet::new();
                while total > room {
                    let Some(largest) = by_size.pop() else { break };
                    total -= self.nodes[largest].bytes;
                    peeled.insert(largest);
                }
                children.retain(|child| !peeled.contains(child));
                alone.extend(peeled);
            }
            let deepest = children.iter().map(|child| self.nodes[*child].depth).max().unwrap_or(0);
            let node = &mut self.nodes[index];
            node.bytes = total;
            node.depth = deepest + 1;
            node.children = children;
            if node.parent.is_none() && !lost {
                alone.push(index);
            }
        }
        // Segments first, and older spans before younger: readers see the frame before the parts.
        alone.sort_by_key(|index| (!self.nodes[*index].is_segment, *index));
        found.extend(alone.into_iter().map(|index| self.document(index)));
    }

    fn document(&self, root: usize) -> Document {
        let node = &self.nodes[root];
        let mut json = Json::default();
        json.open_object();
        json.key("id");
        json.hex(u128::from(node.span.span_id.bits()), 16);
        json.key("trace_id");
        json.xray_trace_id(node.span.trace_id.bits());
        if let Some(parent) = node.span.parent_id {
            json.key("parent_id");
            json.hex(u128::from(parent.bits()), 16);
        }
        if !node.is_segment {
            json.key("type");
            json.text("subsegment");
        }
        let spans = self.write_inner(&mut json, root);
        json.close_object();
        Document { bytes: json.into_bytes(), spans }
    }

    /// Body and nested children, at most [`MAX_DEPTH`] deep; gives how many spans it wrote.
    fn write_inner(&self, json: &mut Json, index: usize) -> u64 {
        let node = &self.nodes[index];
        json.splice(&self.bodies.bytes()[node.body.clone()]);
        let mut spans = 1;
        if !node.children.is_empty() {
            json.key("subsegments");
            json.open_array();
            for child in &node.children {
                json.open_object();
                json.key("id");
                json.hex(u128::from(self.nodes[*child].span.span_id.bits()), 16);
                spans += self.write_inner(json, *child);
                json.close_object();
            }
            json.close_array();
        }
        spans
    }
}

/// All nodes, parents before children. Spans that are each other's parents are no tree: such a
/// circle is opened at its first span.
fn order(nodes: &mut [Node<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(nodes.len());
    let mut seen = vec![false; nodes.len()];
    let mut next = 0;
    let roots: Vec<usize> = (0..nodes.len()).filter(|it| nodes[*it].parent.is_none()).collect();
    for start in roots.into_iter().chain(0..nodes.len()) {
        if seen[start] {
            continue;
        }
        if let Some(parent) = nodes[start].parent.take() {
            nodes[parent].children.retain(|child| *child != start);
        }
        seen[start] = true;
        order.push(start);
        while let Some(&index) = order.get(next) {
            next += 1;
            for child in &nodes[index].children {
                if !seen[*child] {
                    seen[*child] = true;
                    order.push(*child);
                }
            }
        }
    }
    order
}
