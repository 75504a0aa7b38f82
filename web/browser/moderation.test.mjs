// What moderators do about reported videos, and how they take it back.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Person } from "../../clients/harness.mjs";
import { App, focused } from "./app.mjs";
import { cardOf, handleOf, moderator } from "./people.mjs";

const app = await App.start();
after(() => app.close());
const { server } = app;

const reportVideo = (by, video) =>
  server.ask(by.token, `mutation ($ids: [ID!]!) { reportVideos(ids: $ids, reason: "Spam") { reportedCount } }`, {
    ids: [video],
  });

test("a moderator tries, deletes, takes it back, and the log has it all", async () => {
  const [author, reporter] = [await Person.join(server), await Person.join(server)];
  await reportVideo(reporter, author.video);
  const reason = "Spam or misleading";
  await app.visit([moderator(reporter)], async ({ open }) => {
    const [feed, page] = [await open(), await open("/moderation")];
    await cardOf(feed, author).waitFor();
    await page
      .getByText(`@${handleOf(author)}`)
      .first()
      .waitFor();
    await page.getByRole("checkbox", { name: "Select A boat" }).check();
    await page.getByRole("combobox", { name: "Reason" }).fill(reason);

    await page.getByRole("button", { name: "Try without deleting" }).click();
    const trial = page.getByRole("dialog", { name: "What deleting would do" });
    await trial.getByText("Would be deleted: 1. Nothing has changed.").waitFor();
    await page.keyboard.press("Escape");
    await trial.waitFor({ state: "detached" });
    assert.deepEqual(await seen(author), { id: author.video });

    await page.getByRole("button", { name: "Delete…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
    await page.getByText("Deleted: 1.").waitFor();
    await page.getByText("Nothing is reported. All done.").waitFor();
    await focused(page.getByRole("main"));
    assert.equal(await seen(author), null);

    await page.getByRole("button", { name: "Undo", exact: true }).click();
    await page.getByText("Restored: 1.").waitFor();
    assert.deepEqual(await seen(author), { id: author.video });
    await page.getByRole("tab", { name: "Log" }).click();
    for (const [kind, why] of [
      ["Restored", "Deletion undone"],
      ["Deleted", reason],
    ]) {
      await page.getByRole("listitem").filter({ hasText: kind }).filter({ hasText: why }).waitFor();
    }

    await feed.getByRole("button", { name: "Refresh" }).click();
    await cardOf(feed, author).waitFor();
  });
});

/** The video as everybody can ask for it; null while it is deleted. */
async function seen({ video }) {
  const { videos } = await server.ask(undefined, `query ($ids: [ID!]!) { videos(ids: $ids) { id } }`, { ids: [video] });
  return videos[0];
}

test("a moderator dismisses reports, and the video stays", async () => {
  const [author, reporter] = [await Person.join(server), await Person.join(server)];
  await app.visit([moderator(reporter)], async ({ open }) => {
    const page = await open("/moderation");
    await page.getByText("Nothing is reported. All done.").waitFor();
    await reportVideo(reporter, author.video);
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("checkbox", { name: "Select A boat" }).check();
    await page.getByRole("button", { name: "Dismiss reports" }).click();
    await focused(page.getByRole("combobox", { name: "Reason" }));
    await page.getByText("Give a reason.").waitFor();
    await page.getByRole("combobox", { name: "Reason" }).fill("A mere boat");
    await page.getByRole("button", { name: "Dismiss reports" }).click();
    await page.getByText("Reports dismissed on videos: 1.").waitFor();
    await page.getByText("Nothing is reported. All done.").waitFor();
    await focused(page.getByRole("main"));
    assert.deepEqual(await seen(author), { id: author.video });
    await page.getByRole("tab", { name: "Log" }).click();
    await page
      .getByRole("listitem")
      .filter({ hasText: "Reports dismissed" })
      .filter({ hasText: "A mere boat" })
      .waitFor();
  });
});

test("a moderator finds a deletion in the log, and restores the video", async () => {
  const [author, other] = [await Person.join(server), await Person.join(server)];
  const admin = moderator(await Person.join(server));
  await server.ask(
    admin.token,
    `mutation ($ids: [ID!]!) { deleteVideos(ids: $ids, reason: "Too many boats") { deletedCount } }`,
    { ids: [author.video, other.video] },
  );
  const named = `video ${author.video.slice(0, 8)}…`;
  await app.visit([admin], async ({ open }) => {
    const page = await open("/moderation");
    await page.getByRole("tab", { name: "Log" }).click();
    const log = page.getByRole("list", { name: "Log" });
    await log.getByText(`video ${other.video.slice(0, 8)}…`).waitFor();
    await page.getByRole("button", { name: `Only this video: ${named}` }).click();
    await page.getByRole("button", { name: "Show all" }).waitFor();
    await log.getByRole("listitem").waitFor(); // It alone.
    await focused(log);

    await page.getByRole("button", { name: `Restore ${named}` }).click();
    const dialog = page.getByRole("dialog", { name: "Restore this video?" });
    await dialog.getByRole("combobox", { name: "Reason" }).fill("One boat is fine");
    await dialog.getByRole("button", { name: "Restore", exact: true }).click();
    await page.getByText("Restored: 1.").waitFor();
    await log.getByRole("listitem").filter({ hasText: "One boat is fine" }).waitFor();
    await focused(log);
    assert.equal(await page.getByRole("button", { name: /^Restore/ }).count(), 0);
    assert.deepEqual(await seen(author), { id: author.video });
    assert.equal(await seen(other), null);
  });
});

test("on a narrow screen the decision is at hand wherever one is in the queue", async () => {
  const reporter = await Person.join(server);
  for (let i = 0; i < 8; i++) await reportVideo(reporter, (await Person.join(server)).video);
  await app.visit(
    [moderator(reporter)],
    async ({ open }) => {
      const page = await open("/moderation");
      await page.getByRole("checkbox", { name: "Select A boat" }).first().check();
      const remove = page.getByRole("button", { name: "Delete…" });
      await remove.waitFor();
      assert.ok(await remove.evaluate((button) => button.getBoundingClientRect().bottom <= innerHeight));
    },
    { viewport: { width: 400, height: 800 } },
  );
});

test("who is no moderator is told so", async () => {
  const person = await Person.join(server);
  await app.visit([person], async ({ open }) => {
    const page = await open("/moderation");
    await page.getByText("This page is for moderators.").waitFor();
    assert.equal(await page.getByRole("link", { name: "Moderation" }).count(), 0);
  });
});
