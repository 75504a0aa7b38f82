// Each page in both themes, wide and narrow: held against the rules for accessibility, and kept as a picture.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { backend, completed, notify, Person, sign } from "../../clients/harness.mjs";
import { App, picture, screenshot } from "./app.mjs";
import { moderator, openAccount } from "./people.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

const app = await App.start();
after(() => app.close());
const { server } = app;
const person = await furnish();

/** Somebody with something on each page: videos, a job of each kind of end, notifications, a report, a block. */
async function furnish() {
  const [person, author, blocked] = [await Person.join(server), await Person.join(server), await Person.join(server)];
  const titles = ["Paper boats at dawn", "A lighthouse that hums", "Rain on a tin roof", "Where the trams sleep"];
  const videos = titles.map((title, i) => ({
    id: `00000000-0000-4000-8000-00000000000${i}`,
    ownerId: author.id,
    title,
    playbackUrl: "https://cdn.example.com/video.mp4",
  }));
  await server.ask(backend, `mutation ($videos: [VideoInput!]!) { upsertVideos(videos: $videos) { videos { id } } }`, {
    videos,
  });
  const jobs = [await person.startJob(server), await person.startJob(server), await person.startJob(server)];
  await server.ask(
    sign(randomUUID(), ["WORKER"]),
    `mutation ($reports: [AIJobReportInput!]!) {
      claimAIJobs(limit: 3, leaseSeconds: 3600) { jobs { id } }
      reportAIJobs(reports: $reports) { acceptedCount }
    }`,
    {
      reports: [
        { id: jobs[0], ...completed },
        { id: jobs[1], status: "FAILED", error: "The lamp is broken" },
        { id: jobs[2], progress: 40 },
      ],
    },
  );
  await notify(server, person, ["Your week in numbers"]);
  await server.ask(
    person.token,
    `mutation ($reported: [ID!]!, $blocked: [ID!]!) {
      reportVideos(ids: $reported, reason: "Spam or misleading") { reportedCount }
      blockUsers(ids: $blocked) { blockedCount }
    }`,
    { reported: videos.slice(0, 2).map(({ id }) => id), blocked: [blocked.id] },
  );
  await server.ask(
    moderator(person).token,
    `mutation ($ids: [ID!]!) { deleteVideos(ids: $ids, reason: "Spam") { deletedCount } }`,
    { ids: [videos[3].id] },
  );
  return moderator(person);
}

const card = (page) => page.getByRole("article", { name: "Paper boats at dawn" });

/** Each page: its path, and how it is brought to where it shows most. */
const PAGES = {
  feed: ["", (page) => card(page).waitFor()],
  "feed-report": ["", (page) => openReport(page)],
  "feed-account": ["", (page) => openAccount(page)],
  trending: ["/trending", (page) => card(page).waitFor()],
  studio: ["/studio", (page) => page.locator("progress[value='40']").waitFor()],
  notifications: ["/notifications", (page) => page.getByText("Your week in numbers").first().waitFor()],
  "notifications-bell": ["", (page) => openBell(page)],
  moderation: ["/moderation", (page) => page.getByRole("checkbox", { name: "Select Paper boats at dawn" }).check()],
  "moderation-dry-run": ["/moderation", (page) => tryDeleting(page)],
  "moderation-log": ["/moderation", (page) => openLog(page)],
  blocks: [
    "/blocks",
    (page) =>
      page
        .getByRole("button", { name: /^Unblock / })
        .first()
        .waitFor(),
  ],
  "no-such-page": ["/nowhere", (page) => page.getByRole("link", { name: "Go to the feed" }).waitFor()],
};

async function openReport(page) {
  await card(page)
    .getByRole("button", { name: /^More on/ })
    .click();
  await page.getByRole("button", { name: "Report…" }).click();
  await page.getByRole("dialog").waitFor();
}

async function openBell(page) {
  await page.getByRole("button", { name: /^Notifications, / }).click();
  await page.getByRole("link", { name: "All notifications" }).waitFor();
}

async function tryDeleting(page) {
  await page.getByRole("checkbox", { name: "Select all" }).check();
  await page.getByRole("combobox", { name: "Reason" }).fill("Spam");
  await page.getByRole("button", { name: "Try without deleting" }).click();
  await page.getByRole("dialog").waitFor();
}

async function openLog(page) {
  await page.getByRole("tab", { name: "Log" }).click();
  await page.getByRole("tabpanel").getByText("Deleted", { exact: true }).first().waitFor();
}

/** Takes the picture, and fails where a rule is broken or the page is wider than its window. */
async function examine(page, name) {
  await page.screenshot({ path: screenshot(name), animations: "disabled" });
  await page.evaluate(axe); // Not by a script's element, which the page's policy would keep out.
  const { violations } = await page.evaluate(
    (values) => window.axe.run(document, { runOnly: { type: "tag", values } }),
    RULES,
  );
  const told = violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html}\n${failureSummary}`),
  );
  assert.deepEqual(told, []);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 0, `${over} px wider than the window`);
}

for (const [size, viewport] of Object.entries({
  wide: { width: 1280, height: 900 },
  narrow: { width: 360, height: 740 },
})) {
  for (const colorScheme of ["light", "dark"]) {
    test(`pages, ${size} and ${colorScheme}`, async (t) => {
      await app.visit(
        [person],
        async ({ open }) => {
          for (const [name, [path, show]] of Object.entries(PAGES)) {
            await t.test(name, async () => {
              const page = await open(path);
              try {
                await show(page);
                await examine(page, `${name}-${size}-${colorScheme}`);
              } catch (error) {
                await picture(page.context());
                throw error;
              } finally {
                await page.close();
              }
            });
          }
        },
        { viewport, colorScheme, reducedMotion: "reduce" },
      );
    });
  }
}

test("feed, narrow, in Korean", async () => {
  await app.visit(
    [person],
    async ({ open }) => {
      const page = await open();
      await page.getByRole("heading", { name: "피드", level: 1 }).waitFor();
      await card(page).waitFor();
      await examine(page, "feed-narrow-korean");
    },
    { viewport: { width: 360, height: 740 }, locale: "ko-KR" },
  );
});
