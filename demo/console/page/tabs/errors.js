// Rollbar items: grouped as Rollbar groups them, each occurrence with its frames, request,
// telemetry and trace.

import { coalesced, get, onChange } from "../api.js";
import { fill, h } from "../dom.js";
import { clock } from "../format.js";
import { tab } from "../registry.js";

tab({ id: "errors", title: "Errors", order: 30, mount });

function mount(element, { query, go }) {
  let chosen = query?.get?.("item") ?? query?.item ?? null;
  const list = h("ol.error-items");
  const detail = h("section.error-detail", { "aria-live": "polite" });
  const counts = h("span.hint");
  element.append(
    h(
      "section.page.errors",
      {},
      h("header.page-head", {}, h("h1", {}, "Errors"), counts),
      h("div.error-columns", {}, list, detail),
    ),
  );

  const load = coalesced(async () => {
    const { items, counts: count, deploys } = await get("/api/errors");
    const parts = [`${count.accepted} occurrences`];
    if (count.duplicates) parts.push(`${count.duplicates} duplicates discarded`);
    if (count.refused) parts.push(`${count.refused} refused`);
    if (deploys.length) parts.push(`last deploy: ${deploys[0].revision} to ${deploys[0].environment}`);
    fill(counts, parts.join(" · "));
    chosen ??= items[0]?.id ?? null;
    fill(list, items.length ? items.map(line) : h("li.hint", {}, "No errors yet: open /rollbar/test of the backend."));
    if (!chosen) return void fill(detail);
    const { occurrences } = await get(`/api/errors/occurrences?item=${encodeURIComponent(chosen)}`);
    fill(detail, occurrences.length ? occurrence(occurrences, go) : h("p.hint", {}, "No occurrence is kept any more."));
  });

  function line(item) {
    const open = () => {
      chosen = item.id;
      load();
    };
    return h(
      "li",
      { className: item.id === chosen ? "chosen" : "" },
      h(
        "button.error-item",
        { type: "button", onclick: open, "aria-pressed": String(item.id === chosen) },
        h("span", { className: `level ${item.level}` }, item.level),
        h("b", {}, item.title),
        h("span.hint", {}, [item.context, item.environment, `${item.count}×`].filter(Boolean).join(" · ")),
      ),
    );
  }

  load();
  return { unmount: onChange((topics) => (topics.has("all") || topics.has("errors")) && load()) };
}

/** The latest occurrence, and links to the others' traces. */
function occurrence(occurrences, go) {
  const [latest, ...earlier] = occurrences;
  const { data } = latest;
  return [
    h("header", {}, h("h2", {}, clock(iso(latest.received))), h("code", {}, latest.uuid), traceLink(latest, go)),
    ...exceptions(data),
    data.body.message ? h("pre", { tabIndex: 0 }, data.body.message.body) : null,
    section("Request", data.request && pairs(flat(data.request))),
    section("Person", data.person && pairs(flat(data.person))),
    section("Telemetry", telemetry(data.body.telemetry)),
    section("Custom", data.custom && pairs(flat(data.custom))),
    section("Sent from", pairs(flat({ ...data.server, ...data.notifier, code_version: data.code_version, framework: data.framework, language: data.language }))),
    section(
      "Earlier occurrences",
      earlier.length && h("ol", {}, earlier.map((it) => h("li", {}, clock(iso(it.received)), " ", h("code", {}, it.uuid), " ", traceLink(it, go)))),
    ),
  ];
}

function exceptions(data) {
  const chain = data.body.trace_chain ?? (data.body.trace ? [data.body.trace] : []);
  return chain.map(({ exception, frames }, index) =>
    h(
      "article.exception",
      {},
      h("h3", {}, index ? "caused by " : "", h("b", {}, exception.class), exception.message ? `: ${exception.message}` : ""),
      frames.length
        ? h("ol.frames", {}, [...frames].reverse().map((frame) => h("li", {}, h("code", {}, frame.method ?? "?"), " ", h("span.hint", {}, place(frame)))))
        : null,
    ),
  );
}

const place = (frame) => [frame.filename, frame.lineno].filter((it) => it !== undefined && it !== null).join(":");

function traceLink({ trace_id: traceId, data }, go) {
  if (!traceId) return null;
  const span = (data.attributes ?? []).find((it) => it.key === "span_id")?.value ?? "";
  const address = `/trace/${traceId}?span=${span}`;
  return h("a.to-trace", { href: address, onclick: (event) => { event.preventDefault(); go(address); } }, "trace");
}

function telemetry(entries) {
  if (!entries?.length) return null;
  return h(
    "ol.loglines",
    {},
    entries.map((entry) => h("li", { className: `logline ${entry.level}` }, h("time", {}, clock(iso(entry.timestamp_ms * 1e6))), h("b", {}, entry.level), h("span.text", {}, entry.body.message ?? JSON.stringify(entry.body)))),
  );
}

const section = (title, content) => (content ? h("article", {}, h("h3", {}, title), content) : null);

const pairs = (entries) =>
  entries.length ? h("dl.pairs", {}, entries.map(([key, value]) => [h("dt", {}, key), h("dd", {}, folded(value))])) : null;

const LINES_IN_SIGHT = 8;

/** Text of many lines, such as a native backtrace, is unfolded by who wants it. */
function folded(text) {
  const lines = text.split("\n");
  if (lines.length <= LINES_IN_SIGHT) return text;
  return h("details", {}, h("summary", {}, `${lines.length} lines`), h("pre", { tabIndex: 0 }, text));
}

/** Nested objects as dotted keys; lists of text as lines. */
function flat(object, prefix = "") {
  return Object.entries(object).flatMap(([key, value]) => {
    if (value === null || value === undefined) return [];
    if (Array.isArray(value)) return [[prefix + key, value.map((it) => (typeof it === "string" ? it : JSON.stringify(it))).join("\n")]];
    if (typeof value === "object") return flat(value, `${prefix}${key}.`);
    return [[prefix + key, String(value)]];
  });
}

const iso = (nanos) => new Date(nanos / 1e6).toISOString();
