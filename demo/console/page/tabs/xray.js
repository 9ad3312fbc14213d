// X-Ray's own view: traces by filter expression or group, each with its segment timeline; sampling
// rules with what was reported; and documents that were refused.

import { coalesced, get, onChange } from "../api.js";
import { fill, h } from "../dom.js";
import { duration } from "../format.js";
import { tab } from "../registry.js";
import { traceView } from "../xray/trace.js";

tab({ id: "xray", title: "X-Ray", order: 40, mount });

function mount(element, { go }) {
  let chosen = null;
  let group = null;
  const counts = h("span.hint");
  const filter = h("input.filter", {
    type: "search",
    placeholder: 'service("cruddur-backend") { fault }',
    spellcheck: false,
    "aria-label": "Filter expression",
    onchange: () => load(),
  });
  const problem = h("p.bad", { role: "status" });
  const groups = h("div.xr-groups", { role: "group", "aria-label": "Groups" });
  const list = h("ol.xr-list", { "aria-label": "Traces" });
  const view = traceView({ go });
  const rules = h("section.xr-rules");
  const refused = h("section.xr-refused");
  element.append(
    h(
      "section.page.xray",
      {},
      h("header.page-head", {}, h("h1", {}, "X-Ray"), filter, groups, counts),
      problem,
      h("div.xr-columns", {}, list, h("h2.unseen", {}, "The trace"), view.element),
      refused,
      rules,
    ),
  );

  const load = coalesced(async () => {
    const [settings, losses] = await Promise.all([get("/api/xray/settings"), get("/api/xray/refused")]);
    drawSettings(settings, losses);
    let found;
    try {
      found = await get(`/api/xray/traces?limit=200&filter=${encodeURIComponent(filter.value)}`);
      problem.textContent = "";
    } catch (error) {
      problem.textContent = error.message;
      return;
    }
    counts.textContent = `${found.received} documents · ${found.refused} refused`;
    if (!found.traces.some((trace) => trace.Id === chosen)) chosen = found.traces[0]?.Id ?? null;
    fill(list, found.traces.length ? found.traces.map(line) : h("li.hint", {}, "No trace matches."));
    await show();
  });

  async function show() {
    if (!chosen) return void fill(view.element, h("p.hint", {}, "X-Ray has sampled nothing yet."));
    const found = await get(`/api/xray/traces/${chosen}`).catch(() => null);
    if (found) view.show(found);
  }

  function line(trace) {
    const status = trace.HasFault ? "fault" : trace.HasThrottle ? "throttle" : trace.HasError ? "error" : trace.IsPartial ? "running" : "ok";
    const name = [...new Set(trace.ServiceIds.map((service) => service.Name))].join(", ") || "subsegments only";
    const path = trace.Http.HttpURL?.replace(/^https?:\/\/[^/]*/, "") ?? name;
    const choose = () => {
      chosen = trace.Id;
      for (const button of list.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.id === chosen));
      show();
    };
    return h(
      "li",
      {},
      h(
        "button.xr-item",
        { type: "button", onclick: choose, data: { id: trace.Id }, "aria-pressed": String(trace.Id === chosen) },
        h("span.xr-what", { title: trace.Http.HttpURL ?? name }, h("i", { className: `xr-dot ${status}` }), h("b", {}, trace.Http.HttpMethod ?? ""), ` ${path}`),
        h("span.hint", {}, [trace.Http.HttpStatus, duration(trace.Duration * 1000), name].filter((it) => it !== undefined && it !== "").join(" · ")),
      ),
    );
  }

  function drawSettings({ groups: all, rules: records }, losses) {
    const use = (it) => () => {
      group = it.GroupName;
      filter.value = it.FilterExpression ?? "";
      load();
    };
    fill(groups, all.map((it) => h("button.quiet", { type: "button", title: it.FilterExpression ?? "everything", "aria-pressed": String(it.GroupName === group), onclick: use(it) }, it.GroupName)));
    const heads = ["Rule", "Priority", "Reservoir", "Rate", "Matches", "Requests", "Sampled", "Borrowed"];
    const matches = (rule) => [rule.ServiceName, rule.HTTPMethod, rule.Host, rule.URLPath].join(" ");
    const row = ({ SamplingRule: rule, Reported: told }) =>
      h("tr", {}, [rule.RuleName, rule.Priority, rule.ReservoirSize, rule.FixedRate, matches(rule), told.requests, told.sampled, told.borrowed].map((cell) => h("td", {}, String(cell))));
    fill(
      rules,
      h("h2", {}, "Sampling rules"),
      h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, records.map(row))),
    );
    if (!losses.count) return void fill(refused);
    const told = losses.latest.map((it) => h("li", {}, h("b.bad", {}, it.code), " ", it.message, h("pre", { tabIndex: 0 }, it.begins)));
    fill(refused, h("details", {}, h("summary.bad", {}, `Refused documents: ${losses.count}`), h("ol", {}, told)));
  }

  load();
  return { unmount: onChange((topics) => (topics.has("all") || topics.has("xray")) && load()) };
}
