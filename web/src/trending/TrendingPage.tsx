import "./trending.css";
import { TrendingVideosDocument } from "@reelgraph/client/documents";
import { useBlock } from "../feed/useBlock";
import { useTexts } from "../i18n";
import { Button, Empty, ErrorNote, Icon, Loading, LoadMore, Page, usePages } from "../ui";
import { RankedVideo } from "./RankedVideo";
import { texts } from "./texts";

/** The most viewed videos, ranked. */
export function TrendingPage() {
  const text = useTexts(texts);
  const pages = usePages(
    TrendingVideosDocument,
    (page) => page,
    ({ trendingVideos }) => trendingVideos,
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
      <p className="hint trending-hint">{text.hint}</p>
      <ErrorNote error={error} onRetry={retry} />
      {!videos && loading && <Loading />}
      {videos?.length === 0 && <Empty>{text.empty}</Empty>}
      <ol className="trending">
        {videos?.map((video, index) => (
          <li key={video.id}>
            <RankedVideo video={video} rank={index + 1} onBlock={block} />
          </li>
        ))}
      </ol>
      <LoadMore hasMore={hasMore} loading={loading} onLoadMore={loadMore} />
    </Page>
  );
}
