// The examples of docs/clients.md and of the project's README, run against the server.
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { CombinedError } from "@urql/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../examples/connect.js";
import { messageOf } from "../examples/errors.js";
import { keepLive } from "../examples/page.js";
import { countersOf, keepNewest } from "../examples/poll.js";
import { Me, ReelgraphError, StartAIJob, VideosMetadataChanged } from "../src/index.js";
import { clientFor, freePort, Heard, notify, Person, Server, until, view } from "./harness.js";

let server: Server;
let person: Person;

beforeAll(async () => {
  server = await Server.start();
  person = await Person.join(server);
});
afterAll(() => server.close());

test("connect tells of the connection", async () => {
  const notes: string[] = [];
  const note = { replaceChildren: (text: string) => notes.push(text) } as unknown as HTMLElement;
  const client = connect(server.url, async () => person.token, note);
  client.live({
    operation: VideosMetadataChanged,
    variables: () => ({ ids: [person.video] }),
    next: () => {},
    error: () => {},
    complete: () => {},
  });
  await until(client.connection, "a connection", (state) => state === "socket" || state === "stream");
  client.dispose();
  expect(notes).toEqual(["Connecting", "Live", ""]);
});

test("keepLive shows jobs, counters and notifications", async () => {
  const news = new Heard<object>();
  const { client, monitor, updater, center } = keepLive(server.url, () => person.token, news.add);
  const job = await person.startJob(server);
  monitor.addJob(job);
  await news.take("the job", (it) => "progress" in it);
  updater.trackVideos([person.video]);
  await news.take("the counters", (it) => "viewCount" in it);
  await until(center.state, "the badge", ({ unread }) => unread.total === 1);
  await notify(server, person, ["Hello"]);
  await news.take("the notification", (it) => "title" in it && it.title === "Hello");
  client.dispose();
});

test("messageOf has words for what the server says", async () => {
  const said = (promise: Promise<unknown>) => promise.then(() => "nothing", messageOf);
  const client = clientFor(server.url, person.token);
  expect(await said(clientFor(server.url, "bad").request(Me, {}))).toBe("Please sign in again.");
  const missing = { kind: "REMIX", sourceVideoId: person.id } as const;
  expect(await said(client.request(StartAIJob, { input: missing }))).toBe("It is no longer there.");
  const endless = { kind: "GENERATE", prompt: "a".repeat(10_001) } as const;
  expect(await said(client.request(StartAIJob, { input: endless }))).toMatch(/^Please check what you entered/);
  const nobody = clientFor(`http://127.0.0.1:${await freePort()}/graphql`);
  expect(await said(nobody.request(Me, {}))).toMatch(/^The server cannot be reached/);
  const forbidden = { message: "no", extensions: { code: "FORBIDDEN" } };
  expect(messageOf(new CombinedError({ graphQLErrors: [forbidden] }))).toBe("You may not do this.");
  expect(messageOf(new CombinedGraphQLErrors({ errors: [forbidden] }))).toBe("You may not do this.");
  expect(messageOf(new TypeError("x is undefined"))).toBe("Something went wrong.");
  expect(messageOf(new ReelgraphError("RATE_LIMITED", "", { retryAfterMs: 1500 }))).toMatch(/in 2 s/);
  expect(messageOf(new ReelgraphError("INTERNAL_SERVER_ERROR", "", { extensions: { requestId: "R" } }))).toMatch(
    /\(R\)/,
  );
});

test("countersOf and keepNewest poll", async () => {
  const known = new Map();
  const early = await countersOf(server.url, [person.video, person.id]);
  expect(early).toMatchObject([{ id: person.video, viewCount: 0 }]);
  await view(server, person.video);
  keepNewest(known, await countersOf(server.url, [person.video]));
  keepNewest(known, early); // It comes late.
  expect(known.get(person.video).viewCount).toBe(1);
  await expect(countersOf(server.url, ["nonsense"])).rejects.toThrow(/UUID/i);
});
