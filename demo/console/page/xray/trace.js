// One trace as X-Ray has it: what it is, its timeline, and the part that is selected.

import { fill, h } from "../dom.js";
import { clock, duration } from "../format.js";
import { inspector } from "./inspector.js";
import { STATUS, rowsOf } from "./model.js";
import { timeline } from "./timeline.js";

/** { element, show(found), partId() }; `found` as GET /api/xray/traces/{id} gives it. */
export function traceView({ go, partId = null }) {
  const element = h("div.xr-trace");
  let selected = partId;
  let tabId = "overview";
  let rows = [];
  let found = null;

  function show(trace) {
    found = trace;
    rows = rowsOf(trace.documents);
    draw();
  }

  function draw() {
    const row = rows.find((it) => it.part.id === selected) ?? rows[0];
    if (!row) return void fill(element, h("p.hint", {}, "No document of this trace is kept."));
    selected = row.part.id;
    const select = (next) => {
      selected = next.part.id;
      draw();
      element.querySelector(".xr-rows")?.focus({ preventScroll: true });
      element.querySelector(`[id="xr-${selected}"]`)?.scrollIntoView({ block: "nearest" });
    };
    const openTab = (id) => {
      tabId = id;
      draw();
    };
    const scrolled = element.querySelector(".xr-rows")?.scrollTop ?? 0;
    fill(element, summary(), timeline(rows, selected, select), inspector(row, tabId, openTab));
    element.querySelector(".xr-rows").scrollTop = scrolled;
  }

  function summary() {
    const { summary: told, trace_id: id } = found;
    const status = told.HasFault ? "fault" : told.HasThrottle ? "throttle" : told.HasError ? "error" : told.IsPartial ? "running" : "ok";
    const facts = [
      ["Status", h("span", {}, h("i", { className: `xr-dot ${status}` }), STATUS[status])],
      ["Method and URL", [told.Http.HttpMethod, told.Http.HttpURL].filter(Boolean).join(" ") || "–"],
      ["Response code", told.Http.HttpStatus ?? "–"],
      ["Duration", duration(told.Duration * 1000)],
      ["Started", clock(new Date(told.StartTime * 1000).toISOString())],
      ["Documents", found.documents.length],
    ];
    const address = `/trace/${id.slice(2).replace("-", "")}`;
    const follow = (event) => {
      event.preventDefault();
      go(address);
    };
    return h(
      "header.xr-summary",
      {},
      h("div.xr-id", {}, h("code", {}, id), h("a", { href: address, onclick: follow }, "spans of this trace")),
      h("dl", {}, facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value)))),
    );
  }

  return { element, show };
}
