import { afterAll, beforeAll, expect, test } from "vitest";
import { VideosMetadataChangedDocument } from "../src/generated/documents.js";
import { subscribe } from "../src/subscribe.js";
import { clientFor, Heard, Server } from "./harness.js";

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.close());

test.each(["socket", "stream", "polling"] as const)("counters of no videos end at once by %s", async (transport) => {
  const client = clientFor(server.url, undefined, { transports: [transport] });
  const heard = new Heard<unknown>();
  subscribe(
    client,
    VideosMetadataChangedDocument,
    { ids: [] },
    {
      next: heard.add,
      error: heard.add,
      complete: () => heard.add("the end"),
    },
  );
  await heard.take("something");
  expect(heard.all).toEqual(["the end"]);
  client.dispose();
});
