// The bell, its badge and the list, on two pages of one person.
import { after, test } from "node:test";
import { notify, Person } from "../../clients/harness.mjs";
import { App } from "./app.mjs";

const app = await App.start();
after(() => app.close());
const { server } = app;

const bell = (page, unread) =>
  page.getByRole("button", { name: unread === 0 ? "Notifications" : `Notifications, ${unread} unread`, exact: true });

test("two tabs share the badge, arrivals and read marks", async () => {
  const person = await Person.join(server);
  await app.visit([person], async ({ open }) => {
    const [first, second] = [await open("/notifications"), await open("/notifications")];
    const both = (seen) => Promise.all([first, second].map(seen));
    await both((page) => bell(page, 1).waitFor());
    await notify(server, person, ["A lighthouse", "A storm"]);
    await both((page) => bell(page, 3).waitFor());
    await both((page) => page.getByRole("main").getByText("A storm", { exact: true }).waitFor());

    await first
      .getByRole("main")
      .getByRole("button", { name: /^Mark as read: A storm/ })
      .click();
    await both((page) => bell(page, 2).waitFor());
    await both((page) =>
      page
        .getByRole("main")
        .getByRole("button", { name: /^Mark as read: A storm/ })
        .waitFor({ state: "detached" }),
    );

    await second.getByRole("main").getByRole("button", { name: "Mark all as read" }).click();
    await both((page) => bell(page, 0).waitFor());
  });
});
