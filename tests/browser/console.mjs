// The console's own page in a real browser: every tab, empty and full, light and dark, without a
// violation that axe knows and without a word in the browser's log.
//
// Usage: node console.mjs <backend> <console> [<pictures>]

import assert from "node:assert/strict";
import { join } from "node:path";
import { accessible, launch, open, sleep, until, violations } from "./chromium.mjs";
import { SCRIPT, ZERO_IDS, hostile } from "./hostile.mjs";
import { fill, send } from "./sample.mjs";

const [backend, viewer, pictures] = process.argv.slice(2);
const TABS = ["/", "/tab/logs", "/tab/errors", "/tab/xray", "/tab/map", "/tab/query", "/tab/metrics", "/tab/health"];

const json = async (path, body) => {
  const answer = await fetch(viewer + path, body && { method: "POST", body: JSON.stringify(body) });
  return answer.ok ? answer.json() : null;
};

async function visit(page, path, selector) {
  await page.goto(viewer + path);
  if (selector) await page.waitForSelector(selector);
}

/** Every tab in both schemes. */
async function everyTab(browser, what, tabs) {
  const found = [];
  for (const scheme of ["light", "dark"]) {
    const page = await open(browser, { scheme });
    for (const [path, selector] of tabs) {
      await visit(page, path, selector);
      await page.waitForFunction(() => document.querySelector(".live")?.textContent === "live");
      await sleep(150);
      found.push(...(await violations(page, `${path}, ${what}, ${scheme}`)));
      if (pictures) await page.screenshot({ path: join(pictures, `${what}${path.replace(/\W+/g, "-")}-${scheme}.png`) });
    }
    assert.deepEqual(page.problems, [], `the browser's log, ${what}, ${scheme}`);
    await page.context().close();
  }
  assert.deepEqual(found, []);
}

async function use() {
  for (let turn = 0; turn < 3; turn += 1) {
    for (const path of ["/api/activities/home", "/api/activities/notifications", "/rollbar/test", "/fail/error"]) {
      await fetch(backend + path);
    }
  }
  await until(async () => (await json("/api/errors")).items.length, "an error");
  await until(async () => (await json("/api/xray/traces")).traces.length, "an X-Ray document");
  await until(async () => (await json("/api/health/sinks")).services.length, "a report");
  await until(async () => (await json("/api/metrics")).some((it) => it.point.count > 0), "a histogram");
}

async function traces(browser) {
  const page = await open(browser);
  const [sample] = (await fill(viewer, 40)).slice(-1);
  await visit(page, "/", ".span-row");

  // Search, by keyboard from the first key.
  await page.keyboard.press("/");
  await page.keyboard.type("app.userId=andrewbrown duration>1ms -error service=cruddur-frontend");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /q=app/.test(location.search) && document.querySelectorAll(".trace-row").length);
  const asked = encodeURIComponent("app.userId=andrewbrown duration>1ms -error service=cruddur-frontend");
  const found = await json(`/api/traces?q=${asked}`);
  await page.waitForFunction((number) => document.querySelector(".list-status").textContent === `${number} ${number === 1 ? "trace" : "traces"}`, found.length);
  await page.fill(".search", '"open');
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /quote/.test(document.querySelector(".list-status").textContent));
  // The browser itself says that an answer was 400; nothing else may have been said.
  assert.ok(page.problems.splice(0).every((it) => it.includes("400 (Bad Request)")));
  await page.fill(".search", "");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.pathname.startsWith("/trace/") && /^\d+ traces/.test(document.querySelector(".list-status").textContent));
  await page.waitForFunction(() => document.querySelectorAll(".trace-row").length > 10 && document.querySelector(".trace-row[aria-selected=true]"));

  // The list by keyboard.
  await page.focus("[data-list=traces]");
  const chosen = () => page.evaluate(() => location.pathname);
  await page.keyboard.press("j");
  const first = await chosen();
  await page.keyboard.press("j");
  await page.waitForFunction((before) => location.pathname !== before, first);
  await page.keyboard.press("k");
  await page.waitForFunction((before) => location.pathname === before, first);

  // A permalink; the waterfall by keyboard: down, fold, unfold, zoom in and out.
  await visit(page, `/trace/${sample.trace}`, ".span-row");
  const rows = () => page.locator(".span-row").count();
  assert.equal(await rows(), 6);
  await page.focus("[data-list=spans]");
  await page.keyboard.press("ArrowLeft");
  assert.equal(await rows(), 1, "folded");
  await page.keyboard.press("ArrowRight");
  assert.equal(await rows(), 6, "unfolded");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction(() => /span=/.test(location.search));
  assert.equal(await page.locator(".zoom-reset").isHidden(), true);
  await page.keyboard.press("Enter");
  assert.equal(await page.locator(".zoom-reset").isVisible(), true, "zoomed to the span");
  await page.keyboard.press("0");
  assert.equal(await page.locator(".zoom-reset").isHidden(), true);
  const box = await page.locator(".overview").boundingBox();
  await page.mouse.move(box.x + box.width * 0.2, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 10, { steps: 4 });
  await page.mouse.up();
  assert.equal(await page.locator(".zoom-reset").isVisible(), true, "zoomed by dragging");
  await page.click(".zoom-reset");
  const link = page.url();
  const heading = await page.locator(".detail h2 span").first().textContent();
  await page.reload();
  await page.waitForSelector(".span-row");
  assert.equal(page.url(), link);
  assert.equal(await page.locator(".detail h2 span").first().textContent(), heading, "a link leads to the same span");

  // Copy as JSON.
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy JSON" }).click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const copied = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
  assert.equal(copied.length, 6);

  // Live: what happens elsewhere appears by itself.
  await visit(page, "/", ".span-row");
  await page.waitForFunction(() => document.querySelector(".live")?.textContent === "live");
  const number = (await json("/api/traces?limit=10000")).length;
  await fetch(`${backend}/api/activities/search?term=live`);
  await page.waitForFunction((before) => parseInt(document.querySelector(".list-status").textContent, 10) > before, number);
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

/** All four outputs of one request beside its waterfall. */
async function panels(browser) {
  const page = await open(browser, { width: 1700 });
  const bar = page.locator(".detail > .panel-tabs");
  const found = [];
  await panelsOf("/fail/error", (it) => it.events.length, [/^Fields/, /^Events/, /^Error|Rollbar/, /X-Ray/]);
  await panelsOf("/api/activities/home", (it) => it.name === "get-activities", [/^Fields/, /^Logs|CloudWatch/, /X-Ray/]);
  assert.deepEqual(found, []);
  assert.deepEqual(page.problems, []);
  await page.context().close();

  async function panelsOf(route, isWanted, wanted) {
    const one = (await json(`/api/traces?q=${encodeURIComponent(`root:${route} service=cruddur-backend -service=cruddur-frontend`)}`)).at(-1);
    const spans = await json(`/api/traces/${one.trace_id}`);
    const inner = spans.find(isWanted);
    await visit(page, `/trace/${one.trace_id}?span=${inner.span_id}`, ".span-row");
    const titles = await bar.getByRole("tab").allTextContents();
    for (const title of wanted) assert.ok(titles.some((it) => title.test(it)), `${title} in ${titles}`);
    await bar.getByRole("tab").first().focus();
    for (let index = 0; index < titles.length; index += 1) {
      await sleep(300);
      const shown = await bar.locator("[aria-selected=true]").textContent();
      assert.ok((await page.locator(".panel-body").textContent()).length > 20, shown);
      found.push(...(await violations(page, `the panel ${shown}`)));
      await page.keyboard.press("ArrowRight");
    }
  }
}

/** The console searches all its lines, also those behind the 500 newest that the page shows. */
async function logs(browser) {
  const page = await open(browser);
  const now = BigInt(Date.now()) * 1_000_000n;
  const record = (n, severityText, text) => ({
    timeUnixNano: String(now - 1_000_000n + BigInt(n)), severityText, body: { stringValue: text },
    attributes: [{ key: "shelf", value: { stringValue: `number ${n}` } }],
  });
  const hay = Array.from({ length: 600 }, (_, n) => record(n + 2, n % 2 ? "INFO" : "DEBUG", `hay ${n}`));
  const records = [record(0, "WARN", "the needle"), record(1, "INFO", "a needle's case"), ...hay];
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "haystack" } }] };
  await send(viewer, "/v1/logs", { resourceLogs: [{ resource, scopeLogs: [{ scope: {}, logRecords: records }] }] });
  await visit(page, "/tab/logs", ".logline");
  const shows = (texts) => page.waitForFunction((wanted) => {
    const shown = [...document.querySelectorAll(".logline .text")].map((it) => it.textContent);
    return JSON.stringify(shown) === wanted;
  }, JSON.stringify(texts));
  const status = (wanted) => page.getByRole("status").filter({ hasText: wanted }).waitFor();
  await status("the newest 500 lines");
  await page.getByLabel("Search log lines").fill("NEEDLE");
  await shows(["a needle's case", "the needle"]);
  await status("2 lines");
  await page.getByLabel("Least level").selectOption("warn");
  await shows(["the needle"]);
  await status("1 line");
  const link = page.url();
  assert.ok(link.endsWith("/tab/logs?search=NEEDLE&level=warn"), link);
  await page.reload();
  await shows(["the needle"]);
  assert.equal(await page.getByLabel("Least level").inputValue(), "warn", "a link asks the same again");
  assert.deepEqual(await violations(page, "the narrowed log lines"), []);
  await page.getByLabel("Search log lines").fill('{ $.level = "WARN" && $.service = haystack }');
  await shows(["the needle"]);
  await page.getByLabel("Search log lines").fill('"not closed');
  await status("is not closed");
  await shows(["the needle"]);
  // The browser itself says that an answer was 400; nothing else may have been said.
  assert.ok(page.problems.splice(0).every((it) => it.includes("400 (Bad Request)")));
  await page.getByLabel("Search log lines").fill('"number 601"');
  await page.getByText("No line matches.").waitFor();
  await page.getByLabel("Least level").selectOption("");
  await shows(["hay 599"]);

  // A line of a request leads to its span.
  await page.getByLabel("Search log lines").fill("get home activities");
  await page.locator(".logline", { hasText: "get home activities" }).first().getByRole("link", { name: "trace" }).click();
  await page.waitForSelector(".span-row[aria-selected=true]");
  await page.locator(".detail > .panel-tabs").getByRole("tab", { name: /^Logs/ }).click();
  await page.locator(".panel-body .logline:not(.other)", { hasText: "get home activities" }).waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

async function query(browser) {
  const page = await open(browser);
  await visit(page, "/tab/query", ".query-table tbody tr");
  const spec = { calculations: [{ op: "AVG", column: "duration_ms" }], breakdowns: ["app.userId"], filters: [{ column: "app.userId", op: "exists" }], orders: [{ op: "AVG", column: "duration_ms", order: "descending" }], limit: 100 };
  const answer = await json("/api/query", spec);
  const users = await page.locator(".query-table tbody tr td:first-child").allTextContents();
  assert.deepEqual(users, answer.results.map((row) => row["app.userId"]));
  assert.ok(users.includes("andrewbrown"));
  await page.getByLabel("Calculate").selectOption("P99");
  await page.getByLabel("Group by").fill("name");
  await page.getByLabel("Order by").fill("P99(duration_ms) desc");
  await page.getByLabel("Where").fill('kind = ');
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByRole("alert").filter({ hasText: "needs a value" }).waitFor();
  await page.getByLabel("Where").fill('span.kind = server AND name contains "activities"');
  await page.getByRole("button", { name: "Run" }).click();
  await page.locator(".query-table tbody tr", { hasText: "GET /api/activities/home" }).waitFor();
  await page.waitForSelector(".query-plot svg");
  const link = page.url();
  await page.reload();
  await page.locator(".query-table tbody tr", { hasText: "GET /api/activities/home" }).waitFor();
  assert.equal(page.url(), link, "a link asks the same again");
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

async function views(browser) {
  const page = await open(browser);
  await visit(page, "/tab/map", ".map-node");
  const rows = await page.locator(".map-table tbody tr").allTextContents();
  assert.ok(rows.some((it) => it.startsWith("cruddur-backendsqlite")), rows.join("\n"));
  assert.ok(rows.some((it) => it.startsWith("cruddur-frontendcruddur-backend")), rows.join("\n"));
  await page.locator(".map-node.service", { hasText: "cruddur-backend" }).click();
  await page.waitForFunction(() => location.search.includes("service"));

  await visit(page, "/tab/metrics?name=http.server.request.duration", ".histogram");
  const exemplar = page.locator(".metric-detail a").first();
  await exemplar.waitFor();
  await exemplar.click();
  await page.waitForSelector(".span-row");

  await visit(page, "/tab/health", ".health-services tbody tr");
  const sinks = await page.locator(".health-services tbody th").allTextContents();
  for (const sink of ["otlp", "xray", "cloudwatch_logs", "rollbar"]) assert.ok(sinks.includes(sink), sinks.join());
  const reported = (await json("/api/health/sinks")).services.find((it) => it.service === "cruddur-backend");
  assert.ok(reported.sinks.find((it) => it.name === "otlp").sent > 0);
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

async function malice(browser) {
  const refused = await send(viewer, "/v1/traces", ZERO_IDS);
  assert.equal(Number(refused.partialSuccess.rejectedSpans), 3);
  const page = await open(browser);
  for (const { what, trace, body } of hostile()) {
    await send(viewer, "/v1/traces", body);
    await visit(page, `/trace/${trace}`, ".span-row");
    for (const title of await page.locator(".detail > .panel-tabs [role=tab]").all()) {
      await title.click();
      await sleep(60);
    }
    await page.keyboard.press("Escape");
    const state = await page.evaluate(() => ({ broken: globalThis.broken, images: document.querySelectorAll("img[src=x], script:not([src])").length }));
    assert.deepEqual(state, { broken: undefined, images: 0 }, what);
    assert.deepEqual(page.problems, [], what);
    console.log(`  ${what}`);
  }
  const [first] = hostile();
  await visit(page, "/", ".trace-row");
  for (const tab of TABS) {
    await visit(page, tab, ".top");
    await sleep(250);
    assert.equal(await page.evaluate(() => globalThis.broken), undefined, tab);
  }
  await visit(page, "/tab/query?op=COUNT&by=" + encodeURIComponent(SCRIPT), ".query-table");
  assert.ok((await page.locator(".query-table").textContent()).includes(SCRIPT), "as text");
  await visit(page, `/?q=${encodeURIComponent(`"${first.what}"`)}`, ".top");
  await accessible(page, "with hostile spans");
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

/** A page of another origin neither reads nor writes. */
async function foreign(browser) {
  const page = await open(browser);
  await page.goto(`${backend}/api/health-check`);
  const outcome = await page.evaluate(async (url) => {
    const tried = [];
    for (const [path, init] of [["/api/traces", {}], ["/api/all", { method: "DELETE" }], ["/v1/traces", { method: "POST", body: "{}", mode: "no-cors" }]]) {
      try {
        const answer = await fetch(url + path, init);
        tried.push(answer.type === "opaque" ? "opaque" : answer.status);
      } catch {
        tried.push("refused");
      }
    }
    return tried;
  }, viewer);
  assert.deepEqual(outcome, ["refused", "refused", "opaque"]);
  assert.ok((await json("/api/traces")).length, "nothing was cleared");
  await page.context().close();
}

async function clear(browser) {
  const page = await open(browser);
  // With its spans: the browser would log a 404 if they were asked for when all is forgotten.
  await visit(page, "/", ".span-row");
  await page.getByRole("button", { name: "Clear" }).click();
  await page.waitForFunction(() => !document.querySelector(".trace-row"));
  await page.waitForSelector(".welcome");
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

const browser = await launch();
const only = process.env.CRUDDUR_ONLY?.split(",");
const step = async (name, work) => {
  if (only && !only.includes(name)) return;
  const started = Date.now();
  await work();
  console.log(`${name}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
};
try {
  const headings = TABS.slice(1).map((path) => [path, "h1"]);
  await step("empty", () => everyTab(browser, "empty", [["/", ".welcome"], ...headings]));
  await step("use", use);
  await step("traces", () => traces(browser));
  await step("full", () => everyTab(browser, "full", [["/", ".span-row"], ["/tab/logs", ".logline"], ["/tab/errors", ".error-item"], ["/tab/xray", ".xr-list li"], ["/tab/map", ".map-node"], ["/tab/query", ".query-table"], ["/tab/metrics?name=http.server.request.duration", ".histogram"], ["/tab/health", ".health-services tbody tr"]]));
  await step("panels", () => panels(browser));
  await step("logs", () => logs(browser));
  await step("query", () => query(browser));
  await step("views", () => views(browser));
  await step("foreign", () => foreign(browser));
  await step("hostile", () => malice(browser));
  await step("clear", () => clear(browser));
  console.log("all is well");
} finally {
  await browser.close();
}
