// What the page is made of. A module registers itself; modules.js lists the modules.
//
// A tab fills the page below the top bar:
//   tab({ id, title, order, mount(element, { query, go }) → optional unmount() })
// A panel shows one aspect of the selected span at the right of the waterfall:
//   panel({ id, title, order, applies(context) → bool, count(context) → number or null,
//           render(element, context) })      // may be async
// context: { traceId, spans, span, logs, go, search }
// `spans` and `logs` are as in GET /api/traces/{id} and GET /api/logs?trace_id=.

const tabs = [];
const panels = [];

export function tab(definition) {
  insert(tabs, definition);
}

export function panel(definition) {
  insert(panels, definition);
}

export const allTabs = () => tabs;
export const allPanels = () => panels;

function insert(list, definition) {
  list.push(definition);
  list.sort((a, b) => a.order - b.order);
}
