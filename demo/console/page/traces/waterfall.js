// The waterfall: one row a span, bars coloured by service, zoom by dragging over the overview.

import { h } from "../dom.js";
import { duration, serviceColour } from "../format.js";
import { virtualList } from "../virtual.js";
import { layout, ticks, visibleRows } from "./tree.js";

const ROW_HEIGHT = 28;
const WANTED_TICKS = 6;
const SMALLEST_ZOOM = 1e-5;

/** { element, show(spans, logs), select(spanId) }; `onSelect(span)` when a span is chosen. */
export function waterfall({ onSelect, onLeave }) {
  let rows = [];
  let shown = [];
  let total = 0.001;
  let from = 0;
  let to = 0.001;
  let selected = null;
  let logCounts = new Map();
  const collapsed = new Set();

  const axis = h("div.axis", { "aria-hidden": "true" });
  const overview = h("canvas.overview", { "aria-hidden": "true", title: "Drag to zoom, double-click for all" });
  const lens = h("div.lens", { "aria-hidden": "true" });
  const reset = h("button.quiet.zoom-reset", { type: "button", hidden: true, onclick: () => zoom(0, total) }, "Whole trace");
  const list = virtualList({
    rowHeight: ROW_HEIGHT,
    row,
    attributes: {
      role: "tree",
      tabIndex: 0,
      "aria-label": "Spans",
      data: { list: "spans" },
      onkeydown: key,
    },
  });
  const element = h(
    "div.waterfall",
    {},
    h("div.wf-head", {}, h("div.wf-label", {}, "Span", reset), h("div.wf-time", {}, h("div.overview-box", {}, overview, lens), axis)),
    list.element,
  );
  dragToZoom();
  new ResizeObserver(drawOverview).observe(overview);
  list.element.addEventListener("wheel", wheel, { passive: false });

  function row(item) {
    const { span } = item;
    const isError = span.status === "error";
    const exceptions = span.events.filter((event) => event.name === "exception");
    const logs = logCounts.get(span.span_id) ?? 0;
    const colour = serviceColour(span.service);
    const isCollapsed = collapsed.has(span.span_id);
    return h(
      "div.span-row",
      {
        id: `span-${span.span_id}`,
        role: "treeitem",
        "aria-level": item.depth + 1,
        "aria-selected": String(span.span_id === selected),
        "aria-expanded": item.hasChildren ? String(!isCollapsed) : null,
        "aria-label": `${span.name}, ${span.service}, ${duration(span.duration_ms)}${isError ? ", error" : ""}`,
        onclick: () => choose(span),
        ondblclick: () => zoomTo(item),
      },
      h(
        "div.wf-label",
        { style: { paddingLeft: `${10 + Math.min(item.depth, 24) * 14}px` } },
        item.hasChildren
          ? h("span.caret", { onclick: (event) => toggle(event, span) }, isCollapsed ? "▸" : "▾")
          : h("span.caret", {}),
        h("i.swatch", { style: { background: colour } }),
        h("span.span-name", { title: span.name }, span.name || "(no name)"),
        item.orphan && item.depth === 0 ? h("span.note", { title: "Its parent has not arrived, or belongs to a caller that sends elsewhere" }, "parent elsewhere") : null,
        item.circular ? h("span.note", { title: "Its parents form a circle" }, "circular") : null,
        item.shift && !item.parent?.shift ? h("span.note", { title: "Shown inside its parent; the two machines' clocks disagree" }, `clock ${item.shift < 0 ? "+" : "−"}${duration(Math.abs(item.shift))}`) : null,
        logs ? h("span.note", { title: "Log lines of this span" }, `${logs} log${logs === 1 ? "" : "s"}`) : null,
        isError || exceptions.length ? h("span.note.bad", {}, exceptions.length ? "exception" : "error") : null,
      ),
      h("div.wf-time", {}, bar(item, colour, isError)),
    );
  }

  function bar(item, colour, isError) {
    const width = to - from;
    const left = ((item.start - from) / width) * 100;
    const size = (item.span.duration_ms / width) * 100;
    const parts = [];
    if (left < 100 && left + size > 0) {
      const clipped = Math.max(0, left);
      parts.push(
        h("span.span-bar", {
          className: isError ? "span-bar error" : "span-bar",
          style: {
            left: `${clipped}%`,
            width: `${Math.min(100, left + size) - clipped}%`,
            background: colour,
          },
        }),
      );
      const base = BigInt(item.span.start_unix_nano);
      for (const event of item.span.events.slice(0, 100)) {
        const time = item.start + Number(BigInt(event.time_unix_nano) - base) / 1e6;
        const at = ((time - from) / width) * 100;
        if (at < 0 || at > 100) continue;
        const kind = event.name === "exception" ? "span-event bad" : "span-event";
        parts.push(h("span", { className: kind, title: event.name, style: { left: `${at}%` } }));
      }
    }
    const label = h("span.bar-label", {}, duration(item.span.duration_ms));
    const end = Math.max(0, Math.min(100, left + size));
    if (end > 82) {
      const begin = Math.max(0, Math.min(100, left));
      if (begin > 14) Object.assign(label.style, { right: `calc(${100 - begin}% + 6px)` });
      else {
        label.classList.add("inside");
        Object.assign(label.style, { right: `calc(${100 - end}% + 6px)` });
      }
    } else Object.assign(label.style, { left: `calc(${end}% + 6px)` });
    parts.push(label);
    return parts;
  }

  function choose(span) {
    selected = span.span_id;
    list.activate(`span-${selected}`);
    list.refresh();
    onSelect(span);
  }

  function toggle(event, span) {
    event?.stopPropagation();
    if (!collapsed.delete(span.span_id)) collapsed.add(span.span_id);
    shown = visibleRows(rows, collapsed);
    list.set(shown);
  }

  function key(event) {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const at = shown.findIndex((item) => item.span.span_id === selected);
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[event.key];
    const item = shown[at];
    if (step && shown.length) {
      const next = Math.max(0, Math.min(shown.length - 1, at < 0 ? 0 : at + step));
      choose(shown[next].span);
      list.scrollTo(next);
    } else if (event.key === "ArrowRight" && item?.hasChildren && collapsed.has(selected)) {
      toggle(null, item.span);
    } else if (event.key === "ArrowLeft" && item) {
      if (item.hasChildren && !collapsed.has(selected)) toggle(null, item.span);
      else if (item.parent) choose(item.parent.span);
    } else if (event.key === "Enter" && item) zoomTo(item);
    else if (event.key === "0") zoom(0, total);
    else if (event.key === "+" || event.key === "=") zoomAround((from + to) / 2, 0.5);
    else if (event.key === "-") zoomAround((from + to) / 2, 2);
    else if (event.key === "Escape") {
      if (from > 0 || to < total) zoom(0, total);
      else onLeave();
    } else return;
    event.preventDefault();
  }

  function zoom(nextFrom, nextTo) {
    from = Math.max(0, nextFrom);
    to = Math.min(total, Math.max(nextTo, from + total * SMALLEST_ZOOM));
    const isWhole = from <= 0 && to >= total;
    reset.hidden = isWhole;
    lens.hidden = isWhole;
    lens.style.left = `${(from / total) * 100}%`;
    lens.style.width = `${((to - from) / total) * 100}%`;
    axis.replaceChildren(
      ...ticks(from, to, WANTED_TICKS)
        .map((time) => ({ time, share: (time - from) / (to - from) }))
        .filter(({ share }) => share < 0.95)
        .map(({ time, share }) =>
          h("span", { style: { left: `${share * 100}%` } }, time ? duration(time) : "0"),
        ),
    );
    list.refresh();
  }

  function zoomTo(item) {
    const margin = item.span.duration_ms * 0.05;
    zoom(item.start - margin, item.start + item.span.duration_ms + margin);
  }

  function zoomAround(time, factor) {
    zoom(time - (time - from) * factor, time + (to - time) * factor);
  }

  function wheel(event) {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const box = overview.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    zoomAround(from + (to - from) * share, event.deltaY > 0 ? 1.25 : 0.8);
  }

  function dragToZoom() {
    let begin = null;
    const time = (event) => {
      const box = overview.getBoundingClientRect();
      return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * total;
    };
    overview.addEventListener("pointerdown", (event) => {
      begin = time(event);
      overview.setPointerCapture(event.pointerId);
    });
    overview.addEventListener("pointermove", (event) => {
      if (begin === null) return;
      const now = time(event);
      if (Math.abs(now - begin) > total * 0.005) zoom(Math.min(begin, now), Math.max(begin, now));
    });
    overview.addEventListener("pointerup", () => (begin = null));
    overview.addEventListener("dblclick", () => zoom(0, total));
  }

  function drawOverview() {
    const scale = devicePixelRatio || 1;
    const { clientWidth: width, clientHeight: height } = overview;
    if (!width || !height) return;
    overview.width = width * scale;
    overview.height = height * scale;
    const paint = overview.getContext("2d");
    paint.scale(scale, scale);
    const style = getComputedStyle(overview);
    const colours = new Map();
    const colour = (text) => {
      if (!colours.has(text)) colours.set(text, style.getPropertyValue(text.slice(4, -1)).trim());
      return colours.get(text);
    };
    const thickness = Math.max(1, Math.min(4, (height - 4) / Math.max(1, rows.length)));
    rows.forEach((item, index) => {
      paint.fillStyle = item.span.status === "error" ? colour("var(--bad)") : colour(serviceColour(item.span.service));
      const top = 2 + (index / Math.max(1, rows.length)) * (height - 4);
      const size = Math.max(1, (item.span.duration_ms / total) * width);
      paint.fillRect((item.start / total) * width, top, size, Math.max(1, thickness - 0.5));
    });
  }

  return {
    element,
    list: list.element,
    select(id) {
      const index = shown.findIndex((item) => item.span.span_id === id);
      if (index < 0) return;
      selected = id;
      list.activate(`span-${id}`);
      list.scrollTo(index);
    },
    show(spans, logs, isSameTrace) {
      const wasWhole = from <= 0 && to >= total;
      const result = layout(spans);
      rows = result.rows;
      total = result.end;
      logCounts = new Map();
      for (const log of logs) logCounts.set(log.span_id, (logCounts.get(log.span_id) ?? 0) + 1);
      if (!isSameTrace) {
        collapsed.clear();
        selected = null;
        list.element.scrollTop = 0;
      }
      shown = visibleRows(rows, collapsed);
      list.set(shown);
      zoom(...(isSameTrace && !wasWhole ? [from, to] : [0, total]));
      drawOverview();
    },
    first: () => rows[0]?.span ?? null,
  };
}
