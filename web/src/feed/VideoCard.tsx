import type { Person, VideoCard as Video } from "@reelgraph/client";
import { useRef } from "react";
import { useSession } from "../session";
import { Age, Poster } from "../ui";
import { Counters } from "./Counters";
import { useCounters } from "./useCounters";
import { VideoMenu } from "./VideoMenu";

interface VideoCardProps {
  video: Video;
  onBlock: (author: Person) => void;
}

/** A video of the feed. */
export function VideoCard({ video, onBlock }: VideoCardProps) {
  const { user } = useSession();
  const card = useRef<HTMLElement>(null);
  const metadata = useCounters(video, card);
  return (
    <article ref={card} className="card" aria-labelledby={`title-${video.id}`}>
      <div className="card-poster">
        <Poster id={video.id} />
      </div>
      <div className="card-body">
        <div className="card-head">
          <h2 id={`title-${video.id}`}>{video.title}</h2>
          {user && <VideoMenu video={video} onBlock={onBlock} />}
        </div>
        <p className="card-by">
          @{video.owner.handle} · <Age time={video.createdAt} />
        </p>
        <Counters metadata={metadata} />
      </div>
    </article>
  );
}
