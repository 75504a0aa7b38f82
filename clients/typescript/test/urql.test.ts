import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import type { CombinedError, Client as UrqlClient } from "@urql/core";
import { buildSchema, isObjectType, parse } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Client } from "../src/client.js";
import {
  BlockedUsersDocument,
  BlockUsersDocument,
  DismissReportsDocument,
  FeedDocument,
  MarkNotificationsReadDocument,
  ModerationLogDocument,
  MyAIJobsDocument,
  NotificationReceivedDocument,
  NotificationsDocument,
  ReportedVideosDocument,
  ReportVideosDocument,
  RestoreVideosDocument,
  StartAIJobDocument,
  UnblockUsersDocument,
  UnreadNotificationsChangedDocument,
} from "../src/generated/documents.js";
import { cacheConfig, createUrqlClient } from "../src/urql.js";
import { type Answer, adapterCases } from "./adapters.js";
import { clientFor, Heard, notify, Person, Server, sign } from "./harness.js";

function codesOf(error: CombinedError): string[] {
  if (error.networkError) throw error;
  return error.graphQLErrors.map(({ extensions }) => String(extensions.code));
}

function watch(
  urql: UrqlClient,
  ...[document, variables, next]: [Parameters<UrqlClient["query"]>[0], object, (data: Answer) => void]
) {
  return urql.query(document, variables).subscribe(({ data }) => data && next(data));
}

adapterCases("urql", (client: Client) => {
  const urql = createUrqlClient(client);
  const running: { unsubscribe(): void }[] = [];
  return {
    async query(document, variables) {
      const { data, error } = await urql.query(document, variables, { requestPolicy: "network-only" });
      if (error) throw codesOf(error);
      return data;
    },
    watch: (document, variables, next) => running.push(watch(urql, document, variables, next)),
    subscribe(document, variables, sink) {
      // The last result repeats the data, and says that there is no more.
      const states = urql.subscription(document, variables).subscribe(({ data, error, hasNext }) => {
        if (error) sink.error(codesOf(error));
        else if (hasNext) sink.next(data);
        else sink.complete();
      });
      running.push(states);
    },
    close() {
      for (const one of running) one.unsubscribe();
    },
  };
});

let server: Server;
beforeAll(async () => {
  server = await Server.start();
});
afterAll(() => server.close());

async function opened(...roles: string[]) {
  const person = await Person.join(server);
  const client = clientFor(server.url, sign(person.id, roles));
  const urql = createUrqlClient(client);
  const running: { unsubscribe(): void }[] = [];
  return {
    person,
    urql,
    /** What the cache answers by itself. */
    async cached(...[document, variables]: [Parameters<UrqlClient["query"]>[0], object]): Promise<Answer> {
      return (await urql.query(document, variables, { requestPolicy: "cache-only" }).toPromise()).data;
    },
    watch(...[document, variables]: [Parameters<UrqlClient["query"]>[0], object]) {
      const heard = new Heard<Answer>();
      running.push(watch(urql, document, variables, heard.add));
      return heard;
    },
    [Symbol.dispose]() {
      for (const one of running) one.unsubscribe();
      client.dispose();
    },
  };
}

const titles = (data: Answer) => data.notifications.nodes.map(({ title }: Answer) => title).join();

test("graphcache is told of each type that has no id of its own", () => {
  const folder = new URL("../../../schema/", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".graphqls"));
  const schema = buildSchema(files.map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n"));
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  const own = types.filter(({ name }) => !/^(__|Query$|Mutation$|Subscription$)/.test(name));
  const without = own.filter((type) => !type.getFields().id || type.name.endsWith("Result")).map(({ name }) => name);
  expect(Object.keys(cacheConfig.keys ?? {}).sort()).toEqual(without.sort());
});

test("pages that follow one another are one list, which begins anew with its first page", async () => {
  using it = await opened();
  await notify(server, it.person, ["1", "2", "3", "4"]);
  const first = it.watch(NotificationsDocument, { first: 2 });
  const page = await first.take("the first page", (data) => titles(data) === "4,3");
  const { endCursor } = page.notifications.pageInfo;
  const whole = it.watch(NotificationsDocument, { first: 2, after: endCursor });
  const both = await whole.take("both pages", (data) => titles(data) === "4,3,2,1");
  expect(both.notifications.pageInfo.endCursor).not.toBe(endCursor);
  expect(titles(await it.cached(NotificationsDocument, { first: 2 }))).toBe("4,3");
  await notify(server, it.person, ["5"]);
  await it.urql.query(NotificationsDocument, { first: 2 }, { requestPolicy: "network-only" });
  await first.take("the list anew", (data) => titles(data) === "5,4");
});

/** A list of two pages of two notifications, the newest first. */
async function grown(it: Awaited<ReturnType<typeof opened>>, more: object = {}) {
  const { data } = await it.urql.query(NotificationsDocument, { first: 2, ...more });
  const list = it.watch(NotificationsDocument, {
    first: 2,
    ...more,
    after: data?.notifications?.pageInfo.endCursor ?? null,
  });
  await list.take("both pages", (data) => titles(data) === "4,3,2,1");
  return list;
}

const markRead = (person: Person, id: string | undefined) =>
  server.ask(person.token, "mutation ($ids: [ID!]!) { markNotificationsRead(ids: $ids) { markedCount } }", {
    ids: [id],
  });

test("a list stays as long as it was when its pages are asked for anew", async () => {
  using it = await opened();
  const [oldest, , , newest] = await notify(server, it.person, ["1", "2", "3", "4"]);
  const list = await grown(it);
  await markRead(it.person, oldest);
  await markRead(it.person, newest);
  await it.urql.mutation(UnblockUsersDocument, { ids: [randomUUID()] });
  const isRead = (title: string) => (data: Answer) =>
    data.notifications.nodes.find((node: Answer) => node.title === title)?.readAt;
  expect(titles(await list.take("the last page anew", isRead("1")))).toBe("4,3,2,1");
  const first = it.watch(NotificationsDocument, { first: 2 });
  expect(titles(await first.take("the first page anew", isRead("4")))).toBe("4,3");
  expect(titles(await list.take("both pages anew", isRead("4")))).toBe("4,3,2,1");
});

test("what is gone goes from pages too that have not been asked for anew", async () => {
  using it = await opened();
  const older = await Person.join(server);
  const newer = await Person.join(server);
  const { data } = await it.urql.query(FeedDocument, { first: 1 });
  const feed = it.watch(FeedDocument, { first: 1, after: data?.feed?.pageInfo.endCursor ?? null });
  const owners = (data: Answer) => data.feed.nodes.map(({ owner }: Answer) => owner.id).join();
  await feed.take("both pages", (data) => owners(data) === `${newer.id},${older.id}`);
  await it.urql.mutation(UnblockUsersDocument, { ids: [randomUUID()] });
  await it.urql.mutation(BlockUsersDocument, { ids: [newer.id] });
  await feed.take("the older alone", (data) => owners(data) === older.id);
});

test("what is read goes from the lists of what is unread, whichever of their pages it is on", async () => {
  using it = await opened();
  const [, , third] = await notify(server, it.person, ["1", "2", "3", "4"]);
  const list = await grown(it, { unreadOnly: true });
  await it.urql.mutation(MarkNotificationsReadDocument, { ids: [third ?? ""] });
  const rest = await list.take("less", (data) => titles(data) !== "4,3,2,1");
  expect(titles(rest)).toBe("4,2,1");
});

test("what arrives late and is read already is in no list of what is unread", async () => {
  using it = await opened();
  const [first] = await notify(server, it.person, ["1"]);
  await markRead(it.person, first);
  const unread = it.watch(NotificationsDocument, { unreadOnly: true });
  await unread.take("the list", (data) => titles(data) === "Welcome");
  const subscription = it.urql
    .subscription(NotificationReceivedDocument, { after: it.person.welcome })
    .subscribe(() => {});
  await notify(server, it.person, ["2"]);
  const grown = await unread.take("the arrival", (data) => titles(data).includes("2"));
  expect(titles(grown)).toBe("2,Welcome");
  subscription.unsubscribe();
});

test("a notification that arrives is first in its lists", async () => {
  using it = await opened();
  const all = it.watch(NotificationsDocument, { first: 20 });
  const jobs = it.watch(NotificationsDocument, { first: 20, category: "AI_JOB" });
  await all.take("the list", (data) => titles(data) === "Welcome");
  await jobs.take("the empty list of another category", (data) => titles(data) === "");
  const subscription = it.urql
    .subscription(NotificationReceivedDocument, { after: it.person.welcome })
    .subscribe(() => {});
  await notify(server, it.person, ["News"]);
  await all.take("the list with the arrival", (data) => titles(data) === "News,Welcome");
  expect(jobs.all.filter((data) => titles(data) !== "")).toEqual([]);
  subscription.unsubscribe();
});

test("a job that is started is first in the lists that it fits", async () => {
  using it = await opened();
  const queued = it.watch(MyAIJobsDocument, { status: ["QUEUED"] });
  const done = it.watch(MyAIJobsDocument, { status: ["COMPLETED"] });
  await queued.take("no jobs");
  await done.take("no jobs");
  const { data } = await it.urql.mutation(StartAIJobDocument, { input: { kind: "CAPTION" } });
  const id = data?.startAIJob?.job.id;
  await queued.take("the job", ({ myAIJobs }) => myAIJobs.nodes[0]?.id === id);
  expect(done.all.filter(({ myAIJobs }) => myAIJobs.nodes.length > 0)).toEqual([]);
});

const JOBS_BY_EDGES = parse("{ myAIJobs { nodes { id } edges { cursor node { id } } } }");

test("lists that were asked for by edges have them, and get those of what is new", async () => {
  using it = await opened();
  const before = await it.person.startJob(server);
  await it.urql.query(MyAIJobsDocument, {});
  const jobs = it.watch(JOBS_BY_EDGES, {});
  const ids = ({ myAIJobs }: Answer) => myAIJobs.edges.map(({ node }: Answer) => node.id);
  expect(ids(await jobs.take("the edges"))).toEqual([before]);
  const { data } = await it.urql.mutation(StartAIJobDocument, { input: { kind: "CAPTION" } });
  const id = data?.startAIJob?.job.id;
  const { myAIJobs } = await jobs.take("the job", (data) => ids(data)[0] === id);
  expect(myAIJobs.nodes.map((node: Answer) => node.id)).toEqual([id, before]);
});

test("what blocking hides goes from lists, and comes back", async () => {
  using it = await opened();
  const other = await Person.join(server);
  const feed = it.watch(FeedDocument, { first: 100 });
  const blocked = it.watch(BlockedUsersDocument, {});
  const shows = (data: Answer) => data.feed.nodes.some(({ id }: Answer) => id === other.video);
  const names = (data: Answer) => data.blockedUsers.nodes.map(({ id }: Answer) => id);
  await feed.take("the other's video", shows);
  await it.urql.mutation(BlockUsersDocument, { ids: [other.id.toUpperCase(), randomUUID()] });
  await feed.take("a feed without it", (data) => !shows(data));
  await blocked.take("the other", (data) => names(data).includes(other.id));
  await it.urql.mutation(UnblockUsersDocument, { ids: [other.id] });
  await feed.take("the other's video again", shows);
  await blocked.take("nobody", (data) => names(data).length === 0);
});

test("a mutation that fails changes no list", async () => {
  using it = await opened("ADMIN");
  const other = await Person.join(server);
  await it.urql.mutation(BlockUsersDocument, { ids: [other.id] });
  await it.urql.mutation(ReportVideosDocument, { ids: [other.video], reason: "Spam" });
  const lists = [BlockedUsersDocument, ReportedVideosDocument, ModerationLogDocument, FeedDocument];
  const before = await Promise.all(lists.map(async (list) => (await it.urql.query(list, {})).data));
  expect(JSON.stringify(before)).toContain(other.video);
  const failures = await Promise.all([
    it.urql.mutation(UnblockUsersDocument, { ids: [other.id, "no id"] }),
    it.urql.mutation(DismissReportsDocument, { ids: [other.video], reason: " " }),
    it.urql.mutation(RestoreVideosDocument, { ids: [other.video], reason: " " }),
  ]);
  expect(failures.map(({ error }) => error && codesOf(error))).toEqual(failures.map(() => ["BAD_USER_INPUT"]));
  expect(await Promise.all(lists.map((list) => it.cached(list, {})))).toEqual(before);
});

test("a subscription over a client that has been disposed of fails", async () => {
  const client = clientFor(server.url);
  client.dispose();
  const { error } = await createUrqlClient(client).subscription(UnreadNotificationsChangedDocument, {}).toPromise();
  expect(error?.networkError).toMatchObject({ code: "CLIENT_DISPOSED" });
});
