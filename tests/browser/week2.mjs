// The pictures of docs/week2.md and, in the folder above, those of the README and docs/demo.md, from a demo that is started, used and looked at in Chromium.
//
// Usage: node week2.mjs <demo binary> <folder>

import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { launch, open, sleep, until } from "./chromium.mjs";
import { run, startDemo } from "./process.mjs";

const [binary, folder] = process.argv.slice(2);
if (!folder) throw new Error("usage: node week2.mjs <demo binary> <folder>");
await mkdir(folder, { recursive: true });

const json = async (address) => {
  const answer = await fetch(address);
  return answer.ok ? answer.json() : null;
};

async function act(page, action) {
  const id = () => page.locator(".trace-bar").getAttribute("data-trace");
  const before = await id();
  await action();
  return until(async () => ((await id()) !== before ? id() : null), "the next trace");
}

/** Uses the demo as two people do, and gives the traces that the pictures are of. */
async function use(browser, demo) {
  const page = await open(browser, { width: 1100 });
  await page.goto(`${demo.backend}/`);
  await page.waitForSelector(".feed article");
  const go = (view) => act(page, () => page.click(`nav [data-view="${view}"]`));
  const traces = {};
  for (const name of ["Worf", "Andrew Brown"]) {
    await act(page, () => page.selectOption('select[aria-label="Signed in as"]', { label: name }));
    for (let turn = 0; turn < 4; turn += 1) {
      traces.home = await go("home");
      traces.notifications = await go("notifications");
    }
  }
  await go("trouble");
  traces.rollbar = await act(page, () => page.click('[data-path="/rollbar/test"]'));
  traces.home = await go("home");
  await page.waitForSelector(".feed article");
  await page.mouse.move(0, 0);
  await sleep(400);
  await page.screenshot({ path: join(folder, "..", "page.png") });
  console.log("page.png");
  // A mention, so that the notifier has something to do.
  await page.fill(".compose textarea", "Hello @worf!");
  await act(page, () => page.click(".compose button"));
  await page.close();
  for (let turn = 0; turn < 3; turn += 1) {
    for (const path of ["home", "notifications"]) await fetch(`${demo.backend}/api/activities/${path}`);
  }
  const whole = (id, name) => until(async () => {
    const spans = await json(`${demo.console}/api/traces/${id}`);
    return spans?.some((it) => it.name === name) && spans;
  }, `${name} in ${id}`);
  traces.spans = await whole(traces.home, "click home");
  await whole(traces.notifications, "click notifications");
  await until(async () => (await json(`${demo.console}/api/xray/traces/${traces.notifications}`))?.documents?.length, "the X-Ray document");
  return traces;
}

async function take(browser, demo, traces, scheme, named) {
  const page = await open(browser, { scheme });
  const shot = async (name) => {
    await page.mouse.move(0, 0);
    await sleep(400);
    await page.screenshot({ path: join(folder, `${named(name)}.png`) });
    console.log(`${named(name)}.png`);
  };
  const visit = async (path, selector) => {
    await page.goto(demo.console + path);
    await page.waitForSelector(selector);
  };
  const panel = (title) => page.locator(".detail > .panel-tabs").getByRole("tab", { name: title }).click();
  const span = (name, service) => traces.spans.find((it) => it.name === name && it.service === service);
  const of = (one) => `/trace/${traces.home}?span=${one.span_id}`;

  const server = span("GET /api/activities/home", "cruddur-backend");
  await visit(`/?q=${encodeURIComponent("service=cruddur-backend name:/api/activities")}`, ".span-row");
  await shot("backend_traces");
  await visit(of(server), ".span-row");
  await shot("backend_traces_spans");
  await visit(of(span("get-activities", "cruddur-backend")), ".span-row");
  await shot("backend_traces_span_attributes");
  const fetched = span("fetch_home_activities", "cruddur-frontend");
  await visit(of(traces.spans.find((it) => it.name === "click home")), ".span-row");
  await shot("frontend_spans");
  if (scheme === "light") await copyFile(join(folder, "frontend_spans.png"), join(folder, "..", "trace.png"));
  await visit(of(fetched), ".span-row");
  await shot("frontend_span_attributes");

  await visit("/tab/xray", ".xr-list button");
  await shot("xray_traces");
  const notifications = await json(`${demo.console}/api/traces/${traces.notifications}`);
  const handler = notifications.find((it) => it.name === "home_notifications");
  await visit(`/trace/${traces.notifications}?span=${handler?.span_id ?? ""}`, ".span-row");
  await panel(/X-Ray/);
  await page.waitForSelector(".xr-inspector");
  await page.locator(".xr-inspector").getByRole("tab", { name: /Metadata/ }).click();
  await shot("xray_metadata");
  await visit("/tab/logs", ".logline");
  await shot("cloudwatch_logs");
  await visit("/tab/errors", ".error-item");
  await page.locator(".error-item", { hasText: "Hello World!" }).first().click();
  await page.waitForSelector(".error-detail");
  await shot("rollbar");
  await visit("/tab/query", ".query-table");
  await shot("latency_query");
  for (const [tab, selector] of [["map", ".map-node"], ["health", "article.card"]]) {
    await visit(`/tab/${tab}`, selector);
    await shot(join("..", tab));
  }
  await page.context().close();
}

/** A terminal's text as a picture: what `doctor` says of the page's key. */
async function takeTerminal(browser, name, words, variables) {
  const { text } = run(binary, words, variables);
  const page = await open(browser, { width: 1500, height: 400 });
  await page.setContent("<title>terminal</title><pre></pre>");
  await page.evaluate(([command, output]) => {
    document.body.style.cssText = "margin:0;background:#191b20;color:#e7e8ec";
    const pre = document.querySelector("pre");
    pre.style.cssText = "margin:0;padding:24px;font:13px/1.5 ui-monospace,'DejaVu Sans Mono',monospace;white-space:pre-wrap";
    pre.textContent = `$ ${command}\n${output}`;
  }, [`demo ${words.join(" ")}`, text]);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  console.log(`${name}.png`);
  await page.context().close();
}

const demo = await startDemo(binary);
// The group and the sampling rule, made as on a real account.
const aws = { AWS_ENDPOINT_URL_XRAY: demo.console, AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" };
const set = run(binary, ["setup", "xray"], aws);
if (set.status !== 0) throw new Error(set.text);
const browser = await launch();
try {
  const traces = await use(browser, demo);
  await take(browser, demo, traces, "light", (name) => name);
  if (process.env.CRUDDUR_PICTURES_DARK) await take(browser, demo, traces, "dark", (name) => `${name}.dark`);
  // An ingest key, as the page gets it; the console answers for Honeycomb.
  await takeTerminal(browser, "frontend_key", ["doctor"], {
    HONEYCOMB_API_KEY: "hcaik_01jbackend0000000000000000000000000000000000000000000000000",
    HONEYCOMB_CLIENT_KEY: "hcaik_01jexample0000000000000000000000000000000000000000000000000",
    FRONTEND_OTEL_EXPORTER_OTLP_ENDPOINT: demo.console,
    HONEYCOMB_API_ENDPOINT: demo.console,
  });
} finally {
  await browser.close();
  await demo.stop();
}
