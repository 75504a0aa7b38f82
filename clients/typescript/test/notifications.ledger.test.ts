import { describe, expect, test } from "vitest";
import type { BadgeFragment, MessageFragment, NotificationCategory } from "../src/generated/types.js";
import { Ledger } from "../src/ledger.js";

const badge = (version: number, counts: Partial<Record<NotificationCategory, number>>): BadgeFragment => {
  const byCategory = Object.entries(counts).map(([category, count]) => ({
    category: category as NotificationCategory,
    count,
  }));
  return { id: "user", version, byCategory, total: byCategory.reduce((sum, { count }) => sum + count, 0) };
};
const arrival = (category: NotificationCategory, readAt: string | null = null): MessageFragment => ({
  id: "id",
  category,
  title: "",
  body: null,
  createdAt: "",
  readAt,
  actor: null,
  video: null,
  job: null,
});

/** One whose list was read when the badge was this. */
function ledgerAt(version: number, counts: Partial<Record<NotificationCategory, number>>): Ledger {
  const ledger = new Ledger();
  ledger.reading();
  ledger.counted(badge(version, counts));
  expect(ledger.isExplained).toBe(true);
  return ledger;
}

describe("a badge is explained", () => {
  test("by arrivals, whichever of them comes first", () => {
    const first = ledgerAt(5, { LIKE: 1 });
    first.counted(badge(6, { LIKE: 2, FOLLOW: 1 }));
    expect(first.isExplained).toBe(false);
    first.arrived(arrival("LIKE"));
    expect(first.isExplained).toBe(false);
    first.arrived(arrival("FOLLOW"));
    expect(first.isExplained).toBe(true);

    const last = ledgerAt(5, { LIKE: 1 });
    last.arrived(arrival("LIKE"));
    expect(last.isExplained).toBe(false);
    last.counted(badge(6, { LIKE: 2 }));
    expect(last.isExplained).toBe(true);
  });

  test("by what was marked here, also where its badge comes before the answer", () => {
    const ledger = ledgerAt(5, { LIKE: 3 });
    ledger.counted(badge(6, { LIKE: 1 }));
    expect(ledger.isExplained).toBe(false);
    ledger.marked(badge(6, { LIKE: 1 }), 2);
    expect(ledger.isExplained).toBe(true);
    ledger.marked(badge(6, { LIKE: 1 }), 0);
    expect(ledger.isExplained).toBe(true);
  });
});

describe("a badge is not explained", () => {
  test.each([
    ["a mark elsewhere", badge(6, { LIKE: 1 }), []],
    ["a mark elsewhere beside an arrival", badge(7, { LIKE: 2 }), [arrival("LIKE")]],
    ["a mark of one and the return of another", badge(7, { LIKE: 2 }), []],
    ["a mark of one category beside an arrival of another", badge(7, { LIKE: 1, FOLLOW: 1 }), [arrival("FOLLOW")]],
    ["an arrival that was read on the way", badge(7, { LIKE: 2 }), [arrival("LIKE", "2026-01-01T00:00:00Z")]],
    ["more than has arrived", badge(6, { LIKE: 4 }), [arrival("LIKE")]],
  ])("by %s", (_, now, arrivals) => {
    const ledger = ledgerAt(5, { LIKE: 2 });
    for (const it of arrivals) ledger.arrived(it);
    ledger.counted(now);
    expect(ledger.isExplained).toBe(false);
    ledger.reading();
    expect(ledger.isExplained).toBe(true);
  });

  test("by a mark here that is not the only change", () => {
    const ledger = ledgerAt(5, { LIKE: 3 });
    ledger.marked(badge(7, { LIKE: 1 }), 1);
    expect(ledger.isExplained).toBe(false);
  });
});

test("an older badge changes nothing, and doubt lasts until the list is read", () => {
  const ledger = ledgerAt(5, { LIKE: 2 });
  ledger.counted(badge(4, { LIKE: 9 }));
  expect(ledger.badge?.total).toBe(2);
  ledger.doubt();
  ledger.counted(badge(5, { LIKE: 2 }));
  expect(ledger.isExplained).toBe(false);
  ledger.reading();
  expect(ledger.isExplained).toBe(true);
});
