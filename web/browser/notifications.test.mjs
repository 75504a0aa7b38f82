// The bell, its badge and the list, on two pages of one person.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { notify, Person } from "../../clients/harness.mjs";
import { App } from "./app.mjs";
import { openAccount } from "./people.mjs";

const app = await App.start();
after(() => app.close());
const { server } = app;

/** A button, but on the notifications' own page a link. */
const bell = (page, unread, role = "button") =>
  page
    .getByRole("banner")
    .getByRole(role, { name: unread === 0 ? "Notifications" : `Notifications, ${unread} unread`, exact: true });

test("two tabs share the badge, arrivals and read marks", async () => {
  const person = await Person.join(server);
  await app.visit([person], async ({ open }) => {
    const [first, second] = [await open("/notifications"), await open("/notifications")];
    const both = (seen) => Promise.all([first, second].map(seen));
    await both((page) => bell(page, 1, "link").waitFor());
    await notify(server, person, ["A lighthouse", "A storm"]);
    await both((page) => bell(page, 3, "link").waitFor());
    await both((page) => page.getByRole("main").getByText("A storm", { exact: true }).waitFor());

    await first
      .getByRole("main")
      .getByRole("button", { name: /^Mark as read: A storm/ })
      .click();
    await both((page) => bell(page, 2, "link").waitFor());
    await both((page) =>
      page
        .getByRole("main")
        .getByRole("button", { name: /^Mark as read: A storm/ })
        .waitFor({ state: "detached" }),
    );

    await second.getByRole("main").getByRole("button", { name: "Mark all as read" }).click();
    await both((page) => bell(page, 0, "link").waitFor());
  });
});

test("each arrival is announced once, also of the same title and in another language", async () => {
  const person = await Person.join(server);
  await app.visit([person], async ({ open }) => {
    const page = await open();
    const announced = (words) => page.getByRole("status").getByText(words, { exact: true });
    await bell(page, 1).waitFor();
    await notify(server, person, ["A storm"]);
    await announced("New notification: A storm").waitFor({ state: "attached" });
    await notify(server, person, ["A storm"]);
    await announced("New notification: A storm").nth(1).waitFor({ state: "attached" });

    await openAccount(page);
    await page.getByRole("combobox", { name: "Language" }).selectOption("ko");
    await notify(server, person, ["A calm"]);
    await announced("새 알림: A calm").waitFor({ state: "attached" });
    assert.equal(await announced("새 알림: A storm").count(), 0);
  });
});

test("a category is chosen and read on its page alone", async () => {
  const person = await Person.join(server);
  await app.visit([person], async ({ open }) => {
    const page = await open("/notifications");
    const main = page.getByRole("main");
    await main.getByText("Welcome", { exact: true }).waitFor();
    assert.equal(await bell(page, 1, "link").getAttribute("aria-current"), "page");

    await page.getByRole("tab", { name: "AI jobs" }).click();
    await main.getByText("Nothing here yet.").waitFor();
    assert.ok(await main.getByRole("button", { name: "Mark all as read: AI jobs" }).isDisabled());
    await page.getByRole("link", { name: "Feed", exact: true }).click();
    await bell(page, 1).click();
    await page.locator(".bell-panel").getByText("Welcome", { exact: true }).waitFor();

    await page.getByRole("link", { name: "All notifications" }).click();
    const markAll = main.getByRole("button", { name: "Mark all as read", exact: true });
    await markAll.click();
    await bell(page, 0, "link").waitFor();
    assert.ok(await markAll.isDisabled());
    assert.ok(await markAll.evaluate((button) => button === document.activeElement), "the focus stays");
  });
});
