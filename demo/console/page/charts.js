// Small pictures of numbers: a line over time, and bars of a histogram. SVG from text and numbers.

import { h, s } from "./dom.js";
import { clock } from "./format.js";

const WIDTH = 600;
const EDGE = 4;

/**
 * Lines over time: [{ name, colour, points: [[milliseconds, value]] }]. `format` writes a value.
 * Gives null when there is nothing to draw.
 */
export function lineChart(lines, { height = 160, format, label }) {
  const points = lines.flatMap((line) => line.points);
  if (!points.length) return null;
  const times = points.map(([time]) => time);
  const values = points.map(([, value]) => value);
  const [start, end] = [Math.min(...times), Math.max(...times)];
  const most = Math.max(...values, 0);
  const least = Math.min(...values, 0);
  const x = (time) => (end > start ? EDGE + ((time - start) / (end - start)) * (WIDTH - 2 * EDGE) : WIDTH / 2);
  const y = (value) => height - EDGE - ((value - least) / (most - least || 1)) * (height - 2 * EDGE);
  const at = ([time, value]) => `${x(time).toFixed(1)},${y(value).toFixed(1)}`;
  const svg = s(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
    [0, 0.5, 1].map((share) => s("line", { x1: 0, x2: WIDTH, y1: EDGE + share * (height - 2 * EDGE), y2: EDGE + share * (height - 2 * EDGE), class: "grid" })),
    lines.map((line) => draw(line, at, (time) => x(time))),
  );
  svg.style.height = `${height}px`;
  return h(
    "figure.chart",
    {},
    h("div.chart-y", { "aria-hidden": "true" }, h("span", {}, format(most)), h("span", {}, format(least))),
    h("div.chart-box", {}, svg, h("div.chart-x", { "aria-hidden": "true" }, h("span", {}, time(start)), h("span", {}, end > start ? time(end) : ""))),
  );
}

const time = (milliseconds) => clock(new Date(milliseconds).toISOString()).slice(0, 8);

function draw({ colour, points }, at, x) {
  const line = s("polyline", { points: points.map(at).join(" "), "vector-effect": "non-scaling-stroke" });
  line.style.stroke = colour;
  if (points.length > 1) return line;
  // A single point is no line: a short stroke stands for it.
  const [[when, value]] = points;
  const [left, level] = at([when, value]).split(",");
  const dash = s("line", { x1: Number(left) - 3, x2: Number(left) + 3, y1: level, y2: level, "vector-effect": "non-scaling-stroke", class: "mark" });
  dash.style.stroke = colour;
  return x ? dash : line;
}

/** A line without axes, for lists. */
export function sparkline(points, colour) {
  const chart = s("svg", { viewBox: "0 0 100 24", preserveAspectRatio: "none", class: "spark", "aria-hidden": "true" });
  if (points.length < 2) return chart;
  const values = points.map(([, value]) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const y = (value) => (most > least ? 22 - ((value - least) / (most - least)) * 20 : 12);
  const line = s("polyline", { points: points.map(([, value], index) => `${((index / (points.length - 1)) * 100).toFixed(1)},${y(value).toFixed(1)}`).join(" "), "vector-effect": "non-scaling-stroke" });
  line.style.stroke = colour;
  chart.append(line);
  return chart;
}

/**
 * Bars of a histogram with `buckets.length === bounds.length + 1`; empty ones at both ends are left
 * out. `marks` are [{ value, title }], dots above the bars.
 */
export function histogram(bounds, buckets, { format, marks = [] }) {
  const isUsed = buckets.map((number) => number > 0);
  const first = Math.max(0, isUsed.indexOf(true) - 1);
  const last = Math.min(buckets.length - 1, isUsed.lastIndexOf(true) + 1);
  if (!isUsed.includes(true)) return null;
  const most = Math.max(...buckets);
  const place = (value) => {
    const found = bounds.findIndex((bound) => value <= bound);
    return found < 0 ? buckets.length - 1 : found;
  };
  const bars = [];
  for (let index = first; index <= last; index += 1) {
    const from = index ? format(bounds[index - 1]) : "";
    const to = index < bounds.length ? format(bounds[index]) : "";
    const range = !from ? `up to ${to}` : !to ? `above ${from}` : `${from} to ${to}`;
    const mine = marks.filter((mark) => place(mark.value) === index);
    bars.push(
      h(
        "li",
        {},
        h("span.hist-marks", {}, mine.slice(-4).map(({ title }) => h("i", { title }))),
        h("span.hist-count", {}, buckets[index] ? buckets[index].toLocaleString("en") : ""),
        h("i.hist-bar", { title: `${range}: ${buckets[index]}`, style: { height: `${(buckets[index] / most) * 100}px` } }),
        h("span.hist-bound", { title: range }, to || "∞"),
      ),
    );
  }
  return h("ol.histogram", {}, bars);
}

/** Estimates the value that `share` of a histogram's measurements do not exceed. */
export function quantile(bounds, buckets, share) {
  const total = buckets.reduce((sum, number) => sum + number, 0);
  let left = total * share;
  for (let index = 0; index < buckets.length; index += 1) {
    if (left <= buckets[index] && buckets[index]) {
      if (index >= bounds.length) return bounds.at(-1) ?? null;
      const from = index ? bounds[index - 1] : Math.min(0, bounds[0]);
      return from + (bounds[index] - from) * (left / buckets[index]);
    }
    left -= buckets[index];
  }
  return null;
}
