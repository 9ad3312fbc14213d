// The answer's series over time, one line for each of the first rows.

import { h, s } from "../dom.js";
import { clock } from "../format.js";

const WIDTH = 1200;
const HEIGHT = 200;
const SLOTS = 8;
const EDGE = 6;

export function plot(answer, calculation, breakdowns) {
  const lines = linesOf(answer, calculation, breakdowns);
  const points = lines.flatMap((line) => line.points);
  if (!points.length) return null;
  const most = Math.max(...points.map((point) => point.value)) || 1;
  const least = Math.min(0, ...points.map((point) => point.value));
  const start = Date.parse(answer.start);
  const end = Date.parse(answer.end);
  const x = (time) => EDGE + (Math.max(0, time - start) / (end - start)) * (WIDTH - 2 * EDGE);
  const y = (value) => HEIGHT - EDGE - ((value - least) / (most - least)) * (HEIGHT - 2 * EDGE);
  const label = `${calculation} over time, at most ${number(most)}`;
  return h(
    "figure.query-plot",
    {},
    h("figcaption", {}, h("b", {}, calculation), ` per ${answer.granularity} s · up to ${number(most)}`),
    s(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
      [0, 0.5, 1].map((share) => {
        const level = EDGE + share * (HEIGHT - 2 * EDGE);
        return s("line", { x1: 0, x2: WIDTH, y1: level, y2: level, class: "grid" });
      }),
      lines.map((line, index) => drawLine(line, index % SLOTS, x, y)),
    ),
    h("div.query-axis", {}, h("span", {}, clock(answer.start).slice(0, 8)), h("span", {}, clock(answer.end).slice(0, 8))),
    breakdowns.length
      ? h("ul.query-legend", {}, lines.map((line, index) => h("li", {}, h("i.swatch", { style: { background: `var(--service-${index % SLOTS})` } }), line.name)))
      : null,
  );
}

/** Rows of a series by their breakdown values, in the order of the results. */
function linesOf({ results, series }, calculation, breakdowns) {
  const key = (row) => JSON.stringify(breakdowns.map((name) => row[name]));
  const lines = new Map();
  for (const row of results) {
    lines.set(key(row), { name: breakdowns.map((column) => text(row[column])).join(" · "), points: [] });
  }
  for (const row of series) {
    if (row[calculation] === null) continue;
    lines.get(key(row))?.points.push({ time: Date.parse(row.time), value: row[calculation] });
  }
  return [...lines.values()].filter((line) => line.points.length);
}

function drawLine({ name, points }, slot, x, y) {
  const colour = `var(--service-${slot})`;
  const path = points.map((point) => `${x(point.time).toFixed(1)},${y(point.value).toFixed(1)}`).join(" ");
  const line = s("polyline", { points: path, "vector-effect": "non-scaling-stroke" });
  line.style.stroke = colour;
  const marks = points.map((point) => {
    const at = { cx: x(point.time).toFixed(1), cy: y(point.value).toFixed(1), rx: 3, ry: 3 };
    const mark = s("ellipse", at, s("title", {}, `${name} ${clock(new Date(point.time).toISOString()).slice(0, 8)}: ${number(point.value)}`));
    mark.style.fill = colour;
    return mark;
  });
  return [line, marks];
}

export const text = (value) => (value === null ? "(none)" : typeof value === "string" ? value : JSON.stringify(value));
export const number = (value) => value.toLocaleString("en", { maximumFractionDigits: 3 });
