import { randomUUID } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { createClient } from "../src/client.js";
import { ReelgraphError } from "../src/errors.js";
import type { CountersFragment } from "../src/generated/types.js";
import { VideoMetadataUpdater } from "../src/videos.js";
import { Heard } from "./harness.js";
import { openPage } from "./page.js";
import { Scripted } from "./scripted.js";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const state = (id: string, version: number) => ({ id, version, viewCount: version }) as CountersFragment;

function scripted(answer?: (ids: readonly string[]) => unknown) {
  vi.useFakeTimers();
  const script = new Scripted((variables) => ({ videosMetadata: answer?.((variables as { ids: string[] }).ids) }));
  const updates = new Heard<CountersFragment>();
  const updater = new VideoMetadataUpdater(script.client, updates.add);
  return { script, updates, updater };
}

test("the newer of two states wins when a poll and a push cross", async () => {
  const id = randomUUID();
  const { script, updates, updater } = scripted(() => [state(id, 2)]);
  updater.trackVideos([id]);
  vi.advanceTimersByTime(100);
  const live = script.begun[0]?.live;
  live?.next({ videosMetadataChanged: state(id, 3) }, {});
  await live?.poll?.run(new AbortController().signal);
  live?.next({ videosMetadataChanged: state(id, 4) }, {});
  expect(updates.all.map(({ version }) => version)).toEqual([3, 4]);
});

test("changes within 100 ms are one", () => {
  openPage();
  const { script, updater } = scripted();
  const ids = Array.from({ length: 5 }, () => randomUUID());
  for (const id of ids) {
    updater.trackVideos([id]);
    vi.advanceTimersByTime(19);
  }
  expect(script.begun).toEqual([]);
  updater.untrackVideos(ids.slice(0, 2));
  vi.advanceTimersByTime(5);
  expect(script.ids).toEqual([ids.slice(2)]);
  expect(script.begun.length).toBe(1);
});

test("each 5 s are polled, with half a second between two states otherwise", () => {
  const { script, updater } = scripted();
  updater.trackVideos([randomUUID()]);
  vi.advanceTimersByTime(100);
  expect(script.begun[0]?.live.poll?.everyMs).toBe(5_000);
  expect(script.begun[0]?.variables).toMatchObject({ minIntervalMs: 500 });
});

test("a page that is hidden at first is not served until it is shown", () => {
  const page = openPage();
  page.turn("hidden");
  const { script, updater } = scripted();
  const ids = [randomUUID(), randomUUID()];
  updater.trackVideos(ids);
  vi.advanceTimersByTime(10_000);
  updater.untrackVideos(ids);
  expect([script.begun.length, vi.getTimerCount()]).toEqual([0, 0]);
  updater.trackVideos(ids);
  page.turn("visible");
  expect(script.ids).toEqual([ids]);
  page.turn("visible");
  expect(script.begun.length).toBe(1);
  page.turn("hidden");
  expect(script.running).toEqual([]);
  page.turn("visible");
  expect(script.ids).toEqual([ids]);
});

test("nothing is told of what is not tracked any more", () => {
  const [gone, stays] = [randomUUID(), randomUUID()];
  const { script, updates, updater } = scripted();
  updater.trackVideos([gone, stays]);
  vi.advanceTimersByTime(100);
  updater.untrackVideos([gone]);
  for (const id of [gone, stays]) script.begun[0]?.live.next({ videosMetadataChanged: state(id, 1) }, {});
  expect(updates.all.map(({ id }) => id)).toEqual([stays]);
});

test("nothing is left running when all is untracked or disposed of", () => {
  const page = openPage();
  const { script, updater } = scripted();
  const ids = [randomUUID(), randomUUID()];
  const others = page.listeners.size;
  const rest = () => {
    vi.advanceTimersByTime(100);
    expect(page.listeners.size).toBe(others);
    expect([script.running, vi.getTimerCount()]).toEqual([[], 0]);
  };
  updater.trackVideos(ids);
  vi.advanceTimersByTime(100);
  expect(script.ids).toEqual([ids]);
  updater.untrackVideos(ids);
  rest();
  updater.trackVideos(ids);
  updater.stopTracking();
  rest();
  updater.trackVideos(ids);
  vi.advanceTimersByTime(100);
  updater.dispose();
  rest();
  updater.trackVideos(ids);
  rest();
});

test("of videos that nobody needs any more, some 1,000 stay readable", () => {
  const { updater } = scripted();
  const [tracked, listened, old] = [randomUUID(), randomUUID(), randomUUID()];
  updater.trackVideos([tracked]);
  updater.watch(listened).subscribe(() => {});
  updater.seed([tracked, listened, old].map((id) => state(id, 1)));
  const later = Array.from({ length: 999 }, () => randomUUID());
  updater.seed(later.map((id) => state(id, 1)));
  expect([tracked, listened, old, later[0] ?? ""].map((id) => updater.get(id)?.version)).toEqual([1, 1, undefined, 1]);
});

test("what is watched is heard of, however many others came before it was listened to", () => {
  const { updater } = scripted();
  const ids = Array.from({ length: 1_500 }, () => randomUUID());
  const watched = ids.map((id) => ({ id, readable: updater.watch(id), heard: vi.fn() }));
  updater.seed(ids.map((id) => state(id, 1)));
  for (const { readable, heard } of watched) readable.subscribe(heard);
  updater.seed(ids.map((id) => state(id, 2)));
  for (const { id, readable, heard } of watched) {
    expect([heard.mock.calls.length, readable.getSnapshot(), updater.get(id)]).toEqual([1, state(id, 2), state(id, 2)]);
  }
});

test("while it is polled, what is added is asked for at once, and all of it by the next poll", async () => {
  const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
  const { script, updater } = scripted(() => []);
  updater.trackVideos([first]);
  vi.advanceTimersByTime(100);
  const { live } = script.begun[0] ?? {};
  await live?.poll?.run(new AbortController().signal);
  updater.trackVideos([second]);
  vi.advanceTimersByTime(100);
  updater.untrackVideos([first]);
  vi.advanceTimersByTime(100);
  await live?.poll?.run(new AbortController().signal);
  expect(script.asked).toEqual([{ ids: [first] }, { ids: [second] }, { ids: [second] }]);
  expect(script.begun.length).toBe(1);

  live?.variables(); // It goes on over a socket or a stream.
  updater.trackVideos([third]);
  vi.advanceTimersByTime(100);
  expect(script.ids).toEqual([[second, third]]);
  await script.begun[1]?.live.poll?.run(new AbortController().signal);
  updater.stopTracking();
  vi.advanceTimersByTime(100);
  expect([script.running, vi.getTimerCount()]).toEqual([[], 0]);
});

test("a poll that was refused is begun anew when others are tracked", async () => {
  const { script, updater } = scripted(() => []);
  updater.trackVideos([randomUUID()]);
  vi.advanceTimersByTime(100);
  const { live } = script.begun[0] ?? {};
  await live?.poll?.run(new AbortController().signal);
  live?.error(new ReelgraphError("FORBIDDEN", "Not you."));
  updater.trackVideos([randomUUID()]);
  vi.advanceTimersByTime(100);
  expect(script.begun.length).toBe(2);
});

test("scrolling does not make the polls more frequent", async () => {
  vi.useFakeTimers();
  const asked: string[][] = [];
  const answer = async (_: unknown, init?: RequestInit) => {
    const { ids } = JSON.parse(String(init?.body)).variables as { ids: string[] };
    asked.push(ids);
    return new Response(JSON.stringify({ data: { videosMetadata: ids.map((id) => state(id, 1)) } }));
  };
  const client = createClient({
    url: "http://127.0.0.1/graphql",
    transports: ["polling"],
    fetch: answer as typeof fetch,
  });
  const updater = new VideoMetadataUpdater(client);
  const ids = Array.from({ length: 120 }, () => randomUUID());
  updater.trackVideos(ids.slice(0, 20));
  // Each 200 ms one comes into sight, and one leaves it.
  for (let i = 0; i < 100; i++) {
    await vi.advanceTimersByTimeAsync(200);
    updater.trackVideos(ids.slice(i + 20, i + 21));
    updater.untrackVideos(ids.slice(i, i + 1));
  }
  expect(asked.filter(({ length }) => length > 1).map(({ length }) => length)).toEqual([20, 20, 20, 20]);
  expect(asked.filter(({ length }) => length === 1).length).toBeLessThanOrEqual(100);
  expect(updater.get(ids[110] ?? "")?.version).toBe(1);
  updater.dispose();
  client.dispose();
  expect(vi.getTimerCount()).toBe(0);
});
