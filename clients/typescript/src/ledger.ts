import type { BadgeFragment, MessageFragment, NotificationCategory } from "./generated/types.js";

/** How many of a category, as a badge says. */
const countOf = (badge: Pick<BadgeFragment, "byCategory">, category: NotificationCategory): number =>
  badge.byCategory.find((it) => it.category === category)?.count ?? 0;

/**
 * Keeps the newest badge, and tells whether all that has changed since a list was read is known: what arrived, and what was
 * marked here. Where it is not, something was marked elsewhere, or a block or its end has changed how much is unread, and the
 * list is to be read again. A badge says nothing of what was read already: where a block hides only such, none comes.
 */
export class Ledger {
  #badge: BadgeFragment | null = null;
  /** The badge when the list was last known to be as the server has it. */
  #base: BadgeFragment | null = null;
  /** What arrived since then, and was unread. */
  readonly #arrived = new Map<NotificationCategory, number>();
  #doubtful = false;

  /** The newest that is known; null before the first. */
  get badge(): BadgeFragment | null {
    return this.#badge;
  }

  /** Whether the list is known to be as the server has it. */
  get isExplained(): boolean {
    return !this.#doubtful && this.#badge?.version === this.#base?.version && this.#arrived.size === 0;
  }

  /** A badge came, perhaps an older one than others before it. */
  counted(badge: BadgeFragment): void {
    if (!this.#badge || badge.version > this.#badge.version) this.#badge = badge;
    this.#base ??= badge;
    this.#settle();
  }

  arrived({ category, readAt }: MessageFragment): void {
    if (readAt !== null) return; // It was marked elsewhere on the way, which the version of the badge shows.
    this.#arrived.set(category, (this.#arrived.get(category) ?? 0) + 1);
    this.#settle();
  }

  /** So many were marked here, which is one change, and left this badge. */
  marked(badge: BadgeFragment, count: number): void {
    if (count > 0 && badge.version === (this.#base?.version ?? 0) + 1) this.#base = badge;
    this.counted(badge);
  }

  /** The list is read from now on: it will be at least as new as the newest badge. */
  reading(): void {
    this.#base = this.#badge;
    this.#arrived.clear();
    this.#doubtful = false;
  }

  /** Forgets all, for another inbox. */
  reset(): void {
    this.#badge = null;
    this.reading();
  }

  /** The list may be older than the newest badge. */
  doubt(): void {
    this.#doubtful = true;
  }

  // Each change raises the version by one, and brings at least one notification where it is an arrival.
  #settle(): void {
    const { badge, base } = { badge: this.#badge, base: this.#base };
    if (!badge || !base) return;
    const arrivals = [...this.#arrived.values()].reduce((sum, count) => sum + count, 0);
    const changes = badge.version - base.version;
    if (changes < 1 || changes > arrivals) return;
    const categories = new Set([...this.#arrived.keys(), ...[badge, base].flatMap(categoriesOf)]);
    for (const category of categories) {
      if (countOf(badge, category) !== countOf(base, category) + (this.#arrived.get(category) ?? 0)) return;
    }
    this.#base = badge;
    this.#arrived.clear();
  }
}

const categoriesOf = (badge: BadgeFragment) => badge.byCategory.map(({ category }) => category);
