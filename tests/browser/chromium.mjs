// A real Chromium, and pages that note everything that goes wrong in them.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export function launch() {
  return chromium.launch({
    executablePath: process.env.CRUDDUR_TEST_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
}

/**
 * A page of its own: `page.problems` gathers what the browser logs as error or warning (a breach of
 * the content security policy is one) and what the page throws.
 */
export async function open(browser, { scheme = "light", width = 1440, height = 860, scale = 1 } = {}) {
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: scheme, deviceScaleFactor: scale, reducedMotion: "reduce",
  });
  const page = await context.newPage();
  if (process.env.CRUDDUR_PAGE_FOLDER) await fromDisk(page, process.env.CRUDDUR_PAGE_FOLDER);
  page.problems = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) page.problems.push(message.text());
  });
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("dialog", (dialog) => {
    page.problems.push(`a dialog opened: ${dialog.message()}`);
    dialog.dismiss();
  });
  return page;
}

/** The page's files from a folder, not from the binary: for work on the page. */
async function fromDisk(page, folder) {
  await page.route("**/page/**", async (route) => {
    const path = new URL(route.request().url()).pathname.slice("/page/".length);
    const type = { css: "text/css", js: "text/javascript", svg: "image/svg+xml" }[path.split(".").pop()];
    await route.fulfill({ body: await readFile(`${folder}/${path}`), contentType: type });
  });
}

const axeSource = readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds against WCAG 2.2 A and AA and its own best practices. */
export async function violations(page, what) {
  // By the debugger's protocol, which the page's own policy does not bind.
  await page.evaluate(await axeSource);
  const found = await page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await globalThis.axe.run(document, { runOnly: tags });
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.slice(0, 5).map((node) => `${id}: ${help}\n    ${node.html}\n    ${node.any[0]?.message ?? node.failureSummary}`),
    );
  });
  return found.map((it) => `${what}: ${it}`);
}

/** Fails with them. */
export async function accessible(page, what) {
  assert.deepEqual(await violations(page, what), []);
}

/** Runs `look` until it gives something, and gives that. */
export async function until(look, what, milliseconds = 30_000) {
  const end = Date.now() + milliseconds;
  let last;
  while (Date.now() < end) {
    last = await look();
    if (last) return last;
    await sleep(50);
  }
  assert.fail(`waited in vain for ${what}`);
}
