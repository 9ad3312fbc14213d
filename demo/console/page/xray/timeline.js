// The segment timeline: one row a segment or subsegment, with a bar coloured by how it went.

import { h } from "../dom.js";
import { duration } from "../format.js";
import { STATUS } from "./model.js";

/** The table of rows; `onSelect(row)` when one is chosen. */
export function timeline(rows, selected, onSelect) {
  const total = rows.reduce((most, row) => Math.max(most, row.end), 0.001);
  const body = h("div.xr-rows", { role: "listbox", tabIndex: 0, "aria-label": "Segments and subsegments", onkeydown: key }, rows.map(line));
  return h("div.xr-timeline", {}, head(total), body);

  function line(row) {
    const { part } = row;
    const name = row.isSegment ? h("b", {}, part.name) : h("span", {}, part.name);
    const notes = [
      part.namespace && part.namespace !== "local" ? h("span.note", {}, part.namespace) : null,
      row.isAlone ? h("span.note", { title: "Sent as a document of its own" }, "own document") : null,
      row.orphan ? h("span.note", { title: "The segment above it has not arrived" }, "parent elsewhere") : null,
    ];
    return h(
      "div.xr-row",
      {
        role: "option",
        id: `xr-${part.id}`,
        className: row.isSegment ? "xr-row xr-segment" : "xr-row",
        "aria-selected": String(part.id === selected),
        "aria-label": `${part.name}, ${STATUS[row.status]}, ${duration(row.end - row.start)}`,
        onclick: () => onSelect(row),
      },
      h("div.xr-name", { title: part.name, style: { paddingLeft: `${10 + Math.min(row.depth, 16) * 14}px` } }, h("i", { className: `xr-dot ${row.status}` }), name, notes),
      h("div.xr-code", {}, row.code === undefined ? "–" : String(row.code)),
      h("div.xr-took", {}, part.in_progress ? "…" : duration(row.end - row.start)),
      h("div.xr-lane", {}, bar(row, total)),
    );
  }

  function key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = rows.findIndex((row) => row.part.id === selected);
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
    if (next) onSelect(next);
  }
}

function head(total) {
  const marks = [0, 0.25, 0.5, 0.75].map((part) => h("span", { style: { left: `${part * 100}%` } }, part ? duration(total * part) : "0"));
  return h("div.xr-head", { "aria-hidden": "true" }, h("div.xr-name", {}, "Segment"), h("div.xr-code", {}, "Code"), h("div.xr-took", {}, "Duration"), h("div.xr-lane", {}, marks));
}

function bar(row, total) {
  const left = Math.min(99.5, (row.start / total) * 100);
  const width = Math.max(0, Math.min(100 - left, ((row.end - row.start) / total) * 100));
  return h("span", { className: `xr-bar ${row.status}`, style: { left: `${left}%`, width: `max(3px, ${width}%)` } });
}
