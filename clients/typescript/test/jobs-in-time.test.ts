import { randomUUID } from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import type { JobFragment } from "../src/generated/types.js";
import { type AIJobError, AIJobMonitor } from "../src/jobs.js";
import { Heard } from "./harness.js";
import { Scripted } from "./scripted.js";

afterEach(() => vi.useRealTimers());

const job = (id: string, version: number, more: Partial<JobFragment> = {}) => ({
  ...({ status: "PROCESSING", progress: version } as JobFragment),
  id,
  version,
  ...more,
});

function scripted(answer?: (ids: readonly string[]) => unknown) {
  vi.useFakeTimers();
  const script = new Scripted((variables) => ({ aiJobs: answer?.((variables as { ids: string[] }).ids) }));
  const progress = new Heard<JobFragment>();
  const errors = new Heard<AIJobError>();
  const monitor = new AIJobMonitor(script.client, { onProgress: progress.add, onError: errors.add });
  return { script, monitor, progress, errors };
}

test("the newer of two states wins, whichever way they come", async () => {
  const id = randomUUID();
  const { script, monitor, progress } = scripted(() => [job(id, 2)]);
  monitor.addJob(id);
  vi.advanceTimersByTime(20);
  script.begun[0]?.live.next({ aiJobProgress: job(id, 3) }, {});
  await script.begun[0]?.live.poll?.run(new AbortController().signal);
  script.begun[0]?.live.next({ aiJobProgress: job(id, 4) }, {});
  expect(progress.all.map(({ version }) => version)).toEqual([3, 4]);
});

test("the new subscription begins before the old one ends", () => {
  const { script, monitor } = scripted();
  monitor.addJob(randomUUID());
  vi.advanceTimersByTime(20);
  const [first] = script.begun;
  const { live } = script.client;
  script.client.live = (begun) => {
    expect(first?.stopped).toBe(false);
    return live(begun);
  };
  monitor.addJob(randomUUID());
  vi.advanceTimersByTime(20);
  expect(first?.stopped).toBe(true);
  expect(script.ids.map((ids) => ids.length)).toEqual([2]);
});

test("while they are polled, an added job is asked for at once and by itself", async () => {
  const [first, second] = [randomUUID(), randomUUID()];
  const { script, monitor, progress } = scripted((ids) => ids.map((id) => job(id, 1)));
  monitor.addJob(first);
  vi.advanceTimersByTime(20);
  await script.begun[0]?.live.poll?.run(new AbortController().signal);
  monitor.addJob(second);
  await vi.advanceTimersByTimeAsync(20);
  expect(script.asked).toEqual([{ ids: [first] }, { ids: [second] }]);
  expect(script.begun.length).toBe(1);
  expect(progress.all.map(({ id }) => id)).toEqual([first, second]);
});

test("batches that have grown small become fewer", () => {
  const { script, monitor } = scripted();
  const ids = Array.from({ length: 250 }, () => randomUUID());
  for (const id of ids) monitor.addJob(id);
  vi.advanceTimersByTime(20);
  expect(script.ids.map((batch) => batch.length)).toEqual([100, 100, 50]);
  for (const id of ids.filter((_, i) => i % 3 > 0)) monitor.removeJob(id);
  vi.advanceTimersByTime(20);
  expect(script.ids).toEqual([ids.filter((_, i) => i % 3 === 0)]);
});

test("a subscription that ends without a job that has not is begun anew", async () => {
  const id = randomUUID();
  const { script, monitor } = scripted(() => [job(id, 1)]);
  monitor.addJob(id);
  vi.advanceTimersByTime(20);
  script.begun[0]?.live.complete();
  await vi.advanceTimersByTimeAsync(3_000);
  expect([script.asked, script.begun.length]).toEqual([[{ ids: [id] }], 2]);
});

test("jobs that are not heard of beside others are asked for until there is an answer", async () => {
  const [heard, silent] = [randomUUID(), randomUUID()];
  let away = true;
  const { script, monitor, errors } = scripted(() => {
    if (away) throw new Error("away");
    return [null];
  });
  for (const id of [heard, silent]) monitor.addJob(id);
  vi.advanceTimersByTime(20);
  script.begun[0]?.live.next({ aiJobProgress: job(heard, 1) }, {});
  await vi.advanceTimersByTimeAsync(3_000);
  expect([script.asked, errors.all]).toEqual([[{ ids: [silent] }], []]);
  away = false;
  await vi.advanceTimersByTimeAsync(3_000);
  expect(errors.all).toMatchObject([{ jobId: silent, code: "NOT_FOUND" }]);
  expect(vi.getTimerCount()).toBe(0);
});

test.each(["removed", "disposed of"])("nothing is left running when all is %s", (what) => {
  const [heard, silent, late] = [randomUUID(), randomUUID(), randomUUID()];
  const { script, monitor } = scripted();
  for (const id of [heard, silent]) monitor.addJob(id);
  vi.advanceTimersByTime(20);
  script.begun[0]?.live.next({ aiJobProgress: job(heard, 1) }, {});
  monitor.addJob(late);
  expect(vi.getTimerCount()).toBe(2);
  if (what === "removed") for (const id of [heard, silent, late]) monitor.removeJob(id);
  else monitor.dispose();
  vi.advanceTimersByTime(20);
  expect([script.running, script.asked, vi.getTimerCount()]).toEqual([[], [], 0]);
});
