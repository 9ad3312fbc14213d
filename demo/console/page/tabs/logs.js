// All log records, newest first, by text and level, each with a link to its trace. The console does
// the searching: over all lines that it keeps, not only over those that are shown, and in the language
// of CloudWatch Logs' filter patterns.

import { coalesced, get, onChange } from "../api.js";
import { fill, h } from "../dom.js";
import { count } from "../format.js";
import { logLine } from "../panels/logs.js";
import { tab } from "../registry.js";

tab({ id: "logs", title: "Logs", order: 20, mount });

/** Most lines that are shown. */
const LIMIT = 500;

/** What to choose from: a line shows if it is at least as bad. */
const LEVELS = { "": "All levels", debug: "Debug and worse", info: "Info and worse", warn: "Warnings and errors", error: "Errors" };

function mount(element, { query, go }) {
  const lines = h("ol.loglines.page-lines");
  const status = h("span.hint", { role: "status" });
  const search = h("input.filter", {
    type: "search",
    placeholder: 'Words, "a phrase", -not, { $.count > 3 }',
    title: 'All words must be there; "a phrase"; -without; ?either ?or; { $.level = "ERROR" && $.count > 3 }',
    value: query.get("search") ?? "",
    "aria-label": "Search log lines",
    oninput: changed,
  });
  const level = h(
    "select.level-choice",
    { "aria-label": "Least level", onchange: changed },
    Object.entries(LEVELS).map(([value, title]) => h("option", { value }, title)),
  );
  level.value = Object.hasOwn(LEVELS, query.get("level") ?? "") ? query.get("level") ?? "" : "";
  element.append(h("section.page", {}, h("header.page-head", {}, h("h1", {}, "Logs"), search, level, status), lines));

  /** What is asked for, as the API and the address have it. */
  function asked() {
    const entries = Object.entries({ search: search.value.trim(), level: level.value });
    return new URLSearchParams(entries.filter(([, value]) => value));
  }

  function changed() {
    const wanted = asked().toString();
    history.replaceState(null, "", wanted ? `/tab/logs?${wanted}` : "/tab/logs");
    load();
  }

  function draw(records, isNarrowed) {
    const none = isNarrowed ? "No line matches." : "No log records yet.";
    fill(lines, records.length ? records.map(line) : h("li.hint", {}, none));
    fill(status, records.length < LIMIT ? count(records.length, "line") : `the newest ${LIMIT} lines`);
  }

  function line(log) {
    const item = logLine(log);
    const place = [log.service, log.cloudwatch?.group].filter(Boolean).join(" · ");
    const right = h("span.line-end", {}, h("span.line-source", { title: log.cloudwatch?.stream ?? "" }, place));
    item.querySelector(".text").after(right);
    if (log.trace_id) {
      const address = `/trace/${log.trace_id}?span=${log.span_id ?? ""}`;
      const show = (event) => {
        event.preventDefault();
        go(address);
      };
      right.append(h("a.to-trace", { href: address, onclick: show }, "show the trace"));
    }
    return item;
  }

  function told(isMistake) {
    search.setAttribute("aria-invalid", String(isMistake));
    status.classList.toggle("bad", isMistake);
  }

  const load = coalesced(async () => {
    const wanted = asked();
    const isNarrowed = wanted.size > 0;
    wanted.set("limit", LIMIT);
    try {
      draw(await get(`/api/logs?${wanted}`), isNarrowed);
      told(false);
    } catch (error) {
      // What is half typed is no pattern yet: the lines stay.
      fill(status, error.message);
      told(true);
    }
  });
  load();
  return { unmount: onChange((topics) => (topics.has("all") || topics.has("logs")) && load()) };
}
