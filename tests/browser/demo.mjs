// The page of the demo in a real browser, from the click to the database.
//
// Usage: node demo.mjs <backend> <console> <dist> <frontend port> <pictures>
// Fails with the first thing that is not as it should be. The console is asked by its JSON API.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const [backend, viewer, dist, port, pictures] = process.argv.slice(2);
const CSP = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' ${backend}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };

/** The page from an origin of its own, as the container's nginx serves it. */
function serve() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://x").pathname);
    response.setHeader("content-security-policy", CSP);
    if (path === "/config.json") {
      response.setHeader("content-type", "application/json");
      return response.end(JSON.stringify({ backendUrl: backend, serviceName: "cruddur-frontend", consoleUrl: viewer }));
    }
    try {
      const file = path === "/" ? "/index.html" : path;
      const body = await readFile(join(dist, file));
      response.setHeader("content-type", TYPES[extname(file)] ?? "application/octet-stream");
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  return new Promise((resolve) => server.listen(Number(port), "127.0.0.1", () => resolve(server)));
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The spans of a trace, once `enough` says so. */
async function trace(id, enough, what) {
  let spans = [];
  for (let attempt = 0; attempt < 150; attempt += 1) {
    const answer = await fetch(`${viewer}/api/traces/${id}`);
    if (answer.ok) {
      const body = await answer.json();
      spans = body;
      if (enough(spans)) return spans;
    }
    await sleep(100);
  }
  const seen = spans.map((it) => `${it.service} ${it.name} ${JSON.stringify(it.attributes)}`).join("\n  ");
  assert.fail(`trace ${id}: ${what}; there are only\n  ${seen}`);
}

const named = (spans, service, name) => spans.find((it) => it.service === service && it.name === name);

/** The chain of names from a span up to its root. */
function chain(spans, from) {
  const names = [];
  for (let span = from; span; span = spans.find((it) => it.span_id === span.parent_id)) names.push(`${span.service}: ${span.name}`);
  return names;
}

const attribute = (span, key) => span.attributes[key];

async function act(page, action) {
  const before = await page.locator(".trace-bar").getAttribute("data-trace");
  await action();
  await page.waitForFunction((old) => {
    const now = document.querySelector(".trace-bar")?.dataset.trace;
    return now && now !== old;
  }, before);
  return page.locator(".trace-bar").getAttribute("data-trace");
}

const HOME = ["cruddur-backend: SELECT activities", "cruddur-backend: get-activities", "cruddur-backend: GET /api/activities/home", "cruddur-frontend: GET /api/activities/home", "cruddur-frontend: fetch_home_activities", "cruddur-frontend: click home"];

async function homeTrace(id, user, length) {
  const isWhole = (spans) => named(spans, "cruddur-frontend", "click home") && named(spans, "cruddur-backend", "get-activities");
  const spans = await trace(id, isWhole, "the click and the handler");
  const query = spans.find((it) => it.name === "SELECT activities");
  assert.deepEqual(chain(spans, query), HOME);
  const fetched = named(spans, "cruddur-frontend", "fetch_home_activities");
  assert.equal(attribute(fetched, "app.userId"), user);
  assert.equal(attribute(fetched, "app.userId.mismatch"), undefined);
  assert.ok(!Number.isNaN(Date.parse(attribute(fetched, "app.now"))));
  const handler = named(spans, "cruddur-backend", "get-activities");
  assert.equal(attribute(handler, "app.userId"), user);
  assert.equal(Number(attribute(handler, "app.result_length")), length);
}

async function visit(browser, origin, label) {
  console.log(`${label}: ${origin}`);
  const context = await browser.newContext({ viewport: { width: 1100, height: 800 } });
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));

  const answer = await page.goto(`${origin}/`);
  const policy = answer.headers()["content-security-policy"];
  assert.ok(policy.includes("script-src 'self'") && !policy.includes("unsafe"), policy);
  await page.waitForSelector(".feed article");
  const loadTrace = await page.locator(".trace-bar").getAttribute("data-trace");

  if (label === "same origin") {
    const [, id, parent] = (await page.locator('meta[name="traceparent"]').getAttribute("content")).split("-");
    assert.equal(loadTrace, id, "the first requests belong to the trace that served the page");
    const timing = await page.evaluate(() => performance.getEntriesByType("navigation")[0].serverTiming.map((it) => `${it.name} ${it.description}`));
    assert.ok(timing.some((it) => it.startsWith("traceparent") && it.includes(id)), timing.join());
    const spans = await trace(id, (all) => named(all, "cruddur-frontend", "documentLoad") && named(all, "cruddur-backend", "GET /"), "the load and the server's span");
    assert.equal(named(spans, "cruddur-frontend", "documentLoad").parent_id, parent);
    assert.ok(attribute(named(spans, "cruddur-frontend", "documentLoad"), "session.id"));
    assert.deepEqual(chain(spans, named(spans, "cruddur-frontend", "fetch_home_activities")), ["cruddur-frontend: fetch_home_activities", "cruddur-frontend: load", "cruddur-backend: GET /"]);
  }

  for (const [user, name] of [["worf", "Worf"], ["andrewbrown", "Andrew Brown"]]) {
    await act(page, () => page.selectOption('select[aria-label="Signed in as"]', { label: name }));
    const length = await page.locator(".feed > li").count();
    assert.equal(length, label === "same origin" ? 4 : 5, "the first visit leaves a post");
    await homeTrace(await act(page, () => page.click('nav [data-view="home"]')), user, length);
  }

  // Click through.
  await act(page, () => page.click('nav [data-view="notifications"]'));
  assert.equal(await page.locator(".feed > li").count(), 2);
  await act(page, () => page.click('nav [data-view="messages"]'));
  await act(page, () => page.click("main .buttons button >> nth=0"));
  await page.waitForSelector(".conversation");
  await act(page, () => page.click('nav [data-view="profile"]'));
  await act(page, () => page.click('nav [data-view="search"]'));
  await page.fill('input[type="search"]', "fun");
  await act(page, () => page.click("form.search button"));
  await page.waitForSelector(".feed article");
  await act(page, () => page.click('nav [data-view="home"]'));
  const evil = `<img src=x onerror=alert(1)> ${label}`;
  await page.fill(".compose textarea", evil);
  const posted = await act(page, () => page.click(".compose button"));
  await page.waitForFunction((text) => [...document.querySelectorAll(".message")].some((it) => it.textContent === text), evil);
  const spans = await trace(posted, (all) => all.some((it) => it.name === "INSERT activities"), "the insert");
  assert.ok(named(spans, "cruddur-backend", "POST /api/activities"));
  assert.deepEqual(problems, [], "nothing in the browser's log");

  // Trouble: the browser itself logs a 500, and nothing else.
  await act(page, () => page.click('nav [data-view="trouble"]'));
  const panicked = await act(page, () => page.click('[data-path="/fail/panic"]'));
  await trace(panicked, (all) => named(all, "cruddur-backend", "GET /fail/panic")?.status === "error", "the failed server span");
  assert.match(await page.locator(".trace-bar").textContent(), /500/);

  // A failed fetch ends its spans.
  await page.route("**/api/activities/home", (route) => route.abort());
  const failed = await act(page, () => page.click('nav [data-view="home"]'));
  await page.unroute("**/api/activities/home");
  const broken = await trace(failed, (all) => named(all, "cruddur-frontend", "click home"), "the failed click");
  for (const name of ["click home", "fetch_home_activities", "GET /api/activities/home"]) {
    assert.equal(attribute(named(broken, "cruddur-frontend", name), "error.type"), "TypeError", name);
  }

  // Closing the page loses nothing: neither what has ended and waits, nor what is still open.
  const last = await act(page, () => page.click('nav [data-view="notifications"]'));
  await page.route("**/api/activities/home", () => undefined);
  const pending = page.waitForRequest("**/api/activities/home");
  await page.click('nav [data-view="home"]');
  const [, openTrace] = (await pending).headers()["traceparent"].split("-");
  await page.close();
  await trace(last, (all) => named(all, "cruddur-frontend", "click notifications"), "what had ended when the page closed");
  const open = await trace(openTrace, (all) => named(all, "cruddur-frontend", "click home"), "what was open when the page closed");
  assert.equal(attribute(named(open, "cruddur-frontend", "fetch_home_activities"), "app.ended_by"), "pagehide");
  const vitals = await webVitals(loadTrace, label);
  assert.ok(vitals.includes("TTFB") && vitals.includes("LCP"), vitals.join());
  await context.close();
}

async function webVitals(id, label) {
  if (label !== "same origin") return ["TTFB", "LCP"];
  const spans = await trace(id, (all) => all.filter((it) => it.name === "web_vital").length >= 3, "web vitals");
  return spans.filter((it) => it.name === "web_vital").map((it) => attribute(it, "web_vital.name"));
}

async function foreign(browser) {
  console.log("a foreign origin");
  const page = await (await browser.newContext()).newPage();
  await page.goto(`${viewer}/`);
  const outcome = await page.evaluate(async (url) => {
    const tried = [];
    for (const init of [{}, { headers: { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" } }]) {
      try {
        await fetch(url, { ...init, credentials: "include" });
        tried.push("read");
      } catch {
        tried.push("refused");
      }
    }
    return tried;
  }, `${backend}/api/activities/home`);
  assert.deepEqual(outcome, ["refused", "refused"]);
  await page.close();
}

async function takePictures(browser) {
  for (const [name, viewport] of [["desktop", { width: 1100, height: 820 }], ["phone", { width: 390, height: 800 }]]) {
    const context = await browser.newContext({ viewport, deviceScaleFactor: name === "phone" ? 2 : 1 });
    const page = await context.newPage();
    await page.goto(`${backend}/`);
    await page.waitForSelector(".feed article");
    await page.screenshot({ path: join(pictures, `demo-${name}.png`) });
    await act(page, () => page.click('nav [data-view="trouble"]'));
    await page.screenshot({ path: join(pictures, `demo-${name}-trouble.png`) });
    if (name === "desktop") {
      const id = await act(page, () => page.click('nav [data-view="home"]'));
      await trace(id, (all) => named(all, "cruddur-frontend", "click home"), "the click");
      const shown = await context.newPage();
      await shown.setViewportSize({ width: 1440, height: 860 });
      await shown.goto(`${viewer}/trace/${id}`);
      await sleep(1500);
      await shown.screenshot({ path: join(pictures, "trace.png") });
    }
    await context.close();
  }
}

const server = await serve();
const browser = await chromium.launch({ executablePath: process.env.CRUDDUR_TEST_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  await visit(browser, backend, "same origin");
  await visit(browser, `http://127.0.0.1:${port}`, "cross origin");
  await foreign(browser);
  if (pictures) await takePictures(browser);
  console.log("all is well");
} finally {
  await browser.close();
  server.close();
}
