import "./notifications.css";
import { useEffect } from "react";
import { Link, useRoute } from "wouter";
import { formatCompact, useLanguage, useTexts } from "../i18n";
import { useReadable, useSession } from "../session";
import { Icon, Popover, useAnnounce } from "../ui";
import { NotificationList } from "./NotificationList";
import { texts } from "./texts";

/** How many the popover shows, so that it need not scroll; the page has the others. */
const SHOWN = 4;

/** The badge, kept current, and the newest notifications. On their page, which lists them, it is a link alone. */
export function Bell() {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const { center } = useSession();
  const { notifications, unread, loading, error } = useReadable(center.state);
  const [isHere] = useRoute("/notifications");
  useArrivals();
  const label = text.bell(unread.total);
  const badge = (
    <span className="bell">
      <Icon name="bell" />
      {unread.total > 0 && <span className="bell-badge">{formatCompact(unread.total, language)}</span>}
    </span>
  );
  if (isHere) {
    return (
      <Link className="button button-quiet" href="/notifications" aria-label={label} aria-current="page">
        {badge}
      </Link>
    );
  }
  return (
    <Popover label={label} button={badge}>
      {(close) => (
        <div className="bell-panel">
          <header className="bell-head">
            <h2>{text.title}</h2>
            <Link href="/notifications" onClick={close}>
              {text.all}
            </Link>
          </header>
          <NotificationList
            notifications={notifications.slice(0, SHOWN)}
            loading={loading}
            error={error}
            onRetry={() => center.start()}
          />
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
  useEffect(
    () =>
      arrival.subscribe(() => {
        const arrived = arrival.getSnapshot();
        if (arrived) announce(text.arrived(arrived.title));
      }),
    [arrival, text, announce],
  );
}
