// A server that runs the operations of persisted-documents.json alone.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ApolloClient, InMemoryCache } from "@apollo/client/core";
import { parse } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApolloLink, typePolicies } from "../src/apollo.js";
import type { Client, Transport } from "../src/client.js";
import { idOf } from "../src/document.js";
import * as documents from "../src/generated/documents.js";
import * as texts from "../src/generated/texts.js";
import { createUrqlClient } from "../src/urql.js";
import type { Answer } from "./adapters.js";
import { clientFor, Heard, Person, Server, view } from "./harness.js";

const manifest = fileURLToPath(new URL("../persisted-documents.json", import.meta.url));
let server: Server;
let person: Person;

// The test's own texts go to an instance without the manifest, on the same database.
const openly = <T>(work: (open: Server) => Promise<T>) =>
  new Promise<T>((resolve, reject) => server.elsewhere((open) => work(open).then(resolve, reject)).catch(reject));

beforeAll(async () => {
  server = await Server.start({ PERSISTED_OPERATIONS: manifest });
  person = await openly((open) => Person.join(open));
});
afterAll(() => server.close());

type Ways = {
  query(client: Client): Promise<Answer>;
  subscribe(client: Client, next: (data: Answer) => void): () => void;
};

const apolloOver = (client: Client) =>
  new ApolloClient({ link: createApolloLink(client), cache: new InMemoryCache({ typePolicies }) });

const ways: Record<string, Ways> = {
  "the client alone": {
    query: (client) => client.request(texts.VideosMetadata, { ids: [person.video] }),
    subscribe: (client, next) =>
      client.live({
        operation: texts.VideosMetadataChanged,
        variables: () => ({ ids: [person.video] }),
        next,
        error: next,
        complete() {},
        poll: {
          everyMs: 5_000,
          async run() {
            const { videosMetadata } = await client.request(texts.VideosMetadata, { ids: [person.video] });
            next({ videosMetadataChanged: videosMetadata?.[0] });
          },
        },
      }),
  },
  "Apollo Client": {
    query: async (client) =>
      (await apolloOver(client).query({ query: documents.VideosMetadataDocument, variables: { ids: [person.video] } }))
        .data,
    subscribe(client, next) {
      const states = apolloOver(client).subscribe({
        query: documents.VideosMetadataChangedDocument,
        variables: { ids: [person.video] },
      });
      const running = states.subscribe(({ data, error }) => next(data ?? error));
      return () => running.unsubscribe();
    },
  },
  urql: {
    query: async (client) =>
      (await createUrqlClient(client).query(documents.VideosMetadataDocument, { ids: [person.video] })).data,
    subscribe(client, next) {
      const states = createUrqlClient(client).subscription(documents.VideosMetadataChangedDocument, {
        ids: [person.video],
      });
      const running = states.subscribe(({ data, error }) => next(data ?? error));
      return () => running.unsubscribe();
    },
  },
};

for (const [name, { query, subscribe }] of Object.entries(ways)) {
  for (const transport of ["socket", "stream", "polling"] as const satisfies readonly Transport[]) {
    test(`${name} sends ids alone, and is kept live by ${transport}`, async () => {
      const client = clientFor(server.url, person.token, { persisted: true, transports: [transport] });
      const before = (await query(client)).videosMetadata[0].viewCount;
      const states = new Heard<Answer>();
      const stop = subscribe(client, states.add);
      await states.take("the counters", (data) => data.videosMetadataChanged?.viewCount === before);
      await openly((open) => view(open, person.video));
      await states.take("one more view", (data) => data.videosMetadataChanged?.viewCount === before + 1);
      stop();
      client.dispose();
    });
  }
}

test("each document and each text of the package is in the manifest", () => {
  const known = new Set(Object.keys(JSON.parse(readFileSync(manifest, "utf8"))));
  const ids = [...Object.values(documents).map(idOf), ...Object.values(texts).map(({ id }) => id)];
  expect(ids.length).toBeGreaterThan(0);
  expect(ids.filter((id) => id === undefined || !known.has(id))).toEqual([]);
});

test("mutations are sent by their ids too", async () => {
  const client = clientFor(server.url, person.token, { persisted: true });
  const { data } = await apolloOver(client).mutate({ mutation: documents.MarkAllNotificationsReadDocument });
  expect(data?.markAllNotificationsRead?.markedCount).toBe(1);
  const { error } = await createUrqlClient(client).mutation(documents.MarkAllNotificationsReadDocument, {});
  expect(error).toBeUndefined();
  client.dispose();
});

test("a document without an id is refused, and says so", async () => {
  const client = clientFor(server.url, person.token, { persisted: true });
  const { error } = await createUrqlClient(client).query(parse("{ me { id } }"), {});
  expect(error?.graphQLErrors[0]?.extensions.code).toBe("PERSISTED_QUERY_REQUIRED");
  const subscription = parse("subscription { unreadNotificationsChanged { id total } }");
  const live = await createUrqlClient(client).subscription(subscription, {}).toPromise();
  expect(String(live.error)).toContain("no id");
  client.dispose();
});
