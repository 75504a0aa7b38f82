import "./notifications.css";
import { useEffect } from "react";
import { Link } from "wouter";
import { formatCompact, useLanguage, useTexts } from "../i18n";
import { useReadable, useSession } from "../session";
import { Icon, Popover, useAnnounce } from "../ui";
import { NotificationList } from "./NotificationList";
import { texts } from "./texts";

/** How many the popover shows; the page has the others. */
const SHOWN = 5;

/** The badge, kept current, and the newest notifications. */
export function Bell() {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const { center } = useSession();
  const { notifications, unread, loading, error } = useReadable(center.state);
  useArrivals();
  return (
    <Popover
      label={text.bell(unread.total)}
      button={
        <span className="bell">
          <Icon name="bell" />
          {unread.total > 0 && <span className="bell-badge">{formatCompact(unread.total, language)}</span>}
        </span>
      }
    >
      {(close) => (
        <div className="bell-panel">
          <h2>{text.title}</h2>
          <NotificationList
            notifications={notifications.slice(0, SHOWN)}
            loading={loading}
            error={error}
            onRetry={() => center.start()}
          />
          <Link className="bell-all" href="/notifications" onClick={close}>
            {text.all}
          </Link>
        </div>
      )}
    </Popover>
  );
}

/** Tells screen readers of each notification that arrives. */
function useArrivals() {
  const text = useTexts(texts);
  const announce = useAnnounce();
  const { arrival } = useSession();
  const arrived = useReadable(arrival);
  const message = arrived && text.arrived(arrived.title);
  useEffect(() => {
    if (message) announce(message);
  }, [message, announce]);
}
