// X-Ray: the segment document of the trace as it was sent, with the selected span's part first.

import { get } from "../api.js";
import { copyButton, h } from "../dom.js";
import { bytes } from "../format.js";
import { panel } from "../registry.js";

panel({ id: "xray", title: "X-Ray", order: 30, render });

async function render(element, { traceId, span }) {
  const hint = h("p.hint", {}, "Looking…");
  element.append(hint);
  let found;
  try {
    found = await get(`/api/xray/traces/${traceId}`);
  } catch (error) {
    hint.textContent = `${error.message}: not sampled, or X-Ray is off.`;
    return;
  }
  hint.remove();
  for (const sent of found.documents) {
    const part = partOf(sent.document, span.span_id);
    if (part) element.append(h("h3", {}, "This span"), documentView(part, JSON.stringify(part).length, "part of a document"));
  }
  element.append(h("h3", {}, "As sent"));
  for (const sent of found.documents) element.append(sentDocument(sent));
}

/** The part of a document that shows this span. */
export function partOf(part, id) {
  if (part.id === id) {
    const { subsegments, ...own } = part;
    return subsegments ? { ...own, subsegments: `${subsegments.length} nested` } : own;
  }
  for (const nested of part.subsegments ?? []) {
    const found = partOf(nested, id);
    if (found) return found;
  }
  return null;
}

/** One document: how it came, what X-Ray would ignore, and its text. */
export function sentDocument(sent) {
  const kind = sent.is_segment ? "segment" : "subsegment on its own";
  const view = documentView(sent.document, sent.bytes, `${kind} ${sent.name}, by ${sent.transport.toUpperCase()}`);
  view.append(h("p.actions", {}, copyButton("Copy as sent", () => sent.raw)));
  if (sent.unknown.length) view.append(h("p.hint", {}, `X-Ray ignores: ${sent.unknown.join(", ")}`));
  return view;
}

function documentView(document, size, title) {
  return h(
    "details.section.xray-document",
    { open: true },
    h("summary", {}, title, h("span.count", {}, bytes(size))),
    h("pre", {}, JSON.stringify(document, null, 2)),
  );
}
