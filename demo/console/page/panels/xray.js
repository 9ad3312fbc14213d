// X-Ray beside a span: its part of the segment document, the timeline, and the document as sent.

import { get } from "../api.js";
import { h } from "../dom.js";
import { panel } from "../registry.js";
import { traceView } from "../xray/trace.js";
import { asSent } from "./sent.js";

panel({ id: "xray", title: "X-Ray", order: 30, render });

async function render(element, { traceId, span, go }) {
  const hint = h("p.hint", {}, "Looking…");
  element.append(hint);
  const found = await get(`/api/xray/traces/${traceId}?optional=true`);
  if (!found) {
    hint.textContent = "X-Ray has no such trace: not sampled, or X-Ray is off.";
    return;
  }
  hint.remove();
  const view = traceView({ go, partId: span.span_id });
  view.element.classList.add("narrow");
  element.append(view.element);
  view.show(found);
  for (const { name, raw } of found.documents) element.append(asSent(`As sent: ${name}`, raw, false));
}
