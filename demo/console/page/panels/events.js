// Events of the span, in time; exceptions with their stack.

import { h } from "../dom.js";
import { duration } from "../format.js";
import { panel } from "../registry.js";
import { section } from "./fields.js";

panel({
  id: "events",
  title: "Events",
  order: 10,
  applies: ({ span }) => span.events.length > 0,
  count: ({ span }) => span.events.length,
  render,
});

function render(element, { span }) {
  const base = BigInt(span.start_unix_nano);
  for (const event of span.events) {
    const after = Number(BigInt(event.time_unix_nano) - base) / 1e6;
    const { "exception.stacktrace": stack, ...rest } = event.attributes;
    const isBad = event.name === "exception";
    element.append(
      h(
        "article.event",
        { className: isBad ? "event bad-edge" : "event" },
        h("h3", {}, event.name || "(no name)", h("small", {}, `${after < 0 ? "−" : "+"}${duration(Math.abs(after))}`)),
        section("Attributes", rest, {}, null),
        stack ? h("pre", { tabIndex: 0 }, String(stack)) : null,
      ),
    );
  }
}
