// Builds elements from text only. Nothing in this page parses HTML: telemetry is foreign input.

/** h("a.name", {href, onclick, ariaLabel...}, ...children): children are elements, text or null. */
export function h(selector, properties, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  apply(element, properties);
  add(element, children);
  return element;
}

/** The same for SVG; properties are attributes. */
export function s(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value);
  add(element, children);
  return element;
}

/** Replaces all children. */
export function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

function apply(element, properties) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(element.style, value);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name.startsWith("aria-") || name === "role" || name === "for") {
      element.setAttribute(name, value);
    } else element[name] = value;
  }
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/** A dotted key that breaks between its words, where it has to. */
export function breakable(key) {
  return key.split(/(?<=[._/])/).flatMap((part, index) => (index ? [h("wbr"), part] : [part]));
}

/** A button that copies text and says so. */
export function copyButton(label, text) {
  const button = h("button.quiet", { type: "button" }, label);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(typeof text === "function" ? await text() : text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Copying is blocked";
    }
    setTimeout(() => (button.textContent = label), 1200);
  });
  return button;
}
