import { useEffect, useEffectEvent } from "react";
import { useSession } from "../session";

/** Calls when there may be news of the caller's jobs from elsewhere: the page is shown again, or a notification tells of a job. */
export function useNews(onNews: () => void): void {
  const { arrival } = useSession();
  const tell = useEffectEvent(onNews);
  useEffect(() => {
    const shown = () => {
      if (document.visibilityState === "visible") tell();
    };
    const arrived = () => {
      if (arrival.getSnapshot()?.category === "AI_JOB") tell();
    };
    document.addEventListener("visibilitychange", shown);
    const unsubscribe = arrival.subscribe(arrived);
    return () => {
      document.removeEventListener("visibilitychange", shown);
      unsubscribe();
    };
  }, [arrival]);
}
