// Who uses the app, and how: signing in, changing the user and the language, the keyboard alone.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { notify, Person } from "../../clients/harness.mjs";
import { App, failedRequests } from "./app.mjs";
import { blockAuthor, cardOf, connected, handleOf, openAccount } from "./people.mjs";

const app = await App.start();
after(() => app.close());
const { server } = app;

test("without the demo's users people sign in with a token, and out again", async () => {
  const person = await Person.join(server);
  await app.visit(
    [],
    async ({ open }) => {
      const page = await open("/studio");
      await page.getByText("This page is for people who are signed in.").waitFor();
      await page.getByRole("button", { name: "Sign in" }).click();
      const dialog = page.getByRole("dialog", { name: "Sign in" });
      await dialog.getByRole("textbox", { name: "Token" }).fill(`${person.token}x`);
      await dialog.getByRole("button", { name: "Sign in" }).click();
      await dialog.getByRole("alert").waitFor();
      await dialog.getByRole("textbox", { name: "Token" }).fill(person.token);
      await dialog.getByRole("button", { name: "Sign in" }).click();
      await page.getByText("Credits left: 100").waitFor();

      await openAccount(page);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByText("This page is for people who are signed in.").waitFor();
    },
    { bearable: failedRequests }, // The refused token's 401.
  );
});

test("another user has their own badge at once, and is still there after a reload", async () => {
  const [first, second] = [await Person.join(server), await Person.join(server)];
  await notify(server, second, ["One more"]);
  await app.visit([first, second], async ({ open }) => {
    const page = await open();
    await page.getByRole("button", { name: "Notifications, 1 unread" }).waitFor();
    await openAccount(page);
    await page.getByRole("combobox", { name: "User" }).selectOption(handleOf(second));
    await page.getByRole("button", { name: "Notifications, 2 unread" }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: "Notifications, 2 unread" }).waitFor();
    await notify(server, first, ["For another"]);
    await notify(server, second, ["For this one"]);
    await page.getByRole("button", { name: "Notifications, 3 unread" }).waitFor();
  });
});

test("what one user could undo is not offered to the next", async () => {
  const [first, second, author] = [await Person.join(server), await Person.join(server), await Person.join(server)];
  await app.visit([first, second], async ({ open }) => {
    const page = await open();
    await blockAuthor(page, author);
    await page.getByRole("button", { name: "Undo" }).waitFor();
    await openAccount(page);
    await page.getByRole("combobox", { name: "User" }).selectOption(handleOf(second));
    await cardOf(page, author).waitFor();
    assert.equal(await page.getByRole("button", { name: "Undo" }).count(), 0);
  });
});

test("that the session has expired is said no longer when the server accepts the token again", async () => {
  const person = await Person.join(server);
  const { settings } = server;
  const restart = async (settings) => {
    assert.equal(await server.end("SIGTERM"), 0);
    server.settings = settings;
    await server.start();
  };
  await app.visit(
    [person],
    async ({ open }) => {
      const page = await open("/nowhere"); // Which asks for nothing by itself.
      await connected(page, "Live");
      await restart({ ...settings, JWT_SECRET: "a secret that knows nobody's token" });
      const note = page.getByRole("alert").getByText("your session has expired");
      await note.waitFor({ timeout: 60_000 });
      await restart(settings);
      await connected(page, "Live", { timeout: 60_000 });
      await note.waitFor({ state: "detached" });
    },
    { bearable: failedRequests },
  );
});

test("the language changes all texts, and stays", async () => {
  const person = await Person.join(server);
  await app.visit([person], async ({ open }) => {
    const page = await open();
    const remembered = () => page.evaluate(() => localStorage.getItem("reelgraph.language"));
    await openAccount(page);
    assert.equal(await remembered(), null, "nobody has chosen yet");
    await page.getByRole("combobox", { name: "Language" }).selectOption("ko");
    assert.equal(await remembered(), "ko");
    for (const arrived of [() => {}, () => page.reload()]) {
      await arrived();
      await page.getByRole("heading", { name: "피드", level: 1 }).waitFor();
      await page.locator("html[lang=ko]").waitFor();
      await cardOf(page, person).getByText("조회수 0회").waitFor({ state: "attached" });
    }
  });
});

test("with the keyboard alone people reach a page, report a video and change the theme", async () => {
  const [viewer, author] = [await Person.join(server), await Person.join(server)];
  await app.visit([viewer], async ({ open }) => {
    const page = await open();
    await cardOf(page, author).waitFor();
    const press = (key) => page.keyboard.press(key);
    /** Goes on by Tab until what has the focus has this name. */
    const tabTo = async (locator) => {
      for (let i = 0; i < 60; i++) {
        await press("Tab");
        if (await locator.evaluate((element) => element === document.activeElement)) return;
      }
      assert.fail(`Tab does not reach ${locator}`);
    };

    await press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
    await press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.tagName), "MAIN");

    const menu = cardOf(page, author).getByRole("button", { name: "More on “A boat”" });
    await tabTo(menu);
    await press("Enter");
    await tabTo(page.getByRole("button", { name: "Report…" }));
    await press("Enter");
    const dialog = page.getByRole("dialog", { name: "Report this video" });
    await dialog.waitFor();
    await press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.ok(await menu.evaluate((element) => element === document.activeElement), "the focus is back at the menu");

    await press("Enter");
    await tabTo(page.getByRole("button", { name: "Report…" }));
    await press("Enter");
    await dialog.waitFor();
    await tabTo(dialog.getByRole("button", { name: "Send report" }));
    await press("Enter");
    await page.getByText("The moderators have been told.").waitFor();

    await page.reload();
    await cardOf(page, author).waitFor();
    await tabTo(page.getByRole("button", { name: /^Account and settings/ }));
    await press("Enter");
    await tabTo(page.getByRole("combobox", { name: "Theme" }));
    await page.keyboard.type("Dark");
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
    await press("Escape");
    await page.getByRole("combobox", { name: "Theme" }).waitFor({ state: "hidden" });
  });
});
