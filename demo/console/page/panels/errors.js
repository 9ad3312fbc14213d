// Error reports that were made in this trace, each one click from its item.

import { get } from "../api.js";
import { fill, h } from "../dom.js";
import { panel } from "../registry.js";
import { asSent } from "./sent.js";

panel({
  id: "errors",
  title: "Errors",
  order: 30,
  applies: ({ spans }) => spans.some(hasFailed),
  count: () => null,
  render,
});

panel({ id: "rollbar", title: "Rollbar payload", order: 31, applies: ({ spans }) => spans.some(hasFailed), render: renderSent });

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

/** The items of this trace as Rollbar got them: the selected span's first. */
async function renderSent(element, { traceId, span }) {
  const { occurrences } = await get(`/api/errors/occurrences?trace_id=${traceId}`);
  if (!occurrences.length) return void fill(element, h("p.hint", {}, "No report was made in this trace."));
  const isMine = ({ data }) => (data.attributes ?? []).some((it) => it.key === "span_id" && it.value === span.span_id);
  const inOrder = [...occurrences.filter(isMine), ...occurrences.filter((it) => !isMine(it))];
  fill(element, inOrder.map((it, index) => asSent(`Payload ${it.uuid}`, it.raw, index === 0)));
}
