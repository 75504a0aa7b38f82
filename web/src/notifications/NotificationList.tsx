import type { Notification } from "@reelgraph/client";
import { useTexts } from "../i18n";
import { Empty, ErrorNote, Loading } from "../ui";
import { NotificationItem } from "./NotificationItem";
import { texts } from "./texts";

interface NotificationListProps {
  notifications: readonly Notification[];
  loading: boolean;
  error: unknown;
  onRetry: () => void;
}

export function NotificationList({ notifications, loading, error, onRetry }: NotificationListProps) {
  const text = useTexts(texts);
  const none = notifications.length === 0;
  return (
    <>
      <ErrorNote error={error} onRetry={onRetry} />
      {none && loading && <Loading />}
      {none && !loading && !error && <Empty>{text.empty}</Empty>}
      <ul className="notifications">
        {notifications.map((notification) => (
          <NotificationItem key={notification.id} notification={notification} />
        ))}
      </ul>
    </>
  );
}
