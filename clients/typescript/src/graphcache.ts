import type {
  Cache,
  CacheExchangeOpts,
  Entity,
  FieldInfo,
  Link,
  Resolver,
  UpdateResolver,
} from "@urql/exchange-graphcache";
import { property } from "./document.js";

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

/** The pages of these lists in the cache. */
const pagesOf = (cache: Cache, ...lists: string[]): FieldInfo[] =>
  cache.inspectFields("Query").filter(({ fieldName }) => lists.includes(fieldName));

/** Which list it is that a page belongs to: what is asked for, but not from where. */
function listOf(args: Readonly<Record<string, unknown>> | null): string {
  const { after: _after, ...rest } = args ?? {};
  const given = Object.entries(rest).filter(([, value]) => value !== null && value !== undefined);
  return JSON.stringify(given.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A list from its beginning to the last of its pages in the cache that follow one another, no entry twice. A page that is
 * not among these is answered as it is, and asked for where it is not there.
 */
const wholeList: Resolver = (_parent, args, cache, { fieldName }) => {
  const own = cache.resolve("Query", fieldName, args);
  if (typeof own !== "string") return own; // Not asked for yet, or failed.
  const same = pagesOf(cache, fieldName).filter((page) => listOf(page.arguments) === listOf(args));
  const behind = new Map<unknown, string>(same.map((page) => [page.arguments?.after ?? null, page.fieldKey]));
  const pages: string[] = [];
  let cursor: unknown = null;
  do {
    const page = text(cache.resolve("Query", behind.get(cursor) ?? ""));
    if (page === undefined || pages.includes(page)) break;
    pages.push(page);
    cursor = cache.resolve(text(cache.resolve(page, "pageInfo")), "endCursor");
  } while (typeof cursor === "string");
  if (!pages.includes(own)) return own;
  const edges = new Map(
    pages.flatMap((page) => keys(cache.resolve(page, "edges"))).map((edge) => [nodeOf(cache, edge), edge]),
  );
  return {
    __typename: text(cache.resolve(own, "__typename")) ?? "",
    nodes: [...new Set(pages.flatMap((page) => keys(cache.resolve(page, "nodes"))))],
    edges: [...edges.values()],
    pageInfo: cache.resolve(pages.at(-1), "pageInfo"),
  };
};

const nodeOf = (cache: Cache, edge: string) => cache.resolve(edge, "node");

const keyOf = (cache: Cache, object: unknown) => cache.keyOfEntity(object as Entity);

/** Puts an entry before all others of a list. */
function prepend(cache: Cache, page: FieldInfo, entry: string | null): void {
  const key = text(cache.resolve("Query", page.fieldKey));
  const nodes = key === undefined ? undefined : cache.resolve(key, "nodes");
  if (key === undefined || entry === null || !Array.isArray(nodes) || keys(nodes).includes(entry)) return;
  cache.link(key, "nodes", [entry, ...keys(nodes)] as Link<string>);
}

/** Takes entries out of lists. */
function remove(cache: Cache, lists: string[], gone: (entry: string) => boolean): void {
  for (const { fieldKey } of pagesOf(cache, ...lists)) {
    const page = text(cache.resolve("Query", fieldKey));
    if (page === undefined) continue;
    const nodes = cache.resolve(page, "nodes");
    const edges = cache.resolve(page, "edges");
    if (Array.isArray(nodes)) cache.link(page, "nodes", keys(nodes).filter((node) => !gone(node)) as Link<string>);
    const stays = (edge: string) => !gone(text(nodeOf(cache, edge)) ?? "");
    if (Array.isArray(edges)) cache.link(page, "edges", keys(edges).filter(stays) as Link<string>);
  }
}

/** Has lists asked for anew by whoever shows them. */
function forget(cache: Cache, ...pages: FieldInfo[]): void {
  for (const { fieldKey } of pages) cache.invalidate("Query", fieldKey);
}

/** The keys of what was asked for by id, where the answer says that it came out so. */
function keysOf(typename: string, payload: unknown, ...statuses: string[]): Set<unknown> {
  const results = list(property(payload, "results")).filter((result) =>
    statuses.includes(String(property(result, "status"))),
  );
  return new Set(results.map((result) => `${typename}:${String(property(result, "id")).toLowerCase()}`));
}

const keysOfIds = (typename: string, ids: unknown): Set<unknown> =>
  new Set(list(ids).map((id) => `${typename}:${String(id).toLowerCase()}`));

const notificationsRead: UpdateResolver = ({ markNotificationsRead, markAllNotificationsRead }, _args, cache) => {
  const payload = markAllNotificationsRead ?? markNotificationsRead;
  const untold = Number(property(payload, "markedCount")) > list(property(payload, "notifications")).length;
  forget(cache, ...pagesOf(cache, "notifications").filter((page) => untold || page.arguments?.unreadOnly === true));
};

/**
 * For graphcache: what objects are known by, lists that are shown from their beginning however far they were loaded, and what
 * mutations and arrivals change of lists. Blocking and deleting take out of lists what the mutation's `results { id status }`
 * tell of.
 */
export const cacheConfig: CacheExchangeOpts = {
  keys: {
    ...Object.fromEntries(EMBEDDED.map((typename) => [typename, () => null])),
    ReportedVideo: ({ video }) => text(property(video, "id")) ?? null,
  },
  resolvers: {
    Query: {
      feed: wholeList,
      trendingVideos: wholeList,
      myAIJobs: wholeList,
      notifications: wholeList,
      blockedUsers: wholeList,
      reportedVideos: wholeList,
      moderationLog: wholeList,
    },
  },
  updates: {
    Mutation: {
      startAIJob({ startAIJob }, _args, cache) {
        const job = property(startAIJob, "job");
        const status = property(job, "status");
        for (const page of pagesOf(cache, "myAIJobs")) {
          const { after, status: wanted } = page.arguments ?? {};
          const fits = !Array.isArray(wanted) || list(wanted).includes(status);
          if (!after && fits) prepend(cache, page, keyOf(cache, job));
        }
      },
      markNotificationsRead: notificationsRead,
      markAllNotificationsRead: notificationsRead,
      blockUsers({ blockUsers }, _args, cache) {
        const blocked = keysOf("User", blockUsers, "BLOCKED", "ALREADY_BLOCKED");
        remove(cache, ["feed", "trendingVideos"], (video) => blocked.has(cache.resolve(video, "owner")));
        remove(cache, ["notifications"], (notification) => blocked.has(cache.resolve(notification, "actor")));
        forget(cache, ...pagesOf(cache, "blockedUsers"));
      },
      unblockUsers(_result, { ids }, cache) {
        const unblocked = keysOfIds("User", ids);
        remove(cache, ["blockedUsers"], (user) => unblocked.has(user));
        forget(cache, ...pagesOf(cache, "feed", "trendingVideos", "notifications"));
      },
      deleteVideos({ deleteVideos }, { dryRun }, cache) {
        if (dryRun) return;
        const deleted = keysOf("Video", deleteVideos, "DELETED", "ALREADY_DELETED");
        remove(cache, ["feed", "trendingVideos"], (video) => deleted.has(video));
        remove(cache, ["reportedVideos"], (reported) => deleted.has(cache.resolve(reported, "video")));
        forget(cache, ...pagesOf(cache, "moderationLog"));
      },
      restoreVideos(_result, _args, cache) {
        forget(cache, ...pagesOf(cache, "feed", "trendingVideos", "moderationLog"));
      },
      dismissReports(_result, { ids }, cache) {
        const dismissed = keysOfIds("Video", ids);
        remove(cache, ["reportedVideos"], (reported) => dismissed.has(cache.resolve(reported, "video")));
        forget(cache, ...pagesOf(cache, "moderationLog"));
      },
    },
    Subscription: {
      notificationReceived({ notificationReceived }, _args, cache) {
        const category = property(notificationReceived, "category");
        for (const page of pagesOf(cache, "notifications")) {
          const { after, category: wanted } = page.arguments ?? {};
          if (!after && (!wanted || wanted === category)) prepend(cache, page, keyOf(cache, notificationReceived));
        }
      },
    },
  },
};
