import type { NotificationCenter } from "@reelgraph/client";
import { useEffect, useState, useSyncExternalStore } from "react";

export function Bell({ center }: { center: NotificationCenter }) {
  const { notifications, unread, hasMore } = useSyncExternalStore(center.state.subscribe, center.state.getSnapshot);
  const [failure, setFailure] = useState("");
  const tell = (error: Error) => setFailure(error.message);
  useEffect(() => center.start(), [center]);
  return (
    <details>
      <summary>{unread.total} unread</summary>
      {failure && <p role="alert">{failure}</p>}
      <button type="button" onClick={() => center.markAllRead().catch(tell)}>
        Read all
      </button>
      <ul>
        {notifications.map(({ id, title, readAt }) => (
          <li key={id}>
            <button type="button" disabled={readAt !== null} onClick={() => center.markRead([id]).catch(tell)}>
              {title}
            </button>
          </li>
        ))}
      </ul>
      {hasMore && (
        <button type="button" onClick={() => center.loadMore()}>
          More
        </button>
      )}
    </details>
  );
}
