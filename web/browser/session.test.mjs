// Who uses the app, and how: signing in, changing the user and the language, the keyboard alone.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { notify, Person } from "../../clients/harness.mjs";
import { App, failedRequests } from "./app.mjs";
import { cardOf, handleOf, openAccount } from "./people.mjs";

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

test("the language changes all texts, and stays", async () => {
  const person = await Person.join(server);
  await app.visit([person], async ({ open }) => {
    const page = await open();
    await openAccount(page);
    await page.getByRole("combobox", { name: "Language" }).selectOption("ko");
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
