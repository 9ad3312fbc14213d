// The shell: top bar, tabs, search, live state, addresses.

import { connect, onChange, remove } from "./api.js";
import { fill, h } from "./dom.js";
import { allTabs } from "./registry.js";
import "./modules.js";

const view = h("main", { id: "view" });
const nav = h("nav", { "aria-label": "Views" });
const search = h("input.search", {
  type: "search",
  placeholder: "app.userId=andrewbrown duration>100ms error",
  spellcheck: false,
  autocomplete: "off",
  "aria-label": "Search traces",
});
const live = h("span.live", { role: "status" }, "connecting");
const clear = h(
  "button.quiet",
  { type: "button", title: "Forget everything", onclick: () => remove("/api/all") },
  "Clear",
);

document.body.append(
  h(
    "header.top",
    {},
    h("a.brand", { href: "/", onclick: (event) => follow(event, "/") }, mark(), "Cruddur console"),
    nav,
    h("form.find", { role: "search", onsubmit: submit }, search, h("kbd", { "aria-hidden": "true" }, "/")),
    live,
    clear,
  ),
  view,
);

let current = null;

/** Goes to an address of this page without loading it anew. */
function go(address, { replace = false } = {}) {
  if (address !== location.pathname + location.search) {
    history[replace ? "replaceState" : "pushState"](null, "", address);
  }
  show();
}

/** Puts a search into the address; the tab that is open reads it from there. */
function submit(event) {
  event.preventDefault();
  searchFor(search.value.trim());
}

function searchFor(text) {
  go(text ? `/?q=${encodeURIComponent(text)}` : "/");
}

function show() {
  const [, kind, id] = location.pathname.split("/");
  const wanted = kind === "tab" ? id : "traces";
  const definition = allTabs().find((tab) => tab.id === wanted) ?? allTabs()[0];
  const query = new URLSearchParams(location.search);
  if (document.activeElement !== search) search.value = query.get("q") ?? "";
  fill(nav, allTabs().map((tab) => link(tab, tab === definition)));
  showCurrent();
  const context = { query, go, search: searchFor, traceId: kind === "trace" ? id : null };
  if (current?.definition === definition && current.handle?.update) {
    current.handle.update(context);
    return;
  }
  current?.handle?.unmount?.();
  view.replaceChildren();
  document.title = `${definition.title} · Cruddur console`;
  current = { definition, handle: definition.mount(view, context) };
}

function link(tab, isCurrent) {
  const address = tab.id === "traces" ? "/" : `/tab/${tab.id}`;
  return h(
    "a",
    {
      href: address,
      "aria-current": isCurrent ? "page" : null,
      onclick: (event) => follow(event, address),
    },
    tab.title,
  );
}

/** On a narrow screen the tabs scroll; the one that is shown is in sight. */
function showCurrent() {
  const current = nav.querySelector("[aria-current]");
  if (current) nav.scrollLeft = current.offsetLeft - nav.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;
}

function follow(event, address) {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(address);
}

function mark() {
  return h("img", { src: "/page/icon.svg", alt: "", width: 20, height: 20 });
}

addEventListener("popstate", show);
addEventListener("keydown", (event) => {
  const typing = event.target.matches?.("input, textarea, select");
  if (event.key === "/" && !typing) {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "Escape" && event.target === search) {
    search.blur();
    document.querySelector("[data-list]")?.focus();
  }
});
connect((isOpen) => {
  live.textContent = isOpen ? "live" : "away";
  live.classList.toggle("on", isOpen);
});
onChange((topics) => {
  live.classList.remove("pulse");
  if (topics.size) requestAnimationFrame(() => live.classList.add("pulse"));
});
show();
