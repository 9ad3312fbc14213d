// Foreign JSON as it was received: indented where it parses, word for word where it does not.

import { copyButton, h } from "../dom.js";

/** A foldable text with its title; copied as it came. */
export function asSent(title, raw, open = true) {
  return h(
    "details.section.as-sent",
    { open },
    h("summary", {}, title),
    h("pre", { tabIndex: 0 }, indented(raw)),
    h("p.actions", {}, copyButton("Copy as sent", () => raw)),
  );
}

function indented(raw) {
  try {
    return JSON.stringify(JSON.parse(raw), null, 2);
  } catch {
    return raw;
  }
}
