// How a metric's values are written, by its unit (UCUM, as OpenTelemetry's conventions use it). Pure.

import { bytes, duration } from "../format.js";

const MILLISECONDS = { s: 1000, ms: 1, us: 0.001, "µs": 0.001, ns: 0.000001, min: 60_000, h: 3_600_000 };

/** A function that writes a value of this unit. */
export function writer(unit) {
  if (Object.hasOwn(MILLISECONDS, unit)) {
    return (value) => (value === 0 ? "0" : value < 0 ? plain(value) : duration(value * MILLISECONDS[unit]));
  }
  if (unit === "By") return (value) => (value < 0 ? plain(value) : bytes(Math.round(value)));
  return plain;
}

export function plain(value) {
  if (value === null || value === undefined || typeof value !== "number") return "–";
  if (Math.abs(value) >= 1e15 || (value && Math.abs(value) < 1e-3)) return value.toExponential(2);
  return value.toLocaleString("en", { maximumFractionDigits: 3 });
}

/** `{request}` is a word, not a unit; `1` is none. */
export const unitName = (unit) => (unit === "1" ? "" : unit.replace(/[{}]/g, ""));
