// What moderators do about reported videos, and how they take it back.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Person } from "../../clients/harness.mjs";
import { App } from "./app.mjs";
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
    const [page, feed] = [await open("/moderation"), await open()];
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

test("who is no moderator is told so", async () => {
  const person = await Person.join(server);
  await app.visit([person], async ({ open }) => {
    const page = await open("/moderation");
    await page.getByText("This page is for moderators.").waitFor();
    assert.equal(await page.getByRole("link", { name: "Moderation" }).count(), 0);
  });
});
