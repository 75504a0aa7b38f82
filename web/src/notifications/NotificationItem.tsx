import type { Notification } from "@reelgraph/client";
import { useRef } from "react";
import { useTexts } from "../i18n";
import { useSession } from "../session";
import { Age, Button, Icon } from "../ui";
import { texts } from "./texts";
import { useMark } from "./useMark";

/** One notification, and a button that marks it as read while it is unread. */
export function NotificationItem({ notification }: { notification: Notification }) {
  const text = useTexts(texts);
  const { center } = useSession();
  const mark = useMark();
  const item = useRef<HTMLLIElement>(null);
  const { id, category, title, body, createdAt, readAt, job } = notification;

  const markRead = () => {
    // The button goes away, the focus stays.
    item.current?.focus();
    mark(() => center.markRead([id]));
  };

  return (
    <li ref={item} tabIndex={-1} className="notification" data-unread={readAt === null}>
      <div className="notification-text">
        <p className="notification-title">{title}</p>
        {body && <p>{body}</p>}
        {job?.resultUrl && (
          <a href={job.resultUrl} target="_blank" rel="noreferrer">
            {text.result}
          </a>
        )}
        <p className="hint">
          {text.categories[category]} · <Age time={createdAt} />
          {readAt === null && ` · ${text.unread}`}
        </p>
      </div>
      {readAt === null && (
        <Button look="quiet" aria-label={text.markRead(title)} onClick={markRead}>
          <Icon name="check" />
        </Button>
      )}
    </li>
  );
}
