// Spans that nobody means well with, as OTLP/JSON: { what, trace, body }, one trace each.

import { attributes, id, resource, value } from "./sample.mjs";

export const SCRIPT = `<img src=x onerror="globalThis.broken=1"><script>globalThis.broken=1</script>"'\`\${globalThis.broken=1}`;

export function hostile(now = Date.now()) {
  const span = (trace, fields) => ({
    traceId: trace, spanId: id(8), name: "work", kind: 2, status: {}, attributes: [], events: [],
    startTimeUnixNano: nanos(now), endTimeUnixNano: nanos(now + 5), ...fields,
  });
  const one = (what, make, service = "hostile") => {
    const trace = id(16);
    return { what, trace, body: { resourceSpans: [resource(service, "hostile", make((fields) => span(trace, fields)))] } };
  };
  return [
    one("script in every place", (span) => [span({
      name: SCRIPT, traceState: SCRIPT, status: { code: 2, message: SCRIPT },
      attributes: [...attributes({ [SCRIPT]: SCRIPT, "url.full": "javascript:globalThis.broken=1", "__proto__": "x", constructor: SCRIPT }), { key: "list", value: { arrayValue: { values: [value(SCRIPT)] } } }],
      events: [{ name: SCRIPT, timeUnixNano: nanos(now + 1), attributes: attributes({ [SCRIPT]: SCRIPT }) }, { name: "exception", timeUnixNano: nanos(now + 2), attributes: attributes({ "exception.type": SCRIPT, "exception.message": SCRIPT, "exception.stacktrace": SCRIPT }) }],
    })], SCRIPT),
    one("a megabyte of text", (span) => [span({ name: "n".repeat(1 << 20), attributes: attributes({ big: "m".repeat(1 << 20) }) })]),
    one("ten thousand attributes", (span) => [span({ attributes: attributes(Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`key.${at}`, at]))) })]),
    one("parents that are not there", (span) => [span({ parentSpanId: "ffffffffffffffff" }), span({ parentSpanId: "eeeeeeeeeeeeeeee" })]),
    one("parents in a circle", (span) => {
      const ids = ["00000000000000a1", "00000000000000a2", "00000000000000a3"];
      return [...ids.map((own, at) => span({ spanId: own, parentSpanId: ids[(at + 1) % 3] })), span({ spanId: "00000000000000a4", parentSpanId: "00000000000000a4" })];
    }),
    one("a clock a day off", (span) => {
      const root = span({ name: "root", kind: 3 });
      return [root, span({ parentSpanId: root.spanId, startTimeUnixNano: nanos(now - 86_400_000), endTimeUnixNano: nanos(now - 86_400_000 + 3) })];
    }),
    one("times that can't be", (span) => [span({ startTimeUnixNano: "0", endTimeUnixNano: "18446744073709551615" }), span({ startTimeUnixNano: nanos(now), endTimeUnixNano: "0" })]),
    one("no names", (span) => [span({ name: "", attributes: [{ key: "", value: { stringValue: "" } }, { key: "none" }], events: [{ name: "", timeUnixNano: "0" }] })], ""),
    one("every script of the world", (span) => [span({ name: "👩‍👩‍👧‍👦 مرحبا \u202Eevil\u202C שלום 你好 \u0000\u0007 a\nb", attributes: attributes({ "emoji 🙈": "🏳️‍🌈", rtl: "\u202E\u2066reversed", nul: "a\u0000b", zalgo: "Z̸̡̛̗͍̅a̴͓̒l̶̰̓g̴̥̐ó̵" }) })], "خدمة"),
    one("values of every type", (span) => [span({ attributes: [
      { key: "double", value: { doubleValue: -1.7e308 } }, { key: "tiny", value: { doubleValue: 5e-324 } }, { key: "huge", value: { intValue: "9223372036854775807" } },
      { key: "bytes", value: { bytesValue: "AAEC" } }, { key: "map", value: { kvlistValue: { values: attributes({ "a.b": 1, c: SCRIPT }) } } }, { key: "null" },
    ] })]),
    one("a chain three hundred deep", (span) => {
      const all = [span({})];
      for (let depth = 1; depth < 300; depth += 1) all.push(span({ parentSpanId: all[depth - 1].spanId }));
      return all;
    }),
    one("two thousand events and links", (span) => [span({
      events: Array.from({ length: 2000 }, (_, at) => ({ name: `event ${at}`, timeUnixNano: nanos(now + at / 1000) })),
      links: Array.from({ length: 2000 }, () => ({ traceId: id(16), spanId: id(8) })),
    })]),
  ];
}

/** Ids that no span may have: refused in the answer, none kept. */
export const ZERO_IDS = {
  resourceSpans: [resource("hostile", "hostile", [
    { traceId: "0".repeat(32), spanId: "1".repeat(16), name: "x" },
    { traceId: "1".repeat(32), spanId: "0".repeat(16), name: "x" },
    { traceId: "12", spanId: "1".repeat(16), name: "x" },
  ])],
};

const nanos = (milliseconds) => String(BigInt(Math.round(milliseconds * 1000)) * 1000n);
