import { useTexts } from "../i18n";
import { Age, Button, Poster } from "../ui";
import { texts } from "./texts";
import type { LogLine } from "./types";

interface LogEntryProps {
  line: LogLine;
  /** What the video is called. */
  title: string;
  /** Shows the lines of this video alone; null where they are. */
  onFilter: (() => void) | null;
  /** Takes the deletion back; null where there is none to take back. */
  onRestore: (() => void) | null;
}

/** A line of the log. */
export function LogEntry({
  line: { kind, videoId, moderator, reason, createdAt },
  title,
  onFilter,
  onRestore,
}: LogEntryProps) {
  const text = useTexts(texts);
  return (
    <article className="log-line">
      <div className="log-poster">
        <Poster id={videoId} />
      </div>
      <div className="log-body">
        <h2>
          <span className={`log-kind log-${kind.toLowerCase()}`}>{text.kinds[kind]}</span> {title}
        </h2>
        <p>{reason}</p>
        <p className="hint">
          {moderator ? text.by(moderator.handle) : text.unknownModerator} · <Age time={createdAt} />
        </p>
      </div>
      <div className="log-actions">
        {onFilter && (
          <Button look="quiet" aria-label={text.filterBy(title)} onClick={onFilter}>
            {text.filterLine}
          </Button>
        )}
        {onRestore && (
          <Button aria-label={text.restoreNamed(title)} onClick={onRestore}>
            {text.restore}
          </Button>
        )}
      </div>
    </article>
  );
}
