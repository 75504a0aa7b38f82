// What becomes of open pages when the server or a way to it is gone, and what when it is back.
import { after, test } from "node:test";
import { claimJobs, completed, notify, Person, report, view } from "../../clients/harness.mjs";
import { App, failedRequests } from "./app.mjs";
import { Gate } from "./gate.mjs";
import { connected, counts } from "./people.mjs";

const app = await App.start();
after(() => app.close());
const { server } = app;

test("after a kill -9 counters, jobs and the badge catch up by themselves", async (t) => {
  const person = await Person.join(server);
  const job = await person.startJob(server);
  await claimJobs(server);
  await report(server, job, { progress: 30 });
  await app.visit(
    [person],
    async ({ open }) => {
      const [feed, studio] = [await open(), await open("/studio")];
      await counts(feed, person, "0 views");
      await connected(feed, "Live");
      await connected(studio, "Live");
      await studio.locator("progress[value='30']").waitFor();
      const bell = feed.getByRole("button", { name: "Notifications, 1 unread" });
      await bell.waitFor();

      await server.end("SIGKILL");
      await Promise.all([connected(feed, "Offline"), connected(studio, "Offline")]);
      await server.elsewhere(async (other) => {
        await view(other, person.video);
        await report(other, job, completed);
        await notify(other, person, ["While you were away"]);
      });

      const began = Date.now();
      await server.start();
      const ready = Date.now();
      const since = async (seen) => {
        await seen;
        return Date.now() - ready;
      };
      const [counter, result, badge] = await Promise.all([
        since(counts(feed, person, "1 view", { timeout: 60_000 })),
        since(studio.getByRole("link", { name: /^Open the result/ }).waitFor({ timeout: 60_000 })),
        since(feed.getByRole("button", { name: "Notifications, 3 unread" }).waitFor({ timeout: 60_000 })),
      ]);
      // Streams may have been quicker; sockets are tried again within half a minute or so.
      const socket = await since(connected(feed, "Live", { timeout: 60_000 }));
      t.diagnostic(
        `started in ${ready - began} ms; after that: counter ${counter} ms, job's result ${result} ms, badge ${badge} ms, ` +
          `over a socket again ${socket} ms`,
      );
    },
    { bearable: failedRequests },
  );
});

test("where sockets are blocked streams serve, where these are too polling does, and sockets again when they work", async (t) => {
  const person = await Person.join(server);
  const gate = await Gate.start(server);
  gate.sockets = false;
  t.after(() => gate.close());
  await app.visit(
    [person],
    async ({ open }) => {
      const page = await open();
      const moves = async (words) => {
        await view(server, person.video);
        await counts(page, person, words);
      };
      await connected(page, "Live by stream");
      await moves("1 view");

      gate.streams = false;
      gate.cut();
      await connected(page, "Live by polling");
      await moves("2 views");

      gate.sockets = true;
      gate.streams = true;
      const began = Date.now();
      await connected(page, "Live", { timeout: 60_000 });
      t.diagnostic(`from polling to a socket ${Date.now() - began} ms after it works again`);
      await moves("3 views");
    },
    { host: gate.host, bearable: failedRequests },
  );
});
