// A list of rows of one height, of which only the visible ones exist.

import { h } from "./dom.js";

const SPARE_ROWS = 8;

/**
 * `row(item, index)` makes an element. Gives { element, set(items), activate(id), scrollTo(index), refresh() }.
 * `attributes` go to the element that scrolls.
 */
export function virtualList({ rowHeight, row, attributes, onEnd }) {
  const inner = h("div.virtual-inner", { role: "presentation" });
  const element = h("div.virtual", { ...attributes, onscroll: schedule }, inner);
  let items = [];
  let scheduled = false;
  let active = null;

  function schedule() {
    if (scheduled) return;
    scheduled = true;
    requestAnimationFrame(() => {
      scheduled = false;
      refresh();
    });
  }

  function refresh() {
    const first = Math.max(0, Math.floor(element.scrollTop / rowHeight) - SPARE_ROWS);
    const shown = Math.ceil((element.clientHeight || 600) / rowHeight) + 2 * SPARE_ROWS;
    const last = Math.min(items.length, first + shown);
    const rows = [];
    for (let index = first; index < last; index++) {
      const child = row(items[index], index);
      child.style.top = `${index * rowHeight}px`;
      child.style.height = `${rowHeight}px`;
      rows.push(child);
    }
    inner.style.height = `${items.length * rowHeight}px`;
    inner.replaceChildren(...rows);
    pointToActive();
    if (last === items.length && items.length) onEnd?.();
  }

  /** Only a row that exists can be pointed to. */
  function pointToActive() {
    if (active && rowExists(active)) element.setAttribute("aria-activedescendant", active);
    else element.removeAttribute("aria-activedescendant");
  }

  const rowExists = (id) => [...inner.children].some((child) => child.id === id);

  new ResizeObserver(schedule).observe(element);
  return {
    element,
    refresh,
    set(next) {
      items = next;
      refresh();
    },
    /** The id of the row that the keyboard is at, or null. */
    activate(id) {
      active = id;
      pointToActive();
    },
    scrollTo(index) {
      const top = index * rowHeight;
      if (top < element.scrollTop) element.scrollTop = top;
      else if (top + rowHeight > element.scrollTop + element.clientHeight) {
        element.scrollTop = top + rowHeight - element.clientHeight;
      }
      refresh();
    },
  };
}
