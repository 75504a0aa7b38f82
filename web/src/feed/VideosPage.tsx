import type { Person, VideoCard } from "@reelgraph/client";
import type { ReactNode } from "react";
import { useTexts } from "../i18n";
import { Empty, ErrorNote, Loading, LoadMore, Page, Refresh, type usePages } from "../ui";
import { texts } from "./texts";
import { useBlock } from "./useBlock";

interface VideosPageProps {
  title: string;
  /** What stands above the list. */
  hint?: ReactNode;
  pages: Omit<ReturnType<typeof usePages>, "nodes"> & { nodes: readonly VideoCard[] | null };
  /** The list of these videos, whose authors can be blocked. */
  children: (videos: readonly VideoCard[], onBlock: (author: Person) => Promise<void>) => ReactNode;
}

/** A page with a list of videos, from which blocked authors go at once. */
export function VideosPage({ title, hint, pages, children }: VideosPageProps) {
  const text = useTexts(texts);
  const { nodes: videos, hasMore, error, loading, loadMore, refresh, retry } = pages;
  const block = useBlock(refresh);
  return (
    <Page title={title} actions={<Refresh loading={loading} onRefresh={refresh} />}>
      {hint}
      <ErrorNote error={error} onRetry={retry} />
      {!videos && loading && <Loading />}
      {videos?.length === 0 && <Empty>{text.empty}</Empty>}
      {children(videos ?? [], block)}
      <LoadMore hasMore={hasMore} loading={loading} onLoadMore={loadMore} />
    </Page>
  );
}
