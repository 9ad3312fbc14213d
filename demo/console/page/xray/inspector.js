// One segment or subsegment: overview, annotations, metadata, exceptions, SQL, resources, and the
// document that it came in, as sent.

import { copyButton, fill, h } from "../dom.js";
import { bytes, clock, duration } from "../format.js";
import { STATUS, flat } from "./model.js";

/** The view of a row; `tabId` says which tab is open, `onTab` hears of another. */
export function inspector(row, tabId, onTab) {
  const { part } = row;
  const tabs = [
    ["overview", "Overview", null, () => overview(row)],
    ["annotations", "Annotations", count(part.annotations), () => pairs(part.annotations, "No annotations: nothing here is indexed.")],
    ["metadata", "Metadata", count(part.metadata), () => metadata(part.metadata)],
    ["exceptions", "Exceptions", exceptionsOf(part).length || null, () => exceptions(part)],
    part.sql && ["sql", "SQL", null, () => pairs(part.sql)],
    ["resources", "Resources", null, () => pairs({ ...(part.origin && { origin: part.origin }), ...(part.service && { service: part.service }), ...part.aws }, "Nothing is known of what runs it.")],
    ["raw", "Raw", null, () => raw(row)],
  ].filter(Boolean);
  const open = tabs.find(([id]) => id === tabId) ?? tabs[0];
  const body = h("div.xr-pane", { role: "tabpanel" });
  fill(body, open[3]());
  return h(
    "section.xr-inspector",
    { "aria-label": `Details of ${part.name}` },
    h("h3", {}, h("i", { className: `xr-dot ${row.status}` }), part.name, h("small", {}, row.isSegment ? "segment" : "subsegment")),
    h(
      "div.panel-tabs",
      { role: "tablist" },
      tabs.map(([id, title, number]) =>
        h("button", { type: "button", role: "tab", "aria-selected": String(id === open[0]), onclick: () => onTab(id) }, title, number ? h("span.count", {}, String(number)) : null),
      ),
    ),
    body,
  );
}

const count = (object) => (object ? Object.keys(object).length || null : null);

function overview(row) {
  const { part } = row;
  const request = part.http?.request ?? {};
  return pairs(
    compact({
      id: part.id,
      parent_id: part.parent_id,
      name: part.name,
      status: STATUS[row.status],
      started: clock(new Date(part.start_time * 1000).toISOString()),
      ended: part.end_time && clock(new Date(part.end_time * 1000).toISOString()),
      duration: part.in_progress ? undefined : duration(row.end - row.start),
      namespace: part.namespace,
      user: part.user,
      request: [request.method, request.url].filter(Boolean).join(" ") || undefined,
      response: part.http?.response?.status,
      content_length: part.http?.response?.content_length,
      client_ip: request.client_ip && `${request.client_ip}${request.x_forwarded_for ? " (forwarded)" : ""}`,
      user_agent: request.user_agent,
      sampling_rule: part.aws?.xray?.sampling_rule_name,
      links: part.links?.map((link) => `${link.trace_id} ${link.id}`).join(", "),
    }),
  );
}

const compact = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== ""));

function pairs(object, nothing = "Nothing here.") {
  const entries = object ? flat(object) : [];
  if (!entries.length) return h("p.hint", {}, nothing);
  return h("dl", {}, entries.map(([key, value]) => h("div.field", {}, h("dt", {}, key), h("dd", {}, h("span", { className: `value ${typeof value}` }, String(value))))));
}

function metadata(namespaces) {
  if (!namespaces) return h("p.hint", {}, "No metadata.");
  return Object.entries(namespaces).map(([name, entries]) => [h("h4", {}, name), pairs(entries)]);
}

const exceptionsOf = (part) => (typeof part.cause === "object" ? (part.cause.exceptions ?? []) : []);

function exceptions(part) {
  const list = exceptionsOf(part);
  if (!list.length) return h("p.hint", {}, typeof part.cause === "string" ? `Caused by exception ${part.cause}.` : "No exceptions.");
  const causes = new Set(list.map((it) => it.cause).filter(Boolean));
  return list.map((it) =>
    h(
      "article.event.bad-edge",
      {},
      h("h3", {}, `${causes.has(it.id) ? "caused by " : ""}${it.type ?? "error"}`, h("small", {}, it.id)),
      h("p", {}, it.message ?? ""),
      it.stack?.length
        ? h("ol.xr-stack", {}, it.stack.map((frame) => h("li", {}, h("code", {}, frame.label || "?"), " ", h("span.hint", {}, [frame.path, frame.line || null].filter(Boolean).join(":")))))
        : null,
      it.truncated ? h("p.hint", {}, `${it.truncated} more frames were left out.`) : null,
      it.skipped ? h("p.hint", {}, `${it.skipped} more exceptions were left out.`) : null,
    ),
  );
}

function raw({ sent }) {
  const kind = sent.is_segment ? "segment" : "subsegment on its own";
  return [
    h("p.hint", {}, `A ${kind} of ${bytes(sent.bytes)}, by ${sent.transport.toUpperCase()}, as it was sent. `, copyButton("Copy as sent", () => sent.raw)),
    sent.unknown.length ? h("p.hint", {}, `X-Ray ignores: ${sent.unknown.join(", ")}`) : null,
    h("pre", { tabIndex: 0 }, JSON.stringify(JSON.parse(sent.raw), null, 2)),
  ];
}
