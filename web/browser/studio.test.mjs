// Jobs from their start to their result, as their owner sees them.
import { after, test } from "node:test";
import { claimJobs, completed, Person, report } from "../../clients/harness.mjs";
import { App } from "./app.mjs";

const app = await App.start();
after(() => app.close());
const { server } = app;

/** The id of the person's newest job. */
async function newestJob(person) {
  const { myAIJobs } = await server.ask(person.token, `{ myAIJobs(first: 1) { nodes { id } } }`);
  return myAIJobs.nodes[0].id;
}

async function start(page, wish) {
  await page.getByRole("textbox", { name: "What it should show" }).fill(wish);
  await page.getByRole("button", { name: "Start · 10 credits" }).click();
  await page.getByRole("progressbar", { name: new RegExp(wish) }).waitFor();
}

const bar = (page, percent) => page.locator(`progress[value="${percent}"]`);

test("a job goes from its start to its result, with a bar that moves", async () => {
  const person = await Person.join(server);
  await app.visit([person], async ({ open }) => {
    const page = await open("/studio");
    await page.getByText("Credits left: 100").waitFor();
    await start(page, "a paper boat");
    await page.getByText("Credits left: 90").waitFor();
    const id = await newestJob(person);
    await claimJobs(server);
    for (const progress of [20, 70]) {
      await report(server, id, { progress });
      await bar(page, progress).waitFor();
    }
    await report(server, id, completed);
    const result = page.getByRole("link", { name: /^Open the result of .*a paper boat/ });
    await result.waitFor();
    await page.locator(`a[href="${completed.resultUrl}"]`).waitFor();
  });
});

test("a job that fails says why, and one that runs is canceled", async () => {
  const person = await Person.join(server);
  await app.visit([person], async ({ open }) => {
    const page = await open("/studio");
    await start(page, "a lighthouse");
    const failing = await newestJob(person);
    await claimJobs(server);
    await report(server, failing, { status: "FAILED", error: "The lamp is broken", errorCode: "LAMP" });
    await page.getByText("The lamp is broken").first().waitFor();

    await start(page, "a storm");
    await page.getByRole("button", { name: /^Cancel .*a storm/ }).click();
    await page.getByText("Canceled", { exact: true }).waitFor();
    await page.getByText("Credits left: 100").waitFor();
  });
});
