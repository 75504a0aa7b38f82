import type {
  Cache,
  CacheExchangeOpts,
  Entity,
  FieldInfo,
  Link,
  Resolver,
  UpdateResolver,
} from "@urql/exchange-graphcache";
import { property, type Variables } from "./document.js";

/** What is no object of its own: it is kept where it was answered. */
const EMBEDDED = [
  "AIJobConnection",
  "AIJobEdge",
  "AIJobReportResult",
  "BlockUserResult",
  "BlockUsersPayload",
  "CancelAIJobResult",
  "CancelAIJobsPayload",
  "ClaimAIJobsPayload",
  "DeleteVideoResult",
  "DeleteVideosPayload",
  "DismissReportsPayload",
  "GrantCreditsPayload",
  "MarkNotificationsReadPayload",
  "ModerationActionConnection",
  "ModerationActionEdge",
  "NotificationConnection",
  "NotificationEdge",
  "PageInfo",
  "RecordVideoActivityPayload",
  "ReportAIJobsPayload",
  "ReportVideosPayload",
  "ReportedVideoConnection",
  "ReportedVideoEdge",
  "RestoreVideosPayload",
  "SendNotificationResult",
  "SendNotificationsPayload",
  "StartAIJobPayload",
  "UnblockUsersPayload",
  "UnreadCategory",
  "UpsertUsersPayload",
  "UpsertVideosPayload",
  "UserConnection",
  "UserEdge",
  "VideoConnection",
  "VideoEdge",
];

const text = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const keys = (value: unknown): string[] => list(value).filter((key) => typeof key === "string");

type Args = FieldInfo["arguments"];

/** A page of a list in the cache. */
interface Page {
  readonly list: string;
  readonly args: Args;
  readonly key: string;
}

/** Under which name a page stays known that is to be asked for anew: those behind it stand on it. */
const kept = (list: string) => `${list}:kept`;

/** The pages of these lists in the cache. One that is kept may be among them twice. */
const pagesOf = (cache: Cache, lists: string[], fits: (args: Args) => boolean = () => true): Page[] =>
  cache.inspectFields("Query").flatMap(({ fieldName, fieldKey, arguments: args }) => {
    const list = lists.find((name) => fieldName === name || fieldName === kept(name));
    const key = list !== undefined && fits(args) ? text(cache.resolve("Query", fieldKey)) : undefined;
    return list === undefined || key === undefined ? [] : [{ list, args, key }];
  });

/** Which list it is that a page belongs to: what is asked for, but not from where. */
function listOf(args: Args): string {
  const { after: _after, ...rest } = args ?? {};
  const given = Object.entries(rest).filter(([, value]) => value !== null && value !== undefined);
  return JSON.stringify(given.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A list from its beginning to the page that is asked for, no entry twice. A page that does not follow on from the beginning is
 * answered as it is, and asked for where it is not there.
 */
const upToPage: Resolver = (_parent, args, cache, { fieldName, parentFieldKey }) => {
  const own = cache.resolve("Query", parentFieldKey);
  if (typeof own !== "string") return own; // Not asked for yet, or failed.
  const same = pagesOf(cache, [fieldName], (others) => listOf(others) === listOf(args));
  const behind = new Map<unknown, string>(same.map(({ args, key }) => [args?.after ?? null, key]));
  const pages: string[] = [];
  for (let cursor: unknown = null; pages.at(-1) !== own; ) {
    const page = behind.get(cursor);
    if (page === undefined || pages.includes(page)) return own;
    pages.push(page);
    cursor = cache.resolve(text(cache.resolve(page, "pageInfo")), "endCursor");
  }
  if (pages.length === 1) return own;
  const nodes = pages.map((page) => cache.resolve(page, "nodes"));
  const edges = pages.map((page) => cache.resolve(page, "edges"));
  const edgeOf = new Map(edges.flatMap(keys).map((edge) => [nodeOf(cache, edge), edge]));
  return {
    __typename: text(cache.resolve(own, "__typename")) ?? "",
    ...(nodes.every(Array.isArray) && { nodes: [...new Set(nodes.flatMap(keys))] }),
    ...(edges.every(Array.isArray) && { edges: [...edgeOf.values()] }),
    pageInfo: cache.resolve(own, "pageInfo"),
  };
};

const nodeOf = (cache: Cache, edge: string) => cache.resolve(edge, "node");

const keyOf = (cache: Cache, object: unknown) => cache.keyOfEntity(object as Entity);

/** Puts an entry before all others of the first pages of a list. */
function prepend(cache: Cache, list: string, entry: string | null, fits: (args: Variables) => boolean): void {
  if (entry === null) return;
  for (const page of pagesOf(cache, [list], (args) => !args?.after && fits(args ?? {}))) {
    const nodes = cache.resolve(page.key, "nodes");
    const edges = cache.resolve(page.key, "edges");
    if (keys(nodes).includes(entry) || keys(edges).some((edge) => nodeOf(cache, edge) === entry)) continue;
    if (Array.isArray(nodes)) cache.link(page.key, "nodes", [entry, ...keys(nodes)] as Link<string>);
    if (Array.isArray(edges)) forget(cache, page); // The server alone knows the cursor of an edge.
  }
}

/** Takes entries out of pages. */
function remove(cache: Cache, pages: Page[], gone: (entry: string) => boolean): void {
  for (const { key } of pages) {
    const nodes = cache.resolve(key, "nodes");
    const edges = cache.resolve(key, "edges");
    if (Array.isArray(nodes)) cache.link(key, "nodes", keys(nodes).filter((node) => !gone(node)) as Link<string>);
    const stays = (edge: string) => !gone(text(nodeOf(cache, edge)) ?? "");
    if (Array.isArray(edges)) cache.link(key, "edges", keys(edges).filter(stays) as Link<string>);
  }
}

/**
 * Has pages asked for anew by whoever shows them. Who shows a list further than its first page asks for the last of its pages
 * alone, so the others are kept as they were.
 */
function forget(cache: Cache, ...pages: Page[]): void {
  for (const { list, args, key } of pages) {
    cache.link("Query", kept(list), args, key as Link<string>);
    cache.invalidate("Query", list, args);
  }
}

/** What to change after a mutation that has not failed. */
const afterwards =
  (change: (payload: unknown, args: Variables, cache: Cache) => void): UpdateResolver =>
  (result, args, cache, { fieldName }) => {
    const payload = property(result, fieldName);
    if (payload !== null && payload !== undefined) change(payload, args, cache);
  };

/** The keys of what was asked for by id, where the answer says that it came out so. */
function keysOf(typename: string, payload: unknown, ...statuses: string[]): Set<unknown> {
  const results = list(property(payload, "results")).filter((result) =>
    statuses.includes(String(property(result, "status"))),
  );
  return new Set(results.map((result) => `${typename}:${String(property(result, "id")).toLowerCase()}`));
}

const keysOfIds = (typename: string, ids: unknown): Set<unknown> =>
  new Set(list(ids).map((id) => `${typename}:${String(id).toLowerCase()}`));

const notificationsRead = afterwards((payload, _args, cache) => {
  const read = new Set(list(property(payload, "notifications")).map((notification) => keyOf(cache, notification)));
  const ofUnread = pagesOf(cache, ["notifications"], (args) => args?.unreadOnly === true);
  remove(cache, ofUnread, (notification) => read.has(notification));
  const allTold = Number(property(payload, "markedCount")) <= read.size;
  if (!allTold) forget(cache, ...pagesOf(cache, ["notifications"]));
});

/**
 * For graphcache: what objects are known by, lists that are shown from their beginning to the page that is asked for, and what
 * mutations and arrivals change of lists. Blocking and deleting take out of lists what the mutation's `results { id status }`
 * tell of. What unblocking and restoring bring back comes with the page that is asked for: begin anew without `after` to have
 * all of it.
 */
export const cacheConfig: CacheExchangeOpts = {
  keys: {
    ...Object.fromEntries(EMBEDDED.map((typename) => [typename, () => null])),
    ReportedVideo: ({ video }) => text(property(video, "id")) ?? null,
  },
  resolvers: {
    Query: {
      feed: upToPage,
      trendingVideos: upToPage,
      myAIJobs: upToPage,
      notifications: upToPage,
      blockedUsers: upToPage,
      reportedVideos: upToPage,
      moderationLog: upToPage,
    },
  },
  updates: {
    Mutation: {
      startAIJob: afterwards((payload, _args, cache) => {
        const job = property(payload, "job");
        const fits = ({ status }: Variables) => !Array.isArray(status) || status.includes(property(job, "status"));
        prepend(cache, "myAIJobs", keyOf(cache, job), fits);
      }),
      markNotificationsRead: notificationsRead,
      markAllNotificationsRead: notificationsRead,
      blockUsers: afterwards((payload, _args, cache) => {
        const blocked = keysOf("User", payload, "BLOCKED", "ALREADY_BLOCKED");
        remove(cache, pagesOf(cache, ["feed", "trendingVideos"]), (video) =>
          blocked.has(cache.resolve(video, "owner")),
        );
        remove(cache, pagesOf(cache, ["notifications"]), (message) => blocked.has(cache.resolve(message, "actor")));
        forget(cache, ...pagesOf(cache, ["blockedUsers"]));
      }),
      unblockUsers: afterwards((_payload, { ids }, cache) => {
        const unblocked = keysOfIds("User", ids);
        remove(cache, pagesOf(cache, ["blockedUsers"]), (user) => unblocked.has(user));
        forget(cache, ...pagesOf(cache, ["feed", "trendingVideos", "notifications"]));
      }),
      deleteVideos: afterwards((payload, { dryRun }, cache) => {
        if (dryRun) return;
        const deleted = keysOf("Video", payload, "DELETED", "ALREADY_DELETED");
        remove(cache, pagesOf(cache, ["feed", "trendingVideos"]), (video) => deleted.has(video));
        const ofDeleted = (reported: string) => deleted.has(cache.resolve(reported, "video"));
        remove(cache, pagesOf(cache, ["reportedVideos"]), ofDeleted);
        forget(cache, ...pagesOf(cache, ["moderationLog"]));
      }),
      restoreVideos: afterwards((_payload, _args, cache) => {
        forget(cache, ...pagesOf(cache, ["feed", "trendingVideos", "moderationLog"]));
      }),
      dismissReports: afterwards((_payload, { ids }, cache) => {
        const dismissed = keysOfIds("Video", ids);
        const ofDismissed = (reported: string) => dismissed.has(cache.resolve(reported, "video"));
        remove(cache, pagesOf(cache, ["reportedVideos"]), ofDismissed);
        forget(cache, ...pagesOf(cache, ["moderationLog"]));
      }),
    },
    Subscription: {
      notificationReceived({ notificationReceived }, _args, cache) {
        // What a subscription goes on with after a break may have been read meanwhile.
        const read = typeof property(notificationReceived, "readAt") === "string";
        const about = property(notificationReceived, "category");
        const fits = ({ category, unreadOnly }: Variables) =>
          (!category || category === about) && !(unreadOnly === true && read);
        prepend(cache, "notifications", keyOf(cache, notificationReceived), fits);
      },
    },
  },
};
