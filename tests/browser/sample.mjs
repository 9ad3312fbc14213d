// Telemetry as the demo sends it, as OTLP/JSON: for browser tests and pictures.

const START = Date.UTC(2026, 10, 22, 17, 6, 19);
let counter = 0;

/** A source of ids and random numbers that gives the same ones every time. */
function random() {
  counter = (counter * 1664525 + 1013904223) >>> 0;
  return counter / 2 ** 32;
}

export function id(bytes) {
  let text = "";
  for (let index = 0; index < bytes; index++) text += Math.floor(random() * 256).toString(16).padStart(2, "0");
  return text.replace(/^0/, "1");
}

export function value(plain) {
  if (typeof plain === "string") return { stringValue: plain };
  if (typeof plain === "boolean") return { boolValue: plain };
  if (Number.isInteger(plain)) return { intValue: String(plain) };
  if (typeof plain === "number") return { doubleValue: plain };
  return { arrayValue: { values: plain.map(value) } };
}

export function attributes(plain) {
  return Object.entries(plain).map(([key, one]) => ({ key, value: value(one) }));
}

export function span({ trace, parent, name, kind = 1, at, ms, fields = {}, error, events = [] }) {
  const nanos = (time) => String(BigInt(Math.round(time * 1000)) * 1000n);
  return {
    traceId: trace, spanId: id(8), parentSpanId: parent ?? "", name, kind,
    startTimeUnixNano: nanos(at), endTimeUnixNano: nanos(at + ms), attributes: attributes(fields),
    status: error ? { code: 2, message: error } : {},
    events: events.map((event) => ({ name: event.name, timeUnixNano: nanos(event.at), attributes: attributes(event.fields) })),
  };
}

export function resource(service, scope, spans) {
  return {
    resource: { attributes: attributes({ "service.name": service, "service.version": "0.1.0", "telemetry.sdk.language": service.endsWith("frontend") ? "webjs" : "rust", "host.name": "demo" }) },
    scopeSpans: [{ scope: { name: scope, version: "0.1.0" }, spans }],
  };
}

const ROUTES = [
  ["GET", "/api/activities/home", "get-activities", 4],
  ["GET", "/api/activities/notifications", "home_notifications", 2],
  ["GET", "/api/activities/{handle}", "user_activities", 3],
  ["POST", "/api/activities", "create_activity", 1],
  ["GET", "/api/messages/{handle}", "messages", 5],
  ["GET", "/rollbar/test", "rollbar_test", 0],
];
const USERS = ["andrewbrown", "worf", "garek", "bayko"];

/** `number` requests of the demo: [{ traces, logs }], one pair of bodies each. */
export function requests(number) {
  counter = 7;
  return Array.from({ length: number }, (_, index) => request(index, number));
}

function request(index, number) {
  const last = index === number - 1;
  const [method, path, handler, length] = last ? ROUTES[0] : ROUTES[Math.floor(random() * ROUTES.length)];
  const user = last ? USERS[0] : USERS[Math.floor(random() * USERS.length)];
  const failed = path === "/rollbar/test" || (!last && random() < 0.06);
  const trace = id(16);
  const at = START + index * 1737;
  const work = last ? 11.4 : 3 + random() ** 3 * 160;
  const isBrowser = path.endsWith("home");
  const click = isBrowser ? span({ trace, name: "fetch_home_activities", at: at - 4, ms: work + 9, fields: { "app.userId": user, "app.now": new Date(at).toISOString() } }) : null;
  const fetched = isBrowser ? span({ trace, parent: click.spanId, name: "HTTP GET", kind: 3, at: at - 2.5, ms: work + 6, fields: { "http.request.method": "GET", "url.full": "http://localhost:4567/api/activities/home", "http.response.status_code": 200 } }) : null;
  const exception = failed ? [{ name: "exception", at: at + work * 0.7, fields: { "exception.type": "demo::Unlucky", "exception.message": "the store is out of prune juice", "exception.stacktrace": "0: demo::store::query\n   at demo/backend/src/store.rs:88\n1: demo::handlers::" + handler + "\n   at demo/backend/src/handlers.rs:41\n2: tower::service" } }] : [];
  const server = span({
    trace, parent: fetched?.spanId, name: `${method} ${path}`, kind: 2, at, ms: work,
    error: failed ? "the store is out of prune juice" : null,
    fields: { "http.request.method": method, "http.route": path, "url.path": path.replace("{handle}", "@worf"), "url.scheme": "http", "http.response.status_code": failed ? 500 : 200, "server.address": "127.0.0.1", "server.port": 4567, "network.protocol.version": "1.1", "user_agent.original": "Mozilla/5.0", "app.userId": user },
  });
  const inner = span({
    trace, parent: server.spanId, name: handler, at: at + 0.4, ms: work * 0.86, error: failed ? "the store is out of prune juice" : null, events: exception,
    fields: { "app.userId": user, "app.now": new Date(at).toISOString(), "app.result_length": length, "code.function.name": `demo::handlers::${handler}` },
  });
  const query = span({
    trace, parent: inner.spanId, name: "SELECT activities", kind: 3, at: at + 0.4 + work * 0.1, ms: work * 0.45,
    fields: { "db.system.name": "sqlite", "db.operation.name": "SELECT", "db.query.text": "SELECT uuid, handle, message, created_at FROM activities WHERE expires_at > ? ORDER BY created_at DESC LIMIT ?", "db.response.returned_rows": length },
  });
  const replies = span({
    trace, parent: inner.spanId, name: "SELECT replies", kind: 3, at: at + 0.4 + work * 0.58, ms: work * 0.2,
    fields: { "db.system.name": "sqlite", "db.operation.name": "SELECT", "db.query.text": "SELECT * FROM replies WHERE activity_uuid IN (?, ?, ?)" },
  });
  const body = { resourceSpans: [resource("cruddur-backend", "cruddur-trace", [server, inner, query, replies])] };
  if (isBrowser) body.resourceSpans.push(resource("cruddur-frontend", "cruddur-web", [click, fetched]));
  const line = (on, offset, severity, number, text, fields) => ({ timeUnixNano: String(BigInt(Math.round((at + offset) * 1000)) * 1000n), severityText: severity, severityNumber: number, body: { stringValue: text }, traceId: trace, spanId: on.spanId, attributes: attributes(fields) });
  const records = [line(inner, 0.6, "INFO", 9, path.endsWith("home") ? "get home activities" : handler.replaceAll("_", " "), { "app.userId": user })];
  if (failed) records.push(line(inner, work * 0.7, "ERROR", 17, "the store is out of prune juice", { "error.type": "demo::Unlucky" }));
  const logs = { resourceLogs: [{ resource: body.resourceSpans[0].resource, scopeLogs: [{ scope: { name: "demo::handlers" }, logRecords: records }] }] };
  return { trace, traces: body, logs };
}

export async function send(base, path, body) {
  const response = await fetch(base + path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

export async function fill(base, number = 60) {
  const all = requests(number);
  for (const one of all) {
    await send(base, "/v1/traces", one.traces);
    await send(base, "/v1/logs", one.logs);
  }
  return all;
}
