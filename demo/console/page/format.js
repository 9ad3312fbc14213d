// How numbers, times and services look. Pure, but for the table of service colours.

export function duration(ms) {
  if (ms === null || ms === undefined) return "";
  if (ms < 0.001) return `${Math.round(ms * 1e6)} ns`;
  if (ms < 1) return `${trim(ms * 1e3)} µs`;
  if (ms < 1000) return `${trim(ms)} ms`;
  if (ms < 60_000) return `${trim(ms / 1000)} s`;
  if (ms < 3_600_000) {
    const seconds = Math.round(ms / 1000);
    return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
  }
  return `${trim(ms / 3_600_000)} h`;
}

function trim(value) {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** "17:06:19.500" of an RFC 3339 time, in the reader's zone. */
export function clock(rfc3339) {
  const date = new Date(rfc3339);
  if (Number.isNaN(date.getTime())) return rfc3339;
  const two = (number) => String(number).padStart(2, "0");
  const millis = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${millis}`;
}

export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

export function bytes(number) {
  if (number < 1024) return `${number} B`;
  if (number < 1 << 20) return `${trim(number / 1024)} KiB`;
  return `${trim(number / (1 << 20))} MiB`;
}

const SLOTS = 8;
const slots = new Map();

/** The CSS colour of a service: the same for its name on every load, distinct where possible. */
export function serviceColour(name) {
  let slot = slots.get(name);
  if (slot === undefined) {
    slot = PREFERRED.get(name) ?? hash(name) % SLOTS;
    const taken = new Set(slots.values());
    for (let step = 0; step < SLOTS && taken.has(slot); step++) slot = (slot + 1) % SLOTS;
    slots.set(name, slot);
  }
  return `var(--service-${slot})`;
}

// No plain object: a service may be called "constructor".
const PREFERRED = new Map([
  ["cruddur-backend", 0],
  ["cruddur-frontend", 1],
]);

function hash(text) {
  let value = 2166136261;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 16777619);
  }
  return value >>> 0;
}

/** A value as the search language reads it back. */
export function quoted(value) {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[^\s"=<>!:]+$/.test(text) ? text : `"${text.replace(/["\\]/g, "\\$&")}"`;
}
