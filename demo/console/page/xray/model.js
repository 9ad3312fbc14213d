// Segment documents as rows of a timeline. Pure.

/**
 * All parts of a trace in the order in which a timeline shows them: each segment, below it what it
 * nests and what was sent on its own for it. A row: { part, sent, depth, isSegment, isAlone, orphan,
 * start, end, status, code }; times in milliseconds since the trace began.
 */
export function rowsOf(documents) {
  const nodes = [];
  const byId = new Map();
  const tops = [];
  for (const sent of documents) gather(sent.document, sent, null);
  for (const node of nodes) {
    if (node.parent) continue;
    const above = node.isSegment ? null : byId.get(node.part.parent_id);
    if (above && !isBelow(above, node)) {
      node.parent = above;
      above.children.push(node);
    } else tops.push({ ...node, orphan: !node.isSegment });
  }
  const begin = nodes.reduce((least, node) => Math.min(least, node.part.start_time), Infinity);
  const rows = [];
  for (const node of byStart(tops)) walk(node, 0);
  return rows;

  function gather(part, sent, parent) {
    const isSegment = !parent && part.type !== "subsegment";
    const node = { part, sent, parent, isSegment, isAlone: !parent && !isSegment, children: [] };
    nodes.push(node);
    // Of two with one id the first is meant.
    if (!byId.has(part.id)) byId.set(part.id, node);
    parent?.children.push(node);
    for (const nested of part.subsegments ?? []) gather(nested, sent, node);
  }

  function walk(node, depth) {
    const { part, sent, isSegment, isAlone, orphan } = node;
    const end = part.end_time ?? Math.max(part.start_time, latest(node));
    const row = { part, sent, depth, isSegment, isAlone, orphan, status: statusOf(part), code: part.http?.response?.status };
    rows.push({ ...row, start: (part.start_time - begin) * 1000, end: (end - begin) * 1000 });
    for (const child of byStart(node.children)) walk(child, depth + 1);
  }
}

const byStart = (nodes) => [...nodes].sort((a, b) => a.part.start_time - b.part.start_time);

/** Whether `node` is above `other`: parts in a circle would stand nowhere. */
function isBelow(other, node) {
  for (let at = other; at; at = at.parent) if (at === node) return true;
  return false;
}

function latest(node) {
  const own = node.part.end_time ?? node.part.start_time;
  return node.children.reduce((most, child) => Math.max(most, latest(child)), own);
}

/** X-Ray's word for how a part went: fault, throttle, error, running or ok. */
export function statusOf(part) {
  if (part.fault) return "fault";
  if (part.throttle) return "throttle";
  if (part.error) return "error";
  return part.in_progress ? "running" : "ok";
}

/** Words for people. */
export const STATUS = { ok: "OK", error: "Error (4xx)", throttle: "Throttle (429)", fault: "Fault (5xx)", running: "In progress" };

/** { key: value, nested.key: value } of an object, flat. */
export function flat(value, prefix = "") {
  if (value === null || typeof value !== "object") return [[prefix, value]];
  const entries = Array.isArray(value) ? value.map((it, index) => [String(index), it]) : Object.entries(value);
  return entries.flatMap(([key, inner]) => flat(inner, prefix ? `${prefix}.${key}` : key));
}
