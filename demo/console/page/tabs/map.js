// The service map: services and what they call, with how many calls, how many failed, how long.

import { coalesced, get, onChange } from "../api.js";
import { fill, h, s } from "../dom.js";
import { count, duration, quoted, serviceColour } from "../format.js";
import { NODE, layout } from "../map/layout.js";
import { tab } from "../registry.js";

tab({ id: "map", title: "Service map", order: 45, mount });

const KINDS = { service: "service", database: "database", queue: "queue", external: "external" };

function mount(element, { search }) {
  const facts = h("span.hint");
  const picture = h("div.map-picture", { tabIndex: 0, role: "region", "aria-label": "Map" });
  const table = h("div.map-table");
  element.append(h("section.page.map", {}, h("header.page-head", {}, h("h1", {}, "Service map"), facts), picture, table));

  const load = coalesced(async () => {
    const map = await get("/api/service-map");
    if (!map.nodes.length) {
      facts.textContent = "";
      fill(table);
      return void fill(picture, empty());
    }
    facts.textContent = `${count(map.nodes.length, "node")} from ${count(map.spans, "span")}${map.is_partial ? ", older ones left out" : ""}`;
    fill(picture, draw(map, search));
    fill(table, map.edges.length ? edgeTable(map.edges) : h("p.hint", {}, "No calls between services yet."));
  });
  load();
  return { unmount: onChange((topics) => (topics.has("all") || topics.has("traces")) && load()) };
}

function empty() {
  return h("div.empty-state", {}, h("h2", {}, "No services yet"), h("p", {}, "The map draws itself from spans: each service that sends some is a node, each call between two is a line."));
}

function draw(map, search) {
  const { nodes, width, height, below } = layout(map);
  let back = 0;
  const lane = () => below + 74 * back++;
  const lines = map.edges
    .filter((edge) => edge.from !== edge.to && nodes.has(edge.from) && nodes.has(edge.to))
    .map((edge) => line(edge, nodes, lane));
  const svg = s(
    "svg",
    { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": "Services and calls; the table below says the same" },
    s("defs", {}, marker("arrow"), marker("arrow-bad")),
    lines.map(({ path }) => path),
    [...nodes.values()].map((placed) => card(placed, search)),
    lines.map(({ label }) => label),
  );
  return svg;
}

const marker = (id) =>
  s("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 9, markerHeight: 9, markerUnits: "userSpaceOnUse", orient: "auto-start-reverse" }, s("path", { d: "M0 0 L8 4 L0 8 z" }));

function line(edge, nodes, lane) {
  const from = nodes.get(edge.from);
  const to = nodes.get(edge.to);
  const isForward = to.x > from.x;
  const start = { x: from.x + (isForward ? NODE.width : NODE.width / 2), y: from.y + (isForward ? NODE.height / 2 : NODE.height) };
  const end = { x: to.x + (isForward ? 0 : NODE.width / 2), y: to.y + (isForward ? NODE.height / 2 : NODE.height) };
  const bend = (end.x - start.x) / 2;
  const low = isForward ? 0 : lane() + 20;
  const curve = isForward
    ? `C${start.x + bend} ${start.y} ${end.x - bend} ${end.y} ${end.x - 2} ${end.y}`
    : `C${start.x} ${low} ${start.x - 30} ${low} ${start.x - 60} ${low} L${end.x + 60} ${low} C${end.x + 30} ${low} ${end.x} ${low} ${end.x} ${end.y + 2}`;
  const bad = edge.errors ? " bad" : "";
  const middle = { x: (start.x + end.x) / 2, y: isForward ? (start.y + end.y) / 2 : low };
  const words = [count(edge.calls, "call"), edge.errors ? count(edge.errors, "error") : null].filter(Boolean).join(" · ");
  const path = s("path", { d: `M${start.x} ${start.y} ${curve}`, class: `map-line${bad}`, "marker-end": `url(#arrow${bad ? "-bad" : ""})` });
  path.style.strokeWidth = `${Math.min(6, 1.25 + Math.log10(edge.calls + 1))}px`;
  const label = s(
    "g",
    { class: `map-label${bad}`, transform: `translate(${middle.x} ${middle.y})` },
    s("rect", { x: -72, y: -19, width: 144, height: 38, rx: 6 }),
    s("text", { y: -4 }, words),
    s("text", { y: 12, class: "minor" }, `p50 ${duration(edge.p50)} · p95 ${duration(edge.p95)}`),
  );
  return { path, label };
}

function health(node, share) {
  if (!node.calls) return "only asks others";
  const errors = node.errors ? `${share.toFixed(share < 10 ? 1 : 0)} % failed` : "no errors";
  return `${errors} · p95 ${duration(node.p95)}`;
}

function card({ node, x, y }, search) {
  const isService = node.kind === "service";
  const bar = s("rect", { width: 5, height: NODE.height, rx: 2.5 });
  bar.style.fill = isService ? serviceColour(node.name) : "var(--faint)";
  const share = node.calls ? (node.errors / node.calls) * 100 : 0;
  const group = s(
    "g",
    { class: `map-node ${node.kind}`, transform: `translate(${x} ${y})` },
    s("title", {}, node.name),
    s("rect", { class: "box", width: NODE.width, height: NODE.height, rx: 9 }),
    bar,
    s("text", { x: 18, y: 24, class: "name" }, fitted(node.name, NODE.width - 28)),
    s("text", { x: 18, y: 43, class: "minor" }, `${KINDS[node.kind] ?? node.kind} · ${count(node.calls, isService ? "request" : "call")}`),
    s("text", { x: 18, y: 61, class: node.errors ? "minor bad" : "minor" }, health(node, share)),
  );
  if (isService) group.addEventListener("click", () => search(`service=${quoted(node.name)}`));
  return group;
}

const pen = document.createElement("canvas").getContext("2d");

/** As much of the name as has room, by how wide its letters are. */
function fitted(name, room) {
  pen.font = `600 13px ${getComputedStyle(document.body).fontFamily}`;
  const letters = [...name];
  let kept = letters.length;
  const text = () => (kept < letters.length ? `${letters.slice(0, kept).join("")}…` : name);
  while (kept > 1 && pen.measureText(text()).width > room) kept -= 1;
  return text();
}

function edgeTable(edges) {
  const heads = ["From", "To", "Calls", "Errors", "p50", "p95"];
  const row = (edge) =>
    h("tr", {}, h("td", {}, edge.from), h("td", {}, edge.to), h("td.number", {}, edge.calls.toLocaleString("en")), h("td.number", { className: edge.errors ? "number bad" : "number" }, edge.errors.toLocaleString("en")), h("td.number", {}, duration(edge.p50)), h("td.number", {}, duration(edge.p95)));
  return h("table.grid-table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, [...edges].sort((a, b) => b.calls - a.calls).map(row)));
}
