// From spans as received to rows of a waterfall. Pure. Survives whatever was sent: parents that
// are missing, parents in circles, the same id twice, clocks that disagree.

const SKEW_TOLERANCE_MS = 1;
const LONG_AFTER_MS = 60_000;

/** { rows, start, end }: rows in the order shown, times in ms since the trace's first start. */
export function layout(spans) {
  if (!spans.length) return { rows: [], start: 0, end: 0 };
  const nodes = spans.map((span) => ({ span, nanos: BigInt(span.start_unix_nano), children: [] }));
  const base = nodes.reduce((least, node) => (node.nanos < least ? node.nanos : least), nodes[0].nanos);
  const byId = new Map();
  for (const node of nodes) {
    node.start = Number(node.nanos - base) / 1e6;
    if (!byId.has(node.span.span_id)) byId.set(node.span.span_id, node);
  }
  const roots = [];
  for (const node of nodes) {
    const parent = node.span.parent_id ? byId.get(node.span.parent_id) : null;
    node.orphan = Boolean(node.span.parent_id) && !parent;
    if (parent && parent !== node) parent.children.push(node);
    else roots.push(node);
  }
  const rows = [];
  const seen = new Set();
  for (const root of roots) descend(root, rows, seen);
  // What is left hangs in circles: enter each at its earliest span.
  for (const node of nodes) {
    if (seen.has(node)) continue;
    node.circular = true;
    descend(node, rows, seen);
  }
  align(rows);
  let start = Infinity;
  let end = -Infinity;
  for (const row of rows) {
    start = Math.min(start, row.start);
    end = Math.max(end, row.start + row.span.duration_ms);
  }
  for (const row of rows) row.start -= start;
  return { rows, start: 0, end: Math.max(end - start, 0.001) };
}

/** Depth first, without recursion: a chain may be 50,000 deep. */
function descend(root, rows, seen) {
  const stack = [{ node: root, depth: 0, parent: null }];
  while (stack.length) {
    const { node, depth, parent } = stack.pop();
    if (seen.has(node)) continue;
    seen.add(node);
    const row = {
      span: node.span,
      start: node.start,
      depth,
      parent,
      hasChildren: node.children.length > 0,
      orphan: node.orphan,
      circular: node.circular === true,
      shift: 0,
    };
    rows.push(row);
    const children = node.children.sort((a, b) => a.start - b.start);
    for (let index = children.length - 1; index >= 0; index--) {
      stack.push({ node: children[index], depth: depth + 1, parent: row });
    }
  }
}

/**
 * Moves spans of a machine whose clock disagrees into their parent, as Jaeger does: a child of
 * another service that starts before its parent, or a minute after it ended.
 */
function align(rows) {
  for (const row of rows) {
    const parent = row.parent;
    if (!parent) continue;
    if (row.span.service === parent.span.service) {
      row.shift = parent.shift;
      row.start += row.shift;
      continue;
    }
    const parentEnd = parent.start + parent.span.duration_ms;
    const before = row.start < parent.start - SKEW_TOLERANCE_MS;
    const longAfter = row.start > parentEnd + LONG_AFTER_MS;
    if (before || longAfter) {
      const room = Math.max(0, parent.span.duration_ms - row.span.duration_ms);
      row.shift = parent.start + room / 2 - row.start;
      row.start += row.shift;
    }
  }
}

/** The rows that are not inside a collapsed one. */
export function visibleRows(rows, collapsed) {
  const shown = [];
  let hiddenBelow = Infinity;
  for (const row of rows) {
    if (row.depth > hiddenBelow) continue;
    hiddenBelow = collapsed.has(row.span.span_id) && row.hasChildren ? row.depth : Infinity;
    shown.push(row);
  }
  return shown;
}

/** Round times for an axis between `from` and `to`, about `wanted` of them. */
export function ticks(from, to, wanted) {
  const step = niceStep((to - from) / wanted);
  const list = [];
  for (let time = Math.ceil(from / step) * step; time <= to && list.length < 50; time += step) {
    list.push(time);
  }
  return list;
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough || 1));
  const lead = rough / power;
  return (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
}
