// Health: per sink of every service what was sent, tried again, lost and why, and what waits; and
// what this console holds, within which bounds.

import { coalesced, get, onChange } from "../api.js";
import { breakable, copyButton, fill, h } from "../dom.js";
import { bytes, clock, count } from "../format.js";
import { tab } from "../registry.js";

tab({ id: "health", title: "Health", order: 90, mount });

const REFRESH_MS = 5000;

function mount(element) {
  const services = h("div.health-services");
  const own = h("div.health-own");
  element.append(
    h(
      "section.page.health",
      {},
      h("header.page-head", {}, h("h1", {}, "Health"), h("span.hint", {}, "what became of every record, sink by sink")),
      services,
      h("h2", {}, "This console"),
      own,
    ),
  );

  const load = coalesced(async () => {
    const [{ services: reports }, console] = await Promise.all([get("/api/health/sinks"), get("/api/health")]);
    fill(services, reports.length ? reports.map(service) : empty());
    fill(own, meters(console));
  });
  load();
  const stop = onChange((topics) => (topics.has("all") || topics.has("health") || topics.has("traces")) && load());
  const timer = setInterval(load, REFRESH_MS);
  return {
    unmount() {
      stop();
      clearInterval(timer);
    },
  };
}

function service(report) {
  const lost = report.sinks.reduce((sum, sink) => sum + total(sink.lost), 0);
  return h(
    "article.card",
    {},
    h(
      "header",
      {},
      h("i.state", { className: lost ? "state bad" : "state good" }),
      h("h2", {}, report.service),
      h("span.hint", {}, lost ? `${count(lost, "record")} lost` : "nothing lost"),
      h("span.hint.far", {}, `${report.source}${report.instance ? `, ${report.instance.slice(0, 8)}` : ""}, ${clock(report.updated).slice(0, 8)}`),
    ),
    h(
      "table.grid-table",
      {},
      h("thead", {}, h("tr", {}, ["Sink", "Taken in", "Sent", "Waiting", "Retries", "Lost", "Why"].map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, report.sinks.map(sinkRow)),
    ),
  );
}

function sinkRow(sink) {
  const lost = total(sink.lost);
  const number = (value, isBad) => h("td.number", { className: isBad ? "number bad" : "number" }, value === null || value === undefined ? "–" : value.toLocaleString("en"));
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, sink.name === "hand_over" ? "hand-over to all" : breakable(sink.name)),
    number(sink.accepted),
    number(sink.sent),
    number(sink.pending),
    number(sink.retries),
    number(lost, lost > 0),
    h("td", {}, Object.entries(sink.lost).map(([reason, records]) => h("span.note.bad", {}, `${reason.replaceAll("_", " ")} ${records.toLocaleString("en")}`))),
  );
}

const total = (lost) => Object.values(lost).reduce((sum, records) => sum + records, 0);

function meters(console) {
  const meter = (title, value, most, words) =>
    h(
      "div.meter",
      {},
      h("span", {}, title),
      h("b", {}, words),
      h("div.track", { role: "meter", "aria-label": title, "aria-valuemin": 0, "aria-valuemax": most, "aria-valuenow": Math.min(value, most) }, h("i", { style: { width: `${Math.min(100, (value / most) * 100)}%` } })),
    );
  const held = console.metrics;
  const text = (number) => number.toLocaleString("en");
  return [
    meter("Traces kept", console.traces, console.max_traces, `${text(console.traces)} of ${text(console.max_traces)}`),
    meter("Memory of spans", console.bytes, console.max_bytes, `${bytes(console.bytes)} of ${bytes(console.max_bytes)}`),
    meter("Memory of metrics", held.bytes, held.max_bytes, `${count(held.streams, "stream")}, ${bytes(held.bytes)} of ${bytes(held.max_bytes)}`),
    h("p.hint", {}, `${count(console.spans_received, "span")} received. The oldest traces leave when there is no more room: ${text(console.traces_evicted)} have so far.${held.overflowed ? ` ${count(held.overflowed, "metric point")} found no room.` : ""}`),
  ];
}

function empty() {
  const example = `curl -X POST ${location.origin}/api/health/sinks -H 'content-type: application/json' -d '{"service":"my-service","sinks":[{"name":"otlp","accepted":10,"sent":9,"retries":1,"pending":0,"lost":{"queue_full":1}}]}'`;
  return h(
    "div.empty-state",
    {},
    h("h2", {}, "No service has reported yet"),
    h("p", {}, "The demo reports by itself. Any other program is read from its otel.sdk.* metrics, or posts its own books:"),
    h("pre", { tabIndex: 0 }, example),
    h("p.actions", {}, copyButton("Copy", example)),
  );
}
