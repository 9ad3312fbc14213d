// The form's fields: to the address and back, and into Honeycomb's query specification. Pure.

export const OPERATIONS = ["COUNT", "AVG", "MIN", "MAX", "SUM", "P50", "P75", "P90", "P95", "P99", "P999", "COUNT_DISTINCT"];

/** The average latency by userId. */
export const PRESET = {
  op: "AVG",
  column: "duration_ms",
  by: "app.userId",
  where: "app.userId exists",
  order: "AVG(duration_ms) desc",
  limit: "100",
  range: "7200",
};

/** The fields of an address; one that asks nothing asks the preset. */
export function readFields(query) {
  if (!query.has("op")) return { ...PRESET };
  const defaults = { op: "COUNT", column: "", by: "", where: "", order: "", limit: "100", range: "7200" };
  return Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, query.get(name) ?? value]));
}

export function writeFields(fields) {
  const kept = Object.entries(fields).filter(([, value]) => value !== "");
  return new URLSearchParams(kept).toString();
}

/** @throws {Error} a sentence for the person who typed it */
export function specification(fields) {
  const calculation = fields.op === "COUNT" ? { op: "COUNT" } : { op: fields.op, column: fields.column };
  const { filters, combination } = where(fields.where);
  return {
    calculations: [calculation],
    breakdowns: names(fields.by),
    filters,
    filter_combination: combination,
    orders: names(fields.order).map(order),
    limit: Number(fields.limit),
    time_range: Number(fields.range),
  };
}

const names = (text) => text.split(",").map((name) => name.trim()).filter(Boolean);

/** `AVG(duration_ms) desc`, `COUNT`, `app.userId asc` */
function order(text) {
  const [, what, direction] = /^(.*?)(?:\s+(asc|desc))?$/i.exec(text);
  const descending = direction?.toLowerCase() === "desc";
  const calculation = /^([A-Z0-9]+)\((.+)\)$/.exec(what);
  const by = calculation
    ? { op: calculation[1], column: calculation[2] }
    : what === "COUNT" ? { op: "COUNT" } : { column: what };
  return { ...by, order: descending ? "descending" : "ascending" };
}

const TERM = /^("(?:[^"\\]|\\.)*"|[^\s"!=<>]+)(?:\s+(does-not-exist|exists|does-not-start-with|starts-with|does-not-end-with|ends-with|does-not-contain|contains)(?!\S)|\s*(!=|>=|<=|=|>|<))\s*/;
const VALUE = /^("(?:[^"\\]|\\.)*"|\S+)\s*/;
const JOIN = /^(AND|OR)\s+/i;

/** `app.userId exists AND duration_ms > 100`: all AND, or all OR. */
function where(text) {
  const filters = [];
  let combination = null;
  let rest = text.trim();
  while (rest) {
    const term = TERM.exec(rest);
    if (!term) throw new Error(`Where: a column and an operator are expected at: ${rest}`);
    rest = rest.slice(term[0].length);
    const filter = { column: unquoted(term[1]), op: term[2] ?? term[3] };
    if (!/exist/.test(filter.op)) {
      const value = VALUE.exec(rest);
      if (!value) throw new Error(`Where: ${filter.op} needs a value after ${filter.column}`);
      rest = rest.slice(value[0].length);
      filter.value = typed(value[1]);
    }
    filters.push(filter);
    if (!rest) break;
    const join = JOIN.exec(rest);
    if (!join) throw new Error(`Where: AND or OR is expected at: ${rest}`);
    const word = join[1].toUpperCase();
    if (combination && word !== combination) throw new Error("Where: use AND or OR, not both");
    combination = word;
    rest = rest.slice(join[0].length);
    if (!rest) throw new Error(`Where: nothing follows ${word}`);
  }
  return { filters, combination: combination ?? "AND" };
}

function unquoted(text) {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text;
}

/** A bare number or boolean is one; quotes make it text. */
function typed(text) {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : unquoted(text);
}
