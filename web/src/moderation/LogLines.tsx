import { ModerationLogDocument } from "@reelgraph/client/documents";
import { type RefObject, useState } from "react";
import { flushSync } from "react-dom";
import { useTexts } from "../i18n";
import { Empty, ErrorNote, Loading, LoadMore, usePages } from "../ui";
import { LogEntry } from "./LogEntry";
import { RestoreDialog } from "./RestoreDialog";
import { texts } from "./texts";
import type { LogLine } from "./types";
import { useTitles } from "./useTitles";

interface LogLinesProps {
  /** The list, to take the focus to. */
  ref: RefObject<HTMLOListElement | null>;
  /** The video whose lines are shown; null for all. */
  videoId: string | null;
  onFilter: (videoId: string) => void;
}

/** The log, latest first. A deletion that nobody has taken back can be taken back from its line. */
export function LogLines({ ref, videoId, onFilter }: LogLinesProps) {
  const text = useTexts(texts);
  const [restoring, setRestoring] = useState<string | null>(null);
  const { nodes, hasMore, error, loading, loadMore, retry, refresh } = usePages(
    ModerationLogDocument,
    (page) => ({ ...page, videoId }),
    ({ moderationLog }) => moderationLog,
  );
  const lines = nodes ?? [];
  const standing = standingDeletions(lines);
  const titleOf = useTitles(lines.map((line) => line.videoId));
  const restored = () => {
    // Once the dialog is closed the focus can go elsewhere: the button that opened it is about to go.
    flushSync(() => setRestoring(null));
    ref.current?.focus();
    refresh();
  };
  return (
    <>
      <ErrorNote error={error} onRetry={retry} />
      {!nodes && loading && <Loading />}
      {nodes?.length === 0 && <Empty>{videoId ? text.logEmptyFor : text.logEmpty}</Empty>}
      <ol ref={ref} tabIndex={-1} className="log" aria-label={text.log}>
        {lines.map((line) => (
          <li key={line.id}>
            <LogEntry
              line={line}
              title={titleOf(line.videoId)}
              onFilter={videoId ? null : () => onFilter(line.videoId)}
              onRestore={standing.has(line.id) ? () => setRestoring(line.videoId) : null}
            />
          </li>
        ))}
      </ol>
      <LoadMore hasMore={hasMore} loading={loading} onLoadMore={loadMore} />
      {restoring && <RestoreDialog videoId={restoring} onClose={() => setRestoring(null)} onRestored={restored} />}
    </>
  );
}

/** The ids of the lines whose deletion was the last that happened to the video. */
function standingDeletions(lines: readonly LogLine[]): ReadonlySet<string> {
  const last = new Map<string, LogLine>();
  for (const line of lines) {
    if (line.kind !== "DISMISS_REPORTS" && !last.has(line.videoId)) last.set(line.videoId, line);
  }
  return new Set([...last.values()].filter(({ kind }) => kind === "DELETE_VIDEO").map(({ id }) => id));
}
