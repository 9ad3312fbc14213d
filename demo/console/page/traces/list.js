// The trace list at the left: newest first, live, by keyboard.

import { coalesced, get } from "../api.js";
import { h } from "../dom.js";
import { clock, count, duration, serviceColour } from "../format.js";
import { virtualList } from "../virtual.js";

const ROW_HEIGHT = 54;
const FIRST_LIMIT = 500;
const LIMIT_STEP = 4;
const MAX_LIMIT = 10_000;

/** { element, load(query), select(id), traces() }; `onOpen(id, focus)` when a trace is chosen. */
export function traceList({ onOpen, onLoaded }) {
  let traces = [];
  let selected = null;
  let query = "";
  let limit = FIRST_LIMIT;
  let longest = 1;

  const status = h("p.list-status", { role: "status" });
  const list = virtualList({
    rowHeight: ROW_HEIGHT,
    row,
    onEnd: more,
    attributes: {
      role: "listbox",
      tabIndex: 0,
      "aria-label": "Traces, newest first",
      data: { list: "traces" },
      onkeydown: key,
    },
  });
  const element = h("section.trace-list", { "aria-label": "Trace list" }, status, list.element);

  const load = coalesced(async () => {
    const parameters = new URLSearchParams({ limit });
    if (query) parameters.set("q", query);
    try {
      traces = await get(`/api/traces?${parameters}`);
      const more = traces.length >= limit ? "+" : "";
      status.textContent = traces.length
        ? `${traces.length.toLocaleString("en")}${more} ${traces.length === 1 ? "trace" : "traces"}`
        : query
          ? "Nothing matches"
          : "No traces yet";
      status.classList.remove("bad");
    } catch (error) {
      traces = [];
      status.textContent = error.message;
      status.classList.add("bad");
    }
    longest = Math.max(1, ...traces.slice(0, 500).map((trace) => trace.duration_ms));
    list.set(traces);
    onLoaded(traces, query);
  });

  function more() {
    if (traces.length < limit || limit >= MAX_LIMIT) return;
    limit = Math.min(MAX_LIMIT, limit * LIMIT_STEP);
    load();
  }

  function row(trace, index) {
    const share = Math.log1p(trace.duration_ms) / Math.log1p(longest);
    const colour = trace.errors ? "var(--bad)" : serviceColour(trace.root_service ?? "");
    return h(
      "div.trace-row",
      {
        id: `trace-${trace.trace_id}`,
        role: "option",
        "aria-selected": String(trace.trace_id === selected),
        "aria-setsize": traces.length,
        "aria-posinset": index + 1,
        onclick: () => onOpen(trace.trace_id, false),
      },
      h(
        "div.trace-line",
        {},
        h("span.trace-name", {}, trace.root ?? "(no root yet)"),
        h("span.trace-duration", {}, duration(trace.duration_ms)),
      ),
      h(
        "div.trace-line.minor",
        {},
        h(
          "span.dots",
          { title: trace.services.join(", ") },
          trace.services.slice(0, 6).map((name) => h("i", { style: { background: serviceColour(name) } })),
        ),
        h("span", {}, clock(trace.start)),
        h("span", {}, count(trace.spans, "span")),
        trace.errors ? h("span.bad", {}, count(trace.errors, "error")) : null,
        h(
          "span.bar",
          { "aria-hidden": "true" },
          h("i", { style: { width: `${Math.max(2, share * 100)}%`, background: colour } }),
        ),
      ),
    );
  }

  function key(event) {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    if (step && traces.length && !event.metaKey && !event.ctrlKey) {
      event.preventDefault();
      const at = traces.findIndex((trace) => trace.trace_id === selected);
      const next = Math.max(0, Math.min(traces.length - 1, at < 0 ? 0 : at + step));
      onOpen(traces[next].trace_id, false);
      list.scrollTo(next);
    } else if (event.key === "Enter" && selected) {
      event.preventDefault();
      onOpen(selected, true);
    }
  }

  return {
    element,
    list: list.element,
    traces: () => traces,
    refresh: load,
    load(next) {
      if (next !== query) limit = FIRST_LIMIT;
      query = next;
      return load();
    },
    select(id) {
      selected = id;
      list.activate(id ? `trace-${id}` : null);
      list.refresh();
    },
  };
}
