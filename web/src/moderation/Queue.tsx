import { ReportedVideosDocument } from "@reelgraph/client/documents";
import { useTexts } from "../i18n";
import { Empty, ErrorNote, Loading, LoadMore, SelectAll, usePages, useSelection } from "../ui";
import { Decision } from "./Decision";
import { ReportedVideo } from "./ReportedVideo";
import { texts } from "./texts";

/** The videos that people reported, with what can be done about those selected. */
export function Queue() {
  const text = useTexts(texts);
  const { nodes, hasMore, error, loading, loadMore, retry } = usePages(
    ReportedVideosDocument,
    (page) => page,
    ({ reportedVideos }) => reportedVideos,
  );
  const reported = nodes ?? [];
  const selection = useSelection(reported.map(({ video }) => video.id));
  return (
    <>
      <ErrorNote error={error} onRetry={retry} />
      {!nodes && loading && <Loading />}
      {nodes?.length === 0 && !hasMore && <Empty>{text.queueEmpty}</Empty>}
      {reported.length > 0 && (
        <div className="moderation">
          <div className="stack moderation-queue">
            <SelectAll selection={selection} label={text.selectAll} />
            <ul className="stack">
              {reported.map((one) => (
                <li key={one.video.id}>
                  <ReportedVideo reported={one} selection={selection} />
                </li>
              ))}
            </ul>
          </div>
          <Decision
            videos={reported.map(({ video }) => video).filter(({ id }) => selection.has(id))}
            onDone={selection.clear}
          />
        </div>
      )}
      <LoadMore hasMore={hasMore} loading={loading} onLoadMore={loadMore} />
    </>
  );
}
