// Jobs from their start to their result, as their owner sees them.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { claimJobs, completed, Person, report } from "../../clients/harness.mjs";
import { App, focused } from "./app.mjs";

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
    await focused(page.getByRole("article", { name: /a storm/ }));
  });
});

test("jobs that are selected are canceled together", async () => {
  const person = await Person.join(server);
  for (let i = 0; i < 3; i++) await person.startJob(server);
  await app.visit([person], async ({ open }) => {
    const page = await open("/studio");
    await page.getByText("Credits left: 97").waitFor();
    await page.getByRole("checkbox", { name: "Select all that run" }).check();
    await page.getByRole("checkbox", { name: "Select Captions" }).first().uncheck();
    await page.getByRole("button", { name: "Cancel selected (2)" }).click();
    await page.getByText("Canceled: 2.").waitFor();
    await page.getByText("Credits left: 99").waitFor();
    await focused(page.getByRole("list", { name: "Your jobs" }));
    assert.equal(await page.getByRole("progressbar").count(), 1);
  });
});

test("who has too few credits is told so, and charged nothing", async () => {
  const person = await Person.join(server);
  await app.visit([person], async ({ open }) => {
    const page = await open("/studio");
    await page.getByText("Credits left: 100").waitFor();
    await server.ask(
      person.token,
      `mutation { ${Array.from({ length: 10 }, (_, i) => `job${i}: startAIJob(input: { kind: GENERATE }) { creditsRemaining }`).join(" ")} }`,
    );
    await page.getByRole("textbox", { name: "What it should show" }).fill("a treasure");
    await page.getByRole("button", { name: "Start · 10 credits" }).click();
    await page.getByRole("alert").getByText("Not started: it costs 10 credits, and you have fewer left.").waitFor();
    await page
      .getByRole("article", { name: /a treasure/ })
      .getByText("Not enough credits.")
      .waitFor();
    await page.getByText("Credits left: 0").waitFor();
  });
});

test("a job works on any video, by its id", async () => {
  const [person, author] = [await Person.join(server), await Person.join(server)];
  await app.visit([person], async ({ open }) => {
    const page = await open("/studio");
    await page.getByRole("radio", { name: /^Remix/ }).check();
    await page.getByRole("combobox", { name: "Source video" }).selectOption("Another one, by its id");
    const id = page.getByRole("textbox", { name: "Id of the video" });
    const submit = page.getByRole("button", { name: "Start · 8 credits" });
    await submit.click();
    await focused(id);
    await id.fill(randomUUID());
    await submit.click();
    await page.getByText("There is no such video to work on.").waitFor();
    await id.fill(` ${author.video} `);
    await submit.click();
    await page.getByRole("progressbar").waitFor();
  });
  const { myAIJobs } = await server.ask(person.token, `{ myAIJobs { nodes { kind sourceVideo { id } } } }`);
  assert.deepEqual(myAIJobs.nodes, [{ kind: "REMIX", sourceVideo: { id: author.video } }]);
});

test("a job that was started on another page appears when this one is shown again, or when the job has ended", async () => {
  const person = await Person.join(server);
  await app.visit([person], async ({ open }) => {
    const [other, page] = [await open("/studio"), await open("/studio")];
    await other.getByText("Credits left: 100").waitFor();
    await start(page, "a kite");
    await other.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await other.getByRole("progressbar", { name: /a kite/ }).waitFor();
    await other.getByText("Credits left: 90").waitFor();

    await start(page, "a comet");
    const id = await newestJob(person);
    await claimJobs(server);
    await report(server, id, completed);
    await other.getByRole("link", { name: /^Open the result of .*a comet/ }).waitFor();
    await other.getByText("Credits left: 80").waitFor();
  });
});

for (const [when, again] of [
  ["somebody asks for it", ({ note }) => note.getByRole("button", { name: "Try again" }).click()],
  ["the page has connected anew", ({ sockets }) => sockets.at(-1).close()],
]) {
  test(`a job that the server refused to tell of is followed again when ${when}`, async () => {
    const person = await Person.join(server);
    const id = await person.startJob(server);
    await claimJobs(server);
    await app.visit([person], async ({ open }) => {
      const page = await open();
      const { sockets, allow } = await refuseProgress(page);
      await page.goto(new URL("/app/studio", server.url).href);
      const note = page.getByRole("alert").filter({ hasText: "You may not do this." });
      await note.waitFor();
      allow();
      await again({ note, sockets });
      await note.waitFor({ state: "detached" });
      await report(server, id, { progress: 40 });
      await bar(page, 40).waitFor();
    });
  });
}

/** Has subscriptions to jobs refused on a page until `allow` is called. Its sockets are kept, the latest last. */
async function refuseProgress(page) {
  let refusing = true;
  const sockets = [];
  const errors = [{ message: "Not now", extensions: { code: "FORBIDDEN" } }];
  await page.routeWebSocket(server.socketURL, (socket) => {
    sockets.push(socket);
    const onward = socket.connectToServer();
    socket.onMessage((text) => {
      const { id, type, payload } = JSON.parse(text);
      if (refusing && type === "subscribe" && payload.query.includes("aiJobProgress")) {
        socket.send(JSON.stringify({ id, type: "error", payload: errors }));
      } else {
        onward.send(text);
      }
    });
  });
  const allow = () => {
    refusing = false;
  };
  return { sockets, allow };
}
