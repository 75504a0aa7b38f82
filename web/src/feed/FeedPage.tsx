import "./feed.css";
import { FeedDocument } from "@reelgraph/client/documents";
import { useTexts } from "../i18n";
import { Button, Empty, ErrorNote, Icon, Loading, LoadMore, Page, usePages } from "../ui";
import { texts } from "./texts";
import { useBlock } from "./useBlock";
import { VideoCard } from "./VideoCard";

/** The newest videos, with counters that move. */
export function FeedPage() {
  const text = useTexts(texts);
  const pages = usePages(
    FeedDocument,
    (page) => page,
    ({ feed }) => feed,
  );
  const { nodes: videos, hasMore, error, loading, loadMore, refresh, retry } = pages;
  const block = useBlock(refresh);
  return (
    <Page
      title={text.title}
      actions={
        <Button busy={loading} onClick={refresh}>
          <Icon name="refresh" />
          {text.refresh}
        </Button>
      }
    >
      <ErrorNote error={error} onRetry={retry} />
      {!videos && loading && <Loading />}
      {videos?.length === 0 && <Empty>{text.empty}</Empty>}
      <ul className="feed">
        {videos?.map((video) => (
          <li key={video.id}>
            <VideoCard video={video} onBlock={block} />
          </li>
        ))}
      </ul>
      <LoadMore hasMore={hasMore} loading={loading} onLoadMore={loadMore} />
    </Page>
  );
}
