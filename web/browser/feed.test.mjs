// What people see of videos: the feed, the ranking, and whom they have blocked.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { backend, Person, view } from "../../clients/harness.mjs";
import { App } from "./app.mjs";
import { cardOf, connected, counts, handleOf, moderator } from "./people.mjs";

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
  while (!(await has())) await pause(100);
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
    await cardOf(page, author).getByRole("button", { name: "More on “A boat”" }).click();
    await page.getByRole("button", { name: `Block @${named}` }).click();
    await cardOf(page, author).waitFor({ state: "detached" });
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
  assert.deepEqual(reportedVideos.nodes, [{ video: { id: author.video }, reasons: ["The boat is mine"] }]);
});
