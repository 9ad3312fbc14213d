// Error reports that were made in this trace, each one click from its item.

import { get } from "../api.js";
import { fill, h } from "../dom.js";
import { panel } from "../registry.js";

panel({
  id: "errors",
  title: "Errors",
  order: 30,
  applies: ({ spans }) => spans.some(hasFailed),
  count: () => null,
  render,
});

const hasFailed = (span) => /error/i.test(JSON.stringify(span.status ?? "")) || Boolean(span.attributes?.["app.error_id"]);

async function render(element, { traceId, go }) {
  const { occurrences } = await get(`/api/errors/occurrences?trace_id=${traceId}`);
  fill(element, occurrences.length ? h("ol.error-items", {}, occurrences.map(line)) : h("p.hint", {}, "No report was made in this trace."));

  function line({ uuid, item, data }) {
    const trace = data.body.trace ?? data.body.trace_chain?.[0];
    const title = trace ? `${trace.exception.class}: ${trace.exception.message ?? ""}` : data.body.message?.body;
    const address = `/tab/errors?item=${item}`;
    return h(
      "li",
      {},
      h("span", { className: `level ${data.level}` }, data.level),
      h("a", { href: address, onclick: (event) => { event.preventDefault(); go(address); } }, title),
      h("code", {}, uuid),
    );
  }
}
