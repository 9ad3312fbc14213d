// Fields: what the span is, its attributes with their types, and who sent it.

import { breakable, copyButton, h } from "../dom.js";
import { duration, quoted } from "../format.js";
import { panel } from "../registry.js";

const LONG_TEXT = 600;
const MANY_FIELDS = 200;

panel({
  id: "fields",
  title: "Fields",
  order: 0,
  count: ({ span }) => Object.keys(span.attributes).length,
  render,
});

function render(element, { span, search }) {
  const basics = {
    "span id": span.span_id,
    "parent id": span.parent_id ?? "none",
    kind: span.kind,
    start: span.start,
    duration: duration(span.duration_ms),
    status: span.status_message ? `${span.status}: ${span.status_message}` : span.status,
  };
  if (span.trace_state) basics["trace state"] = span.trace_state;
  element.append(
    section("Attributes", span.attributes, span.types, search),
    section("Span", basics, {}, null),
    section("Resource", span.resource, {}, null),
    section("Scope", { name: span.scope, version: span.scope_version || "none" }, {}, null),
  );
  if (span.links.length) {
    const links = Object.fromEntries(span.links.map((link, index) => [`link ${index + 1}`, `${link.trace_id} ${link.span_id}`]));
    element.append(section("Links", links, {}, null));
  }
  const [attributes, events, dropped] = span.dropped;
  if (attributes || events || dropped) {
    element.append(h("p.hint", {}, `The sender dropped ${attributes} attributes, ${events} events and ${dropped} links.`));
  }
  element.append(h("p.actions", {}, copyButton("Copy span as JSON", () => JSON.stringify(span, null, 2))));
}

/** A table of keys and values, foldable, with a filter when it is long. */
export function section(title, fields, types, search) {
  const entries = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  const table = h("dl.fields");
  const draw = (needle, limit) => {
    const wanted = entries.filter(([key, value]) => !needle || `${key}=${text(value)}`.toLowerCase().includes(needle));
    table.replaceChildren(...wanted.slice(0, limit).map(([key, value]) => field(key, value, Object.hasOwn(types, key) ? types[key] : null, search)));
    if (wanted.length > limit) {
      table.append(
        h("button.quiet", { type: "button", onclick: () => draw(needle, Infinity) }, `Show ${wanted.length - limit} more`),
      );
    }
  };
  draw("", MANY_FIELDS);
  const filter =
    entries.length > 12
      ? h("input.filter", {
          type: "search",
          placeholder: "Filter",
          "aria-label": `Filter ${title}`,
          oninput: (event) => draw(event.target.value.toLowerCase(), MANY_FIELDS),
        })
      : null;
  return h("details.section", { open: true }, h("summary", {}, title, h("span.count", {}, entries.length)), filter, entries.length ? table : h("p.hint", {}, "None."));
}

function field(key, value, type, search) {
  const kind = type ?? (value === null ? "null" : Array.isArray(value) ? "list" : typeof value);
  const whole = text(value);
  const shown = h("span", { className: `value ${kind}`, title: kind }, whole.slice(0, LONG_TEXT));
  const more =
    whole.length > LONG_TEXT
      ? h("button.quiet", { type: "button", onclick: (event) => { shown.textContent = whole; event.target.remove(); } }, `Show all ${whole.length.toLocaleString("en")} characters`)
      : null;
  const find = search && whole.length <= LONG_TEXT
    ? h("button.quiet.find-like", { type: "button", title: "Traces with this value", "aria-label": `Find traces with ${key} of this value`, onclick: () => search(`${quoted(key)}=${quoted(value)}`) }, "find")
    : null;
  return h("div.field", {}, h("dt", {}, breakable(key)), h("dd", {}, shown, more, find));
}

function text(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
