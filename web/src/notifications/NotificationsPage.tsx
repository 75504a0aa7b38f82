import "./notifications.css";
import type { NotificationCategory } from "@reelgraph/client";
import { useEffect } from "react";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { useReadable, useSession } from "../session";
import { Button, Icon, LoadMore, Page, Tabs, VisuallyHidden } from "../ui";
import { NotificationList } from "./NotificationList";
import { texts } from "./texts";
import { useMark } from "./useMark";

const CATEGORIES: readonly (NotificationCategory | "ALL")[] = [
  "ALL",
  "LIKE",
  "COMMENT",
  "REMIX",
  "FOLLOW",
  "AI_JOB",
  "SYSTEM",
];

/** All notifications, by category. */
export function NotificationsPage() {
  const text = useTexts(texts);
  const { center } = useSession();
  const { notifications, unread, hasMore, loading, error, category } = useReadable(center.state);
  const mark = useMark();
  const shown = category ?? "ALL";
  const countOf = (id: NotificationCategory | "ALL") =>
    id === "ALL" ? unread.total : (unread.byCategory.find((known) => known.category === id)?.count ?? 0);

  // When people have left this page the bell shows the newest of all.
  useEffect(() => () => center.setCategory(null), [center]);

  return (
    <Page
      title={text.title}
      actions={
        <Button disabled={countOf(shown) === 0} onClick={() => mark(() => center.markAllRead(category))}>
          <Icon name="check" />
          {category ? text.markCategoryRead(text.categories[category]) : text.markAllRead}
        </Button>
      }
    >
      <Tabs
        label={text.category}
        tabs={CATEGORIES.map((id) => ({ id, label: text.categories[id], extra: <Unread count={countOf(id)} /> }))}
        selected={shown}
        onSelect={(id) => center.setCategory(id === "ALL" ? null : id)}
      >
        <NotificationList
          notifications={notifications}
          loading={loading}
          error={error}
          onRetry={() => center.start()}
        />
        <LoadMore hasMore={hasMore} loading={loading} onLoadMore={() => center.loadMore()} />
      </Tabs>
    </Page>
  );
}

function Unread({ count }: { count: number }) {
  const text = useTexts(texts);
  const { language } = useLanguage();
  if (count === 0) return null;
  return (
    <span className="badge">
      <span aria-hidden="true">{formatNumber(count, language)}</span>
      <VisuallyHidden>{text.unreadCount(count)}</VisuallyHidden>
    </span>
  );
}
