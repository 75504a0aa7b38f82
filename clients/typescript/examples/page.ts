import { AIJobMonitor, createClient, NotificationCenter, VideoMetadataUpdater } from "@reelgraph/client";

/** What a page keeps live, all over one connection. */
export function keepLive(url: string, getToken: () => string | null, show: (news: object) => void) {
  const client = createClient({ url, getToken });
  const monitor = new AIJobMonitor(client, { onProgress: show, onComplete: show, onError: show });
  const updater = new VideoMetadataUpdater(client, show);
  const center = new NotificationCenter(client, { onArrival: show });
  center.start();
  return { client, monitor, updater, center };
}
