// The connection below all classes: how requests and subscriptions fare on networks and with servers as they are.
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import * as texts from "../src/generated/texts.js";
import type { Client, ReelgraphError } from "../src/index.js";
import type { Operation } from "../src/operation.js";
import { clientFor, freePort, Gate, Heard, notify, Person, Server, sign, until, view } from "./harness.js";

let server: Server;
let gate: Gate;
let person: Person;
const made: Client[] = [];

beforeAll(async () => {
  server = await Server.start();
  person = await Person.join(server);
});
afterAll(() => server.close());
afterEach(async () => {
  for (const client of made.splice(0)) client.dispose();
  await gate?.close();
});

const join = async (token?: string | (() => string), options = {}) => {
  gate = await Gate.start(server);
  const client = clientFor(gate.url, token ?? person.token, options);
  made.push(client);
  return client;
};

/** Follows a subscription, and says what came of it. */
function follow<TData, TVariables>(client: Client, operation: Operation<TData, TVariables>, variables: TVariables) {
  const heard = new Heard<TData>();
  const ends = new Heard<ReelgraphError | "complete">();
  const stop = client.live({
    operation,
    variables: () => variables,
    next: heard.add,
    error: ends.add,
    complete: () => ends.add("complete"),
  });
  return { heard, ends, stop };
}

const counters = (client: Client) => follow(client, texts.VideosMetadataChanged, { ids: [person.video] });
const viewsOf = ({ videosMetadataChanged: { viewCount } }: { videosMetadataChanged: { viewCount: number } }) =>
  viewCount;

describe("requests", () => {
  test("answer the data, as the caller", async () => {
    const { me } = await (await join()).request(texts.Me, {});
    expect(me?.id).toBe(person.id);
  });
  test("reject with the server's code and what it says of it", async () => {
    const client = await join();
    const refused = client.request(texts.AIJobs, { ids: ["nonsense"] });
    await expect(refused).rejects.toMatchObject({
      name: "ReelgraphError",
      code: "BAD_USER_INPUT",
      extensions: { invalidIds: ["nonsense"] },
      isTransient: false,
    });
  });
  test("ask for another token once after one was refused", async () => {
    let asked = 0;
    const client = await join(() => (asked++ === 0 ? "bad" : person.token));
    expect((await client.request(texts.Me, {})).me?.id).toBe(person.id);
    expect(asked).toBe(2);
  });
  test("reject where the token stays refused, where nobody answers, and where what answers is no GraphQL", async () => {
    await expect((await join("bad")).request(texts.Me, {})).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
    const alone = clientFor(`http://127.0.0.1:${await freePort()}/graphql`);
    await expect(alone.request(texts.Me, {})).rejects.toMatchObject({ code: "NETWORK_ERROR", isTransient: true });
    const elsewhere = clientFor(server.url, undefined, { fetch: async () => new Response("<html>", { status: 404 }) });
    await expect(elsewhere.request(texts.Me, {})).rejects.toMatchObject({ code: "BAD_RESPONSE" });
    const busy = clientFor(server.url, undefined, { fetch: async () => new Response("", { status: 502 }) });
    await expect(busy.request(texts.Me, {})).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE", isTransient: true });
  });
  test("end with their signal, and with the client", async () => {
    const client = await join();
    const stop = new AbortController();
    const stopped = client.request(texts.Me, {}, { signal: stop.signal });
    stop.abort(new Error("not any more"));
    await expect(stopped).rejects.toThrow("not any more");
    client.dispose();
    await expect(client.request(texts.Me, {})).rejects.toMatchObject({ code: "CLIENT_DISPOSED" });
    expect(() => counters(client)).toThrow("disposed");
  });
});

describe("subscriptions", () => {
  test.each([
    ["socket", true, true],
    ["stream", false, true],
  ] as const)("come over the first transport that works: %s", async (transport, sockets, streams) => {
    const client = await join();
    Object.assign(gate, { sockets, streams });
    const { heard } = counters(client);
    const before = viewsOf(await heard.take("the state as it is"));
    expect(client.connection.getSnapshot()).toBe(transport);
    await view(server, person.video);
    await heard.take("the view", (data) => viewsOf(data) === before + 1);
  });
  test("are polled for where neither sockets nor streams work, and come by socket when it does again", async () => {
    const client = await join();
    Object.assign(gate, { sockets: false, streams: false });
    const polled = new Heard<string>();
    const heard = new Heard<unknown>();
    client.live({
      operation: texts.VideosMetadataChanged,
      variables: () => ({ ids: [person.video] }),
      next: heard.add,
      error: () => {},
      complete: () => {},
      poll: {
        everyMs: 50,
        run: async (signal) => {
          await client.request(texts.VideosMetadata, { ids: [person.video] }, { signal });
          polled.add("polled");
        },
      },
    });
    await polled.take("a poll");
    await until(client.connection, "polling", (state) => state === "polling");
    await polled.take("another poll");
    Object.assign(gate, { sockets: true, streams: true });
    client.retryNow();
    await heard.take("a state by itself");
    expect(client.connection.getSnapshot()).toBe("socket");
    const before = polled.all.length;
    await view(server, person.video);
    await heard.take("the view");
    expect(polled.all.length).toBe(before);
  });
  test("share one socket, which is closed when nobody needs it, and opened when somebody does again", async () => {
    const client = await join();
    const first = counters(client);
    const second = follow(client, texts.UnreadNotificationsChanged, {});
    await first.heard.take("counters");
    await second.heard.take("the badge");
    expect(gate.count("socket")).toBe(1);
    first.stop();
    second.stop();
    await until(client.connection, "rest", (state) => state === "idle");
    await counters(client).heard.take("counters");
    expect(gate.count("socket")).toBe(2);
  });
  test("survive the server's death, a broken connection and a restart", async () => {
    const client = await join();
    const { heard, ends } = counters(client);
    const before = viewsOf(await heard.take("the state as it is"));
    await server.end("SIGKILL");
    await until(client.connection, "that the server is away", (state) => state === "offline");
    await server.start();
    await view(server, person.video);
    await heard.take("the view that it did not see", (data) => viewsOf(data) === before + 1);
    gate.cut();
    await view(server, person.video);
    await heard.take("the view after the cut", (data) => viewsOf(data) === before + 2);
    expect(ends.all).toEqual([]);
  });
  test("ask for another token when one has expired, and go on", async () => {
    let asked = 0;
    const client = await join(() => (asked++ === 0 ? sign(person.id, [], 1) : person.token));
    const { heard, ends } = follow(client, texts.NotificationReceived, { after: person.welcome });
    await until(client.connection, "a socket", (state) => state === "socket");
    await until(client.connection, "its end", (state) => state !== "socket");
    await until(client.connection, "another socket", (state) => state === "socket");
    const [id] = await notify(server, person, ["After the expiry"]);
    await heard.take("what came after the expiry", ({ notificationReceived }) => notificationReceived.id === id);
    expect(asked).toBe(2);
    expect(ends.all).toEqual([]);
  });
  test("tell of a token that stays refused, and come when it is good", async () => {
    let good = false;
    const errors = new Heard<ReelgraphError>();
    const client = await join(() => (good ? person.token : "bad"), { onError: errors.add });
    const { heard, ends } = counters(client);
    expect((await errors.take("the refusal")).code).toBe("UNAUTHENTICATED");
    good = true;
    client.retryNow();
    await heard.take("the state as it is");
    expect(ends.all).toEqual([]);
    expect(gate.count("stream") + gate.count("request")).toBe(0); // A bad token is no blocked socket.
  });
  test.each([
    ["socket", true],
    ["stream", false],
  ] as const)("end with what the server refuses, and with completion: %s", async (_, sockets) => {
    const client = await join(undefined, { getToken: () => null });
    gate.sockets = sockets;
    const refused = follow(client, texts.AIJobProgress, { ids: [person.id] });
    expect(await refused.ends.take("the refusal")).toMatchObject({ code: "UNAUTHENTICATED" });
    const bad = follow(client, texts.VideosMetadataChanged, { ids: ["nonsense"] });
    expect(await bad.ends.take("the refusal")).toMatchObject({ extensions: { invalidIds: ["nonsense"] } });
    const empty = follow(client, texts.VideosMetadataChanged, { ids: [] });
    expect(await empty.ends.take("the completion")).toBe("complete");
  });
  test("that are stopped tell nothing more and leave nothing open", async () => {
    const client = await join();
    gate.sockets = false;
    const one = counters(client);
    const other = counters(client);
    await one.heard.take("the state as it is");
    await other.heard.take("the state as it is");
    one.stop();
    one.stop();
    const came = one.heard.all.length;
    await view(server, person.video);
    await other.heard.take("the view");
    expect(one.heard.all.length).toBe(came);
    client.dispose();
    expect(client.connection.getSnapshot()).toBe("idle");
  });
});
