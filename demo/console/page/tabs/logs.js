// All log records, newest first, each with a link to its trace.

import { coalesced, get, onChange } from "../api.js";
import { fill, h } from "../dom.js";
import { logLine } from "../panels/logs.js";
import { tab } from "../registry.js";

tab({ id: "logs", title: "Logs", order: 20, mount });

function mount(element, { go }) {
  let records = [];
  const lines = h("ol.loglines.page-lines");
  const filter = h("input.filter", {
    type: "search",
    placeholder: "Filter lines",
    "aria-label": "Filter log lines",
    oninput: draw,
  });
  element.append(h("section.page", {}, h("header.page-head", {}, h("h1", {}, "Logs"), filter), lines));

  function draw() {
    const needle = filter.value.toLowerCase();
    const wanted = records.filter((log) => !needle || JSON.stringify([log.body, log.attributes, log.severity]).toLowerCase().includes(needle));
    fill(lines, wanted.length ? wanted.map(line) : h("li.hint", {}, records.length ? "No line matches." : "No log records yet."));
  }

  function line(log) {
    const item = logLine(log);
    if (log.trace_id) {
      const address = `/trace/${log.trace_id}?span=${log.span_id ?? ""}`;
      item.append(h("a.to-trace", { href: address, onclick: (event) => { event.preventDefault(); go(address); } }, "trace"));
    }
    return item;
  }

  const load = coalesced(async () => {
    records = await get("/api/logs?limit=500");
    draw();
  });
  load();
  return { unmount: onChange((topics) => (topics.has("all") || topics.has("logs")) && load()) };
}
