// Tries the playground of a running server, one with example tabs, in Chromium that reaches no other
// host. Prints a line a check and, last, how many passed; ends with status 1 where one failed.
//
// usage: node check.mjs URL [--screenshot FILE] [--live FILE]
//
// CHROMIUM names the browser's program; by default it is /usr/bin/chromium.
import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import { launch, watch } from "../../../../web/browser/browser.mjs";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { screenshot: { type: "string" }, live: { type: "string" } },
});
if (positionals.length !== 1 || !URL.canParse(positionals[0])) {
  console.error("usage: node check.mjs URL [--screenshot FILE] [--live FILE]");
  process.exit(2);
}
const url = new URL(positionals[0]);

const browser = await launch();
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
// What must never happen, whichever check is running.
const complaints = await watch(context, url.host);
const page = await context.newPage();
page.setDefaultTimeout(15_000);
page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()} ${request.failure()?.errorText}`));

const QUERY = ".graphiql-query-editor";
const HEADERS = ".graphiql-editor-tool .graphiql-editor:nth-child(2)";
const RESPONSE = ".graphiql-response";
const tabs = page.locator("[id^=graphiql-session-tab-]");
const button = (name) => page.getByRole("button", { name, exact: true });
const textOf = (editor) => page.locator(`${editor} .CodeMirror`).evaluate((element) => element.CodeMirror.getValue());
const storedText = () => page.evaluate(() => JSON.stringify(Object.entries(localStorage)));

const posted = () => page.waitForResponse((response) => response.request().method() === "POST");

async function open() {
  await Promise.all([posted(), page.goto(url.href)]);
  await page.locator(`${QUERY} .CodeMirror`).waitFor();
}

// The names of a tab's operations, and of those among them that have one answer.
const operations = (tab) => [...tab.query.matchAll(/^(?:query|mutation|subscription) (\w+)/gm)].map(([, name]) => name);
const answered = (tab) => operations(tab).filter((name) => !new RegExp(`^subscription ${name}\\b`, "m").test(tab.query));

// GraphiQL learns the names of the operations a moment after the tab was chosen. Of several it selects
// the one in the place of that which ran before, in whichever tab.
async function choose(index) {
  await tabs.nth(index).click();
  await page.waitForFunction(
    ([selector, names]) => names.includes(document.querySelector(`${selector} .CodeMirror`).CodeMirror.operationName),
    [QUERY, operations(settings.tabs[index])],
  );
}

// Of several operations, the button has one chosen from a menu.
async function execute(tab, name) {
  await page.getByRole("button", { name: /^Execute query/ }).click();
  if (operations(tab).length > 1) await page.getByRole("menuitem", { name, exact: true }).click();
}

async function run(tab, name = tab.title) {
  await Promise.all([posted(), execute(tab, name)]);
  await page.waitForFunction((selector) => document.querySelector(`${selector} .CodeMirror`)?.CodeMirror.getValue(), RESPONSE);
  return JSON.parse(await textOf(RESPONSE));
}

async function runWithoutErrors(tab, name) {
  const { data, errors } = await run(tab, name);
  assert.equal(errors, undefined, JSON.stringify(errors));
  for (const [field, answer] of Object.entries(data)) {
    assert.ok(![answer].flat().includes(null), `${field} is null, or something in it is`);
  }
  return data;
}

async function runAllWithoutErrors(tab) {
  for (const name of answered(tab)) await runWithoutErrors(tab, name);
}

let settings;
let tokens;
const headersOf = (tab) => tab.headers ?? settings.headers ?? {};

const checks = {
  async "the page opens with its editor"() {
    await open();
    assert.equal(await page.title(), "reelgraph");
    settings = JSON.parse(await page.locator("#settings").textContent());
    tokens = [settings, ...settings.tabs].flatMap(({ headers }) => headers?.Authorization ?? []);
  },
  async "every example has its tab"() {
    assert.notEqual(settings.tabs.length, 0, "the settings have no tabs");
    const titles = await tabs.allTextContents();
    assert.deepEqual(titles, settings.tabs.map(({ title }) => title));
    assert.equal(await textOf(QUERY), settings.tabs[0].query);
  },
  async "the first tab's query has its answer"() {
    await runWithoutErrors(settings.tabs[0]);
    if (options.screenshot) await page.screenshot({ path: options.screenshot });
  },
  async "the documentation shows the root type"() {
    await button("Show Documentation Explorer").click();
    await page.locator(".graphiql-doc-explorer-content").getByText("Query", { exact: true }).first().click();
    await page.locator(".graphiql-doc-explorer-title", { hasText: "Query" }).waitFor();
    await button("Hide Documentation Explorer").click();
  },
  async "the dialogs open and close"() {
    for (const name of ["Open settings dialog", "Open short keys dialog"]) {
      await button(name).click();
      await page.getByRole("dialog").waitFor();
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
  },
  async "every tab's operations have their answers, with the tab's headers"() {
    for (const [index, tab] of settings.tabs.entries()) {
      await choose(index);
      assert.deepEqual(JSON.parse((await textOf(HEADERS)) || "{}"), headersOf(tab), tab.title);
      await runAllWithoutErrors(tab);
    }
  },
  async "a job that is started comes to a result"() {
    const index = settings.tabs.findIndex(({ title }) => title === "StartJob");
    const tab = settings.tabs[index];
    await choose(index);
    const started = await runWithoutErrors(tab);
    assert.equal(started.startAIJob.job.status, "QUEUED");
    for (const late = Date.now() + 60_000; ; await page.waitForTimeout(500)) {
      const { myAIJobs } = await runWithoutErrors(tab, "FollowJobs");
      const job = myAIJobs.nodes.find(({ id }) => id === started.startAIJob.job.id);
      if (job.status === "COMPLETED" && job.resultUrl) break;
      assert.ok(Date.now() < late, `after a minute it is ${job.status}`);
    }
  },
  async "a subscription follows the job that runs, until it is stopped"() {
    const index = settings.tabs.findIndex(({ title }) => title === "JobProgress");
    const tab = settings.tabs[index];
    await choose(index);
    await execute(tab, "JobProgress");
    const seen = new Set();
    const late = Date.now() + 60_000;
    while (seen.size < 3) {
      const text = await textOf(RESPONSE).catch(() => "");
      const { data, errors } = JSON.parse(text || "{}");
      assert.equal(errors, undefined, JSON.stringify(errors));
      if (data?.aiJobProgress) seen.add(data.aiJobProgress.progress);
      assert.ok(Date.now() < late, `after a minute it has been at ${[...seen]} %`);
      await page.waitForTimeout(100);
    }
    if (options.live) await page.screenshot({ path: options.live });
    await page.getByRole("button", { name: /^Stop query/ }).click();
    await page.getByRole("button", { name: /^Execute query/ }).waitFor();
  },
  async "no token is stored"() {
    const stored = await storedText();
    for (const token of tokens) assert.ok(!stored.includes(token), "localStorage holds a token");
  },
  async "after a restart with other tokens, edits are still there and the tokens are the new ones"() {
    await choose(0);
    await page.locator(`${QUERY} .CodeMirror`).click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("# an edit\n");
    await page.waitForFunction(() =>
      Object.entries(localStorage).some(([key, text]) => key.endsWith("tabState") && text.includes("# an edit")),
    );

    await restartWithOtherTokens();
    await open();
    assert.equal(await tabs.count(), settings.tabs.length);
    for (const [index, tab] of settings.tabs.entries()) {
      await choose(index);
      assert.equal(await textOf(QUERY), index === 0 ? `# an edit\n${tab.query}` : tab.query);
      assert.deepEqual(JSON.parse((await textOf(HEADERS)) || "{}"), renewed(headersOf(tab)), tab.title);
      if (answered(tab).includes(tab.title)) await runWithoutErrors(tab);
    }
  },
  async "a request from the history has the new token too"() {
    await button("Show History").click();
    await page.locator(".graphiql-history-item-label").last().click();
    assert.deepEqual(JSON.parse((await textOf(HEADERS)) || "{}"), renewed(headersOf(settings.tabs[0])));
  },
  async "nothing was complained of, nothing asked of another host"() {
    assert.deepEqual(complaints, []);
  },
};

const suffix = ".renewed";
const renewed = (headers) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, tokens.includes(value) ? value + suffix : value]));

// Stands between page and server: to the page its tokens are others, to the server the same.
async function restartWithOtherTokens() {
  await page.route(url.href, async (route) => {
    const response = await route.fetch();
    const html = await response.text();
    const body = [...new Set(tokens)].reduce((text, token) => text.replaceAll(`"${token}"`, `"${token}${suffix}"`), html);
    await route.fulfill({ response, body });
  });
  await page.route(new URL(settings.endpoint, url).href, (route) => {
    const headers = route.request().headers();
    if (headers.authorization) {
      if (!headers.authorization.endsWith(suffix)) complaints.push("an old token was sent");
      headers.authorization = headers.authorization.replace(suffix, "");
    }
    return route.continue({ headers });
  });
}

let passed = 0;
let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n        ${error.message.split("\nCall log:")[0].replaceAll("\n", "\n        ")}`);
    if (!settings) break; // The page did not open: there is nothing to try.
  }
}
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
