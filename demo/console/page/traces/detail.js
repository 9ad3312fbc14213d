// The right side: one panel at a time about the selected span, from the registry.

import { fill, h } from "../dom.js";
import { serviceColour } from "../format.js";
import { allPanels } from "../registry.js";

/** { element, show(context) }. */
export function detail() {
  const heading = h("h2", {});
  const bar = h("div.panel-tabs", { role: "tablist", "aria-label": "About this span" });
  const body = h("div.panel-body", { role: "tabpanel", id: "panel", tabIndex: 0 });
  const element = h("aside.detail", { "aria-label": "Span" }, heading, bar, body);
  let chosen = "fields";
  let context = null;
  let turn = 0;

  async function render() {
    const panels = allPanels().filter((panel) => panel.applies?.(context) ?? true);
    const current = panels.find((panel) => panel.id === chosen) ?? panels[0];
    fill(bar, panels.map((panel) => button(panel, panel === current)));
    body.setAttribute("aria-labelledby", `panel-tab-${current?.id}`);
    const page = h("div");
    const mine = ++turn;
    try {
      await current?.render(page, context);
    } catch (error) {
      fill(page, h("p.bad", {}, error.message));
    }
    // Another span may have been chosen while this panel was loading.
    if (mine === turn) body.replaceChildren(page);
  }

  function button(panel, isCurrent) {
    const number = panel.count?.(context);
    return h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `panel-tab-${panel.id}`,
        "aria-selected": String(isCurrent),
        "aria-controls": "panel",
        tabIndex: isCurrent ? 0 : -1,
        onclick: () => pick(panel.id),
        onkeydown: (event) => arrow(event, panel),
      },
      panel.title,
      number ? h("span.count", {}, number) : null,
    );
  }

  function pick(id) {
    chosen = id;
    body.scrollTop = 0;
    render();
  }

  function arrow(event, panel) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const panels = allPanels().filter((one) => one.applies?.(context) ?? true);
    const next = panels[(panels.indexOf(panel) + step + panels.length) % panels.length];
    pick(next.id);
    document.getElementById(`panel-tab-${next.id}`)?.focus();
  }

  return {
    element,
    show(next) {
      context = next;
      element.hidden = !next;
      if (!next) return;
      fill(
        heading,
        h("i.swatch", { style: { background: serviceColour(next.span.service) } }),
        h("span", {}, next.span.name || "(no name)"),
        h("small", {}, next.span.service),
      );
      render();
    },
  };
}
