// The main view: trace list, waterfall, panels.

import { coalesced, get, onChange } from "../api.js";
import { copyButton, fill, h } from "../dom.js";
import { clock, count, duration, serviceColour } from "../format.js";
import { tab } from "../registry.js";
import { detail } from "../traces/detail.js";
import { traceList } from "../traces/list.js";
import { waterfall } from "../traces/waterfall.js";
import { welcome } from "../traces/welcome.js";

tab({ id: "traces", title: "Traces", order: 0, mount });

function mount(element, first) {
  let context = first;
  let open = null;
  let shownRevision = null;

  const list = traceList({ onOpen: choose, onLoaded: loaded });
  const spans = waterfall({ onSelect: select, onLeave: () => list.list.focus() });
  const panel = detail();
  const heading = h("header.trace-head");
  const centre = h("section.trace", { "aria-label": "Trace" }, heading, spans.element);
  const empty = h("section.trace.empty", { "aria-label": "Welcome" });
  const grid = h("div.traces", {}, list.element, empty, centre, panel.element);
  element.append(grid);

  function choose(id, focus) {
    const query = context.query.get("q");
    // Before it is loaded: the next key steps on from here.
    list.select(id);
    context.go(`/trace/${id}${query ? `?q=${encodeURIComponent(query)}` : ""}`, { replace: Boolean(open) });
    if (focus) spans.list.focus();
  }

  function select(span) {
    panel.show(about(span));
    const query = new URLSearchParams(context.query);
    query.set("span", span.span_id);
    history.replaceState(null, "", `/trace/${open.id}?${query}`);
  }

  function about(span) {
    return {
      traceId: open.id, spans: open.spans, logs: open.logs, span,
      go: context.go, search: context.search,
    };
  }

  function loaded(traces, query) {
    const isEmpty = !traces.length && !query;
    if (isEmpty && !context.traceId) fill(empty, welcome());
    else if (!context.traceId) {
      if (traces.length && !open) choose(traces[0].trace_id, false);
      else if (!traces.length) fill(empty, h("h1", {}, "Nothing matches this search"));
    }
    const mine = traces.find((trace) => trace.trace_id === context.traceId);
    if (mine && mine.revision !== shownRevision) loadTrace();
  }

  const loadTrace = coalesced(async () => {
    const id = context.traceId;
    if (!id) return show(null);
    const known = list.traces().find((trace) => trace.trace_id === id);
    try {
      const [spanList, logs] = await Promise.all([
        get(`/api/traces/${encodeURIComponent(id)}`),
        get(`/api/logs?trace_id=${encodeURIComponent(id)}`),
      ]);
      shownRevision = known?.revision ?? null;
      if (id === context.traceId) show({ id, spans: spanList, logs });
    } catch (error) {
      show(null);
      fill(empty, h("h1", {}, error.message));
    }
  });

  /** All was cleared, or much was missed. */
  async function startAnew() {
    await list.refresh();
    if (!context.traceId) return;
    if (list.traces().length) return loadTrace();
    const query = context.query.get("q");
    context.go(query ? `/?q=${encodeURIComponent(query)}` : "/", { replace: true });
  }

  function show(trace) {
    const isSame = Boolean(trace && open?.id === trace.id);
    open = trace;
    centre.hidden = !trace;
    empty.hidden = Boolean(trace);
    grid.classList.toggle("with-trace", Boolean(trace));
    list.select(trace?.id ?? null);
    if (!trace) return panel.show(null);
    spans.show(trace.spans, trace.logs, isSame);
    fill(heading, summary(trace));
    const wanted = context.query.get("span");
    const span = trace.spans.find((one) => one.span_id === wanted) ?? spans.first();
    document.title = `${spans.first()?.name ?? "Trace"} · Cruddur console`;
    if (span) {
      spans.select(span.span_id);
      panel.show(about(span));
    }
  }

  function summary(trace) {
    const root = spans.first();
    const services = [...new Set(trace.spans.map((span) => span.service))];
    const errors = trace.spans.filter((span) => span.status === "error").length;
    const known = list.traces().find((one) => one.trace_id === trace.id);
    return [
      h(
        "div.trace-title",
        {},
        h("h1", {}, root?.name ?? trace.id),
        h(
          "span.actions",
          {},
          copyButton("Copy JSON", () => JSON.stringify(trace.spans, null, 2)),
          copyButton("Copy link", () => `${location.origin}/trace/${trace.id}`),
        ),
      ),
      h(
        "div.facts",
        {},
        h("b", {}, duration(known?.duration_ms ?? root?.duration_ms)),
        h("span", {}, clock(root?.start)),
        h("span", {}, count(trace.spans.length, "span")),
        errors ? h("span.bad", {}, count(errors, "error")) : null,
        known?.overflowed ? h("span.bad", {}, `${known.overflowed} more not kept`) : null,
        services.map((name) => h("span.service", {}, h("i.swatch", { style: { background: serviceColour(name) } }), name)),
      ),
    ];
  }

  const stop = onChange((topics) => {
    if (topics.has("all")) return void startAnew();
    if (topics.has("traces")) list.refresh();
    if (open && topics.has("logs")) loadTrace();
  });
  show(null);
  list.load(context.query.get("q") ?? "");
  if (context.traceId) loadTrace();

  return {
    update(next) {
      const searched = (next.query.get("q") ?? "") !== (context.query.get("q") ?? "");
      const moved = next.traceId !== context.traceId;
      context = next;
      if (searched) {
        if (!next.traceId) show(null);
        list.load(next.query.get("q") ?? "");
      }
      if (moved && next.traceId) loadTrace();
      else if (moved) {
        show(null);
        loaded(list.traces(), next.query.get("q") ?? "");
      }
    },
    unmount: stop,
  };
}
