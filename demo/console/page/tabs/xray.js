// X-Ray's own view: traces by filter expression, groups, sampling rules with what was reported, and
// documents that were refused.

import { coalesced, get, onChange } from "../api.js";
import { fill, h } from "../dom.js";
import { duration } from "../format.js";
import { sentDocument } from "../panels/xray.js";
import { tab } from "../registry.js";

tab({ id: "xray", title: "X-Ray", order: 40, mount });

function mount(element, { go }) {
  let chosen = null;
  const counts = h("span.hint");
  const filter = h("input.filter", {
    type: "search",
    placeholder: 'service("cruddur-backend") { fault }',
    "aria-label": "Filter expression",
    onchange: () => load(),
  });
  const problem = h("p.hint", { role: "status" });
  const groups = h("p.xray-groups");
  const list = h("ol.xray-traces");
  const detail = h("section.xray-detail", { "aria-live": "polite" });
  const rules = h("section.xray-rules");
  const refused = h("section.xray-refused");
  element.append(
    h(
      "section.page.xray",
      {},
      h("header.page-head", {}, h("h1", {}, "X-Ray"), filter, counts),
      problem,
      groups,
      h("div.xray-columns", {}, list, h("div", {}, detail, rules, refused)),
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
    fill(list, found.traces.length ? found.traces.map(line) : h("li.hint", {}, "No trace matches."));
    if (chosen) await show(chosen);
  });

  async function show(id) {
    chosen = id;
    const found = await get(`/api/xray/traces/${id}`).catch(() => null);
    if (!found) return void fill(detail);
    const address = `/trace/${id.slice(2).replace("-", "")}`;
    const link = h("a", { href: address, onclick: (event) => { event.preventDefault(); go(address); } }, "spans of this trace");
    fill(detail, h("h2", {}, id), h("p", {}, link), found.documents.map(sentDocument));
  }

  function line(trace) {
    const flags = [trace.HasFault && "fault", trace.HasThrottle ? "throttle" : trace.HasError && "error", trace.IsPartial && "partial"];
    const words = [trace.Http.HttpMethod, trace.Http.HttpURL, trace.Http.HttpStatus].filter((it) => it !== undefined);
    return h(
      "li",
      {},
      h(
        "button.xray-trace",
        { type: "button", onclick: () => show(trace.Id) },
        h("b", {}, trace.ServiceIds.map((service) => service.Name).join(", ") || "subsegments only"),
        h("span", {}, words.join(" ")),
        h("span.hint", {}, [duration(trace.Duration * 1000), ...flags].filter(Boolean).join(" · ")),
      ),
    );
  }

  function drawSettings({ groups: all, rules: records }, losses) {
    const use = (group) => () => {
      filter.value = group.FilterExpression ?? "";
      load();
    };
    fill(groups, "Groups: ", all.map((group) => h("button.quiet", { type: "button", title: group.FilterExpression ?? "everything", onclick: use(group) }, group.GroupName)));
    const heads = ["Rule", "Priority", "Reservoir", "Rate", "Requests", "Sampled", "Borrowed"];
    const row = ({ SamplingRule: rule, Reported: told }) =>
      h("tr", {}, [rule.RuleName, rule.Priority, rule.ReservoirSize, rule.FixedRate, told.requests, told.sampled, told.borrowed].map((cell) => h("td", {}, String(cell))));
    fill(
      rules,
      h("h2", {}, "Sampling rules"),
      h("table", {}, h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, records.map(row))),
    );
    if (!losses.count) return void fill(refused);
    const told = losses.latest.map((it) => h("li", {}, h("b", {}, it.code), " ", it.message, h("pre", {}, it.begins)));
    fill(refused, h("h2", {}, `Refused documents: ${losses.count}`), h("ol", {}, told));
  }

  load();
  return { unmount: onChange((topics) => (topics.has("all") || topics.has("xray")) && load()) };
}
