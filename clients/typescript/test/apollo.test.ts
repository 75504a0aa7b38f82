import { randomUUID } from "node:crypto";
import { ApolloClient, CombinedGraphQLErrors, InMemoryCache, ServerError } from "@apollo/client/core";
import { Defer20220824Handler } from "@apollo/client/incremental";
import { parse } from "graphql";
import { firstValueFrom } from "rxjs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApolloLink, typePolicies } from "../src/apollo.js";
import type { Client } from "../src/client.js";
import {
  BlockUsersDocument,
  NotificationsDocument,
  UnblockUsersDocument,
  UnreadNotificationsChangedDocument,
} from "../src/generated/documents.js";
import { type Answer, adapterCases } from "./adapters.js";
import { clientFor, Heard, notify, Person, Server } from "./harness.js";

const apolloOver = (client: Client) =>
  new ApolloClient({
    link: createApolloLink(client),
    cache: new InMemoryCache({ typePolicies }),
    incrementalHandler: new Defer20220824Handler(),
  });

function codesOf(error: unknown): string[] {
  if (CombinedGraphQLErrors.is(error)) return error.errors.map(({ extensions }) => String(extensions?.code));
  if (ServerError.is(error)) return JSON.parse(error.bodyText).errors.map(({ extensions }: Answer) => extensions.code);
  throw error;
}

adapterCases("Apollo Client", (client) => {
  const apollo = apolloOver(client);
  const running: { unsubscribe(): void }[] = [];
  return {
    async query(query, variables) {
      try {
        return (await apollo.query<Answer>({ query, variables, fetchPolicy: "network-only" })).data;
      } catch (error) {
        throw codesOf(error);
      }
    },
    watch(query, variables, next) {
      const watched = apollo.watchQuery<Answer>({ query, variables });
      running.push(watched.subscribe(({ data, dataState }) => dataState === "complete" && next(data)));
    },
    subscribe(query, variables, sink) {
      const next = ({ data, error }: { data?: Answer; error?: unknown }) => {
        if (error) sink.error(codesOf(error));
        else sink.next(data);
      };
      running.push(apollo.subscribe<Answer>({ query, variables }).subscribe({ next, complete: sink.complete }));
    },
    close() {
      for (const one of running) one.unsubscribe();
      apollo.stop();
    },
  };
});

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.close());

async function opened() {
  const person = await Person.join(server);
  const client = clientFor(server.url, person.token);
  return { person, client, apollo: apolloOver(client), [Symbol.dispose]: () => client.dispose() };
}

test("Apollo Client shows what is there before what is deferred", async () => {
  using it = await opened();
  const query = parse(
    `query ($ids: [ID!]!) { videosMetadata(ids: $ids) { id viewCount ... @defer { video { id title } } } }`,
  );
  const states = new Heard<Answer>();
  const watched = it.apollo.watchQuery<Answer>({ query, variables: { ids: [it.person.video] } });
  const subscription = watched.subscribe(states.add);
  const first = await states.take("the first part", ({ dataState }) => dataState === "streaming");
  expect(first.data.videosMetadata[0]).toEqual({ __typename: "VideoMetadata", id: it.person.video, viewCount: 0 });
  const whole = await states.take("the whole", ({ dataState }) => dataState === "complete");
  expect(whole.data.videosMetadata[0].video.title).toBe("A boat");
  subscription.unsubscribe();
});

test("lists of Apollo's cache grow by fetchMore without doubles, and begin anew without a cursor", async () => {
  using it = await opened();
  await notify(server, it.person, ["1", "2", "3", "4"]);
  const watched = it.apollo.watchQuery({ query: NotificationsDocument, variables: { first: 2 } });
  const states = new Heard<Answer>();
  const subscription = watched.subscribe(({ data }) => states.add(data?.notifications));
  const titles = ({ nodes }: Answer) => nodes.map(({ title }: Answer) => title).join();
  const page = await states.take("the first page", (list) => list && titles(list) === "4,3");
  const more = { variables: { after: page.pageInfo.endCursor } };
  await watched.fetchMore(more);
  await states.take("two pages", (list) => titles(list) === "4,3,2,1");
  await watched.fetchMore(more);
  const kept = it.apollo.readQuery({ query: NotificationsDocument, variables: { first: 2 } });
  expect(titles(kept?.notifications)).toBe("4,3,2,1");
  const failed = {
    query: NotificationsDocument,
    variables: { first: 2, ...more.variables },
    data: { notifications: null },
  };
  it.apollo.writeQuery(failed);
  expect(titles(it.apollo.readQuery({ query: NotificationsDocument, variables: { first: 2 } })?.notifications)).toBe(
    "4,3,2,1",
  );
  await notify(server, it.person, ["5"]);
  await watched.refetch();
  await states.take("the list anew", (list) => titles(list) === "5,4");
  subscription.unsubscribe();
});

const PAGES = parse(`
  query ($after: String) {
    notifications(first: 2, after: $after) {
      nodes { id }
      pageInfo { hasPreviousPage hasNextPage startCursor endCursor }
    }
  }
`);

test("a list of Apollo's cache begins where its first page does, and ends where its last does", async () => {
  using it = await opened();
  await notify(server, it.person, ["1", "2", "3"]);
  const watched = it.apollo.watchQuery<Answer>({ query: PAGES });
  const states = new Heard<Answer>();
  const subscription = watched.subscribe(({ data }) => states.add(data?.notifications));
  const { pageInfo: first } = await states.take("the first page", (list) => list?.nodes.length === 2);
  const { data } = await watched.fetchMore({ variables: { after: first.endCursor } });
  const last = data?.notifications.pageInfo;
  expect(last).toMatchObject({ hasPreviousPage: true, hasNextPage: false });
  const { pageInfo } = await states.take("both pages", (list) => list?.nodes.length === 4);
  const { hasPreviousPage, startCursor } = first;
  expect(pageInfo).toEqual({ ...last, hasPreviousPage, startCursor });
  subscription.unsubscribe();
});

test("what mutations tell of an id is no object of Apollo's cache", async () => {
  using it = await opened();
  const other = await Person.join(server);
  const { data } = await it.apollo.mutate({
    mutation: BlockUsersDocument,
    variables: { ids: [other.id, randomUUID()] },
  });
  expect(data?.blockUsers?.results.map(({ status }) => status)).toEqual(["BLOCKED", "NOT_FOUND"]);
  const known = Object.keys(it.apollo.cache.extract() as object);
  expect(known).toContain(`User:${other.id}`);
  expect(known.filter((key) => key.startsWith("BlockUserResult"))).toEqual([]);
  await it.apollo.mutate({ mutation: UnblockUsersDocument, variables: { ids: [other.id] } });
});

test("a subscription over a client that has been disposed of fails", async () => {
  using it = await opened();
  it.client.dispose();
  const { error } = await firstValueFrom(it.apollo.subscribe({ query: UnreadNotificationsChangedDocument }));
  expect(error).toMatchObject({ code: "CLIENT_DISPOSED" });
});
