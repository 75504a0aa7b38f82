import { expect, test } from "vitest";
import { Versions } from "../src/versions.js";

const counters = (version: number, more: object) => ({ __typename: "VideoMetadata", id: "a", version, ...more });

test("an older state gets the newer fields, and keeps those of its own that were in none", () => {
  const versions = new Versions();
  versions.newest(counters(5, { viewCount: 50 }));
  const older = counters(3, { viewCount: 30, likeCount: 3 });
  expect(versions.newest({ list: [older] })).toEqual({ list: [counters(5, { viewCount: 50, likeCount: 3 })] });
  expect(older).toEqual(counters(3, { viewCount: 30, likeCount: 3 }));
  // Of each field the newest state that had it counts.
  versions.newest(counters(6, { viewCount: 60 }));
  expect(versions.newest(counters(2, { viewCount: 20, likeCount: 2 }))).toEqual(
    counters(6, { viewCount: 60, likeCount: 3 }),
  );
});

test("what is as new as can be is the same object, and what has no version is left alone", () => {
  const versions = new Versions();
  const answer = { videos: [null, counters(1, { viewCount: 1 })], title: "A boat" };
  expect(versions.newest(answer)).toBe(answer);
  expect(versions.newest(answer)).toBe(answer);
  const bare = { __typename: "VideoMetadata", id: "a", viewCount: 0 };
  expect(versions.newest(bare)).toBe(bare);
});

test("objects are told apart by type and id, and objects in objects go by versions of their own", () => {
  const versions = new Versions();
  const job = (version: number, views: number) => ({
    __typename: "AIJob",
    id: "a",
    version,
    sourceVideo: { metadata: counters(views, { viewCount: views }) },
  });
  versions.newest(job(9, 1));
  expect(versions.newest(job(8, 2))).toEqual(job(9, 2));
});

test("a list of a newer state counts as a whole", () => {
  const versions = new Versions();
  const badge = (version: number, count: number) => ({
    __typename: "UnreadNotifications",
    id: "u",
    version,
    total: count,
    byCategory: count > 0 ? [{ __typename: "UnreadCategory", category: "LIKE", count }] : [],
  });
  versions.newest(badge(2, 0));
  expect(versions.newest(badge(1, 4))).toEqual(badge(2, 0));
});

test("it forgets what was not heard of for the longest", () => {
  const versions = new Versions(2);
  const of = (id: string, version: number) => ({ __typename: "AIJob", id, version });
  versions.newest([of("a", 5), of("b", 5)]);
  versions.newest(of("a", 5));
  versions.newest(of("c", 5));
  expect(versions.newest([of("a", 1), of("c", 1)])).toEqual([of("a", 5), of("c", 5)]);
  expect(versions.newest(of("b", 1))).toEqual(of("b", 1));
});
