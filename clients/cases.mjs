// What every client must see of live data, whichever way it is connected.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { claimJobs, completed, notify, Person, Reading, report, Server, sign, view, within } from "./harness.mjs";

const JOB = `subscription ($ids: [ID!]!) { aiJobProgress(ids: $ids) { id status progress resultUrl version } }`;
const COUNTERS = `subscription ($ids: [ID!]!) { videosMetadataChanged(ids: $ids) { id viewCount version video { owner { id } } } }`;
const NOTIFICATIONS = `subscription ($after: ID) { notificationReceived(after: $after) { id title } }`;
const UNREAD = `subscription { unreadNotificationsChanged { id total version } }`;

/**
 * Runs them with a client, which has
 *   name
 *   socket        whether it is connected by a WebSocket, whose close codes it sees
 *   open(options) a connection, which may be made when it is needed. Its options are
 *                   server
 *                   token()        of whoever asks, or undefined, at each connect
 *                   retry()        a promise that is awaited before each connect but the first; absent: it gives up
 *                   closed(code)   called when a socket was closed
 *                 It has
 *                   subscribe({query, variables}, reading)
 *                   query({query, variables})  a promise of the data
 *                   close()
 *   codes(error)  a promise of the codes of what its `subscribe` failed with
 */
export function liveCases(client) {
  describe(client.name, { timeout: 60_000 }, () => {
    let server;
    before(async () => (server = await Server.start()));
    after(() => server.close());

    // A test with a person, the person's connection, and what came of its socket's ends.
    const caseOf = (name, work) =>
      test(name, async () => {
        if (!server.runs) await server.start(); // The case before has failed half-way.
        const person = await Person.join(server);
        const closes = new Reading();
        const connections = [];
        let over = false;
        const retry = async () => {
          await pause(25);
          if (over) await new Promise(() => {}); // Some clients come back even when they have been closed.
        };
        const open = (options) => {
          connections.push(client.open({ server, token: () => person.token, retry, closed: closes.next, ...options }));
          return connections.at(-1);
        };
        const subscribe = (query, variables, options) => {
          const reading = new Reading();
          open(options).subscribe({ query, variables }, reading);
          return reading;
        };
        try {
          await work({ person, closes, open, subscribe });
        } finally {
          over = true;
          connections.forEach((connection) => connection.close());
        }
      });

    caseOf("a query is answered", async ({ person, open }) => {
      const query = `query ($ids: [ID!]!) { me { id } videosMetadata(ids: $ids) { id viewCount } }`;
      const data = await within(open().query({ query, variables: { ids: [person.video, randomUUID()] } }), "an answer");
      assert.deepEqual(plain(data), { me: { id: person.id }, videosMetadata: [{ id: person.video, viewCount: 0 }, null] });
    });

    caseOf("a job is followed from its first state to its end", async ({ person, subscribe }) => {
      const id = await person.startJob(server);
      const reading = subscribe(JOB, { ids: [id] });
      const states = [];
      const state = async () => states.push((await reading.take("a state of the job")).aiJobProgress);
      await state();
      await claimJobs(server);
      await state();
      await report(server, id, { progress: 40 });
      await state();
      await report(server, id, completed);
      await state();
      await reading.completion();
      const seen = states.map(({ status, progress, resultUrl }) => [status, progress, resultUrl]);
      assert.deepEqual(seen, [
        ["QUEUED", 0, null],
        ["PROCESSING", 0, null],
        ["PROCESSING", 40, null],
        ["COMPLETED", 100, completed.resultUrl],
      ]);
      assert.ok(states.every(({ version }, i) => i === 0 || version > states[i - 1].version));
    });

    caseOf("jobs that nobody may see end it at once", async ({ subscribe }) => {
      await subscribe(JOB, { ids: [randomUUID()] }).completion();
    });

    caseOf("counters and badges come as they are, and then as they become", async ({ person, subscribe }) => {
      const counters = subscribe(COUNTERS, { ids: [person.video] });
      const first = (await counters.take("the counters")).videosMetadataChanged;
      assert.equal(first.viewCount, 0);
      assert.equal(first.video.owner.id, person.id);
      await view(server, person.video);
      const next = (await counters.take("the counters' change")).videosMetadataChanged;
      assert.equal(next.viewCount, 1);
      assert.ok(next.version > first.version);

      const badge = subscribe(UNREAD);
      assert.equal((await badge.take("the badge")).unreadNotificationsChanged.total, 1);
      await server.ask(person.token, `mutation { markAllNotificationsRead { success } }`);
      assert.equal((await badge.take("the badge's change")).unreadNotificationsChanged.total, 0);
    });

    caseOf("notifications come in order, and after a crash without gap or duplicate", async ({ person, subscribe }) => {
      let comeBack;
      const allowed = new Promise((resolve) => (comeBack = resolve));
      const reading = subscribe(NOTIFICATIONS, { after: person.welcome }, { retry: () => allowed });
      const expect = async (titles) => {
        for (const title of titles) assert.equal((await reading.take(title)).notificationReceived.title, title);
      };
      await notify(server, person, ["1", "2", "3"]);
      await expect(["1", "2", "3"]);
      await server.end("SIGKILL");
      await server.start();
      await notify(server, person, ["4"]);
      await notify(server, person, ["5", "6"]);
      comeBack();
      await expect(["4", "5", "6"]);
      await notify(server, person, ["7"]);
      await expect(["7"]);
    });

    caseOf("a job that ended while the server was dead is told by the next one", async ({ person, subscribe }) => {
      const id = await person.startJob(server);
      await claimJobs(server);
      const reading = subscribe(JOB, { ids: [id] });
      await reading.take("the job's first state");
      await server.end("SIGKILL");
      await server.elsewhere((other) => report(other, id, completed));
      await server.start();
      const { status } = (await reading.take("the job's last state", (data) => data.aiJobProgress.status !== "PROCESSING")).aiJobProgress;
      assert.equal(status, "COMPLETED");
      await reading.completion();
    });

    caseOf("an orderly end is no completion: the client comes back to the next server", async ({ person, closes, subscribe }) => {
      const reading = subscribe(COUNTERS, { ids: [person.video] });
      await reading.take("the counters");
      assert.equal(await server.end("SIGTERM"), 0);
      if (client.socket) assert.equal(await closes.take("a close"), 1001);
      await server.start();
      await view(server, person.video);
      await reading.take("the counters of the next server", (data) => data.videosMetadataChanged.viewCount === 1);
    });

    caseOf("an expired token cuts the stream, which goes on with a fresh one", async ({ person, closes, subscribe }) => {
      const tokens = [sign(person.id, [], 1)];
      const given = new Reading();
      const token = () => {
        given.next(tokens[0] ?? person.token);
        return tokens.shift() ?? person.token;
      };
      const reading = subscribe(COUNTERS, { ids: [person.video] }, { token });
      await reading.take("the counters");
      if (client.socket) assert.equal(await closes.take("a close"), 4403);
      await given.take("a fresh token", (text) => text === person.token);
      await view(server, person.video);
      await reading.take("the counters' change", (data) => data.videosMetadataChanged.viewCount === 1);
    });

    caseOf("a bad token is refused", async ({ person, closes, subscribe }) => {
      const token = `${person.token.slice(0, -4)}AAAA`;
      const reading = subscribe(COUNTERS, { ids: [person.video] }, { token: () => token, retry: undefined });
      const error = await reading.failure();
      if (client.socket) assert.equal(await closes.take("a close"), 4403);
      else assert.deepEqual(await client.codes(error), ["UNAUTHENTICATED"]);
    });

    caseOf("a refusal tells its code", async ({ person, subscribe }) => {
      const refusals = [
        [JOB, { ids: [randomUUID()] }, { token: () => undefined }, "UNAUTHENTICATED"],
        [JOB, { ids: ["no id"] }, {}, "BAD_USER_INPUT"],
        [NOTIFICATIONS, { after: randomUUID() }, {}, "BAD_USER_INPUT"],
        [`subscription { noSuchField }`, {}, {}, "GRAPHQL_VALIDATION_FAILED"],
      ];
      for (const [query, variables, options, code] of refusals) {
        const reading = subscribe(query, variables, { retry: undefined, ...options });
        assert.deepEqual(await client.codes(await reading.failure()), [code]);
      }
      // None of them has harmed what runs beside.
      await subscribe(COUNTERS, { ids: [person.video] }).take("the counters");
    });
  });
}

/** The same data without what a client's cache added. */
export const plain = (data) => JSON.parse(JSON.stringify(data, (key, value) => (key === "__typename" ? undefined : value)));
