// Event streams by the byte.
import { describe, expect, test } from "vitest";
import type { ExecutionResult } from "../src/operation.js";
import { stream } from "../src/stream.js";

/** What is told of a stream whose bytes come in these pieces. */
async function read(pieces: readonly (string | Uint8Array)[], headers = { "Content-Type": "text/event-stream" }) {
  const results: ExecutionResult<unknown>[] = [];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces)
        controller.enqueue(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
      controller.close();
    },
  });
  let heard = false;
  const end = await stream(
    async () => new Response(body, { headers }),
    "http://localhost/graphql",
    {},
    new AbortController().signal,
    {
      heard() {
        heard = true;
      },
      next: (result) => results.push(result),
    },
  ).then(
    () => "complete",
    (error: unknown) => error,
  );
  return { results, heard, end };
}

const whole = ':\n\nevent: next\nid: 1\ndata: {"data":{"title":"별의 강"}}\n\nevent: complete\ndata:\n\n';

describe("an event stream", () => {
  test("is read however its bytes are cut", async () => {
    const bytes = new TextEncoder().encode(whole);
    for (let size = 1; size <= bytes.length; size++) {
      const pieces = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
      expect(await read(pieces)).toEqual({ results: [{ data: { title: "별의 강" } }], heard: true, end: "complete" });
    }
  });
  test("may end its lines in any of the three ways", async () => {
    for (const end of ["\r\n", "\r"]) {
      const bytes = new TextEncoder().encode(whole.replaceAll("\n", end));
      for (let size = 1; size <= bytes.length; size++) {
        const pieces = [];
        for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
        expect((await read(pieces)).results).toEqual([{ data: { title: "별의 강" } }]);
      }
    }
  });
  test("joins the lines of one event, and passes over what it does not know", async () => {
    const { results } = await read([
      'event: next\nretry: 5\nnonsense\ndata: {"data":\ndata: {}}\n\nevent: other\ndata: x\n\n',
    ]);
    expect(results).toEqual([{ data: {} }]);
  });
  test("may have the line separators of Unicode in a text", async () => {
    const data = { data: { title: "one\u2028two\u2029three" } };
    expect((await read([`event: next\ndata: ${JSON.stringify(data)}\n\n`])).results).toEqual([data]);
  });
  test("that ends without completion was cut, and is heard by its first byte", async () => {
    expect(await read([":\n\n"])).toMatchObject({ heard: true, end: { code: "NETWORK_ERROR" } });
    expect(await read([])).toMatchObject({ heard: false, end: { code: "NETWORK_ERROR" } });
  });
  test("of another type is none", async () => {
    expect(await read(["<html>"], { "Content-Type": "text/html" })).toMatchObject({
      heard: false,
      end: { code: "BAD_RESPONSE" },
    });
    const refused = '{"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}]}';
    expect(await read([refused], { "Content-Type": "application/json" })).toMatchObject({ end: { code: "FORBIDDEN" } });
  });
});
