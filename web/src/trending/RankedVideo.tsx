import type { Person, VideoCard } from "@reelgraph/client";
import { useRef } from "react";
import { Counters } from "../feed/Counters";
import { useCounters } from "../feed/useCounters";
import { VideoMenu } from "../feed/VideoMenu";
import { formatNumber, useLanguage, useTexts } from "../i18n";
import { useSession } from "../session";
import { Age, Poster, VisuallyHidden } from "../ui";
import { texts } from "./texts";

interface RankedVideoProps {
  video: VideoCard;
  rank: number;
  onBlock: (author: Person) => void;
}

/** A video at its place in the ranking. */
export function RankedVideo({ video, rank, onBlock }: RankedVideoProps) {
  const text = useTexts(texts);
  const { language } = useLanguage();
  const { user } = useSession();
  const row = useRef<HTMLElement>(null);
  const metadata = useCounters(video, row);
  return (
    <article ref={row} className="ranked" aria-labelledby={`title-${video.id}`}>
      <p className="ranked-place">
        <span aria-hidden="true">{formatNumber(rank, language)}</span>
        <VisuallyHidden>{text.rank(rank)}</VisuallyHidden>
      </p>
      <div className="ranked-poster">
        <Poster id={video.id} />
      </div>
      <div className="ranked-body">
        <h2 id={`title-${video.id}`}>{video.title}</h2>
        <p className="card-by">
          @{video.owner.handle} · <Age time={video.createdAt} />
        </p>
        <Counters metadata={metadata} />
      </div>
      {user && <VideoMenu video={video} onBlock={onBlock} />}
    </article>
  );
}
