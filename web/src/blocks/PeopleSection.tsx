import type { Person } from "@reelgraph/client";
import { useId, useRef } from "react";
import { Empty, ErrorNote, Loading, LoadMore, type usePages } from "../ui";
import { People, type PeopleAction } from "./People";

interface PeopleSectionProps {
  title: string;
  /** What stands there when there is nobody. */
  empty: string;
  /** Null until the first answer. */
  people: readonly Person[] | null;
  /** Where they come from. */
  pages: Omit<ReturnType<typeof usePages>, "nodes">;
  action: PeopleAction;
  busy: boolean;
  /** Why the last action failed. */
  error: unknown;
  /** Resolves with whether it was done. */
  onAct: (ids: readonly string[]) => Promise<boolean>;
}

/** People under a heading, page by page. */
export function PeopleSection({ title, empty, people, pages, action, busy, error, onAct }: PeopleSectionProps) {
  const { hasMore, loading, loadMore, retry } = pages;
  const titleId = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  const act = async (ids: readonly string[]) => {
    // Whom it was done with is no longer in the list, and the button that had the focus is gone with them.
    if (await onAct(ids)) heading.current?.focus();
  };
  return (
    <section className="stack" aria-labelledby={titleId}>
      <h2 ref={heading} id={titleId} tabIndex={-1}>
        {title}
      </h2>
      <ErrorNote error={pages.error} onRetry={retry} />
      <ErrorNote error={error} />
      {!people && loading && <Loading />}
      {people?.length === 0 && !hasMore && <Empty>{empty}</Empty>}
      {people && people.length > 0 && <People people={people} action={action} busy={busy} onAct={act} />}
      <LoadMore hasMore={hasMore} loading={loading} onLoadMore={loadMore} />
    </section>
  );
}
