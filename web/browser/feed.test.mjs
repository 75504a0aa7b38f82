// What people see of videos: the feed, the ranking, and whom they have blocked.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { backend, Person, view } from "../../clients/harness.mjs";
import { App, failedRequests } from "./app.mjs";
import { blockAuthor, cardOf, connected, counts, focused, handleOf, moderator } from "./people.mjs";

const app = await App.start();
after(() => app.close());
const { server } = app;

test("counters of feed and ranking move when activity is recorded elsewhere", async () => {
  const author = await Person.join(server);
  const record = (kind) =>
    server.elsewhere((other) =>
      other.ask(
        backend,
        `mutation ($batch: ID!, $events: [VideoActivityInput!]!) {
          recordVideoActivity(batchId: $batch, events: $events) { recordedCount }
        }`,
        { batch: randomUUID(), events: [{ videoId: author.video, kind }] },
      ),
    );
  await view(server, author.video);
  await ranked(author.video);
  await app.visit([author], async ({ open }) => {
    const pages = [await open(), await open("/trending")];
    for (const page of pages) {
      await counts(page, author, "1 view");
      await counts(page, author, "0 likes");
      await connected(page, "Live");
    }
    await record("VIEW");
    await record("LIKE");
    for (const page of pages) {
      await counts(page, author, "2 views");
      await counts(page, author, "1 like");
    }
  });
});

/** Waits until the ranking, which is of some seconds ago, has a video. */
async function ranked(id) {
  const has = async () => {
    const { trendingVideos } = await server.ask(undefined, `{ trendingVideos(first: 100) { nodes { id } } }`);
    return trendingVideos.nodes.some((video) => video.id === id);
  };
  for (const late = Date.now() + 30_000; !(await has()); await pause(100)) {
    assert.ok(Date.now() < late, `after 30 s ${id} is not ranked`);
  }
}

test("the feed goes on below, and what is seen there moves too", async () => {
  const author = await Person.join(server);
  const more = Array.from({ length: 30 }, (_, i) => ({
    id: randomUUID(),
    ownerId: author.id,
    title: `Video ${i}`,
    playbackUrl: "https://cdn.example.com/video.mp4",
    createdAt: new Date(Date.now() - 86_400_000 - i * 1000).toISOString(),
  }));
  await server.ask(backend, `mutation ($videos: [VideoInput!]!) { upsertVideos(videos: $videos) { videos { id } } }`, {
    videos: more,
  });
  await app.visit([author], async ({ open }) => {
    const page = await open();
    const last = page.getByRole("article", { name: "Video 29", exact: true });
    await cardOf(page, author).first().waitFor();
    assert.equal(await last.count(), 0);
    while (await page.getByRole("button", { name: "Load more" }).isVisible()) {
      await page.getByRole("button", { name: "Load more" }).click();
      await page.getByRole("button", { name: "Loading…" }).waitFor({ state: "detached" });
    }
    await last.scrollIntoViewIfNeeded();
    await view(server, more[29].id);
    await last.getByText("1 view", { exact: true }).waitFor({ state: "attached" });
  });
});

test("who is blocked is gone from the feed, and comes back when unblocked", async () => {
  const [viewer, author] = [await Person.join(server), await Person.join(server)];
  const named = handleOf(author);
  await app.visit([viewer], async ({ open }) => {
    const page = await open();
    await blockAuthor(page, author);
    await page.getByText(`@${named} is blocked.`).waitFor();
    await cardOf(page, viewer).waitFor();

    await page.getByRole("link", { name: "Blocks", exact: true }).click();
    await page.getByRole("button", { name: new RegExp(`^Unblock .*${named}`) }).click();
    await page.getByText("Unblocked: 1.").waitFor();
    await page.getByText("You have blocked nobody.").waitFor();

    await page.getByRole("link", { name: "Feed", exact: true }).click();
    await cardOf(page, author).waitFor();
  });
});

test("of two blocks each can be undone, and the focus stays on the page", async () => {
  const [viewer, first, second] = [await Person.join(server), await Person.join(server), await Person.join(server)];
  await app.visit([viewer], async ({ open }) => {
    const page = await open();
    const main = page.getByRole("main");
    const toastOf = (author) => page.locator(".toast").filter({ hasText: `@${handleOf(author)} is blocked.` });
    for (const author of [first, second]) {
      await blockAuthor(page, author);
      await focused(main);
    }
    for (const author of [first, second]) {
      await toastOf(author).getByRole("button", { name: "Undo" }).focus();
      await page.keyboard.press("Enter");
      await toastOf(author).waitFor({ state: "detached" });
      await focused(main);
      await cardOf(page, author).waitFor();
    }
  });
});

test("a list that fails is asked for again by a button, which leaves the focus on the page", async () => {
  const viewer = await Person.join(server);
  await app.visit(
    [viewer],
    async ({ open }) => {
      const page = await open("/nowhere");
      await connected(page, "Live");
      await page.route(/[/]graphql/, (route) => route.abort());
      await page.getByRole("link", { name: "Feed", exact: true }).click();
      const again = page.getByRole("alert").getByRole("button", { name: "Try again" });
      await again.waitFor();
      await page.unroute(/[/]graphql/);
      await again.focus();
      await page.keyboard.press("Enter");
      await cardOf(page, viewer).waitFor();
      await again.waitFor({ state: "detached" });
      await focused(page.getByRole("main"));
    },
    { bearable: failedRequests },
  );
});

test("a list that was asked for while the server was away comes when it is back", async () => {
  const viewer = await Person.join(server);
  await app.visit(
    [viewer],
    async ({ open }) => {
      const page = await open();
      await connected(page, "Live");
      await server.end("SIGKILL");
      await connected(page, "Offline");
      await page.getByRole("link", { name: "Blocks", exact: true }).click();
      await page.getByText("The server cannot be reached.").first().waitFor();
      await server.start();
      await page.getByText("You have blocked nobody.").waitFor({ timeout: 60_000 });
      await page.getByRole("alert").first().waitFor({ state: "detached" });
    },
    { bearable: failedRequests },
  );
});

test("what has the focus is not hidden behind the header", async () => {
  const person = await Person.join(server);
  await server.ask(backend, `mutation ($videos: [VideoInput!]!) { upsertVideos(videos: $videos) { videos { id } } }`, {
    videos: Array.from({ length: 10 }, (_, i) => ({
      id: randomUUID(),
      ownerId: person.id,
      title: `Row ${i}`,
      playbackUrl: "https://cdn.example.com/video.mp4",
    })),
  });
  await app.visit(
    [person],
    async ({ open }) => {
      const page = await open();
      const menus = page.getByRole("main").getByRole("button", { name: /^More on/ });
      await menus.nth(7).waitFor();
      await menus.nth(7).evaluate((button) => button.focus({ preventScroll: true }));
      await menus.nth(6).evaluate((button) => window.scrollBy(0, button.getBoundingClientRect().top - 10));
      await page.keyboard.press("Shift+Tab");
      await focused(menus.nth(6));
      assert.equal(await page.evaluate(hiddenFocus), null);
    },
    { viewport: { width: 1280, height: 480 } },
  );
});

/** In the page: what has the focus where something else is drawn over it, or it is out of view; else null. */
function hiddenFocus() {
  const element = document.activeElement;
  const { left, right, top, bottom } = element.getBoundingClientRect();
  const seen = [top + 1, bottom - 1].every((y) => element.contains(document.elementFromPoint((left + right) / 2, y)));
  return seen ? null : element.outerHTML;
}

test("a report says why in words that are not blank", async () => {
  const [viewer, author] = [await Person.join(server), await Person.join(server)];
  await app.visit([viewer], async ({ open }) => {
    const page = await open();
    await cardOf(page, author).getByRole("button", { name: "More on “A boat”" }).click();
    await page.getByRole("button", { name: "Report…" }).click();
    await page.getByRole("radio", { name: "Something else" }).check();
    const words = page.getByRole("textbox", { name: "In your words" });
    for (const [wrong, problem] of [
      ["  ", "Give a reason."],
      ["a".repeat(501), "Too long by 1 character."],
    ]) {
      await words.fill(wrong);
      await page.getByRole("button", { name: "Send report" }).click();
      await page.getByText(problem).waitFor();
      await focused(words);
    }
    await words.fill("a".repeat(500));
    await page.getByRole("button", { name: "Send report" }).click();
    await page.getByText("The moderators have been told.").waitFor();
  });
});

test("a video is reported from its card, and the moderators have it", async () => {
  const [viewer, author] = [await Person.join(server), await Person.join(server)];
  await app.visit([viewer], async ({ open }) => {
    const page = await open();
    await cardOf(page, author).getByRole("button", { name: "More on “A boat”" }).click();
    await page.getByRole("button", { name: "Report…" }).click();
    await page.getByRole("radio", { name: "Something else" }).check();
    await page.getByRole("textbox", { name: "In your words" }).fill("The boat is mine");
    await page.getByRole("button", { name: "Send report" }).click();
    await page.getByText("The moderators have been told.").waitFor();
  });
  const { reportedVideos } = await server.ask(
    moderator(viewer).token,
    `{ reportedVideos { nodes { video { id } reasons } } }`,
  );
  const reported = reportedVideos.nodes.filter(({ video }) => video.id === author.video);
  assert.deepEqual(reported, [{ video: { id: author.video }, reasons: ["The boat is mine"] }]);
});
