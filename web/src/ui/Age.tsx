import { useEffect, useState } from "react";
import { formatAge, formatTime, useLanguage } from "../i18n";

const MINUTE_MS = 60_000;

/** How long ago something was, kept current. Shows the point in time itself to who points at it. */
export function Age({ time }: { time: string }) {
  const { language } = useLanguage();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <time dateTime={time} title={formatTime(time, language)}>
      {formatAge(time, now, language)}
    </time>
  );
}
