// Metrics: every name received, its streams with their latest values, a line over time, and
// histograms whose exemplars lead to the traces they were measured in.

import { coalesced, get, onChange } from "../api.js";
import { histogram, lineChart, quantile, sparkline } from "../charts.js";
import { copyButton, fill, h } from "../dom.js";
import { clock, count } from "../format.js";
import { plain, unitName, writer } from "../metrics/units.js";
import { tab } from "../registry.js";

tab({ id: "metrics", title: "Metrics", order: 60, mount });

const SHOWN_STREAMS = 100;
const LINES = 8;

function mount(element, first) {
  let context = first;
  let metrics = [];
  const filter = h("input.filter", { type: "search", placeholder: "Filter names", "aria-label": "Filter metrics", oninput: draw });
  const facts = h("span.hint");
  const names = h("ol.picker", { "aria-label": "Metrics" });
  const detail = h("section.metric-detail", { "aria-label": "Metric" });
  const columns = h("div.columns", {}, names, detail);
  const nothing = h("div");
  element.append(h("section.page.metrics", {}, h("header.page-head", {}, h("h1", {}, "Metrics"), filter, facts), nothing, columns));

  const load = coalesced(async () => {
    const streams = await get("/api/metrics");
    const byName = new Map();
    for (const stream of streams) {
      if (!byName.has(stream.name)) byName.set(stream.name, { name: stream.name, streams: [] });
      byName.get(stream.name).streams.push(stream);
    }
    metrics = [...byName.values()];
    facts.textContent = metrics.length ? `${count(metrics.length, "metric")}, ${count(streams.length, "stream")}` : "";
    draw();
  });

  function draw() {
    columns.hidden = !metrics.length;
    filter.hidden = !metrics.length;
    fill(nothing, metrics.length ? null : empty());
    const needle = filter.value.toLowerCase();
    const wanted = metrics.filter(({ name }) => name.toLowerCase().includes(needle));
    const asked = context.query.get("name");
    const chosen = wanted.find(({ name }) => name === asked) ?? wanted.find(({ name }) => name === "http.server.request.duration") ?? wanted[0];
    fill(names, wanted.length ? wanted.map((metric) => line(metric, metric === chosen)) : h("li.hint", {}, "No name matches."));
    fill(detail, chosen ? about(chosen, context.go) : null);
  }

  function line(metric, isChosen) {
    const [one] = metric.streams;
    const address = `/tab/metrics?name=${encodeURIComponent(metric.name)}`;
    const points = summed(metric.streams.slice(0, SHOWN_STREAMS));
    return h(
      "li",
      {},
      h(
        "a",
        { href: address, "aria-current": isChosen ? "true" : null, onclick: (event) => { event.preventDefault(); context.go(address, { replace: true }); } },
        h("b", {}, metric.name || "(no name)"),
        h("span.hint", {}, [one.kind, unitName(one.unit), metric.streams.length > 1 ? count(metric.streams.length, "stream") : null].filter(Boolean).join(" · ")),
        sparkline(points, "var(--accent)"),
      ),
    );
  }

  load();
  return {
    update(next) {
      context = next;
      draw();
    },
    unmount: onChange((topics) => (topics.has("all") || topics.has("metrics")) && load()),
  };
}

/** The history of several streams in one, where they tell the same times. */
function summed(streams) {
  const byTime = new Map();
  for (const { history } of streams) {
    for (const [time, value] of history) if (value !== null) byTime.set(time, (byTime.get(time) ?? 0) + value);
  }
  return [...byTime].sort(([a], [b]) => a - b);
}

function about({ name, streams }, go) {
  const [one] = streams;
  const isHistogram = one.kind.includes("histogram");
  const write = writer(one.unit);
  const shown = streams.slice(0, SHOWN_STREAMS);
  const words = [one.kind, one.temporality, one.monotonic ? "only grows" : null, unitName(one.unit), one.service].filter(Boolean).join(" · ");
  return [
    h("header", {}, h("h2", {}, name), copyButton("Copy JSON", () => JSON.stringify(streams, null, 2))),
    h("p.hint", {}, words),
    one.description ? h("p", {}, one.description) : null,
    isHistogram ? shown.slice(0, 12).map((stream) => distribution(stream, write, go)) : values(shown, write, name),
    shown.length < streams.length ? h("p.hint", {}, `${streams.length - shown.length} more streams not shown.`) : null,
  ];
}

function values(streams, write, name) {
  const colour = (index) => `var(--service-${index % 8})`;
  const lines = streams.slice(0, LINES).map((stream, index) => ({ colour: colour(index), points: stream.history.filter(([, value]) => value !== null) }));
  const row = (stream, index) =>
    h(
      "tr",
      {},
      h("td", {}, index < LINES ? h("i.swatch", { style: { background: colour(index) } }) : null),
      h("td", {}, labels(stream.attributes)),
      h("td.number", {}, stream.kind === "summary" ? plain(stream.point.count) : write(stream.point.value)),
      h("td.number", {}, clock(stream.time).slice(0, 8)),
    );
  return [
    lineChart(lines, { format: write, label: `${name} over time` }),
    h("table.grid-table", {}, h("thead", {}, h("tr", {}, h("td", {}), ["Attributes", "Latest", "At"].map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, streams.map(row))),
  ];
}

function distribution(stream, write, go) {
  const { count: number, sum, min, max, bounds = [], buckets = [] } = stream.point;
  const estimate = (share) => quantile(bounds, buckets, share);
  const facts = [
    ["count", plain(number)],
    ["average", number && sum !== null ? write(sum / number) : null],
    ["p50 ≈", maybe(estimate(0.5), write)],
    ["p95 ≈", maybe(estimate(0.95), write)],
    ["min", maybe(min, write)],
    ["max", maybe(max, write)],
  ].filter(([, value]) => value !== null);
  const marks = stream.exemplars
    .filter((exemplar) => exemplar.trace_id && exemplar.value !== null)
    .map((exemplar) => {
      const href = `/trace/${exemplar.trace_id}?span=${exemplar.span_id}`;
      return { value: exemplar.value, href, title: `${write(exemplar.value)} at ${clock(exemplar.time).slice(0, 8)}`, onclick: (event) => { event.preventDefault(); go(href); } };
    });
  return h(
    "article.card",
    {},
    h("div.metric-labels", {}, labels(stream.attributes)),
    h("dl.facts-row", {}, facts.map(([key, value]) => h("div", {}, h("dt", {}, key), h("dd", {}, value)))),
    histogram(bounds, buckets, { format: write, marks }),
    marks.length ? h("p.hint", {}, "Each dot is a measurement with its trace: ", marks.slice(-4).map((mark) => [h("a", { href: mark.href, onclick: mark.onclick }, mark.title), " "])) : null,
  );
}

const maybe = (value, write) => (value === null || value === undefined ? null : write(value));

function labels(attributes) {
  const entries = Object.entries(attributes);
  if (!entries.length) return h("span.hint", {}, "no attributes");
  return entries.map(([key, value]) => h("span.label", {}, `${key}=`, h("b", {}, typeof value === "string" ? value : JSON.stringify(value))));
}

function empty() {
  const text = `OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}`;
  return h(
    "div.empty-state",
    {},
    h("h2", {}, "No metrics yet"),
    h("p", {}, "Metrics sent by OTLP appear here, with their history and, for histograms, the traces behind them."),
    h("pre", { tabIndex: 0 }, text),
    h("p.actions", {}, copyButton("Copy", text)),
  );
}
