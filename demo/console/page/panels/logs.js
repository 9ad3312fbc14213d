// Log lines of the trace; those of the selected span stand out.

import { h } from "../dom.js";
import { clock } from "../format.js";
import { panel } from "../registry.js";
import { asSent } from "./sent.js";

panel({
  id: "logs",
  title: "Logs",
  order: 20,
  applies: ({ logs }) => logs.length > 0,
  count: ({ logs, span }) => logs.filter((log) => log.span_id === span.span_id).length,
  render,
});

function render(element, { logs, span }) {
  const inTime = [...logs].reverse();
  element.append(h("ol.loglines", {}, inTime.map((log) => logLine(log, log.span_id === span.span_id))));
}

panel({
  id: "cloudwatch",
  title: "CloudWatch line",
  order: 32,
  applies: ({ logs }) => logs.some(wasPut),
  count: ({ logs, span }) => logs.filter((log) => wasPut(log) && log.span_id === span.span_id).length,
  render: renderSent,
});

const wasPut = (log) => typeof log.cloudwatch?.message === "string";

/** The trace's events as CloudWatch Logs got them, those of the selected span first and open. */
function renderSent(element, { logs, span }) {
  const put = [...logs].reverse().filter(wasPut);
  const isMine = (log) => log.span_id === span.span_id;
  for (const log of [...put.filter(isMine), ...put.filter((log) => !isMine(log))]) {
    const { group, stream, message } = log.cloudwatch;
    element.append(asSent(`As sent to ${group} / ${stream}`, message, isMine(log)));
  }
}

/** One line: time, severity, text, and its attributes when opened. */
export function logLine(log, isMine = true) {
  const severity = severityOf(log);
  const body = typeof log.body === "string" ? log.body : JSON.stringify(log.body);
  const attributes = Object.entries(log.attributes);
  return h(
    "li",
    { className: `logline ${severity}${isMine ? "" : " other"}` },
    h("time", { dateTime: log.time }, clock(log.time)),
    h("b", {}, log.severity || severity),
    h("span.text", {}, body ?? log.event_name),
    attributes.length
      ? h("span.attrs", {}, attributes.map(([key, value]) => h("span", {}, `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)))
      : null,
  );
}

function severityOf(log) {
  const number = log.severity_number;
  return number >= 17 ? "error" : number >= 13 ? "warn" : number >= 9 ? "info" : number >= 5 ? "debug" : "trace";
}
