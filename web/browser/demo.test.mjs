// The app of the demo that REELGRAPH_URL names, exactly as the program serves it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { launch, watch } from "./browser.mjs";
import { openAccount } from "./people.mjs";

test("the demo's users are there to be, and its videos move while somebody looks", async () => {
  const url = new URL("/app", process.env.REELGRAPH_URL);
  const browser = await launch();
  try {
    const context = await browser.newContext({ locale: "en-US" });
    const complaints = await watch(context, url.host);
    const page = await context.newPage();
    await page.goto(url.href);
    await page.locator(".counters .moved").first().waitFor();

    await page.goto(`${url}/moderation`);
    await page.getByText("This page is for moderators.").waitFor();
    await openAccount(page);
    await page.getByRole("combobox", { name: "User" }).selectOption("moderator");
    await page.getByRole("checkbox", { name: "Select all" }).waitFor();
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
  }
});
