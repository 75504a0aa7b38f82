// Whom people block, and how they take it back.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Person } from "../../clients/harness.mjs";
import { App, focused } from "./app.mjs";
import { cardOf, handleOf } from "./people.mjs";

const app = await App.start();
after(() => app.close());
const { server } = app;

/** The ids of those whom a person has blocked. */
async function blockedBy(person) {
  const { blockedUsers } = await server.ask(person.token, `{ blockedUsers { nodes { id } } }`);
  return blockedUsers.nodes.map(({ id }) => id);
}

test("people are blocked and unblocked, one and all that are selected", async () => {
  const viewer = await Person.join(server);
  const others = [await Person.join(server), await Person.join(server), await Person.join(server)];
  const [first, ...rest] = others;
  await app.visit([viewer], async ({ open }) => {
    const page = await open("/blocks");
    const blocked = page.getByRole("region", { name: "Blocked by you" });
    const authors = page.getByRole("region", { name: "People in your feed" });
    const heading = (region) => region.getByRole("heading", { level: 2 });

    await authors.getByRole("button", { name: `Block @${handleOf(first)}` }).click();
    await blocked.getByRole("button", { name: `Unblock @${handleOf(first)}` }).waitFor();
    await focused(heading(authors));
    await authors.getByRole("checkbox", { name: "Select all" }).check();
    await authors.getByRole("button", { name: "Block selected (2)" }).click();
    await page.getByText("Blocked: 2.").waitFor();
    await authors.getByText("The feed shows nobody whom you could block.").waitFor();
    await focused(heading(authors));
    assert.deepEqual(new Set(await blockedBy(viewer)), new Set(others.map(({ id }) => id)));

    await blocked.getByRole("button", { name: `Unblock @${handleOf(first)}` }).click();
    await authors.getByRole("button", { name: `Block @${handleOf(first)}` }).waitFor();
    await focused(heading(blocked));
    for (const person of rest) await blocked.getByRole("checkbox", { name: `Select @${handleOf(person)}` }).check();
    await blocked.getByRole("button", { name: "Unblock selected (2)" }).click();
    await blocked.getByText("You have blocked nobody.").waitFor();
    await focused(heading(blocked));
    assert.deepEqual(await blockedBy(viewer), []);
  });
});

test("a block is taken back at once", async () => {
  const [viewer, author] = [await Person.join(server), await Person.join(server)];
  await app.visit([viewer], async ({ open }) => {
    const page = await open();
    await cardOf(page, author).getByRole("button", { name: "More on “A boat”" }).click();
    await page.getByRole("button", { name: `Block @${handleOf(author)}` }).click();
    await cardOf(page, author).waitFor({ state: "detached" });
    assert.deepEqual(await blockedBy(viewer), [author.id]);
    await page.getByRole("button", { name: "Undo", exact: true }).click();
    await cardOf(page, author).waitFor();
    assert.deepEqual(await blockedBy(viewer), []);
  });
});
