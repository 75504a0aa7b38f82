// What Apollo Client and urql must each show of live data.
import { randomUUID } from "node:crypto";
import type { DocumentNode } from "graphql";
import { parse } from "graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client, ClientOptions } from "../src/client.js";
import {
  AIJobProgressDocument,
  AIJobsDocument,
  FeedDocument,
  NotificationReceivedDocument,
  UnreadNotificationsChangedDocument,
  VideosMetadataChangedDocument,
  VideosMetadataDocument,
} from "../src/generated/documents.js";
import { claimJobs, clientFor, completed, Heard, notify, Person, report, Server, view } from "./harness.js";

/** Whatever a test asks for: it knows what it has asked. */
// biome-ignore lint/suspicious/noExplicitAny: answers are read by what the test itself has asked for.
export type Answer = any;

export interface Adapter {
  /** Answers the data once, or throws the codes of what went wrong. Asks the server, whatever is in the cache. */
  query(document: DocumentNode, variables: object): Promise<Answer>;
  /** Tells the data of a query, and each change of it in the cache. */
  watch(document: DocumentNode, variables: object, next: (data: Answer) => void): void;
  subscribe(
    document: DocumentNode,
    variables: object,
    sink: { next(data: Answer): void; error(codes: string[]): void; complete(): void },
  ): void;
  close(): void;
}

/** Holds answers back that have already come. */
export class LateFetch {
  #late: Promise<void> = Promise.resolve();
  #came: () => void = () => {};

  /** Has the next answers wait from now on: tells when there is one, and how to let them go. */
  hold(): { came: Promise<void>; release: () => void } {
    let release = () => {};
    this.#late = new Promise((resolve) => (release = resolve));
    const came = new Promise<void>((resolve) => (this.#came = resolve));
    return { came, release };
  }

  readonly fetch: typeof fetch = async (...request) => {
    const late = this.#late;
    const response = await fetch(...request);
    this.#came();
    await late;
    return response;
  };
}

/** What came of a subscription. */
export class Reading {
  readonly #states = new Heard<Answer>();
  readonly #ends = new Heard<string[]>();
  readonly next = this.#states.add;
  readonly error = this.#ends.add;
  readonly complete = () => this.#ends.add([]);
  readonly take = (what: string, wanted?: (data: Answer) => boolean) => this.#states.take(what, wanted);
  /** The codes that it ended with; none where it was completed. */
  readonly end = () => this.#ends.take("an end");
  get all(): readonly Answer[] {
    return this.#states.all;
  }
}

const OWN_COUNTERS = parse(`
  subscription ($videos: [ID!]!, $rarely: Int! = 0) {
    counters: videosMetadataChanged(ids: $videos, minIntervalMs: $rarely) { __typename id views: viewCount version }
  }
`);
const OWN_NOTIFICATIONS = parse(
  `subscription ($last: ID) { came: notificationReceived(after: $last) { __typename id title } }`,
);

export function adapterCases(name: string, adapt: (client: Client) => Adapter): void {
  describe(name, () => {
    let server: Server;
    beforeAll(async () => {
      server = await Server.start();
    });
    afterAll(() => server.close());

    const caseOf = (
      title: string,
      work: (person: Person, open: (options?: Partial<ClientOptions>) => Adapter & { client: Client }) => Promise<void>,
    ) =>
      test(title, async () => {
        const person = await Person.join(server);
        const closing: (() => void)[] = [];
        const open = (options: Partial<ClientOptions> = {}) => {
          const client = clientFor(server.url, person.token, options);
          const adapter = adapt(client);
          closing.push(
            () => adapter.close(),
            () => client.dispose(),
          );
          return { ...adapter, client };
        };
        try {
          await work(person, open);
        } finally {
          for (const close of closing) close();
        }
      });

    const subscribed = (adapter: Adapter, document: DocumentNode, variables: object = {}) => {
      const reading = new Reading();
      adapter.subscribe(document, variables, reading);
      return reading;
    };

    caseOf("the counters of a feed move", async (person, open) => {
      const adapter = open();
      const feeds = new Heard<Answer>();
      adapter.watch(FeedDocument, { first: 5 }, feeds.add);
      const viewsOf = (data: Answer) =>
        data.feed.nodes.find(({ id }: Answer) => id === person.video)?.metadata.viewCount;
      await feeds.take("the feed", (data) => viewsOf(data) === 0);
      subscribed(adapter, VideosMetadataChangedDocument, { ids: [person.video] });
      await view(server, person.video);
      await feeds.take("the feed with one view", (data) => viewsOf(data) === 1);
    });

    caseOf(
      "a poll that was on its way for longer than a push does not bring old counters back",
      async (person, open) => {
        const late = new LateFetch();
        const adapter = open({ fetch: late.fetch });
        const variables = { ids: [person.video] };
        const counters = new Heard<Answer>();
        adapter.watch(VideosMetadataDocument, variables, counters.add);
        await counters.take("the counters");
        const pushed = subscribed(adapter, VideosMetadataChangedDocument, variables);
        await pushed.take("the counters as they are");
        const { came, release } = late.hold();
        const poll = adapter.query(VideosMetadataDocument, variables);
        await came;
        await view(server, person.video);
        await pushed.take("the view", (data) => data.videosMetadataChanged.viewCount === 1);
        await counters.take("the view in the cache", (data) => data.videosMetadata[0].viewCount === 1);
        release();
        expect((await poll).videosMetadata[0].viewCount).toBe(1);
        expect(counters.all.at(-1).videosMetadata[0].viewCount).toBe(1);
      },
    );

    caseOf("a job is followed to its end", async (person, open) => {
      const adapter = open();
      const id = await person.startJob(server);
      const states = new Heard<Answer>();
      await adapter.query(AIJobsDocument, { ids: [id] });
      adapter.watch(AIJobsDocument, { ids: [id] }, states.add);
      const progress = subscribed(adapter, AIJobProgressDocument, { ids: [id] });
      await progress.take("the job in the queue");
      await claimJobs(server);
      await report(server, id, { progress: 40 });
      await progress.take("40 percent", (data) => data.aiJobProgress.progress === 40);
      await report(server, id, completed);
      expect(await progress.end()).toEqual([]);
      expect(progress.all.at(-1).aiJobProgress.resultUrl).toBe(completed.resultUrl);
      await states.take("the job's end in the cache", (data) => data.aiJobs[0].status === "COMPLETED");
    });

    for (const [document, field, variable] of [
      [NotificationReceivedDocument, "notificationReceived", "after"],
      [OWN_NOTIFICATIONS, "came", "last"],
    ] as const) {
      for (const transports of [["socket"], ["stream"]] as const) {
        caseOf(
          `notifications go on without gap or double after a crash: ${field}, ${transports}`,
          async (person, open) => {
            const reading = subscribed(open({ transports }), document, { [variable]: person.welcome });
            await notify(server, person, ["1", "2"]);
            await reading.take("2", (data) => data[field].title === "2");
            await server.end("SIGKILL");
            await server.start();
            await notify(server, person, ["3", "4"]);
            await reading.take("4", (data) => data[field].title === "4");
            expect(reading.all.map((data) => data[field].title)).toEqual(["1", "2", "3", "4"]);
          },
        );
      }
    }

    caseOf("errors have their codes", async (_person, open) => {
      const adapter = open();
      const anonymous = open({ getToken: () => null });
      await expect(adapter.query(AIJobsDocument, { ids: ["no id"] })).rejects.toEqual(["BAD_USER_INPUT"]);
      await expect(anonymous.query(AIJobsDocument, { ids: [] })).rejects.toEqual(["UNAUTHENTICATED"]);
      expect(await subscribed(adapter, AIJobProgressDocument, { ids: ["no id"] }).end()).toEqual(["BAD_USER_INPUT"]);
      expect(await subscribed(anonymous, UnreadNotificationsChangedDocument).end()).toEqual(["UNAUTHENTICATED"]);
    });

    caseOf("where neither sockets nor streams work, states are polled", async (person, open) => {
      const asked = new Heard<void>();
      const adapter = open({
        transports: ["polling"],
        fetch: (...request) => fetch(...request).finally(asked.add),
      });
      const id = await person.startJob(server);
      const counters = subscribed(adapter, OWN_COUNTERS, { videos: [person.video, randomUUID()] });
      const badge = subscribed(adapter, UnreadNotificationsChangedDocument);
      const job = subscribed(adapter, AIJobProgressDocument, { ids: [id, randomUUID()] });
      await counters.take("no views", (data) => data.counters.views === 0);
      await badge.take("the badge", (data) => data.unreadNotificationsChanged.total === 1);
      await job.take("the job", (data) => data.aiJobProgress.status === "QUEUED");
      const before = asked.all.length;
      adapter.client.retryNow();
      await asked.take("another poll of each", () => asked.all.length >= before + 3);
      await view(server, person.video);
      await claimJobs(server);
      await report(server, id, completed);
      expect(await job.end()).toEqual([]);
      expect(job.all.map((data) => data.aiJobProgress.status)).toEqual(["QUEUED", "COMPLETED"]);
      await counters.take("one view", (data) => data.counters.views === 1);
      await badge.take("the job's notification", (data) => data.unreadNotificationsChanged.total === 2);
      expect(counters.all.map((data) => data.counters.views)).toEqual([0, 1]); // What has not changed is not told again.
    });
  });
}
