// Questions over the spans: a calculation by columns, as a plot and a table. What is asked is in
// the address, so a link asks it again. The same as JSON: POST /api/query.

import { coalesced, onChange, post } from "../api.js";
import { copyButton, fill, h } from "../dom.js";
import { count } from "../format.js";
import { OPERATIONS, readFields, specification, writeFields } from "../query/fields.js";
import { number, plot, text } from "../query/plot.js";
import { tab } from "../registry.js";

tab({ id: "query", title: "Query", order: 50, mount });

const RANGES = [[600, "10 minutes"], [3600, "1 hour"], [7200, "2 hours"], [86_400, "1 day"], [604_800, "7 days"]];

function mount(element, first) {
  let context = first;
  let answered = null;
  const inputs = {
    op: h("select", {}, OPERATIONS.map((op) => h("option", { value: op }, op))),
    column: h("input", { placeholder: "duration_ms" }),
    by: h("input", { placeholder: "app.userId, name" }),
    where: h("input", { placeholder: 'app.userId exists AND name contains "home"' }),
    order: h("input", { placeholder: "AVG(duration_ms) desc" }),
    limit: h("input", { type: "number", min: 1, max: 1000 }),
    range: h("select", {}, RANGES.map(([seconds, title]) => h("option", { value: seconds }, title))),
  };
  const labels = {
    op: "Calculate", column: "of column", by: "Group by", where: "Where", order: "Order by",
    limit: "Limit", range: "Time range",
  };
  for (const input of Object.values(inputs)) Object.assign(input, { spellcheck: false, autocomplete: "off" });
  // COUNT counts spans: there is no column to name.
  const fitColumn = () => (inputs.column.disabled = inputs.op.value === "COUNT");
  inputs.op.addEventListener("change", fitColumn);
  const problem = h("p.bad", { role: "alert" });
  const result = h("section", { "aria-label": "Result" });
  const form = h(
    "form.query-form",
    { onsubmit: submit },
    Object.entries(inputs).map(([name, input]) => h(`label.query-${name}`, {}, h("span", {}, labels[name]), input)),
    h(
      "div.query-actions",
      {},
      h("button.primary", { type: "submit" }, "Run"),
      h("button.quiet", { type: "button", onclick: () => context.go("/tab/query") }, "Average latency by userId"),
      copyButton("Copy as JSON", () => JSON.stringify(specification(values()), null, 2)),
    ),
  );
  element.append(h("section.page.query", {}, h("header.page-head", {}, h("h1", {}, "Query")), form, problem, result));

  const values = () => Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value.trim()]));

  function submit(event) {
    event.preventDefault();
    const address = `/tab/query?${writeFields(values())}`;
    if (address === location.pathname + location.search) run();
    else context.go(address);
  }

  const run = coalesced(async () => {
    try {
      const asked = specification(readFields(context.query));
      const answer = await post("/api/query", asked);
      problem.textContent = "";
      // Only what changed is drawn: the place in a long table stays.
      const drawing = JSON.stringify([answer.results, answer.series, answer.spans_scanned]);
      if (drawing !== answered) fill(result, answer.results.length ? drawn(answer) : nothing(answer));
      answered = drawing;
    } catch (error) {
      problem.textContent = error.message;
      answered = null;
      fill(result);
    }
  });

  function update(next) {
    context = next;
    const fields = readFields(context.query);
    for (const [name, input] of Object.entries(inputs)) input.value = fields[name];
    fitColumn();
    run();
  }

  update(first);
  return {
    update,
    unmount: onChange((topics) => (topics.has("all") || topics.has("traces")) && run()),
  };
}

function nothing(answer) {
  const said = answer.spans_scanned ? "No span matches." : "No spans yet.";
  return h("p.hint", {}, `${said} ${count(answer.spans_scanned, "span")} looked at.`);
}

function drawn(answer) {
  const calculation = answer.columns.at(-1);
  const breakdowns = answer.columns.slice(0, -1);
  const most = Math.max(...answer.results.map((row) => Math.abs(row[calculation] ?? 0)));
  const hidden = answer.groups - answer.results.length;
  const facts = [
    `${count(answer.spans_matched, "span")} of ${answer.spans_scanned.toLocaleString("en")} matched`,
    count(answer.groups, "group"),
  ];
  if (hidden > 0) facts.push(`${hidden.toLocaleString("en")} beyond the limit`);
  if (answer.spans_left_out) facts.push(`${count(answer.spans_left_out, "span")} left out: too many groups`);
  const head = h("tr", {}, answer.columns.map((name) => h("th", { scope: "col" }, name)), h("td", {}));
  const rows = answer.results.map((row) =>
    h("tr", {}, breakdowns.map((name) => h("td", {}, word(row[name]))), h("td.number", {}, figure(row[calculation])), h("td.query-bar", {}, bar(row[calculation], most))),
  );
  return [
    plot(answer, calculation, breakdowns),
    h("p.hint", {}, facts.join(" · ")),
    h("table.query-table", {}, h("thead", {}, head), h("tbody", {}, rows)),
  ];
}

function bar(value, most) {
  const width = most > 0 && value !== null ? (Math.abs(value) / most) * 100 : 0;
  return h("i", { style: { width: `${width}%` }, "aria-hidden": "true" });
}

const word = (value) => (value === null ? h("span.muted", {}, text(value)) : text(value));
const figure = (value) => (value === null ? "–" : number(value));
