import {
  type Client,
  createClient,
  type Notification,
  NotificationCenter,
  type Readable,
  type ReelgraphError,
  trackVisibleVideos,
  VideoMetadataUpdater,
} from "@reelgraph/client";
import { createUrqlClient } from "@reelgraph/client/urql";
import type { Client as UrqlClient } from "urql";
import { Latest } from "./latest";
import { onConnected } from "./live";

export type Role = "USER" | "WORKER" | "SERVICE" | "ADMIN";

/** Who is signed in, as far as the page shows it. */
export interface SessionUser {
  id: string;
  name: string;
  handle: string;
  roles: readonly Role[];
}

/** All that belongs to one person at one page: made when they come, closed when they go. */
export interface Session {
  /** Null while nobody is signed in. */
  readonly user: SessionUser | null;
  readonly client: Client;
  /** Lists and mutations, with a cache of its own: what one person has seen is not shown to the next. */
  readonly urql: UrqlClient;
  /** The notifications and the badge; idle while nobody is signed in. */
  readonly center: NotificationCenter;
  /** The latest notification that has come while the page was open. */
  readonly arrival: Readable<Notification | null>;
  /** The counters of the videos that can be seen. */
  readonly videos: VideoMetadataUpdater;
  readonly visible: ReturnType<typeof trackVisibleVideos>;
  /** What went wrong behind the scenes, as a token that is refused; null again when the page is connected. */
  readonly failure: Readable<ReelgraphError | null>;
  close(): void;
}

export function openSession(endpoint: string, user: SessionUser | null, token: string | null): Session {
  const failure = new Latest<ReelgraphError>();
  const arrival = new Latest<Notification>();
  const client = createClient({ url: endpoint, getToken: () => token, onError: (error) => failure.tell(error) });
  const center = new NotificationCenter(client, { onArrival: (notification) => arrival.tell(notification) });
  const videos = new VideoMetadataUpdater(client);
  const visible = trackVisibleVideos(videos);
  const unwatch = onConnected(client, () => failure.forget());
  if (user) center.start();
  return {
    user,
    client,
    urql: createUrqlClient(client),
    center,
    arrival,
    videos,
    visible,
    failure,
    close() {
      unwatch();
      visible.disconnect();
      videos.dispose();
      center.dispose();
      client.dispose();
    },
  };
}
