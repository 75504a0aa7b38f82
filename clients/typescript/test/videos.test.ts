import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Client } from "../src/client.js";
import type { ReelgraphError } from "../src/errors.js";
import type { CountersFragment } from "../src/generated/types.js";
import { VideoMetadataUpdater, type VideoMetadataUpdaterOptions } from "../src/videos.js";
import { backend, clientFor, Gate, Heard, Person, Server, sign, until, view } from "./harness.js";
import { openPage } from "./page.js";

let server: Server;
const endings: (() => unknown)[] = [];

beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.close());
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
  vi.unstubAllGlobals();
});

interface Watch {
  gate: Gate;
  client: Client;
  updater: VideoMetadataUpdater;
  updates: Heard<CountersFragment>;
}

type Ways = Partial<Pick<Gate, "sockets" | "streams">>;

async function watch(ways: Ways = {}, options: VideoMetadataUpdaterOptions = { minIntervalMs: 0 }): Promise<Watch> {
  const gate = await Gate.start(server);
  Object.assign(gate, ways);
  const client = clientFor(gate.url);
  const updates = new Heard<CountersFragment>();
  const updater = new VideoMetadataUpdater(client, updates.add, options);
  endings.push(
    () => gate.close(),
    () => client.dispose(),
    () => updater.dispose(),
  );
  return { gate, client, updater, updates };
}

async function newVideos(count: number): Promise<string[]> {
  const { id } = await Person.join(server);
  const all = Array.from({ length: count }, () => randomUUID());
  for (let at = 0; at < count; at += 100) {
    const videos = all
      .slice(at, at + 100)
      .map((video) => ({ id: video, ownerId: id, title: "A boat", playbackUrl: "https://cdn.example.com/boat.mp4" }));
    await server.ask(
      backend,
      "mutation ($videos: [VideoInput!]!) { upsertVideos(videos: $videos) { videos { id } } }",
      { videos },
    );
  }
  return all;
}

const newVideo = async (): Promise<string> => (await Person.join(server)).video;

const views = (id: string, count: number) => (metadata: CountersFragment) =>
  metadata.id === id && metadata.viewCount === count;

const resting = (client: Client) => until(client.connection, "rest", (state) => state === "idle");

describe.each<[string, Ways]>([
  ["socket", {}],
  ["stream", { sockets: false }],
  ["polling", { sockets: false, streams: false }],
])("over %s", (transport, ways) => {
  test("counters move", async () => {
    const { client, updater, updates } = await watch(ways);
    const [first, second] = [await newVideo(), await newVideo()];
    updater.trackVideos([first, second.toUpperCase()]);
    await until(updater.watch(second), "the first state", (metadata) => metadata?.viewCount === 0);
    await until(updater.watch(first), "the first state", (metadata) => metadata?.viewCount === 0);
    expect(client.connection.getSnapshot()).toBe(transport);

    await view(server, first);
    expect(await updates.take("a view", views(first, 1))).toEqual(updater.get(first.toUpperCase()));
    expect(updates.all.length).toBe(3);
    updater.stopTracking();
    await resting(client);
    expect(updater.get(first)?.viewCount).toBe(1);
  });
});

test("150 videos are two subscriptions, and one when fewer are left", async () => {
  const { gate, updater, updates } = await watch({ sockets: false });
  const videos = await newVideos(150);
  updater.trackVideos(videos.slice(0, 70));
  updater.trackVideos(videos);
  for (const id of videos) await until(updater.watch(id), "the first state", (metadata) => metadata !== undefined);
  expect(gate.count("VideosMetadataChanged")).toBe(2);

  const another = await newVideo();
  updater.untrackVideos(videos.slice(0, 60));
  updater.trackVideos([another]);
  await updates.take("the first state of another", views(another, 0));
  expect(gate.count("VideosMetadataChanged")).toBe(3);

  const [untracked, first, last] = [videos[0] ?? "", videos[60] ?? "", videos[149] ?? ""];
  for (const id of [untracked, first, last]) {
    await view(server, id);
    if (id !== untracked) await updates.take("a view", views(id, 1));
  }
  expect(updater.get(untracked)?.viewCount).toBe(0);
});

test("150 videos are polled by two requests", async () => {
  const { gate, client, updater } = await watch({ sockets: false, streams: false });
  const videos = await newVideos(150);
  updater.trackVideos(videos);
  for (const id of videos) await until(updater.watch(id), "the first state", (metadata) => metadata !== undefined);
  updater.stopTracking();
  await resting(client);
  expect(gate.count("VideosMetadata")).toBe(2);
});

test("counters catch up when the server was dead", async () => {
  const { updater, updates } = await watch();
  const id = await newVideo();
  updater.trackVideos([id]);
  await updates.take("the first state");
  await server.end("SIGKILL");
  await server.elsewhere(async (other: Server) => {
    await view(other, id);
  });
  await server.start();
  await updates.take("the view meanwhile", views(id, 1));
  await view(server, id);
  await updates.take("a view now", views(id, 2));
  expect(updates.all.length).toBe(3);
});

test("counters of a feed are there at once, and only newer ones replace them", async () => {
  const { updater, updates } = await watch();
  const [old, newer] = [await newVideo(), await newVideo()];
  await view(server, old);
  const counters = {
    likeCount: 0,
    commentCount: 0,
    remixCount: 0,
    glitchCount: 0,
    updatedAt: "2026-01-31T09:30:00.000000Z",
  };
  updater.seed([
    { ...counters, id: old, viewCount: 0, version: 0 },
    { ...counters, id: newer, viewCount: 900, version: 1_000_000 },
    { ...counters, id: newer, viewCount: 800, version: 999_999 },
  ]);
  expect([updater.get(old)?.viewCount, updater.get(newer)?.viewCount]).toEqual([0, 900]);
  updater.trackVideos([newer, old]);
  await updates.take("what the feed did not know", views(old, 1));
  await view(server, newer);
  await view(server, old);
  await updates.take("a view", views(old, 2));
  expect(updater.get(newer)?.viewCount).toBe(900);
  expect(updates.all.map(({ id }) => id)).toEqual([old, old]);
});

test("a deleted video keeps its last counters, and others move on", async () => {
  const { updater, updates } = await watch();
  const [gone, other] = [await newVideo(), await newVideo()];
  updater.trackVideos([gone, other]);
  for (const id of [gone, other])
    await until(updater.watch(id), "the first state", (metadata) => metadata !== undefined);
  const moderator = sign(randomUUID(), ["ADMIN"]);
  await server.ask(moderator, `mutation { deleteVideos(ids: ["${gone}"], reason: "A test") { deletedCount } }`);
  await view(server, other);
  await updates.take("a view", views(other, 1));
  expect(updater.get(gone)).toMatchObject({ id: gone, viewCount: 0 });
});

test("nothing is kept live while the page is hidden", async () => {
  const page = openPage();
  const { gate, client, updater, updates } = await watch({ sockets: false });
  const [first, second] = [await newVideo(), await newVideo()];
  updater.trackVideos([first]);
  await updates.take("the first state");

  page.turn("hidden");
  await resting(client);
  const asked = gate.seen.length;
  updater.trackVideos([second]);
  await view(server, first);
  expect(updates.all.length).toBe(1);
  expect(gate.seen.length).toBe(asked);

  page.turn("visible");
  await updates.take("the view meanwhile", views(first, 1));
  await until(updater.watch(second), "what was tracked meanwhile", (metadata) => metadata !== undefined);
  expect(gate.count("VideosMetadataChanged")).toBe(2);
});

test("an id that is no UUID is left out", async () => {
  const { updater, updates } = await watch();
  const id = await newVideo();
  updater.trackVideos(["42", id, ""]);
  await updates.take("the first state", views(id, 0));
  expect(updater.get("42")).toBeUndefined();
});

test("a refusal is told, and another set is asked for", async () => {
  const refusals = new Heard<ReelgraphError>();
  const { client, updater } = await watch({}, { minIntervalMs: 60_001, onError: refusals.add });
  updater.trackVideos([await newVideo()]);
  expect(await refusals.take("a refusal")).toMatchObject({
    code: "BAD_USER_INPUT",
    extensions: { argument: "minIntervalMs" },
  });
  await resting(client);
  updater.trackVideos([await newVideo()]);
  await refusals.take("another refusal");
  expect(refusals.all.length).toBe(2);
});

test("a client that was disposed of is told of", async () => {
  const refusals = new Heard<ReelgraphError>();
  const { client, updater } = await watch({}, { onError: refusals.add });
  updater.trackVideos([await newVideo()]);
  client.dispose();
  await refusals.take("a refusal");
});

test("a callback that throws is reported, and stops nothing", async () => {
  const reported = new Heard<unknown>();
  vi.stubGlobal("reportError", reported.add);
  const gate = await Gate.start(server);
  const client = clientFor(gate.url);
  const updater = new VideoMetadataUpdater(client, () => {
    throw new Error("in onUpdate");
  });
  endings.push(
    () => gate.close(),
    () => client.dispose(),
    () => updater.dispose(),
  );
  const id = await newVideo();
  updater.trackVideos([id]);
  expect(await reported.take("what was thrown")).toEqual(new Error("in onUpdate"));
  await view(server, id);
  await until(updater.watch(id), "a view", (metadata) => metadata?.viewCount === 1);
});

test("what is watched tells of changes alone", async () => {
  const { updater, updates } = await watch();
  const id = await newVideo();
  const changes = new Heard<CountersFragment | undefined>();
  const watched = updater.watch(id);
  const stop = watched.subscribe(() => changes.add(watched.getSnapshot()));
  expect(watched.getSnapshot()).toBeUndefined();
  updater.trackVideos([id]);
  const first = await changes.take("the first state");
  expect(watched.getSnapshot()).toBe(first);
  expect(updater.watch(id.toUpperCase()).getSnapshot()).toBe(first);
  stop();
  await view(server, id);
  await updates.take("a view", views(id, 1));
  expect(changes.all.length).toBe(1);
});
