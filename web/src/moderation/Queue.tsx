import { ReportedVideosDocument } from "@reelgraph/client/documents";
import { useTexts } from "../i18n";
import { Empty, ErrorNote, focusMain, Loading, LoadMore, Refresh, SelectAll, usePages, useSelection } from "../ui";
import { Decision } from "./Decision";
import { ReportedVideo } from "./ReportedVideo";
import { texts } from "./texts";

/** The videos that people reported, with what can be done about those selected. */
export function Queue() {
  const text = useTexts(texts);
  const { nodes, hasMore, error, loading, loadMore, refresh, retry } = usePages(
    ReportedVideosDocument,
    (page) => page,
    ({ reportedVideos }) => reportedVideos,
  );
  const reported = nodes ?? [];
  const selection = useSelection(reported.map(({ video }) => video.id));
  const done = () => {
    selection.clear();
    // The buttons can do nothing more, or are gone.
    focusMain();
  };
  return (
    <>
      <div className="bar queue-bar">
        {reported.length > 0 && <SelectAll selection={selection} label={text.selectAll} />}
        <Refresh loading={loading} onRefresh={refresh} />
      </div>
      <ErrorNote error={error} onRetry={retry} />
      {!nodes && loading && <Loading />}
      {nodes?.length === 0 && !hasMore && <Empty>{text.queueEmpty}</Empty>}
      {reported.length > 0 && (
        <div className="moderation">
          <ul className="stack">
            {reported.map((one) => (
              <li key={one.video.id}>
                <ReportedVideo reported={one} selection={selection} />
              </li>
            ))}
          </ul>
          <Decision videos={reported.map(({ video }) => video).filter(({ id }) => selection.has(id))} onDone={done} />
        </div>
      )}
      <LoadMore hasMore={hasMore} loading={loading} onLoadMore={loadMore} />
    </>
  );
}
